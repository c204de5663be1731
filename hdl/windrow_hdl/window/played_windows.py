"""PlayedWindows and LineWalk: which window is next, played from tables.

    arrived, started ─▶ WalkPlayer ─▶ ready, masks        base, first_bank: where it lies in the line buffer
    enter, leave ─────▶     └───────▶ freed, start_taken
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from amaranth.hdl import Module, Mux, Signal, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.timing.folding import Fold
from windrow.timing.schedule import Schedule
from windrow.window.axis import Axis
from windrow.window.fractional import FractionalAxis
from windrow.window.walk import Walk
from windrow.window.window import Window
from windrow_hdl.parts.counters import Credits, less_one, modular_sum
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.walk_player import WalkPlayer, most_freed
from windrow_hdl.window.window_issue import FLAGS

ARRIVALS = ("arrived", "started")
"""Ports from the line buffer to a walk; `started` is the same for a frame's first pixel."""

RETURNS = ("freed", "start_taken")
"""Ports from a walk to the line buffer: units given back less one, and a frame's first window was begun."""

WINDOWS = ("ready", "row_ends", "frame_ends", "row_mask", "column_mask", "row_case", "column_case")
"""Ports that describe the next window."""


def tap_records(window: Window, number: int) -> list[dict[str, int]]:
    """Per window of rows (0) or columns (1): `mask`, whose bit `k` says that tap `k` has a pixel to deliver,
    and `case`, which taps' (`windrow.window.borders.Sources`).  In a border that mirrors the image all have.
    `phase` of windows that advance by a part of a pixel.
    """
    axis, cases = window.axes[number], window.sources[number].of.tolist()
    phases = axis.phase.tolist() if isinstance(axis, FractionalAxis) else []
    if window.mode != "constant":
        return [{"mask": (1 << axis.kernel) - 1, "case": case} for case in cases]
    found = [
        {"mask": ((1 << int(end)) - 1) & ~((1 << int(first)) - 1), "case": case}
        for first, end, case in zip(axis.first_tap, axis.end_tap, cases, strict=True)
    ]
    return [{**each, "phase": phase} for each, phase in zip(found, phases, strict=True)] if phases else found


def bank_turns(design: Design, visited: list[int]) -> list[dict[str, int]]:
    """Per visited row of windows, `turn`: banks from the one of its first kernel row to the next's."""
    axis, banks = design.schedule.rows, design.ring_rows
    starts = (axis.starts - axis.offsets[0])[visited].tolist()
    following = [*starts[1:], starts[0] + axis.stored]
    return [{"turn": (b - a) % banks} for a, b in zip(starts, following, strict=True)]


def column_moves(axis: Axis, slices: int) -> list[dict[str, int]]:
    """Per window of a row, `move`: beats from the last slice of its first column to the next window's first;
    nothing where all move by the same.
    """
    moves = (np.diff(axis.starts) * slices - (slices - 1)).tolist()
    if all(move == axis.advance * slices - (slices - 1) for move in moves):
        return []
    return [{"move": move} for move in (*moves, moves[-1])]


def progress_ports(walk: Walk) -> dict[str, wiring.Member]:
    """Ports of whoever walks the line buffer by `walk`: `ARRIVALS` and `RETURNS`.

    arrived: a beat was stored;  started: the same for a frame's first pixel
    freed: what is given back, less one;  start_taken: a frame's first window is begun
    """
    return {"arrived": In(1), "started": In(1), "freed": Out(less_one(most_freed(walk))),
            "start_taken": Out(1)}  # fmt: skip


def window_ports(window: Window) -> dict[str, wiring.Member]:
    """Ports of a walk of windows.

    enter: the next window begins;  leave: the last step of the window that began last is issued
    ready: the next window has all it needs
    row_ends, frame_ends: the window at hand is the last of its row, of its frame
    row_mask, column_mask: which of its taps have a pixel to deliver
    row_case, column_case: and whose, of which there may be but one case
    """
    kh, kw = window.kernel_size
    rows, columns = (range(len(of.cases)) for of in window.sources)
    return {"enter": In(1), "leave": In(1), "ready": Out(1), "row_ends": Out(1), "frame_ends": Out(1),
            "row_mask": Out(kh), "column_mask": Out(kw), "row_case": Out(rows),
            "column_case": Out(columns)}  # fmt: skip


