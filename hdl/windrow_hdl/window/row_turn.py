"""RowTurn: brings the banks of the line buffer into the order of the kernel rows.

A fetch issued now leaves the line buffer two cycles later and is turned into `column` in the third;
kernel rows that lie in padding read as zero.
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import modular_sum
from windrow_hdl.window.walk_player import WalkPlayer
from windrow_hdl.window.window_issue import real_taps


def turns(design: Design, visited: list[int]) -> list[dict[str, int]]:
    """Per visited row of windows, `turn`: banks from the one of its first kernel row to the next's."""
    axis, banks = design.rows, design.ring_rows
    starts = [y * axis.advance for y in visited]
    following = [*starts[1:], starts[0] + axis.stored]
    return [{"turn": (b - a) % banks} for a, b in zip(starts, following, strict=True)]


def fetch_player(design: Design) -> WalkPlayer:
    """The walk of column fetches, with the mask and the turn of each row of windows."""
    visited = np.flatnonzero(design.rows.real).tolist()
    masks = real_taps(design.rows)
    rows = [{**masks[y], **turn} for y, turn in zip(visited, turns(design, visited), strict=True)]
    return WalkPlayer(design.fetch_walk, design.ring_beats, None, rows)


class RowTurn(wiring.Component):
    """fetch: one is issued;  row_ends: it is the last of its row of windows

    mask, turn: real kernel rows of that row of windows, and banks from it to the next
    data: the line buffer's, two cycles after `fetch`;  column: kernel row 0 in the low bits, after three
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        self.first_row = int(np.flatnonzero(design.rows.real)[0])
        kh = design.layer.kernel_size[0]
        super().__init__(
            {
                "fetch": In(1),
                "row_ends": In(1),
                "mask": In(kh),
                "turn": In(range(design.ring_rows)),
                "data": In(design.beat_bits).array(design.ring_rows),
                "column": Out(kh * design.beat_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        banks, offsets = design.ring_rows, design.rows.offsets
        bank = self._first_bank(m)
        bank_1, mask_1, mask_2 = Signal.like(bank), Signal.like(self.mask), Signal.like(self.mask)
        m.d.sync += [bank_1.eq(bank), mask_1.eq(self.mask), mask_2.eq(mask_1)]
        bits = design.beat_bits
        for row, offset in enumerate(offsets):
            chosen = Signal(range(banks), name=f"chosen_{row}")
            m.d.sync += chosen.eq(modular_sum(bank_1, (offset - offsets[0]) % banks, banks))
            word = self.column.word_select(row, bits)
            m.d.sync += word.eq(Array(self.data)[chosen] if banks > 1 else self.data[0])
            with m.If(~mask_2[row]):
                m.d.sync += word.eq(0)
        return m

    def _first_bank(self, m: Module) -> Signal:
        """The bank of the first kernel row."""
        design, banks = self.design, self.design.ring_rows
        start = self.first_row * design.rows.advance + design.rows.offsets[0]
        bank = Signal(range(banks), init=start % banks)
        with m.If(self.fetch & self.row_ends):
            m.d.sync += bank.eq(modular_sum(bank, self.turn, banks))
        return bank
