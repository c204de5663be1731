"""The two rings of bytes between line and datapath, with their positions in the streams.

    values   ─▶ ValueBuffer ─▶ datapath      taken <= got <= fill     got..fill: of a packet not yet judged
    datapath ─▶ ResultBuffer ─▶ line         base <= cursor <= have   base..cursor: sent, not acknowledged

Positions are those of `windrow.board.link`.  Differences of them are taken into registers before anything
depends on them: the line leaves dozens of cycles between two bytes.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.board.link import CRC_BYTES, PAYLOAD
from windrow_hdl.boards.byte_memory import ByteMemory


class ValueBuffer(wiring.Component):
    """Values that have arrived, `2**bits` bytes.

    value, data: a byte of the present packet;  drop: it is over
    keep: it is good; its last bytes, the checksum, are no values
    at: where it says that it begins
    whole, several, fits, in_order: it has a checksum; it has more; all had a place; it begins where it should
    o: bytes in order
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(
            {
                "value": In(1), "data": In(8), "keep": In(1), "drop": In(1), "at": In(16),
                "whole": Out(1), "several": Out(1), "fits": Out(1), "in_order": Out(1),
                "got": Out(16), "taken": Out(16), "o": Out(stream.Signature(8)),
            }
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = ByteMemory(self.bits)
        fill, held, length, full, lost = Signal(16), Signal(16), Signal(16), Signal(), Signal()
        waiting = Signal()
        m.d.comb += [
            full.eq(held[self.bits]),
            self.fits.eq(~lost),
            memory.write.eq(self.value & ~full),
            memory.write_address.eq(fill),
            memory.write_data.eq(self.data),
            memory.address.eq(self.taken),
            self.o.payload.eq(memory.data),
        ]
        m.d.sync += [
            held.eq(fill - self.taken),
            length.eq(fill - self.got),
            self.whole.eq((length >= CRC_BYTES) | ~self.fits),
            self.several.eq((length > CRC_BYTES) | ~self.fits),
            self.in_order.eq(self.at == self.got),
            waiting.eq(self.taken != self.got),
        ]
        with m.If(self.value):
            with m.If(full):
                m.d.sync += lost.eq(1)
            with m.Else():
                m.d.sync += fill.eq(fill + 1)
        with m.If(self.keep):
            m.d.sync += self.got.eq(fill - CRC_BYTES)
        with m.If(self.drop):
            m.d.sync += [fill.eq(self.got), lost.eq(0)]
        with m.FSM():
            with m.State("SETTLE"):  # `waiting` still speaks of the byte before
                m.next = "WAIT"
            with m.State("WAIT"):
                with m.If(waiting):
                    m.next = "OFFER"
            with m.State("OFFER"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += self.taken.eq(self.taken + 1)
                    m.next = "SETTLE"
        return m


class ResultBuffer(wiring.Component):
    """Results until the host has them, `2**bits` bytes.

    i: bytes in order
    ack, acknowledge: the host has all before `ack`;  resend: and wants the others again
    align: nothing is being sent, so the cursor may move back
    cursor: what to send next;  ready: how many bytes there are from it on;  full: a packet's worth
    advance: `length` more of them are on their way
    address, data: a byte, in the cycle after the next
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(
            {
                "i": In(stream.Signature(8)), "ack": In(16), "acknowledge": In(1), "resend": In(1),
                "align": In(1), "cursor": Out(16), "ready": Out(bits + 1), "full": Out(1),
                "advance": In(1), "length": In(range(PAYLOAD + 1)), "address": In(bits), "data": Out(8),
            }
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = ByteMemory(self.bits)
        base, have = Signal(16), Signal(16)
        held, acked, ahead, ready = (Signal(16, name=name) for name in ("held", "acked", "ahead", "ready"))
        room, back = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(room),
            memory.write.eq(self.i.valid & room),
            memory.write_address.eq(have),
            memory.write_data.eq(self.i.payload),
            memory.address.eq(self.address),
            self.data.eq(memory.data),
            self.ready.eq(ready),
            self.full.eq(ready >= PAYLOAD),
        ]
        m.d.sync += [
            held.eq(have - base),
            acked.eq(self.ack - base),
            ahead.eq(self.cursor - base),
            ready.eq(have - self.cursor),
            # Two cycles old when it is used: four places are more than enough to be late.
            room.eq(held < (1 << self.bits) - 4),
        ]
        with m.If(memory.write):
            m.d.sync += have.eq(have + 1)
        # An acknowledgement of what was never there, or older than the last one, says nothing.
        with m.If(self.acknowledge & (acked <= held)):
            m.d.sync += base.eq(self.ack)
        with m.If(self.advance):
            m.d.sync += self.cursor.eq(self.cursor + self.length)
        with m.If(self.align):
            # Sent again and acknowledged meanwhile, the cursor may lie behind what is still kept.
            with m.If(back | (ahead > held)):
                m.d.sync += self.cursor.eq(base)
            m.d.sync += back.eq(0)
        with m.If(self.resend):
            m.d.sync += back.eq(1)
        return m
