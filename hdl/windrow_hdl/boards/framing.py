"""Framing: packets from bytes of the line and back; flags, escapes and checksum as `windrow.board.link` says.

    bytes ─▶ Deframer ─▶ data, strobe ... end, good
    bytes with `last` ─▶ Framer ─▶ flag, bytes, checksum, flag
"""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import In, Out

from windrow.board.link import CRC_BYTES, ESCAPE, FLAG, TURN


def _checksum() -> Any:  # amaranth-stubs know nothing of it
    return CRC32_ISO_HDLC(data_width=8).create()


class Deframer(wiring.Component):
    """Bytes within packets, escapes undone, the checksum still at the end.

    i_data, i_strobe, i_fault: from the receiver
    data, strobe: a byte;  end: the packet is over, and was `good` if its checksum was right
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "i_data": In(8), "i_strobe": In(1), "i_fault": In(1),
                "data": Out(8), "strobe": Out(1), "end": Out(1), "good": Out(1),
            }
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.crc = crc = _checksum()
        some, fault, escaped, matches = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [crc.data.eq(self.data), crc.valid.eq(self.strobe)]
        # A byte follows the one before it after ten bits, so the checksum may take its time.
        m.d.sync += [matches.eq(crc.match_detected), crc.start.eq(self.end)]
        m.d.sync += [self.strobe.eq(0), self.end.eq(0)]
        with m.If(self.i_fault):
            m.d.sync += [fault.eq(1), some.eq(1)]
        with m.If(self.i_strobe):
            with m.If(self.i_data == FLAG):
                # Flags that follow each other enclose nothing.
                m.d.sync += [self.end.eq(some), self.good.eq(matches & ~fault & ~escaped)]
                m.d.sync += [some.eq(0), fault.eq(0), escaped.eq(0)]
            with m.Elif(self.i_data == ESCAPE):
                m.d.sync += [some.eq(1), escaped.eq(1)]
            with m.Else():
                m.d.sync += [some.eq(1), escaped.eq(0), self.strobe.eq(1)]
                m.d.sync += self.data.eq(self.i_data ^ Mux(escaped, TURN, 0))
        return m


class Framer(wiring.Component):
    """Packets onto the line: their bytes in `i`, `last` with the last one."""

    def __init__(self) -> None:
        item = data.StructLayout({"byte": 8, "last": 1})
        super().__init__({"i": In(stream.Signature(item)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.crc = crc = _checksum()
        byte, escaped, last = Signal(8), Signal(), Signal()
        special = (byte == FLAG) | (byte == ESCAPE)
        rest, left = Signal(8 * CRC_BYTES), Signal(range(CRC_BYTES + 1))
        sent = self.o.valid & self.o.ready
        m.d.comb += crc.data.eq(self.i.payload.byte)
        with m.FSM():
            with m.State("FLAG"):
                m.d.comb += [crc.start.eq(1), self.o.payload.eq(FLAG), self.o.valid.eq(self.i.valid)]
                with m.If(sent):
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.comb += [self.i.ready.eq(1), crc.valid.eq(self.i.valid)]
                m.d.sync += [byte.eq(self.i.payload.byte), last.eq(self.i.payload.last), left.eq(0)]
                with m.If(self.i.valid):
                    m.next = "BYTE"
            with m.State("BYTE"):
                m.d.comb += self.o.valid.eq(1)
                m.d.comb += self.o.payload.eq(
                    Mux(special & ~escaped, ESCAPE, byte ^ Mux(escaped, TURN, 0)))
                with m.If(sent):
                    m.d.sync += escaped.eq(special & ~escaped)
                    with m.If(~special | escaped):
                        with m.If(~last):
                            m.next = "NEXT"
                        with m.Elif(left == 0):
                            m.d.sync += [rest.eq(crc.crc), left.eq(CRC_BYTES)]
                            m.next = "SUM"
                        with m.Elif(left == 1):
                            m.next = "END"
                        with m.Else():
                            m.d.sync += left.eq(left - 1)
                            m.next = "SUM"
            with m.State("SUM"):
                m.d.sync += [byte.eq(rest[:8]), rest.eq(rest[8:])]
                m.next = "BYTE"
            with m.State("END"):
                m.d.comb += [self.o.payload.eq(FLAG), self.o.valid.eq(1)]
                with m.If(sent):
                    m.next = "FLAG"
        return m
