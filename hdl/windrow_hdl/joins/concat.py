"""ConcatStage: beats of one input after another, pixel by pixel.

    i_0 ─┐
    i_1 ─┼─▶ the one whose turn it is ─▶ register
    ... ─┘                                   1

With several pixels a beat all are taken at once, and wired next to each other, pixel by pixel.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value

from windrow_hdl.joins.join_stage import JoinStage
from windrow_hdl.parts.counters import select

__all__ = ["ConcatStage"]


class ConcatStage(JoinStage):
    """Hardware of a `Concat`; see `JoinStage`."""

    def compute(self, m: Module, begin: Value, turn: Signal) -> tuple[Value, Value]:
        chosen, payload = Signal.like(self.o.payload), Signal.like(self.o.payload, reset_less=True)
        if self.design.pixels > 1:
            m.d.comb += chosen.eq(Cat(self._pixel(number) for number in range(self.design.pixels)))
        else:
            select(m, chosen, turn, [self.inputs[row.argmax()].payload for row in self.design.reads])
        put = Signal()
        m.d.sync += [payload.eq(chosen), put.eq(begin)]
        return put, payload

    def _pixel(self, number: int) -> Value:
        """The channels of one of the pixels of a beat, those of all inputs."""
        return Cat(each.payload.word_select(number, len(each.payload) // self.design.pixels)
                   for each in self.inputs)
