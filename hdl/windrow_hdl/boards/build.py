"""Build: from a design to a bitstream for a board, or to a project for its vendor's tools."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.storage import files, outputs
from windrow.values.numerics import as_int
from windrow_hdl.boards import flow
from windrow_hdl.boards.capacity import (
    TooLarge,
    multipliers_in_blocks,
    network_too_large,
    overflow,
    too_large,
)
from windrow_hdl.boards.catalogue import Board, board
from windrow_hdl.boards.pll import ratio
from windrow_hdl.boards.report import Build
from windrow_hdl.boards.system import System, check_held
from windrow_hdl.boards.top import Top, system

__all__ = ["SEEDS", "TimingMissed", "build", "clock_of"]

SEEDS = (1, 2, 3)
"""Seeds of place and route, tried in turn until one meets the clock."""


class TimingMissed(RuntimeError):
    """No seed reached the design's clock.  `build` is the best of them."""

    def __init__(self, message: str, build: Build) -> None:
        super().__init__(message)
        self.build = build


def build(
    name: str,
    design: Design | Pipeline,
    weights: npt.ArrayLike | None = None,
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
    """Build the system of a design, or of a whole network, for a board.

    Parameters
    ----------
    name : str
        Of the board, one of `windrow boards`.
    design : Design or Pipeline
    weights, bias : (O, kh, kw, I/groups) and (O,) integers
        Of a layer; a pipeline has its own.
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
        if the device lacks room; says what overflows, by how much, and of a layer which folding would fit
    TimingMissed
        if no seed reaches the clock; nothing is written then
    SynthesisError
        if a tool is missing or fails, with the path of its log
    OSError
        if the files cannot be written
    """
    say = progress or (lambda phase: None)
    target = board(name)
    check_held(design)
    if not seeds:
        raise ValueError("seeds must hold at least one seed, not none")
    mhz = clock_of(target, clock_mhz)
    rate = target.baud if baud is None else as_int(baud, "baud", 1)
    whole = system(target, design, weights, bias, clock_mhz=mhz, baud=rate, dsp=dsp)
    folder = outputs.folder(out)

    def refusal(over: dict[str, tuple[int, int]]) -> TooLarge:
        if isinstance(design, Pipeline):
            return network_too_large(target, design, over)
        return too_large(target, design, over, dsp, measure)

    def measure(candidate: Design) -> dict[str, int]:
        say(f"looking for a folding that fits: {candidate}")
        other = system(target, candidate, *whole.constants, clock_mhz=mhz, baud=rate, dsp=dsp)
        return flow.synthesise(flow.plan(Top(target, other, mhz))).used

    found = Build(target, design, clock_mhz=mhz, baud=rate)
    # Without this, yosys would build the multipliers for which there is no block of logic, and take its time.
    over = overflow(target, {"dsp": multipliers_in_blocks(design) if dsp else 0}) if target.built else {}
    if over:
        raise refusal(over)
    if not target.built:
        say("writing the project")
        return replace(found, files=_write_project(folder, target, whole))
    say("synthesis (yosys)")
    plan = flow.plan(Top(target, whole, mhz))
    netlist = flow.synthesise(plan)
    over = overflow(target, netlist.used)
    if over:
        raise refusal(over)
    tried: list[tuple[int, flow.Placement]] = []
    for number, seed in enumerate(seeds, 1):
        say(f"place and route (nextpnr), seed {seed}, {number} of {len(seeds)}")
        tried.append((seed, flow.place(plan, netlist, seed)))
        if tried[-1][1].fmax_mhz >= mhz:
            break
    seed, placement = max(tried, key=lambda one: one[1].fmax_mhz)
    used = netlist.used
    found = replace(found, lut=used["lut"], ff=used["ff"], bram=used["bram"], dsp=used["dsp"],
                    fmax_mhz=placement.fmax_mhz, seed=seed)
    if not found.meets_timing and not allow_slow:
        raise TimingMissed(
            f"{name}: the clock is {mhz:g} MHz, the best of {len(tried)} seeds {placement.fmax_mhz:g} MHz; "
            "take a slower clock (--clock), a smaller design, or accept it (--allow-slow)", found)
    say("packing the bitstream")
    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        return _write(folder, flow.pack(plan, placement, Path(scratch)), found, whole)


def clock_of(target: Board, asked: float | None = None) -> float:
    """The design's clock in MHz: the board's usual one, or what its PLL makes for the one asked for."""
    if target.clock_mhz is None:
        if asked is not None:
            raise ValueError(f"clock must be left out for {target.name}, which runs at its own "
                             f"{target.design_mhz():g} MHz, not {asked:g} MHz")
        return target.design_mhz()
    if asked is not None and not 0 < asked < math.inf:
        raise ValueError(f"clock must be above 0 MHz, not {asked:g}")
    own = target.make_platform().default_clk_frequency / 1e6
    return ratio(target.family, own, target.clock_mhz if asked is None else asked).mhz


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


def _write_project(folder: Path, target: Board, whole: System) -> tuple[Path, ...]:
    """The vendor's project in a folder of its own, whole or as it was before."""
    plan = target.make_platform().build(Top(target, whole, None), name="top", do_build=False)
    project = folder / f"{target.name}-project"
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=folder) as scratch:
        aside = Path(scratch) / "new"
        aside.mkdir()
        for name, content in plan.files.items():
            (aside / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        if project.exists():
            project.rename(Path(scratch) / "old")
        aside.rename(project)
    return (*sorted(project.iterdir()), *_described(folder, whole))


def _described(folder: Path, whole: System) -> tuple[Path, ...]:
    """Write layer, weights and bias beside the bitstream, for `windrow run --layer ... --weights ...`.

    Of a network there is the model, and its pipeline is in the report.
    """
    if isinstance(whole.design, Pipeline):
        return ()
    written = [folder / "layer.toml"]
    files.save(written[0], whole.design)
    for name, values in zip(("weights", "bias"), whole.constants, strict=True):
        if values is not None:
            written.append(folder / f"{name}.npy")
            with outputs.whole(written[-1]) as aside:
                np.save(aside, values)
    return tuple(written)
