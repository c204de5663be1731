"""Flow: from a Top to a bitstream, step by step, by the commands of the board and the tools of `fpga_tools`.

    Top ─amaranth-boards─▶ Plan ─yosys─▶ Netlist ─nextpnr, per seed─▶ Placement ─ecppack, icepack─▶ bitstream

Netlists and placements are cached by what goes into them: the text, the commands, the version of the tool.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from windrow.storage import cache
from windrow_hdl.boards.catalogue import Board
from windrow_hdl.boards.top import Top
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.synthesis.fpga_devices import resources
from windrow_hdl.synthesis.fpga_tools import SynthesisError

__all__ = ["Netlist", "Placement", "Plan", "pack", "place", "plan", "synthesise"]

SUFFIX = {"ecp5": "bit", "ice40": "bin"}
"""Of a bitstream, by family."""

_OVERRIDES = {"script_after_read": "setattr -mod -unset keep_hierarchy *",
              "script_after_synth": "tee -q -o cells.json stat -json"}
_PLACED = {"ecp5": "top.config", "ice40": "top.asc"}


@dataclass(frozen=True)
class Plan:
    """What amaranth-boards makes of a Top: files by name, and for each tool its arguments."""

    board: Board
    files: dict[str, str]
    commands: dict[str, list[str]]


@dataclass(frozen=True)
class Netlist:
    """lut, ff, bram and dsp of a Top, the folder of its cells, and the key of both."""

    used: dict[str, int]
    folder: Path
    key: str


@dataclass(frozen=True)
class Placement:
    """The Fmax of a netlist with one seed, in MHz, and the placed and routed design."""

    fmax_mhz: float
    path: Path


def plan(top: Top) -> Plan:
    """Files and commands for a board whose bitstream is built here."""
    overrides = {**_OVERRIDES, **top.board.overrides}
    made = top.board.make_platform().build(top, name="top", do_build=False, **overrides)
    commands = {command[0]: command[1:] for command in json.loads(made.files["build_top.json"])["commands"]}
    return Plan(top.board, dict(made.files), commands)


def synthesise(plan: Plan) -> Netlist:
    """Run yosys.  Raises `SynthesisError`."""
    tool = fpga_tools.yosys()
    inputs = {name: plan.files[name] for name in ("top.il", "top.ys")}
    key = cache.content_key(*inputs.values(), tool.identity)

    def build(folder: Path) -> None:
        for name, text in inputs.items():
            (folder / name).write_text(text, encoding="utf-8")
        fpga_tools.run(tool, ["top.ys"], folder, f"build-{key}")
        (folder / "top.il").unlink()  # large, and not needed any more

    folder = cache.entry("board-netlist", key, build)
    report = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    return Netlist(resources(report["design"]["num_cells_by_type"], plan.board.family), folder, key)


def place(plan: Plan, netlist: Netlist, seed: int) -> Placement:
    """Run nextpnr.  Raises `SynthesisError`."""
    family = plan.board.family
    tool = fpga_tools.nextpnr(family)
    pins = next(name for name in plan.files if name.endswith((".lpf", ".pcf")))
    options = [*plan.commands[tool.name], "--report", "report.json", "--seed", str(seed)]
    options.append("--timing-allow-fail")  # whether it is met is for the caller to judge
    key = cache.content_key(netlist.key, plan.files[pins], tool.identity, *options)

    def build(folder: Path) -> None:
        shutil.copyfile(netlist.folder / "top.json", folder / "top.json")
        (folder / pins).write_text(plan.files[pins], encoding="utf-8")
        fpga_tools.run(tool, options, folder, f"build-{key}")
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        (folder / "fmax.json").write_text(json.dumps(report["fmax"]), encoding="utf-8")
        for name in ("top.json", "report.json"):
            (folder / name).unlink()

    folder = cache.entry("board-placement", key, build)
    clocks = json.loads((folder / "fmax.json").read_text(encoding="utf-8"))
    if not clocks:
        raise SynthesisError(f"{tool.name} reports no clock for {plan.board.name}")
    fmax = min(float(clock["achieved"]) for clock in clocks.values())
    return Placement(round(fmax, 2), folder / _PLACED[family])


def pack(plan: Plan, placement: Placement, work: Path) -> Path:
    """The bitstream, in the folder `work`.  Raises `SynthesisError`."""
    tool = fpga_tools.packer(plan.board.family)
    shutil.copyfile(placement.path, work / placement.path.name)
    fpga_tools.run(tool, plan.commands[tool.name], work, f"build-{plan.board.name}")
    return work / f"top.{SUFFIX[plan.board.family]}"
