"""Prove: from a design to what the solver says about each property of its contract.

    Contract ──Amaranth──▶ RTLIL ──Yosys──▶ and-inverter graph ──ABC──▶ proved │ bounded │ broken
                                                        bmc3: no cycle below a depth breaks it
                                                        pdr:  no cycle at all does

Both tools are in the `pyosys` wheel.  SymbiYosys would start the same two (`abc bmc3`, `abc pdr`); an SMT
solver, its default, took a hundred times as long for the same depth.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from amaranth.back import rtlil

import windrow as wr
from tests.proofs.contract import PROPERTIES, Contract

_YOSYS = "import sys; import pyosys.libyosys as ys; ys.run_pass('script ' + sys.argv[1], ys.Design())"
_SCRIPT = """
read_rtlil contract.il
hierarchy -top contract
proc
flatten
memory -nomap
memory_map
opt -full
techmap
opt -full
dffunmap
simplemap
aigmap
opt_clean -purge
write_aiger -zinit -map contract.map contract.aig
"""
_SIMPLIFY = "strash; scorr; dc2; scorr"


@dataclass(frozen=True)
class Verdict:
    """What is known of one property.

    proved: it holds in every cycle of every run;  depth: it holds in the first `depth` cycles of every run
    broken: a cycle in which it can fail, else None
    """

    name: str
    proved: bool
    depth: int
    broken: int | None

    def __str__(self) -> str:
        if self.broken is not None:
            return f"{self.name}: BROKEN in cycle {self.broken} (holds if: {PROPERTIES[self.name]})"
        return f"{self.name}: {'any number of' if self.proved else f'the first {self.depth}'} cycles"


def prove(design: wr.Design, depth: int, seconds: int = 0,
          names: Sequence[str] = tuple(PROPERTIES), *, dsp: bool = True) -> list[Verdict]:
    """Judge properties of a design: for good if that takes at most `seconds` each, else for `depth` cycles.

    dsp: as of `Stage`

    Raises RuntimeError if a tool fails or gives no answer.
    """
    with tempfile.TemporaryDirectory(prefix="windrow-") as name:
        folder = Path(name)
        _write_graph(Contract(design, dsp), folder)
        order = [name for name in PROPERTIES if name in names]
        proved = [name for name in order if seconds and _holds_for_good(folder, name, seconds)]
        rest = [name for name in order if name not in proved]
        broken = _first_broken(folder, rest, depth) if rest else {}
    return [Verdict(name, name in proved, depth, broken.get(name)) for name in order]


def _write_graph(contract: Contract, folder: Path) -> None:
    """contract.aig, one output for each of PROPERTIES in their order."""
    ports = [contract.clock.clk, *(getattr(contract, name) for name in contract.signature.members)]
    text = rtlil.convert(contract, name="contract", ports=ports, emit_src=False)
    (folder / "contract.il").write_text(text, encoding="utf-8")
    (folder / "script.ys").write_text(_SCRIPT, encoding="utf-8")
    _run([sys.executable, "-P", "-c", _YOSYS, "script.ys"], folder)
    found = re.findall(r"^output \d+ 0 (\w+)", (folder / "contract.map").read_text(encoding="utf-8"), re.M)
    if found != list(PROPERTIES):
        raise RuntimeError(f"outputs of the graph must be {', '.join(PROPERTIES)}, not {', '.join(found)}")


def _holds_for_good(folder: Path, name: str, seconds: int) -> bool:
    at = list(PROPERTIES).index(name)
    return "Property proved" in _abc(folder, f"strash; cone -O {at}; {_SIMPLIFY}; pdr -T {seconds}")


def _first_broken(folder: Path, names: Sequence[str], depth: int) -> dict[str, int]:
    """The property that is broken first in `depth` cycles, and the cycle."""
    numbers = ",".join(str(list(PROPERTIES).index(name)) for name in names)
    said = _abc(folder, f"strash; cone -N {numbers}; {_SIMPLIFY}; bmc3 -F {depth}")
    if f"No output asserted in {depth} frames" in said:
        return {}
    found = re.search(r"Output (\d+) .*?asserted in frame (\d+)", said)
    if not found:
        raise RuntimeError(f"ABC gives no answer: {said.strip()[-300:]}")
    return {names[int(found[1])]: int(found[2])}


def _abc(folder: Path, commands: str) -> str:
    found = find_spec("pyosys")  # asked for, not loaded
    assert found is not None
    assert found.submodule_search_locations is not None
    program = Path(found.submodule_search_locations[0], "yosys-abc")
    return _run([str(program), "-q", f"read_aiger contract.aig; {commands}"], folder)


def _run(command: list[str], folder: Path) -> str:
    process = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False)
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {process.stdout.strip()[-500:]}")
    return process.stdout
