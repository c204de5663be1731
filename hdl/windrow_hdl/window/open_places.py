"""OpenPlaces: what open windows have so far, at places that are passed in turn.

    step ─▶ address ─▶ (memory, 2 cycles) ─┐
    value, 2 cycles after its step ────────┴▶ with what there is ─┬▶ totals, 3 cycles after the step
                                            ▲                     │  of the oldest window
                                            └─ memory or ring ◀───┘  the others, or all, wait
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.reductions.partial import Partial
from windrow.timing.open_partials import Places
from windrow.values.numerics import IntType
from windrow_hdl.parts.counters import wrapping
from windrow_hdl.reductions.window_ports import chain
from windrow_hdl.technology import row_memory
from windrow_hdl.window.growing import as_number, joined
from windrow_hdl.window.operands import shape

__all__ = ["READ", "OpenPlaces"]

READ = 2
"""Cycles from a step to what there is at its place."""


class OpenPlaces(wiring.Component):
    """`places` of `partial`, for `lanes` channels side by side.

    step: the next place is passed
    values: two cycles later, what goes to every window that is open there
    before, ends: with them, a bit for each partial result that there is already; the oldest window ends
    totals: another cycle later, what the oldest has with it
    """

    def __init__(self, places: Places, partial: Partial, value: IntType, total: IntType, *, lanes: int,
                 technology: str) -> None:  # fmt: skip
        self.places, self.kind, self.technology = places, partial.kind, technology
        self.lanes, self.value = lanes, value
        self.types = [partial.type_of(pixels) for pixels in places.pixels]
        super().__init__(
            {
                "step": In(1),
                "values": In(shape(value)).array(lanes),
                "before": In(unsigned(len(self.types))),
                "ends": In(1),
                "totals": Out(shape(total)).array(lanes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if not self.types:
            m.d.sync += [total.eq(value) for total, value in zip(self.totals, self.values, strict=True)]
            return m
        there = chain(m, self.step, READ, "there")
        left = Signal(self.lanes * sum(each.bits for each in self.types))
        old, parts = self._old(m, there, left), list[Value]()
        for lane, (value, total) in enumerate(zip(self.values, self.totals, strict=True)):
            register = Signal(total.shape(), name=f"total_{lane}", reset_less=True)
            grown: list[Value] = []
            for place, base in enumerate(self._lane(old, lane)):
                each = Signal(total.shape(), name=f"grown_{lane}_{place}")
                m.d.comb += each.eq(Mux(self.before[place], joined(self.kind, base, value), value))
                grown.append(each)
            grown.append(value)  # a window that is new here
            m.d.sync += register.eq(grown[0])
            m.d.comb += total.eq(register)
            for place, kind in enumerate(self.types):
                part = Signal(shape(kind), name=f"left_{lane}_{place}")
                m.d.comb += part.eq(Mux(self.ends, grown[place + 1], grown[place]))
                parts.append(part)
        m.d.comb += left.eq(Cat(parts))
        return m

    def _lane(self, word: Value, lane: int) -> list[Value]:
        """The partial results of a lane, the oldest first."""
        found: list[Value] = []
        at = lane * sum(each.bits for each in self.types)
        for kind in self.types:
            found.append(as_number(word[at : at + kind.bits], kind))
            at += kind.bits
        return found

    def _old(self, m: Module, there: Value, left: Signal) -> Value:
        """What there is at a place when its value comes; `left` is kept there."""
        if not self.places.stored:
            ring = [Signal.like(left, name=f"held_{place}", reset_less=True)
                    for place in range(self.places.count)]  # fmt: skip
            with m.If(there):
                m.d.sync += [place.eq(after) for place, after in zip(ring, [*ring[1:], left], strict=True)]
            return ring[0]
        m.submodules.stored = memory = row_memory(self.technology, len(left), 1, self.places.stored)
        place = Signal(range(self.places.stored))
        with m.If(self.step):
            m.d.sync += wrapping(place, self.places.stored)
        payload = Signal.like(left, name="payload", reset_less=True)
        m.d.sync += payload.eq(left)
        m.d.comb += [
            memory.address.eq(place),
            memory.write_address.eq(chain(m, place, READ + 1, "place", reset_less=True)),
            memory.payload.eq(payload),
            memory.enable.eq(chain(m, there, 1, "written")),
        ]
        return memory.data[0]
