"""OutputQueue: holds finished beats until they are taken; the credits say how many may be under way.

`o.ready` ends in two counters here.  Nothing upstream is ever stopped by it: a beat is begun only
with a credit in hand, so there is always a place for it.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, ValueLike, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow_hdl.counters import Credits, wrapping


class OutputQueue(wiring.Component):
    """A queue of `depth` beats of `bits`; a beat that is put is offered in the next cycle.

    put, payload: a finished beat;  begin: a beat is begun, takes a credit;  credit: one is left
    """

    def __init__(self, bits: int, depth: int) -> None:
        self.bits, self.depth = bits, depth
        super().__init__(
            {
                "put": In(1),
                "payload": In(unsigned(bits)),
                "begin": In(1),
                "credit": Out(1),
                "o": Out(stream.Signature(unsigned(bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.credits = credits = Credits(self.depth)
        taken = self.o.valid & self.o.ready
        held = Signal(signed(self.depth.bit_length() + 1), init=-1)  # less one: the sign says "empty"
        m.d.sync += held.eq(held + self.put - taken)
        m.d.comb += [
            credits.take.eq(self.begin),
            credits.give.eq(taken),
            self.credit.eq(credits.some),
            self.o.valid.eq(~held[-1]),
            self.o.payload.eq(self._stored(m, taken)),
        ]
        return m

    def _stored(self, m: Module, taken: ValueLike) -> ValueLike:
        """The oldest beat put."""
        if self.depth == 1:
            beat = Signal(unsigned(self.bits))
            with m.If(self.put):
                m.d.sync += beat.eq(self.payload)
            return beat
        m.submodules.memory = memory = Memory(shape=unsigned(self.bits), depth=self.depth, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [write.data.eq(self.payload), write.en.eq(self.put)]
        with m.If(self.put):
            m.d.sync += wrapping(write.addr, self.depth)
        with m.If(taken):
            m.d.sync += wrapping(read.addr, self.depth)
        return read.data
