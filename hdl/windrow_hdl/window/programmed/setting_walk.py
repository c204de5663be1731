"""SettingWalk: what the next window needs and what each frees, for any setting, in coordinates.

    finished ─▶ frames: completed, less those whose windows are done ────────────────────────┐
    arriving, filled > place, needed: has what it needs of the frame that arrives now come? ─┴─▶ ready
    leave ─▶ freed: rows that no later window reads, one cycle later;  oldest: nor what is in front of it

It stands where the fixed hardware has a WalkPlayer, and compares where the writer is with where windows end.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import add, at_most, in_order, modular_sum, modulo
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.played_windows import window_ports
from windrow_hdl.window.programmed.axis_walk import AxisWalk
from windrow_hdl.window.programmed.geometry import geometry_layout

ARRIVALS = ("finished", "arriving", "bottom", "filled", "geometry", "restart")
"""Ports from the line buffer, and of the setting in force."""

RETURNS = ("freed", "oldest")


def position_shape(design: Design) -> Shape:
    """Of a beat within a row, or less than a pixel in front of it, or as far behind it as windows reach."""
    runtime, kernel = design.runtime, design.window.kernel_size
    assert runtime is not None
    return shape_of([1 - design.slices, (runtime.max_width + kernel[1] - 1) * design.slices - 1])


def progress_ports(walk: SettingWalk) -> dict[str, wiring.Member]:
    """Ports of a walk of the programmed line buffer.

    finished: a frame was completed;  geometry, restart: the setting, begin anew with it
    arriving, bottom: the row at hand a cycle ago, whether it is the last;  filled: beats of it that are there
    freed: rows given back, negative;  oldest: first beat still wanted in the oldest row
    """
    return {name: walk.signature.members[name] for name in (*ARRIVALS, *RETURNS)}


class SettingWalk(wiring.Component):
    """Walks the windows of `geometry` on hardware `design`; ports: `window_ports`, those of
    `ProgrammedLineBuffer` and below.

    finished, arriving, bottom, filled: the line buffer
    geometry: the setting in force
    needed: position in its last row that the next window waits for;  front: the first one that it reads, or
    negative
    ready: the next window has all it needs;  enter: it begins;  leave: its last step is issued
    row_ends, frame_ends: it is the last of its row, of its frame
    bank: of its first row, be that in padding;  that of a setting's first window lies in bank 0
    freed: rows that it gave back, negative, in the cycle after `leave`;  oldest: beat of the first row after
    them in front of which nothing is read again
    restart: begin anew with the geometry

    With `fetches`, a row of windows is visited column by column, all of the image's, and not window by
    window: `needed` is then the column.  `column` is still the walk of the windows, for their masks, but
    whoever owns this one advances it, and says by `row_ends` which column is the last.
    """

    def __init__(self, design: Design, *, fetches: bool = False) -> None:
        self.design, self.fetches = design, fetches
        assert design.runtime is not None
        runtime = design.runtime
        kernel = design.window.kernel_size
        self.row, self.column = AxisWalk(design, 0), AxisWalk(design, 1)
        # Most rows that a window frees.
        self.most = kernel[0] + runtime.max_stride[0] - 1
        padding, row_beats = (kernel[1] - 1) * design.slices, design.schedule.row_beats
        super().__init__(
            {
                **window_ports(design.window),
                **({"row_ends": In(1)} if fetches else {}),
                "finished": In(1),
                "arriving": In(range(runtime.max_height)),
                "bottom": In(1),
                "filled": In(position_shape(design)),
                "geometry": In(geometry_layout(design)),
                "restart": In(1),
                "needed": In(position_shape(design)),
                "front": In(shape_of([-padding, row_beats - 1])),
                "freed": Out(shape_of([-self.most, 0])),
                "oldest": Out(range(row_beats)),
                "bank": Out(range(design.ring_rows)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.row, m.submodules.column = row, column = self.row, self.column
        for axis in (row, column):
            m.d.comb += [axis.geometry.eq(self.geometry), axis.restart.eq(self.restart)]
        leave_row = Signal()
        if not self.fetches:
            m.d.comb += [column.advance.eq(self.leave), self.row_ends.eq(column.last)]
        m.d.comb += [
            leave_row.eq(self.leave & self.row_ends),
            row.advance.eq(leave_row),
            self.frame_ends.eq(self.row_ends & row.last),
            self.row_mask.eq(row.mask),
            self.column_mask.eq(column.mask),
        ]
        # Less one, so that the sign says "none".
        frames = Signal(signed(self.design.ring_rows.bit_length() + 2), init=-1)
        m.d.sync += frames.eq(add(frames, (leave_row & row.last).replicate(len(frames)), self.finished))
        m.d.comb += self.ready.eq(~frames[-1] | (frames.all() & self._arrived()))
        self._free(m, leave_row)
        return m

    def _arrived(self) -> Value:
        """Has the last pixel of the window arrived, where its frame is the one that arrives now?"""
        filled, needed = in_order(self.filled), in_order(self.needed)
        # One carry chain through both coordinates; below the rows it says whether the column is there.
        ahead = Cat(needed, Const(0, 1), self.row.place) - Cat(filled, Const(0, 1), self.arriving)
        return Mux(self.row.mask[-1], ahead[-1], self.bottom & ahead[len(needed)])

    def _free(self, m: Module, leave_row: Signal) -> None:
        """What a row of windows frees and to which bank that leads, computed while it is the next one."""
        row, geometry, banks = self.row, self.geometry, self.design.ring_rows
        last, stride = self.design.window.kernel_size[0] - 1, geometry.stride_h
        frees, turn = Signal.like(self.freed, name="frees"), Signal(range(banks), name="turn")
        progressive = Signal()
        # Rows from the first to that of the windows below, where it frees some, or to that of the next frame;
        # those in front of the image were never there.
        passes = ~at_most(stride, row.ahead)
        fewer = Mux(row.ends, row.ahead + row.behind - last, row.ahead - stride)
        onwards = modulo(m, geometry.start_h - row.behind, banks, "to_next_frame")
        along = modulo(m, stride, banks, "to_next_row")
        with m.If(row.loads):
            m.d.sync += [
                progressive.eq(row.ends | passes),
                frees.eq(Mux(row.ends | passes, fewer, 0)),
                turn.eq(Mux(row.ends, onwards, along)),
            ]
        m.d.sync += self.freed.eq(0)
        with m.If(leave_row):
            m.d.sync += [self.freed.eq(frees), self.bank.eq(modular_sum(self.bank, turn, banks))]
        with m.If(self.restart):
            m.d.sync += self.bank.eq(0)
        left = Signal()
        m.d.sync += left.eq(self.leave | self.restart)
        with m.If(left):
            m.d.sync += self.oldest.eq(self.front)
        with m.If(left & ((self.front < 0) | ~progressive)):
            m.d.sync += self.oldest.eq(0)

