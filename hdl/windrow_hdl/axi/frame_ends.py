"""FrameEnds: which beat is the last of a frame, or of a row; of fixed size or of the size that is set.

    advance ─▶ groups of filters ─▶ columns ─▶ rows ─▶ last
"""

from __future__ import annotations

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import count
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values

__all__ = ["FrameEnds", "RowEnds", "RuntimeFrameEnds"]


class FrameEnds(wiring.Component):
    """`last` is high while the beat that the next `advance` stands for is the last of `beats`."""

    def __init__(self, beats: int) -> None:
        self.beats = beats
        super().__init__({"advance": In(1), "last": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.last.eq(count(m, Signal(range(self.beats)), self.beats, self.advance))
        return m


class RowEnds(wiring.Component):
    """The same for `rows` of `row_beats`.

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

    geometry, restart: the setting, begin anew with it
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
        names = (("spare_w", "stride_w"), ("spare_h", "stride_h")) if self.output else (
            ("row_beats", None), ("rows", None))
        pixel = count(m, Signal(range(inner), name="group"), inner, self.advance)
        columns, rows = names
        row = pixel & self._axis(m, *columns, self.advance & pixel)
        m.d.comb += [self.row.eq(row), self.last.eq(row & self._axis(m, *rows, self.advance & row))]
        return m

    def _axis(self, m: Module, far: str, stride: str | None, advance: Value) -> Signal:
        """Walk from 0 by the stride as long as it is not beyond `far`, or where there is none through `far`
        places; is this the last one?
        """
        init, most = geometry_values(self.design.hardware), self.geometry[far]
        by, beyond = (self.geometry[stride], 0) if stride else (Const(1), 1)
        # From `far` down to a stride below 0; either may be the larger.
        left = Signal(signed(max(len(most), len(by)) + 1), name=f"{far}_left",
                      init=init[far] - beyond - (init[stride] if stride else 1))
        last, begins = Signal(name=f"{far}_last"), Signal(name=f"{far}_begins")
        m.d.comb += [last.eq(left < 0), begins.eq(last | self.restart)]
        with m.If(advance | self.restart):
            m.d.sync += left.eq(Mux(begins, most - beyond, left) - by)
        return last
