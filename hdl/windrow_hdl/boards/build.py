"""Build: from a design to a bitstream for a board, or to a project for its vendor's tools.

    Top ─amaranth-boards─▶ netlist, pins, commands ─yosys─▶ cells ─nextpnr─▶ placed ─ecppack─▶ bitstream
                                                                                      icepack

The commands are those of the board in amaranth-boards; the tools are Python packages (`fpga_tools`).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt
from amaranth.build.run import BuildPlan

from windrow import files, outputs
from windrow.design import Design
from windrow.numerics import check_kind
from windrow_hdl import fpga_tools
from windrow_hdl.boards.capacity import overflow, too_large
from windrow_hdl.boards.catalogue import Board, board
from windrow_hdl.boards.pll import ratio
from windrow_hdl.boards.report import Build
from windrow_hdl.boards.system import System
from windrow_hdl.boards.top import Top, system
from windrow_hdl.fpga_devices import resources
from windrow_hdl.fpga_tools import SynthesisError

__all__ = ["SEEDS", "TimingMissed", "build"]

SEEDS = (1, 2, 3)
"""Seeds of place and route, tried in turn until one meets the clock."""

_SUFFIX = {"ecp5": "bit", "ice40": "bin"}
_OVERRIDES = {"script_after_read": "setattr -mod -unset keep_hierarchy *",
              "script_after_synth": "tee -q -o cells.json stat -json"}


class TimingMissed(RuntimeError):
    """No seed reached the design's clock.  `build` is the best of them."""

    def __init__(self, message: str, build: Build) -> None:
        super().__init__(message)
        self.build = build


