"""UART: bytes over one wire each way, 8 data bits, no parity, one stop bit.

`divisor` is the clocks of a bit.  The receiver samples every bit in its middle, counted from the edge of the
start bit, so what matters is the error over ten bits: half a bit is too much, a few per cent are not.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

LEAST_DIVISOR = 6
"""Fewest clocks of a bit: fewer leave too little of it around the sample."""


class UartReceiver(wiring.Component):
    """Bytes from a wire.

    rx: the wire, from the pin
    strobe: a byte has arrived, in `data`;  fault: there was no stop bit, or what began was no byte
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"rx": In(1), "data": Out(8), "strobe": Out(1), "fault": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        left = Signal(range(self.divisor + self.divisor // 2))
        bits = Signal(range(10))
        m.d.sync += [self.strobe.eq(0), self.fault.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [left.eq(self.divisor + self.divisor // 2 - 2), bits.eq(0)]
                with m.If(~line):
                    m.next = "BITS"
            with m.State("BITS"):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.d.sync += [left.eq(self.divisor - 1), bits.eq(bits + 1)]
                    with m.If(bits == 8):
                        m.d.sync += [self.strobe.eq(line), self.fault.eq(~line)]
                        m.next = "REST"
                    with m.Else():
                        m.d.sync += self.data.eq(Cat(self.data[1:], line))
            with m.State("REST"):  # a line held low is one fault, not many bytes
                with m.If(line):
                    m.next = "IDLE"
        return m


class UartTransmitter(wiring.Component):
    """Bytes of a stream to a wire; `tx` goes to the pin."""

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        left, bits, shifter = Signal(range(self.divisor)), Signal(range(11)), Signal(9, init=0x1FF)
        line = Signal(init=1)  # at rest from the first moment on
        m.d.comb += [self.i.ready.eq(bits == 0), self.tx.eq(line)]
        m.d.sync += [line.eq(shifter[0]), left.eq(left - 1)]
        with m.If(bits == 0):
            m.d.sync += left.eq(self.divisor - 1)
            with m.If(self.i.valid):
                m.d.sync += [shifter.eq(Cat(Const(0, 1), self.i.payload)), bits.eq(10)]
        with m.Elif(left == 0):
            m.d.sync += [shifter.eq(Cat(shifter[1:], Const(1, 1))), bits.eq(bits - 1)]
            m.d.sync += left.eq(self.divisor - 1)
        return m
