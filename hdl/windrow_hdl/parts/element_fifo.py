"""ElementFifo: the queue between two stages, which converts widths on its way.

    i, `write` elements ─▶ part of a word ┐
                                          ├─▶ memory, words of lcm(write, read) elements
    o, `read` elements ◀── part of a word ┘

Neither a write nor a read ever crosses a word, so nothing is shifted.  Where beats are of several pixels that
are written with some of their channels, a read takes a word, its elements wired in another order.

What is written can be read a cycle later, and what is read makes room a cycle later: both counts are
registers, and so no ready and no valid depends on what happens at the other end.

A word alone is registers, a few are look-up table memory, many are block RAM.  That one is read a cycle
ahead, at the address of the next cycle; what is written there in that very cycle goes around it.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow.pipeline.fifo import Fifo
from windrow_hdl.parts.counters import count, select
from windrow_hdl.parts.sequencer import shape_of

__all__ = ["ElementFifo"]


class ElementFifo(wiring.Component):
    """The queue `fifo`.

    i: beats of `write` elements;  o: beats of `read` elements; the first of a beat in the low bits
    """

    def __init__(self, fifo: Fifo) -> None:
        self.fifo = fifo
        self.words = fifo.elements // fifo.unit
        super().__init__({
            "i": In(stream.Signature(unsigned(fifo.write * fifo.element_bits))),
            "o": Out(stream.Signature(unsigned(fifo.read * fifo.element_bits))),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fifo = self.fifo
        put, take = self.i.valid & self.i.ready, self.o.valid & self.o.ready
        self._count(m, put, take)
        parts = fifo.unit // fifo.write
        part, word = Signal(range(parts), name="put_part"), Signal(range(self.words), name="put_word")
        ends = count(m, part, parts, put)
        count(m, word, self.words, put & ends)
        enables = [put & (part == number) if parts > 1 else put for number in range(parts)]
        if self.words == 1:
            found = self._registers(m, enables)
            self._offer(m, take, found)
        else:
            self._memory(m, word, enables, take)
        return m

    def _count(self, m: Module, put: Value, take: Value) -> None:
        """Room and elements, each less what a beat needs, so that their signs are the answers."""
        fifo = self.fifo
        room = Signal(shape_of([-fifo.write, fifo.elements - fifo.write]), name="room",
                      init=fifo.elements - fifo.write)
        there = Signal(shape_of([-fifo.read, fifo.elements - fifo.read]), name="there", init=-fifo.read)
        more = Mux(put, Mux(take, fifo.write - fifo.read, fifo.write), Mux(take, -fifo.read, 0))
        m.d.sync += [room.eq(room - more), there.eq(there + more)]
        m.d.comb += [self.i.ready.eq(~room[-1]), self.o.valid.eq(~there[-1])]

    def _offer(self, m: Module, take: Value, word: Value) -> Value:
        """Drive `o` with the part of `word` at hand; returns whether a read takes its last."""
        fifo = self.fifo
        parts, size = fifo.unit // fifo.read, fifo.read * fifo.element_bits
        part = Signal(range(parts), name="take_part")
        ends = count(m, part, parts, take)
        if fifo.pixels > 1:
            elements = [word.word_select(at, fifo.element_bits) for at in fifo.order]
            m.d.comb += self.o.payload.eq(Cat(elements))
        else:
            select(m, self.o.payload, part, [word.word_select(number, size) for number in range(parts)])
        return take & ends

    def _registers(self, m: Module, enables: Sequence[Value]) -> Value:
        held: list[Value] = []
        for number, enable in enumerate(enables):
            one = Signal.like(self.i.payload, name=f"part_{number}", reset_less=True)
            with m.If(enable):
                m.d.sync += one.eq(self.i.payload)
            held.append(one)
        return Cat(held)

    def _memory(self, m: Module, put_word: Signal, enables: Sequence[Value], take: Value) -> None:
        fifo = self.fifo
        block, size = fifo.in_block_ram, len(self.i.payload)
        # A word that is read while it is written is never looked at: `held` is, or nobody takes it.
        attributes = {"no_rw_check": "1", **({"ram_style": "block"} if block else {})}
        m.submodules.memory = memory = Memory(
            shape=unsigned(fifo.unit * fifo.element_bits), depth=self.words, init=[], attrs=attributes)
        write, read = memory.write_port(granularity=size), memory.read_port(domain="comb")
        m.d.comb += [write.addr.eq(put_word), write.en.eq(Cat(enables)),
                     write.data.eq(Cat([self.i.payload] * len(enables)))]
        take_word = Signal(range(self.words))
        if not block:
            ends = self._offer(m, take, read.data)
            m.d.comb += read.addr.eq(take_word)
            count(m, take_word, self.words, ends)
            return
        word, latch = Signal.like(read.data, name="word"), Signal.like(read.data, name="latch")
        ends = self._offer(m, take, word)
        following = Signal.like(take_word, name="following")
        m.d.comb += [following.eq(take_word), read.addr.eq(following)]
        with m.If(ends):
            m.d.comb += following.eq(Mux(take_word == self.words - 1, 0, take_word + 1))
        held = Signal.like(self.i.payload, name="held", reset_less=True)
        fresh = Signal(len(enables))
        same = put_word == following
        m.d.sync += [take_word.eq(following), latch.eq(read.data), held.eq(self.i.payload),
                     fresh.eq(Cat(enable & same for enable in enables))]
        m.d.comb += word.eq(Cat(Mux(fresh[number], held, latch.word_select(number, size))
                                for number in range(len(enables))))
