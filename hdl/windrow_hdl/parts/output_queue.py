"""OutputQueue: holds finished beats until they are taken; the credits say how many may be under way.

`o.ready` ends in two counters here.  Nothing upstream is ever stopped by it: a beat is begun only
with a credit in hand, so there is always a place for it.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.counters import Credits


class OutputQueue(wiring.Component):
    """A queue of `depth` beats of `bits`; a beat that is put is offered in the next cycle.

    spare: places besides, for beats that are begun without a look at `credit`

    put, payload: a finished beat;  begin: a beat is begun, takes a credit;  credit: one is left
    o: beats in the order in which they were put
    """

    def __init__(self, bits: int, depth: int, spare: int = 0) -> None:
        self.bits, self.depth, self.spare = bits, depth, spare
        self.credits = Credits(depth, ahead=spare)
        super().__init__(
            {
                "put": In(1),
                "payload": In(unsigned(bits)),
                "begin": In(1),
                "credit": Out(1),
                "o": Out(stream.Signature(unsigned(bits))),
            }
        )

    @property
    def idle(self) -> Value:
        """No beat is under way or waits here.  For a parent that asks; the ports say nothing of it."""
        return self.credits.free == self.depth - 1

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.credits = credits = self.credits
        taken = self.o.valid & self.o.ready
        m.d.comb += [
            credits.take.eq(self.begin),
            credits.give.eq(taken),
            self.credit.eq(credits.some),
        ]
        depth = 1 << (self.depth + self.spare - 1).bit_length()
        put_at = Signal(range(depth))
        take_at = Signal(range(depth))
        take_next = Signal(range(depth), init=1 % depth)
        memory = Memory(shape=unsigned(self.bits), depth=depth, init=[], attrs={"no_rw_check": "1"})
        m.submodules.memory = memory
        write, read = memory.write_port(), memory.read_port(domain="comb")
        valid = Signal()
        m.d.comb += [
            self.o.valid.eq(valid),
            self.o.payload.eq(read.data),
            write.addr.eq(put_at),
            write.data.eq(self.payload),
            write.en.eq(self.put),
            read.addr.eq(take_at),
        ]
        with m.If(self.put):
            m.d.sync += [put_at.eq(put_at + 1), valid.eq(1)]
        with m.If(taken):
            m.d.sync += [take_at.eq(take_next), take_next.eq(take_next + 1)]
            with m.If(~self.put & (take_next == put_at)):  # it was the only one
                m.d.sync += valid.eq(0)
        return m