class PlayedWindows(wiring.Component):
    """Windows of `walk`, of whose units at most `units` are held at once; ports: `window_ports`,
    `progress_ports`, `reads` (the row of windows reads anything) and one for each further field of `rows`.

    others: what the walk says of the window at hand, or of its row
    starts: how many frames may be told of before their first window, all padding, is begun; 0 where that
    window has a pixel;  columns: fields of windows in a row, beside what they need and free
    """

    def __init__(
        self,
        schedule: Schedule,
        walk: Walk,
        units: int,
        rows: Sequence[Mapping[str, int]] | None = None,
        starts: int = 0,
        columns: Sequence[Mapping[str, int]] = (),
    ) -> None:
        self.starts = starts
        row_taps = tap_records(schedule.window, 0)
        more = rows or [{}] * len(row_taps)
        records = [{**taps, **fields} for taps, fields in zip(row_taps, more, strict=True)]
        across = tap_records(schedule.window, 1)
        moves = columns or [{}] * len(across)
        across = [{**taps, **fields} for taps, fields in zip(across, moves, strict=True)]
        self.player = WalkPlayer(walk, units, across, records)
        self.fields = list(more[0])
        super().__init__(
            {
                **window_ports(schedule.window),
                **progress_ports(walk),
                "reads": Out(1),
                **{name: Out(getattr(self.player.row, name).shape()) for name in self.fields},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.player = player = self.player
        carry(m, self, player, "arrived", "enter", "leave")
        carry(m, player, self, "freed", "row_ends", "frame_ends")
        carry(m, player.row, self, *self.fields, "reads")
        m.d.comb += [self.row_mask.eq(player.row.mask), self.column_mask.eq(player.column.mask)]
        m.d.comb += [self.row_case.eq(player.row.case), self.column_case.eq(player.column.case)]
        if not self.starts:
            m.d.comb += self.ready.eq(player.ready)
            return m
        # A frame that begins with windows of padding alone still begins with its first pixel.
        m.submodules.frames = frames = Credits(self.starts, init=0)
        frame_first = Signal(init=1)
        with m.If(player.leave):
            m.d.sync += frame_first.eq(player.frame_ends)
        taken = self.enter & frame_first
        m.d.comb += [
            self.ready.eq(player.ready & (~frame_first | frames.some)),
            frames.give.eq(self.started),
            frames.take.eq(taken),
        ]
        m.d.sync += self.start_taken.eq(taken)
        return m


class LineWalk(wiring.Component):
    """Windows in the line buffer; ports: `window_ports`, `progress_ports` and

    go, step_ends, beat_ends, window_ends, again: what follows the step at hand, see `WindowIssue`
    base: beat within a row of the first kernel column, of the slice at hand
    first_bank: bank of the first kernel row
    phase: of the window at hand, rows outer
    """

    origin = 0
    """Kernel column that `base` speaks of."""

    arrivals, returns = ARRIVALS, RETURNS

    def __init__(self, design: Design) -> None:
        self.design = design
        schedule, memories = design.schedule, design.memories
        turns = bank_turns(design, list(range(schedule.rows.outputs)))
        starts = memories.started_frames if schedule.starts_in_padding else 0
        walk = schedule.window_walk
        self.moves = column_moves(schedule.columns, schedule.slices)
        self.windows = PlayedWindows(schedule, walk, max(1, memories.ring_beats), turns, starts, self.moves)
        self.base_bits = (max(1, schedule.row_beats) - 1).bit_length()
        super().__init__(
            {
                **window_ports(design.window),
                **progress_ports(walk),
                **{flag: In(1) for flag in FLAGS},
                "base": Out(self.base_bits),
                "first_bank": Out(range(design.ring_rows)),
                "phase": Out(range(design.window.phases)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        schedule, banks = self.design.schedule, self.design.ring_rows
        m.submodules.windows = windows = self.windows
        carry(m, self, windows, "enter", "leave", *ARRIVALS)
        carry(m, windows, self, *WINDOWS, *RETURNS)
        axis, slices = schedule.columns, schedule.slices
        start = (axis.offsets[0] * slices) % (1 << self.base_bits)
        base = Signal(self.base_bits, name="column", init=start)
        m.d.comb += self.base.eq(base)
        move = windows.player.column.move if self.moves else axis.advance * slices - (slices - 1)
        step_base(m, self, base, start, move, schedule.fold)
        bank = Signal(range(banks), name="bank", init=schedule.rows.offsets[0] % banks)
        m.d.comb += self.first_bank.eq(bank)
        if self.design.window.fractional:
            across = self.design.window.axes[1].repeat
            row, column = windows.player.row, windows.player.column
            m.d.comb += self.phase.eq(row.phase * across + column.phase)
        with m.If(self.leave & self.row_ends):
            turned = modular_sum(bank, windows.turn, banks)
            m.d.sync += bank.eq(turned)
        return m


def step_base(
    m: Module, walk: Any, base: Signal, start: ValueLike, to_window: ValueLike, fold: Fold
) -> None:
    """Step `base` through the slices of a window, those of a group again for each of its beats, and to the
    next window: `start` for the first of a row, else `to_window` beats further.
    """
    further = to_window
    if fold.cycles > fold.steps:  # the last step of a slice need not be that of a window
        further = Mux(walk.window_ends, to_window, Mux(walk.again, 1 - fold.slices, 1))
    with m.If(walk.go & walk.step_ends):
        m.d.sync += base.eq(base + further)
        with m.If(walk.window_ends & walk.row_ends):
            m.d.sync += base.eq(start)
