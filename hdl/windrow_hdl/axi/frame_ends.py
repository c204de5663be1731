"""FrameEnds: which beat is the last of a frame, or of a row; of fixed size or of the size that is set.

    advance ─▶ groups of filters ─▶ columns ─▶ rows ─▶ last
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import count
from windrow_hdl.window.programmed.axis_walk import AxisWalk
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values

__all__ = ["FrameEnds", "RowEnds", "RuntimeFrameEnds"]


class FrameEnds(wiring.Component):
    """`last` is high while the beat that the next `advance` stands for is the last of `beats`.

    advance: a beat moves;  last: the next one is the last of its frame
    """

    def __init__(self, beats: int) -> None:
        self.beats = beats
        super().__init__({"advance": In(1), "last": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.last.eq(count(m, Signal(range(self.beats)), self.beats, self.advance))
        return m


class RowEnds(wiring.Component):
    """The same for `rows` of `row_beats`.

    advance: a beat moves
    row, last: the next beat is the last of its row, of its frame
    """

    def __init__(self, row_beats: int, rows: int) -> None:
        self.row_beats, self.rows = row_beats, rows
        super().__init__({"advance": In(1), "row": Out(1), "last": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        row = count(m, Signal(range(self.row_beats), name="beat"), self.row_beats, self.advance)
        bottom = count(m, Signal(range(self.rows), name="line"), self.rows, self.advance & row)
        m.d.comb += [self.row.eq(row), self.last.eq(row & bottom)]
        return m


class RuntimeFrameEnds(wiring.Component):
    """The same, of rows too, for the geometry of run-time hardware.

    advance: a beat moves
    geometry, restart: the setting, begin anew with it;  no beat of the output comes in the next cycle, nor in
    that after reset
    row, last: the next beat is the last of its row, of its frame
    output: whether the beats are windows times `design.filter_groups`, or those of the input
    """

    def __init__(self, design: Design, *, output: bool) -> None:
        self.design, self.output = design, output
        super().__init__({
            "advance": In(1), "row": Out(1), "last": Out(1), "restart": In(1),
            "geometry": In(geometry_layout(design)),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        inner = self.design.filter_groups if self.output else 1  # slices are beats of a row already
        pixel = count(m, Signal(range(inner), name="group"), inner, self.advance)
        row = pixel & self._axis(m, 1, self.advance & pixel)
        m.d.comb += [self.row.eq(row), self.last.eq(row & self._axis(m, 0, self.advance & row))]
        return m

    def _axis(self, m: Module, number: int, advance: Value) -> Signal:
        """Is this the last place of its row (1) or the last row (0)?"""
        if self.output:
            m.submodules[f"axis_{number}"] = walk = AxisWalk(self.design, number)
            m.d.comb += [
                walk.geometry.eq(self.geometry), walk.restart.eq(self.restart), walk.advance.eq(advance)
            ]  # fmt: skip
            return walk.last
        field = ("rows", "row_beats")[number]
        size, init = self.geometry[field], geometry_values(self.design.hardware)[field]
        # Down to the last one, which is below 0.
        left = Signal(signed(len(size) + 1), name=f"{field}_left", init=init - 2)
        last, begins = Signal(name=f"{field}_last"), Signal(name=f"{field}_begins")
        m.d.comb += [last.eq(left < 0), begins.eq(last | self.restart)]
        with m.If(advance | self.restart):
            m.d.sync += left.eq(Mux(begins, size - 1, left) - 1)
        return last
