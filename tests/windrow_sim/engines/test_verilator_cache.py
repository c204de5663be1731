"""The cache of builds: shared by processes, and never in a state that anybody notices."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tool_marks import needs_compiler
from windrow import Conv2d, Design
from windrow.storage import cache
from windrow_sim import simulate
from windrow_sim.engines import verilator


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WINDROW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """Writes two files and counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / "one").write_text("first")
        (folder / "two").write_bytes(bytes(100))


def start(code: str, **variables: object) -> "subprocess.Popen[str]":
    """Another Python process with the same import path and cache."""
    lines = [f"{name} = {str(value)!r}" for name, value in variables.items()]
    return subprocess.Popen([sys.executable, "-c", "\n".join([*lines, textwrap.dedent(code)])],
                            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: "subprocess.Popen[str]") -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.01)


def test_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WINDROW_CACHE", str(tmp_path / "x"))
    assert cache.folder() == tmp_path / "x"
    monkeypatch.delenv("WINDROW_CACHE")
    assert cache.folder().name == "windrow"


def test_key_depends_on_every_part_and_where_it_ends() -> None:
    keys = [cache.content_key(*parts) for parts in (["ab", "c"], ["a", "bc"], ["abc"], ["ab", b"d"], [])]
    assert len(set(keys)) == 5
    assert cache.content_key("ab", b"c") == keys[0]


def test_built_once(home: Path) -> None:
    builder = Builder()
    assert cache.found("kind", "key") is None
    first = cache.entry("kind", "key", builder)
    assert cache.entry("kind", "key", builder) == first == home / "kind" / "key"
    assert builder.calls == 1
    assert cache.found("kind", "key") == first
    assert (first / "one").read_text() == "first"
    cache.entry("kind", "other", builder)
    assert builder.calls == 2


@pytest.mark.parametrize("damage", [
    lambda built: (built / "one").unlink(),
    lambda built: (built / "one").write_text("frist"),
    lambda built: (built / "two").write_bytes(bytes(99)),
    lambda built: (built / "entry.json").write_text("{"),
    lambda built: (built / "entry.json").write_text("[]"),
    lambda built: (built / "entry.json").unlink(),
], ids=["missing", "changed", "truncated", "half a manifest", "odd manifest", "no manifest"])
def test_damaged_entry_is_built_anew(home: Path, damage: Callable[[Path], object]) -> None:
    builder = Builder()
    built = cache.entry("kind", "key", builder)
    damage(built)
    assert (cache.entry("kind", "key", builder) / "one").read_text() == "first"
    assert builder.calls == 2


def test_failed_build_leaves_nothing(home: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("done")
        raise RuntimeError("the compiler is not in the mood")

    with pytest.raises(RuntimeError, match="^the compiler is not in the mood$"):
        cache.entry("kind", "key", fail)
    assert list((home / "kind").iterdir()) == []
    builder = Builder()
    cache.entry("kind", "key", builder)
    assert builder.calls == 1


def test_killed_build_leaves_no_entry(home: Path, tmp_path: Path) -> None:
    process = start("""
        import pathlib, time
        from windrow.storage import cache

        def build(folder):
            (folder / "one").write_text("fir")
            pathlib.Path(started).touch()
            time.sleep(100)

        cache.entry("kind", "key", build)
    """, started=tmp_path / "started")
    wait_for(tmp_path / "started")
    process.kill()
    process.communicate()
    assert not (home / "kind" / "key").exists()

    builder = Builder()
    assert (cache.entry("kind", "key", builder) / "one").read_text() == "first"
    assert builder.calls == 1
    assert [path.name for path in (home / "kind").iterdir()] == ["key"]


def test_two_processes_build_once(home: Path, tmp_path: Path) -> None:
    code = """
        import pathlib, time
        from windrow.storage import cache

        def build(folder):
            with open(log, "a") as file:
                file.write("built\\n")
            time.sleep(0.5)
            (folder / "one").write_text("first")

        print((cache.entry("kind", "key", build) / "one").read_text())
    """
    processes = [start(code, log=tmp_path / "log") for _ in range(2)]
    assert [finish(process) for process in processes] == ["first\n", "first\n"]
    assert (tmp_path / "log").read_text() == "built\n"


def test_old_entries_go_when_a_new_one_comes(home: Path) -> None:
    builder = Builder()
    old, recent = cache.entry("kind", "old", builder), cache.entry("kind", "recent", builder)
    os.utime(old, (0, 0))
    cache.entry("kind", "new", builder)
    assert not old.exists()
    assert recent.exists()


SIMULATE = """
    from windrow import Conv2d, Design
    from windrow_sim import simulate

    layer = Conv2d(height=5, width=5, kernel_size=3, stride=2)
    run = simulate(Design(layer, taps=3), layer.random_input(1), layer.random_weights(int(seed)),
                   engine="verilator")
    run.check()
    print("good")
"""


@pytest.fixture
def no_simulators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of simulators in a new cache. The runtime takes longest to build: that one is shared."""
    runtime = cache.folder() / "runtime"
    runtime.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("WINDROW_CACHE", str(tmp_path))
    (tmp_path / "runtime").symlink_to(runtime)
    return tmp_path / "simulator"


@needs_compiler
@pytest.mark.parametrize("seeds", [(1, 1), (1, 2)], ids=["same design", "different designs"])
def test_two_processes_simulate(no_simulators: Path, seeds: tuple[int, int]) -> None:
    processes = [start(SIMULATE, seed=seed) for seed in seeds]
    assert [finish(process) for process in processes] == ["good\n", "good\n"]
    assert len(list(no_simulators.iterdir())) == len(set(seeds))


@needs_compiler
def test_short_runs_and_long_ones_have_simulators_of_their_own(
    no_simulators: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a frame every 25 cycles; outputs and cycles do not tell which one a run had.

    Where both are there, a short run takes the one that is optimised.
    """
    used: list[str] = []
    tool = verilator.run_tool

    def noted(command: Sequence[str | os.PathLike[str]], **named: Any) -> str:
        used.extend({"-O0", "-O1"} & {str(part) for part in command if "all.cpp" in command})
        used.extend(Path(part).parent.name for part in command[:1] if Path(part).name == "simulator")
        return tool(command, **named)

    monkeypatch.setattr(verilator, "run_tool", noted)
    layer = Conv2d(height=5, width=5, kernel_size=3, stride=2)
    frames = verilator.SHORT // 25
    for count in (3, frames, 3, frames + 1):
        run = simulate(Design(layer, taps=3), layer.random_input(1), layer.random_weights(1), frames=count,
                       engine="verilator").check()
        assert (len(run.output), run.interval) == (count, 25)
    one, two, *_ = [name for name in used if not name.startswith("-O")]
    assert used == ["-O0", one, "-O1", two, two, two]
    assert one != two
    assert len(list(no_simulators.iterdir())) == 2


@needs_compiler
def test_build_that_is_interrupted_can_be_repeated(no_simulators: Path) -> None:
    process = start(SIMULATE, seed=3)
    wait_for(no_simulators)  # the build has begun
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0, output
    assert "KeyboardInterrupt" in output
    assert not list(no_simulators.glob("*/entry.json"))
    assert finish(start(SIMULATE, seed=3)) == "good\n"
    assert len(list(no_simulators.iterdir())) == 1
