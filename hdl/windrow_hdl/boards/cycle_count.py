"""CycleCount: how long an answer takes once its question is complete."""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["CycleCount"]

_MOST = (1 << 16) - 1


class CycleCount(wiring.Component):
    """Of the first frame after reset: cycles from its last beat in to its last beat out.

    i, o: a beat goes in; one comes out
    cycles: 0 until then, and where results do not wait for the last beat; the most that fits for more

    input_beats, output_beats: of a frame
    """

    def __init__(self, input_beats: int, output_beats: int) -> None:
        self.input_beats, self.output_beats = input_beats, output_beats
        super().__init__({"i": In(1), "o": In(1), "cycles": Out(16)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        asked, answered = (self._all(m, name, beat, count) for name, beat, count in (
            ("asked", self.i, self.input_beats), ("answered", self.o, self.output_beats)))
        with m.If(asked & ~answered & (self.cycles != _MOST)):
            m.d.sync += self.cycles.eq(self.cycles + 1)
        return m

    def _all(self, m: Module, name: str, beat: Signal, count: int) -> Signal:
        """Have so many beats passed, a cycle ago at least?"""
        left, over = Signal(range(count), name=f"{name}_left", init=count - 1), Signal(name=name)
        with m.If(beat):
            m.d.sync += [left.eq(left - 1), over.eq(over | (left == 0))]
        return over
