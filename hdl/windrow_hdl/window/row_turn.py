"""RowTurn: brings the banks of the line buffer into the order of the kernel rows.

A fetch issued now leaves the line buffer two cycles later and is turned into `column` in the third;
kernel rows that lie in padding deliver the operator's `fill`.
"""

from __future__ import annotations

from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import modular_sum


class RowTurn(wiring.Component):
    """bank, mask: bank of the first kernel row, and which kernel rows are real, of the fetch at hand

    data: the line buffer's, two cycles later;  column: kernel row 0 in the low bits, after three
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        kh = design.window.kernel_size[0]
        super().__init__(
            {
                "bank": In(range(design.ring_rows)),
                "mask": In(kh),
                "data": In(design.beat_bits).array(design.ring_rows),
                "column": Out(kh * design.beat_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, banks = self.design, self.design.ring_rows
        offsets, bits = design.schedule.rows.offsets, design.beat_bits
        fill = Cat([Const(design.layer.fill, design.layer.input_type.bits)] * design.lanes)
        bank_1, mask_1, mask_2 = Signal.like(self.bank), Signal.like(self.mask), Signal.like(self.mask)
        m.d.sync += [bank_1.eq(self.bank), mask_1.eq(self.mask), mask_2.eq(mask_1)]
        for row, offset in enumerate(offsets):
            chosen = Signal(range(banks), name=f"chosen_{row}")
            m.d.sync += chosen.eq(modular_sum(bank_1, (offset - offsets[0]) % banks, banks))
            word = self.column.word_select(row, bits)
            m.d.sync += word.eq(Array(self.data)[chosen] if banks > 1 else self.data[0])
            with m.If(~mask_2[row]):
                m.d.sync += word.eq(fill)
        return m
