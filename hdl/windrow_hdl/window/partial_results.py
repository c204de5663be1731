"""PartialResults: windows that grow as their pixels arrive, where no pixel belongs to two.

    i ─▶ WindowMarker x 2 ─▶ address ─▶ (memory, 2 cycles) ─┐
      └──────────▶ pixel, 2 cycles ─────────────────────────┴▶ with what there is ─▶ total ─┬▶ memory
         0                                                   2   ▲      │             3     └▶ go, totals
                                                                 └ ring ┘

No pixel is stored, and none waits but one that finishes a window, for a credit of the output.  What lies
where is said in `windrow.timing.partials`.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring

from windrow.reductions.partial import Partial
from windrow.timing.memories import Memories
from windrow.values.numerics import IntType
from windrow_hdl.parts.counters import chosen_by, count
from windrow_hdl.reductions.window_ports import chain
from windrow_hdl.technology import row_memory
from windrow_hdl.window.growing import as_number, joined, number_at, pixel_numbers, result_ports
from windrow_hdl.window.window_marker import WindowMarker

__all__ = ["PartialResults"]

_READ = 2  # cycles from a pixel to what there is of its window


class PartialResults(wiring.Component):
    """`partial` of every window of a schedule that accumulates, `lanes` of them side by side.

    i: the input stream;  credit: an output beat may be begun;  begin: it is
    go, totals: a window is whole, three cycles after its last pixel was accepted
    of: with them, which of `numbers` of pixels the window has, along rows and along columns
    """

    def __init__(self, memories: Memories, partial: Partial, *, lanes: int, technology: str) -> None:
        self.schedule, self.partials, self.partial = memories.schedule, memories.partials, partial
        self.lanes, self.technology = lanes, technology
        self.row, self.column = WindowMarker(self.schedule.rows), WindowMarker(self.schedule.columns)
        self.total: IntType = partial.type_of(partial.most)
        self.numbers = pixel_numbers(self.row, self.column)
        super().__init__(result_ports(partial, lanes, self.numbers))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.row, m.submodules.column = row, column = self.row, self.column
        accept, kept, finishes = Signal(), Signal(), Signal()
        slice_ = Signal(range(self.schedule.slices))
        last_slice = count(m, slice_, self.schedule.slices, accept)
        m.d.comb += [
            kept.eq(row.kept & column.kept),
            finishes.eq(kept & row.ends & column.ends),
            self.i.ready.eq(self.credit | ~finishes),
            accept.eq(self.i.valid & self.i.ready),
            self.begin.eq(accept & finishes),
            column.advance.eq(accept & last_slice),
            row.advance.eq(accept & last_slice & column.last),
        ]
        number = number_at(m, row, column)
        m.d.comb += [
            self.go.eq(chain(m, self.begin, _READ + 1, "whole")),
            self.of.eq(chain(m, number, _READ + 1, "number", reset_less=True)),
        ]
        there = chain(m, accept & kept, _READ, "there")
        new = Signal(self.lanes * self.total.bits, name="new")
        old = self._old(m, there, new, self._address(m, accept, last_slice, slice_))
        self._join(m, new, old, number)
        return m

    def _join(self, m: Module, new: Signal, old: Value, number: Signal) -> None:
        """`new`: the pixels that have waited with what there is of their windows; `totals` a cycle later."""
        pixels = chain(m, self.i.payload, _READ, "pixels", reset_less=True)
        first = chain(m, self.row.fresh & self.column.fresh, _READ, "first", reset_less=True)
        starts = [self.partial.start(pixels) for pixels in self.numbers]
        chosen = chosen_by(m, "start", number, starts)
        start = chosen if isinstance(chosen, int) else chain(m, chosen, _READ, "start", reset_less=True)
        both: list[Value] = []
        for lane, total in enumerate(self.totals):
            base = Signal(total.shape(), name=f"base_{lane}")
            grown = Signal(total.shape(), name=f"grown_{lane}")
            register = Signal(total.shape(), name=f"total_{lane}", reset_less=True)
            pixel = as_number(pixels.word_select(lane, self.partial.pixel.bits), self.partial.pixel)
            m.d.comb += [
                base.eq(Mux(first, start, as_number(old.word_select(lane, self.total.bits), self.total))),
                grown.eq(joined(self.partial.kind, base, pixel)),
                total.eq(register),
            ]
            m.d.sync += register.eq(grown)
            both.append(grown)
        m.d.comb += new.eq(Cat(both))

    def _old(self, m: Module, there: Value, new: Signal, address: Value) -> Value:
        """What there was of the windows of a beat that has waited; `new` is kept if it is `there`."""
        partials = self.partials
        held = self._hold(m, there, new) if partials.ring else Const(0, len(new))
        if not partials.stored:
            return held
        memory = row_memory(self.technology, len(new), 1, partials.stored)
        m.submodules.stored = memory
        m.d.comb += [
            memory.address.eq(address),
            memory.write_address.eq(chain(m, address, _READ + 1, "address", reset_less=True)),
            memory.payload.eq(Cat(self.totals)),
            memory.enable.eq(chain(m, there, 1, "written")),
        ]
        if not partials.ring:
            return memory.data[0]
        fresh = chain(m, self.column.fresh, _READ, "fresh", reset_less=True)
        return Mux(fresh, memory.data[0], held)

    def _hold(self, m: Module, there: Value, new: Signal) -> Value:
        """The ring.  It turns with every slice; or, where it holds several windows of a row, with these."""
        places = range(self.partials.ring)
        ring = [Signal.like(new, name=f"held_{place}", reset_less=True) for place in places]
        turns: Value = Const(1, 1)
        if self.schedule.slices == 1 and len(ring) > 1:
            turns = chain(m, self.column.ends, _READ, "ends", reset_less=True)
        with m.If(there & turns):
            m.d.sync += [place.eq(after) for place, after in zip(ring, [*ring[1:], new], strict=True)]
        with m.Elif(there):
            m.d.sync += ring[0].eq(new)
        return ring[0]

    def _address(self, m: Module, accept: Value, last_slice: Value, slice_: Signal) -> Value:
        """Where the windows of the beat at hand are in the memory: window by window, slice by slice."""
        partials, slices = self.partials, self.schedule.slices
        if partials.columns == 1:
            return slice_
        address = Signal(range(max(1, partials.stored)), name="place")
        with m.If(accept):
            with m.If(~last_slice):
                m.d.sync += address.eq(address + 1)
            with m.Elif(self.column.last):
                m.d.sync += address.eq(0)
            with m.Elif(self.column.ends):
                m.d.sync += address.eq(address + 1)
            with m.Else():
                m.d.sync += address.eq(address - (slices - 1))
        return address
