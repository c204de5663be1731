"""OutputStage: a finished beat through an output map, its values side by side or one after another.

    payload ─▶ values ─▶ the map, `width` values a cycle ─▶ collected ─▶ payload_out
               rest                                          rest

Beats are `beat_steps` cycles apart at best.  So `ceil(pe / beat_steps)` values a cycle are enough: with 16
filters and 144 steps, one multiplier rounds them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.outputs.output_map import turns
from windrow.outputs.requantise_lane import channel_of
from windrow.values.numerics import IntType
from windrow_hdl.parts.counters import count, wrapping
from windrow_hdl.technology import check_technology


class OutputStage(wiring.Component):
    """A map of `pe` values a beat, `delay` cycles from `put` to `put_out`, a beat every `beat_steps` cycles.

    put, payload: a beat, value 0 in the low bits;  put_out, payload_out: the beat after the map

    chosen: a map as its `for_range` gives it
    before: type of a value; beats come in order, value `p` of beat `n` of a window is channel `n*pe + p`, of
    `groups` beats.
    """

    def __init__(self, chosen: Any, before: IntType, *, pe: int, groups: int, beat_steps: int,
                 technology: str = "generic", dsp: bool = True) -> None:
        self.map, self.before, self.after = chosen, before, chosen.result(before)
        self.pe, self.groups, self.beat_steps = pe, groups, beat_steps
        self.technology, self.dsp = check_technology(technology), dsp
        self.width, self.turns = turns(pe, beat_steps)
        super().__init__({
            "put": In(1),
            "payload": In(unsigned(pe * before.bits)),
            "put_out": Out(1),
            "payload_out": Out(unsigned(pe * self.after.bits)),
        })

    @property
    def delay(self) -> int:
        """Cycles from `put` to `put_out`."""
        return self.map.depth + self.turns - 1

    def compute(self, m: Module, values: Sequence[Value], at: Value) -> Sequence[Value]:
        """Results of `width` values, `map.depth - 1` cycles later; `at`: their turn, a cycle before."""
        raise NotImplementedError

    def channel(self, turn: int, lane: int) -> int | None:
        """As `channel_of` says, of this stage."""
        return channel_of(turn, lane, self.pe, self.width, self.turns)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        entering, last = self._turn(m)
        at = Signal(range(self.groups * self.turns))
        with m.If(entering):
            m.d.sync += wrapping(at, self.groups * self.turns)
        values = self._values(m)
        results = self.compute(m, values, at)
        there, complete = entering, last
        for stage in range(self.map.depth):
            there = self._later(m, there, f"there_{stage}")
            complete = self._later(m, complete, f"complete_{stage}")
        beat = Cat(result[: self.after.bits] for result in results)
        if self.turns > 1:
            collected = Signal((self.turns - 1) * len(beat), reset_less=True)
            with m.If(there):
                m.d.sync += collected.eq(Cat(collected, beat)[len(beat) :])
            beat = Cat(collected, beat)
        m.d.comb += [self.put_out.eq(complete), self.payload_out.eq(beat)]
        return m

    def _turn(self, m: Module) -> tuple[Value, Value]:
        """Whether values enter the map in the next cycle, and whether they are the last of their beat."""
        if self.turns == 1:
            return self.put, self.put
        following = Signal()  # more values of the beat are to enter
        turn = Signal(range(self.turns))
        entering = self.put | following
        last = count(m, turn, self.turns, entering)
        with m.If(entering):
            m.d.sync += following.eq(~last)
        return entering, entering & last

    def _values(self, m: Module) -> list[Value]:
        size = self.width * self.before.bits
        values = Signal(size, reset_less=True)
        if self.turns == 1:
            m.d.sync += values.eq(self.payload)
        else:
            rest = Signal(self.pe * self.before.bits - size, reset_less=True)
            m.d.sync += [values.eq(Mux(self.put, self.payload[:size], rest[:size])),
                         rest.eq(Mux(self.put, self.payload[size:], rest[size:]))]
        parts = [values.word_select(lane, self.before.bits) for lane in range(self.width)]
        return [part.as_signed() if self.before.signed else part for part in parts]

    @staticmethod
    def _later(m: Module, flag: Value, name: str) -> Signal:
        later = Signal(name=name)
        m.d.sync += later.eq(flag)
        return later
