"""RowTurn: brings the banks of the line buffer into the order of the kernel rows.

A fetch issued now leaves the line buffer two cycles later and is turned into `column` in the third;
kernel rows that lie in padding deliver the operator's `fill`.  For a reduction that turns instead, banks stay
where they are, and so does `mask` then tell of banks.
"""

from __future__ import annotations

from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import chosen_by, modular_sum


class RowTurn(wiring.Component):
    """Brings the rows of a column into the order of the kernel.

    bank, mask, case: of the fetch at hand: the first kernel row's bank, which rows have a pixel, and whose
    data: the line buffer's, two cycles later;  column: kernel row 0 in the low bits, after three
    """

    def __init__(self, design: Design, *, turns: bool = True) -> None:
        self.design, self.turns = design, turns
        kh = design.window.kernel_size[0]
        super().__init__(
            {
                "bank": In(range(design.ring_rows)),
                "mask": In(kh),
                "case": In(range(len(design.window.sources[0].cases))),
                "data": In(design.beat_bits).array(design.ring_rows),
                "column": Out(kh * design.beat_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, banks = self.design, self.design.ring_rows
        offsets, bits = design.schedule.rows.offsets, design.beat_bits
        cases = design.window.sources[0].cases
        fill = Cat([Const(design.layer.fill, design.layer.input_type.bits)] * (design.pixels * design.lanes))
        bank_1, mask_1, mask_2 = Signal.like(self.bank), Signal.like(self.mask), Signal.like(self.mask)
        case_1 = Signal.like(self.case)
        m.d.sync += [bank_1.eq(self.bank), case_1.eq(self.case), mask_1.eq(self.mask), mask_2.eq(mask_1)]
        for row in range(len(offsets)):
            word = self.column.word_select(row, bits)
            if banks > 1 and self.turns:
                chosen = Signal(range(banks), name=f"chosen_{row}")
                distances = [(offsets[case[row]] - offsets[0]) % banks for case in cases]
                distance = chosen_by(m, f"row_{row}", case_1, distances)
                m.d.sync += [chosen.eq(modular_sum(bank_1, distance, banks)),
                             word.eq(Array(self.data)[chosen])]  # fmt: skip
            else:
                m.d.sync += word.eq(self.data[row if banks > 1 else 0])
            with m.If(~mask_2[row]):
                m.d.sync += word.eq(fill)
        return m