def build(
    name: str,
    design: Design,
    weights: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    *,
    out: str | PathLike[str],
    clock_mhz: float | None = None,
    baud: int | None = None,
    dsp: bool = True,
    seeds: Sequence[int] = SEEDS,
    allow_slow: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Build:
    """Build the system of a design for a board.

    Parameters
    ----------
    name : str
        Of the board, one of `windrow boards`.
    design : Design
    weights, bias : (O, kh, kw, I/groups) and (O,) integers
    out : path
        Folder for the bitstream `<name>.bit` or `.bin`, its report `<name>.json`, layer and constants; or
        for the project of a board that is not built here.
    clock_mhz : float, optional
        Of the design; None takes the board's usual one.
    baud : int, optional
        Of the line; None takes the board's usual one.
    dsp : bool
        Multiply in DSP blocks.
    seeds : sequence of int
        Tried in turn until the clock is met.
    allow_slow : bool
        Keep a bitstream that does not meet the clock.
    progress : callable, optional
        Called with the name of each phase when it begins.

    Raises
    ------
    TypeError, ValueError
        for an unknown board, with the nearest names; a clock or rate that cannot be made; weights or bias
        that do not fit
    TooLarge
        if the device lacks room; says what overflows, by how much, and which folding would fit
    TimingMissed
        if no seed reaches the clock; nothing is written then
    SynthesisError
        if a tool is missing or fails, with the path of its log
    OSError
        if the files cannot be written
    """
    say = progress or (lambda phase: None)
    target = board(name)
    check_kind(design, Design, "design")
    if not seeds:
        raise ValueError("seeds must hold at least one seed, not none")
    if clock_mhz is not None and target.clock_mhz is None:
        raise ValueError(f"clock must be left out for {name}, which runs at its own "
                         f"{target.design_mhz():g} MHz, not {clock_mhz:g} MHz")
    mhz = target.design_mhz() if clock_mhz is None else clock_mhz
    folder = outputs.folder(out)
    platform = target.make_platform()
    if target.clock_mhz is not None:
        mhz = ratio(target.family, platform.default_clk_frequency / 1e6, mhz).mhz
    rate = target.baud if baud is None else baud
    whole = system(target, design, design.layer.check_weights(weights), design.layer.check_bias(bias),
                   clock_mhz=mhz, baud=rate, dsp=dsp)

    def measure(candidate: Design) -> dict[str, int]:
        say(f"looking for a folding that fits: {candidate}")
        other = system(target, candidate, whole.convolution.weights, whole.convolution.bias, clock_mhz=mhz,
                       baud=rate, dsp=dsp)
        with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
            return _synthesise(Top(target, other, mhz), Path(scratch))

    if not target.built:
        say("writing the project")
        plan = platform.build(Top(target, whole, None), name="top", do_build=False)
        written = _write_project(folder, target, plan, whole)
        return Build(target, design, clock_mhz=mhz, baud=rate, files=written)
    # Without this, yosys would build the multipliers for which there is no block of logic, and take its time.
    over = overflow(target, {"dsp": design.multipliers if dsp else 0})
    if over:
        raise too_large(target, design, over, dsp, measure)

    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        work = Path(scratch)
        say("synthesis (yosys)")
        used = _synthesise(Top(target, whole, mhz), work)
        over = overflow(target, used)
        if over:
            raise too_large(target, design, over, dsp, measure)
        script = json.loads((work / "build_top.json").read_text(encoding="utf-8"))
        commands = {command[0]: command[1:] for command in script["commands"]}
        best = Build(target, design, clock_mhz=mhz, baud=rate, lut=used["lut"], ff=used["ff"],
                     bram=used["bram"], dsp=used["dsp"], fmax_mhz=0.0)
        for number, seed in enumerate(seeds, 1):
            say(f"place and route (nextpnr), seed {seed}, {number} of {len(seeds)}")
            fmax = _place(target, commands, work, seed)
            if fmax > (best.fmax_mhz or 0):
                best = replace(best, fmax_mhz=fmax, seed=seed)
                shutil.copyfile(work / _placed(commands, target), work / "best")
            if best.meets_timing:
                break
        if not best.meets_timing and not allow_slow:
            raise TimingMissed(
                f"{name}: the clock is {mhz:g} MHz, the best of {len(seeds)} seeds {best.fmax_mhz:g} MHz; "
                "take a slower clock (--clock), a smaller design, or accept it (--allow-slow)", best)
        say("packing the bitstream")
        shutil.copyfile(work / "best", work / _placed(commands, target))
        packer = fpga_tools.packer(target.family)
        fpga_tools.run(packer, commands[packer.name], work, _label(target))
        return _write(folder, work / f"top.{_SUFFIX[target.family]}", best, whole)


def _synthesise(top: Top, work: Path) -> dict[str, int]:
    """Put everything that the tools need into `work`, and the netlist; lut, ff, bram, dsp."""
    target = top.board
    plan = target.make_platform().build(top, name="top", do_build=False, **_OVERRIDES, **target.overrides)
    for path, content in plan.files.items():
        (work / path).write_text(content, encoding="utf-8")
    fpga_tools.run(fpga_tools.yosys(), ["top.ys"], work, _label(target))
    cells = json.loads((work / "cells.json").read_text(encoding="utf-8"))["design"]["num_cells_by_type"]
    return resources(cells, target.family)


def _label(target: Board) -> str:
    """Under which the log of a failure is kept: of this board and this process."""
    return f"build-{target.name}-{os.getpid()}"


def _placed(commands: dict[str, list[str]], target: Board) -> str:
    """The file between place and route and the packer."""
    options = commands[f"nextpnr-{target.family}"]
    return options[options.index("--textcfg" if target.family == "ecp5" else "--asc") + 1]


def _place(target: Board, commands: dict[str, list[str]], work: Path, seed: int) -> float:
    """Place and route; the Fmax of the design's clock, in MHz."""
    tool = fpga_tools.nextpnr(target.family)
    options = [*commands[tool.name], "--report", "report.json", "--seed", str(seed), "--timing-allow-fail"]
    fpga_tools.run(tool, options, work, _label(target))
    clocks = json.loads((work / "report.json").read_text(encoding="utf-8"))["fmax"]
    if not clocks:
        raise SynthesisError(f"{tool.name} reports no clock for {target.name}")
    return round(min(float(clock["achieved"]) for clock in clocks.values()), 2)


def _write(folder: Path, bitstream: Path, found: Build, whole: System) -> Build:
    """The bitstream, then what it was made of; each file whole."""
    target = folder / f"{found.board.name}{bitstream.suffix}"
    report = folder / f"{found.board.name}.json"
    described = replace(found, bitstream=target, files=(target, report, *_described(folder, whole)))
    with outputs.whole(target) as aside:
        shutil.copyfile(bitstream, aside)
    with outputs.whole(report) as aside:
        aside.write_text(json.dumps(described.to_dict(), indent=2) + "\n", encoding="utf-8")
    return described


def _write_project(folder: Path, target: Board, plan: BuildPlan, whole: System) -> tuple[Path, ...]:
    """The vendor's project in a folder of its own, whole or as it was before."""
    project = folder / f"{target.name}-project"
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=folder))
    try:
        plan.extract(aside)
        aside.chmod(0o755)  # mkdtemp made it private
        if project.exists():
            shutil.rmtree(project)
        aside.rename(project)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return (*sorted(project.iterdir()), *_described(folder, whole))


def _described(folder: Path, whole: System) -> tuple[Path, ...]:
    """Write layer, weights and bias beside the bitstream, for `windrow run --layer ... --weights ...`."""
    written = [folder / "layer.toml", folder / "weights.npy"]
    files.save(written[0], whole.design)
    constants = {"weights": whole.convolution.weights}
    if whole.convolution.bias is not None and whole.design.layer.bias:
        constants["bias"] = whole.convolution.bias
        written.append(folder / "bias.npy")
    for name, values in constants.items():
        with outputs.whole(folder / f"{name}.npy") as aside:
            np.save(aside, values)
    return tuple(written)
