"""ColumnFetch: moves window columns from the line buffer to the column store, one slice a cycle.

    walk ───────▶ address ─▶ (line buffer, 2 cycles) ─▶ RowTurn ─▶ column
        0                                                         3

It walks the rows of windows ahead of the array and fetches every stored column of each once, for
all windows of the row.  Rows of windows that lie in padding altogether are not fetched.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import Credits, less_one, wrapping
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.played_fetches import PlayedFetches
from windrow_hdl.window.row_turn import RowTurn


class ColumnFetch(wiring.Component):
    """Fetches for a column store of `design.memories.store_columns` columns.

    arrived, freed, address, data: the line buffer; freed is less one
    space: columns that the store gives back, less one
    put, column: one slice of a column, kernel row 0 and lane 0 in the low bits;
    column_ends: it is the column's last
    """

    def __init__(self, design: Design, most_space: int) -> None:
        self.design = design
        self.most_space = most_space
        self.walk = PlayedFetches(design)
        super().__init__(
            {
                "arrived": In(1),
                "freed": Out(self.walk.freed.shape()),
                "address": Out(range(design.schedule.row_beats)),
                "data": In(design.beat_bits).array(design.ring_rows),
                "space": In(less_one(most_space)),
                "put": Out(1),
                "column": Out(design.window.kernel_size[0] * design.beat_bits),
                "column_ends": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.walk = walk = self.walk
        m.submodules.space = space = Credits(
            design.memories.store_columns, self.most_space, ahead=design.schedule.store_walk.most_ahead
        )
        slice_ = Signal(range(design.slices))
        first, last = slice_ == 0, slice_ == design.slices - 1
        go = Signal()
        carry(m, self, walk, "arrived")
        carry(m, walk, self, "freed", "address")
        m.d.comb += [
            go.eq(walk.ready & (space.some | ~first)),
            walk.take.eq(go),
            space.take.eq(go & first),
            space.give.eq(self.space),
        ]
        with m.If(go):
            m.d.sync += wrapping(slice_, design.slices)

        # Both flags travel beside the data: out of the ring, through its register, turned.
        put, ends = go, go & last
        for stage in range(3):
            put_next, ends_next = Signal(name=f"put_{stage}"), Signal(name=f"ends_{stage}")
            m.d.sync += [put_next.eq(put), ends_next.eq(ends)]
            put, ends = put_next, ends_next
        m.d.comb += [self.put.eq(put), self.column_ends.eq(ends)]
        m.submodules.row_turn = turn = RowTurn(design)
        carry(m, walk, turn, "bank")
        carry(m, self, turn, "data")
        m.d.comb += [turn.case.eq(walk.row_case), turn.mask.eq(walk.row_mask), self.column.eq(turn.column)]
        return m
