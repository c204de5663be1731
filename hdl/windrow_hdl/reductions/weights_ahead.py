"""WeightsAhead: many words of weights in block RAM, one after the other, each there a cycle after its step.

    at ─▶ block RAM ─▶ its register ─▶ word         the word that comes next waits between the two

Through both registers of a block RAM a word takes two cycles, and between a step and its operands there is
one.  But the order of the words is known: each step moves the one that waits into the register, and reads the
one behind it.  After reset the first is read without a step; none comes that early, since pixels do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.counters import wrapping
from windrow_hdl.technology import read_only_memory


class WeightsAhead(wiring.Component):
    """`words` of `bits`: `word` is the first in the cycle after the first `step`, and so on, over again.

    step: the array does one;  word: of the step in the cycle before
    """

    def __init__(self, technology: str, bits: int, words: Sequence[int]) -> None:
        self.technology, self.bits, self.words = technology, bits, words
        super().__init__({"step": In(1), "word": Out(unsigned(bits))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.constants = memory = read_only_memory(self.technology, self.bits, self.words)
        at, fresh, moves = Signal(range(len(self.words))), Signal(init=1), Signal()
        m.d.comb += [
            moves.eq(self.step | fresh),
            memory.enable.eq(moves),
            memory.at.eq(at),
            self.word.eq(memory.word),
        ]
        m.d.sync += fresh.eq(0)
        with m.If(moves):
            m.d.sync += wrapping(at, len(self.words))
        return m
