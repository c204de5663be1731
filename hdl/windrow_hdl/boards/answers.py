"""AnswerWriter: the board's packets, one after the other, from its state and from what waits to be sent."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow.board.link import ANSWER_BYTES, PAYLOAD, Kind

_SETTLE = 3  # cycles from the cursor's move until everything that depends on it is right


class AnswerWriter(wiring.Component):
    """Packets for the Framer.

    identity: what the board says of itself;  value_bits, result_bits: log2 of its buffers
    answer, identify, status: such a packet is wanted
    session, got, taken, damaged, refused, cycles: go into the packets
    align, cursor, ready, full, advance, length, address, data: of the ResultBuffer
    """

    def __init__(self, identity: bytes, value_bits: int, result_bits: int) -> None:
        if not 0 < len(identity) <= PAYLOAD:
            raise ValueError(f"identity must have 1 to {PAYLOAD} bytes, not {len(identity)}")
        self.identity, self.value_bits, self.result_bits = identity, value_bits, result_bits
        item = data.StructLayout({"byte": 8, "last": 1})
        super().__init__(
            {
                "answer": In(1), "identify": In(1), "status": In(1), "session": In(8),
                "got": In(16), "taken": In(16), "damaged": In(16), "refused": In(16),
                "cycles": In(16),
                "align": Out(1), "cursor": In(16), "ready": In(result_bits + 1), "full": In(1),
                "advance": Out(1), "length": Out(range(PAYLOAD + 1)),
                "address": Out(result_bits), "data": In(8),
                "o": Out(stream.Signature(item)),
            }
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        depth = 1 << (len(self.identity) - 1).bit_length()
        m.submodules.identity = memory = Memory(shape=unsigned(8), depth=depth, init=self.identity)
        rom = memory.read_port()
        answer_due, identify_due, status_due = Signal(), Signal(), Signal()
        header, index = Signal(8 * ANSWER_BYTES), Signal(range(ANSWER_BYTES))
        at, left, from_rom = Signal(self.result_bits), Signal(range(PAYLOAD + 1)), Signal()
        settle = Signal(range(_SETTLE))
        m.d.comb += [
            rom.addr.eq(at),
            self.address.eq(at),
            self.length.eq(Mux(self.full, PAYLOAD, self.ready)),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [index.eq(ANSWER_BYTES - 1), settle.eq(_SETTLE - 1)]
                m.d.sync += [at.eq(0), left.eq(0), from_rom.eq(0)]
                with m.If(identify_due):
                    m.d.sync += [
                        header.eq(Cat(Const(Kind.IDENTIFY, 8), self.session, Const(self.value_bits, 16),
                                      Const(self.result_bits, 16), Const(0, 16))),
                        left.eq(len(self.identity)), from_rom.eq(1), identify_due.eq(0),
                    ]
                    m.next = "HEADER"
                with m.Elif(status_due):
                    m.d.sync += [
                        header.eq(Cat(Const(Kind.STATUS, 8), self.session, self.damaged, self.refused,
                                      self.cycles)),
                        status_due.eq(0),
                    ]
                    m.next = "HEADER"
                with m.Elif(answer_due | self.full):
                    m.d.comb += self.align.eq(1)
                    m.next = "SETTLE"
            with m.State("SETTLE"):
                m.d.sync += settle.eq(settle - 1)
                with m.If(settle == 0):
                    m.next = "LOAD"
            with m.State("LOAD"):
                m.d.comb += self.advance.eq(1)
                m.d.sync += [
                    header.eq(Cat(Const(Kind.DATA, 8), self.session, self.got, self.taken, self.cursor)),
                    left.eq(self.length), at.eq(self.cursor), answer_due.eq(0),
                ]
                m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.byte.eq(header[:8]),
                    self.o.payload.last.eq((index == 0) & (left == 0)),
                ]
                with m.If(self.o.ready):
                    m.d.sync += [header.eq(header[8:]), index.eq(index - 1)]
                    with m.If(index == 0):
                        with m.If(left == 0):
                            m.next = "IDLE"
                        with m.Else():
                            m.next = "FETCH"
            with m.State("FETCH"):  # the address has been there for a cycle, the byte is in the next
                m.next = "READ"
            with m.State("READ"):
                m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += [
                    self.o.valid.eq(1),
                    self.o.payload.byte.eq(Mux(from_rom, rom.data, self.data)),
                    self.o.payload.last.eq(left == 1),
                ]
                with m.If(self.o.ready):
                    m.d.sync += [at.eq(at + 1), left.eq(left - 1)]
                    with m.If(left == 1):
                        m.next = "IDLE"
                    with m.Else():
                        m.next = "FETCH"
        # Last, so that what is asked for in the very cycle that serves another is not forgotten.
        for name, due in (("answer", answer_due), ("identify", identify_due), ("status", status_due)):
            with m.If(getattr(self, name)):
                m.d.sync += due.eq(1)
        return m
