"""Average: sums of the real pixels of each window, divided by their number.

    operands ─▶ FoldedChannels (sum) ─▶ RoundedDivision ─▶ payload
    padding, spare ─▶ count of real taps ──────▲
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.operators.average_pool import AvgPool2d
from windrow.operators.operator import Parameters
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.values.numerics import smallest
from windrow_hdl.parts.counters import count
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.channel_fold import FoldedChannels
from windrow_hdl.reductions.division import RoundedDivision
from windrow_hdl.reductions.window_ports import chain
from windrow_hdl.window.operands import operand_ports, spare_taps

__all__ = ["NAME", "Average", "make", "turnable"]

NAME = "average"


def turnable(design: Design) -> bool:
    """In any order."""
    return True


class Average(wiring.Component):
    """`AvgPool2d`, one quotient for each lane; ports: `operand_ports` and

    put, payload: a finished beat, lane 0 in the low bits
    """

    def __init__(
        self, design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
        dsp: bool | Blocks, *, restarts: bool = False,
    ) -> None:  # fmt: skip
        layer = design.layer
        assert isinstance(layer, AvgPool2d)
        self.design, self.layer = design, layer
        fold = layer.fold(design.taps)
        self.sums = FoldedChannels(fold, layer.input_type, smallest(*fold.range(layer.input_type)),
                                   lanes=design.lanes, border=layer.fill)  # fmt: skip
        self.division = RoundedDivision(layer.division, lanes=design.lanes, technology=technology, dsp=dsp,
                                        products=layer.products_of_sums)  # fmt: skip
        super().__init__(
            {
                **operand_ports(design, len(turns)),
                "put": Out(1),
                "payload": Out(unsigned(design.pe * layer.result_type.bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.sums, m.submodules.division = sums, division = self.sums, self.division
        carry(m, self, sums, "step", "clear", "operands")
        kind = sums.result
        for lane, to in enumerate(division.sums):
            part = sums.payload.word_select(lane, kind.bits)
            m.d.comb += to.eq(part.as_signed() if kind.signed else part)
        m.d.comb += division.go.eq(sums.put)
        if len(self.layer.division.counts) > 1:
            m.d.comb += division.index.eq(self._index(m))
        carry(m, division, self, "put", "payload")
        return m

    def _index(self, m: Module) -> Value:
        """Which of the counts the sum has that is put now: taps that are pixels, over the steps of a beat."""
        design, counts = self.design, self.layer.division.counts
        here = chain(m, self.step, 1, "here")
        real = Signal(range(design.taps + 1))
        spare = [self.spare & (at in spare_taps(design)) for at in range(design.taps)]
        pixels = [~self.padding[at] & ~spare[at] for at in range(design.taps)]
        m.d.comb += real.eq(_ones(pixels))
        total = Signal(range(design.window.taps + 1))
        if design.steps == 1:
            m.d.comb += total.eq(real)
        else:
            so_far, step = Signal.like(total), Signal(range(design.steps))
            ends = count(m, step, design.steps, here)
            m.d.comb += total.eq(so_far + real)
            with m.If(here):
                m.d.sync += so_far.eq(Mux(ends, 0, total))
        index = Signal(range(len(counts)))
        with m.Switch(total):
            for number, pixels_there in enumerate(counts):
                with m.Case(pixels_there):
                    m.d.comb += index.eq(number)
        return chain(m, index, self.sums.depth - 1, "index", reset_less=True)


def _ones(bits: Sequence[Value]) -> Value:
    """How many bits are set: a balanced sum."""
    if len(bits) == 1:
        return bits[0]
    half = len(bits) // 2
    return _ones(bits[:half]) + _ones(bits[half:])


make = Average
