"""Beats of the datapath and bytes of the line, value by value, as `windrow.board.wire` packs them."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class BytesToBeats(wiring.Component):
    """Collects the bytes of `values` values of `bits` into one beat; a value's spare bits are dropped."""

    def __init__(self, values: int, bits: int) -> None:
        self.values, self.bits = values, bits
        super().__init__({"i": In(stream.Signature(8)), "o": Out(stream.Signature(unsigned(values * bits)))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        per_value = -(-self.bits // 8)
        count = self.values * per_value
        collected, number, complete = Signal(8 * count), Signal(range(count)), Signal()
        words = [collected.word_select(n, 8 * per_value) for n in range(self.values)]
        m.d.comb += [
            self.i.ready.eq(~complete),
            self.o.valid.eq(complete),
            self.o.payload.eq(Cat(word[: self.bits] for word in words)),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [collected.eq(Cat(collected[8:], self.i.payload)), number.eq(number + 1)]
            with m.If(number == count - 1):
                m.d.sync += [number.eq(0), complete.eq(1)]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += complete.eq(0)
        return m


class BeatsToBytes(wiring.Component):
    """Sends a beat of `values` values of `bits` byte by byte; the spare bits of a value are zero."""

    def __init__(self, values: int, bits: int) -> None:
        self.values, self.bits = values, bits
        super().__init__({"i": In(stream.Signature(unsigned(values * bits))), "o": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        spare = -self.bits % 8
        count = self.values * (self.bits + spare) // 8
        parts: list[Value] = []
        for value in range(self.values):
            parts += [self.i.payload.word_select(value, self.bits), Const(0, spare)]
        rest, left = Signal(8 * count), Signal(range(count + 1))
        m.d.comb += [
            self.i.ready.eq(left == 0),
            self.o.valid.eq(left != 0),
            self.o.payload.eq(rest[:8]),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [rest.eq(Cat(parts)), left.eq(count)]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [rest.eq(rest[8:]), left.eq(left - 1)]
        return m
