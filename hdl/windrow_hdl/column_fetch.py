"""ColumnFetch: moves window columns from the line buffer to the column store, one slice a cycle.

    WalkPlayer ─▶ address ─▶ (line buffer, 2 cycles) ─▶ turn rows, mask padding ─▶ column
        0                                                                          3

It walks the rows of windows ahead of the array and fetches every stored column of each once, for
all windows of the row.  Rows of windows that lie in padding altogether are not fetched.
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.design import Design
from windrow_hdl.counters import Credits, modular_sum, wrapping
from windrow_hdl.gather_reader import turns
from windrow_hdl.walk_player import WalkPlayer
from windrow_hdl.window_issue import real_taps


class ColumnFetch(wiring.Component):
    """Fetches for a column store of `design.store_columns` columns.

    arrived, freed, address, data: the line buffer
    space: columns that the store gives back
    put, column: one slice of a column, kernel row 0 and lane 0 in the low bits;
    column_ends: it is the column's last
    """

    def __init__(self, design: Design, most_space: int) -> None:
        self.design = design
        self.most_space = most_space
        visited = np.flatnonzero(design.rows.real).tolist()
        masks = real_taps(design.rows)
        rows = [{**masks[y], **turn} for y, turn in zip(visited, turns(design, visited), strict=True)]
        self.first_row = visited[0]
        self.player = WalkPlayer(design.fetch_walk, design.ring_beats, None, rows)
        super().__init__(
            {
                "arrived": In(1),
                "freed": Out(self.player.freed.shape()),
                "address": Out(range(design.row_beats)),
                "data": In(design.beat_bits).array(design.ring_rows),
                "space": In(range(most_space + 1)),
                "put": Out(1),
                "column": Out(design.layer.kernel_size[0] * design.beat_bits),
                "column_ends": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.player = player = self.player
        m.submodules.space = space = Credits(design.store_columns, self.most_space)
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
        self._turn(m, go)
        return m

    def _turn(self, m: Module, go: Signal) -> None:
        """Bring the banks into the order of the kernel rows; rows in padding read as zero."""
        design, player = self.design, self.player
        banks, offsets = design.ring_rows, design.rows.offsets
        start = self.first_row * design.rows.advance + offsets[0]
        bank = Signal(range(banks), init=start % banks)  # of the window's first kernel row
        with m.If(go & player.row_ends):
            m.d.sync += bank.eq(modular_sum(bank, player.row.turn, banks))
        kh = design.layer.kernel_size[0]
        bank_1, mask_1, mask_2 = Signal.like(bank), Signal(kh), Signal(kh)
        m.d.sync += [bank_1.eq(bank), mask_1.eq(player.row.mask), mask_2.eq(mask_1)]
        data = Array(self.data) if banks > 1 else [self.data[0]]
        bits = design.beat_bits
        for row, offset in enumerate(offsets):
            chosen = Signal(range(banks), name=f"chosen_{row}")
            m.d.sync += chosen.eq(modular_sum(bank_1, (offset - offsets[0]) % banks, banks))
            picked = data[chosen] if banks > 1 else data[0]
            m.d.sync += self.column.word_select(row, bits).eq(Mux(mask_2[row], picked, 0))
