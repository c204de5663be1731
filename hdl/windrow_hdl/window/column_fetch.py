"""ColumnFetch: moves window columns from the line buffer to the column store, one slice a cycle.

    WalkPlayer ─▶ address ─▶ (line buffer, 2 cycles) ─▶ RowTurn ─▶ column
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
from windrow_hdl.window.row_turn import RowTurn, fetch_player


class ColumnFetch(wiring.Component):
    """Fetches for a column store of `design.store_columns` columns.

    arrived, freed (less one), address, data: the line buffer
    space: columns that the store gives back, less one
    put, column: one slice of a column, kernel row 0 and lane 0 in the low bits;
    column_ends: it is the column's last
    """

    def __init__(self, design: Design, most_space: int) -> None:
        self.design = design
        self.most_space = most_space
        self.player = fetch_player(design)
        super().__init__(
            {
                "arrived": In(1),
                "freed": Out(self.player.freed.shape()),
                "address": Out(range(design.row_beats)),
                "data": In(design.beat_bits).array(design.ring_rows),
                "space": In(less_one(most_space)),
                "put": Out(1),
                "column": Out(design.layer.kernel_size[0] * design.beat_bits),
                "column_ends": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.player = player = self.player
        m.submodules.space = space = Credits(
            design.store_columns, self.most_space, ahead=design.store_walk.most_ahead
        )
        slice_ = Signal(range(design.slices))
        first, last = slice_ == 0, slice_ == design.slices - 1
        go = Signal()
        m.d.comb += [
            go.eq(player.ready & (space.some | ~first)),
            player.arrived.eq(self.arrived),
            player.enter.eq(go),
            player.leave.eq(go),
            self.freed.eq(player.freed),
            space.take.eq(go & first),
            space.give.eq(self.space),
        ]
        with m.If(go):
            m.d.sync += [wrapping(slice_, design.slices), wrapping(self.address, design.row_beats)]

        # Both flags travel beside the data: out of the ring, through its register, turned.
        put, ends = go, go & last
        for stage in range(3):
            put_next, ends_next = Signal(name=f"put_{stage}"), Signal(name=f"ends_{stage}")
            m.d.sync += [put_next.eq(put), ends_next.eq(ends)]
            put, ends = put_next, ends_next
        m.d.comb += [self.put.eq(put), self.column_ends.eq(ends)]
        m.submodules.row_turn = turn = RowTurn(design)
        m.d.comb += [
            turn.fetch.eq(go),
            turn.row_ends.eq(player.row_ends),
            turn.mask.eq(player.row.mask),
            turn.turn.eq(player.row.turn),
            *[to.eq(from_) for to, from_ in zip(turn.data, self.data, strict=True)],
            self.column.eq(turn.column),
        ]
        return m
