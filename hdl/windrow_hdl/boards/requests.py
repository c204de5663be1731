"""RequestReader: takes the host's packets apart and says what each asks for.

Nothing happens before a packet's end, when its checksum is known to be right; until then its values are only
written where they would go.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.board.link import REQUEST_BYTES, Kind


class RequestReader(wiring.Component):
    """Between the Deframer and all that a request may change.

    data, strobe, end, good: of the Deframer
    value: `data` is a byte after the words, to be written provisionally
    at, ack: words of the request, and `session` the present one
    whole, several, fits, in_order: said of those bytes by the ValueBuffer: there is a checksum, and more, all
    had a place, `at` is where they belong
    keep, drop: the values come to stay, or never were
    acknowledge, resend: results up to `ack` have arrived, and the others have to be sent again
    restart: a new session;  answer, identify, status: the host is waiting for such an answer
    damaged, refused: counts of packets, both modulo 2**16;  bad: one of them has just grown
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "data": In(8), "strobe": In(1), "end": In(1), "good": In(1),
                "value": Out(1), "at": Out(16), "ack": Out(16), "session": Out(8),
                "whole": In(1), "several": In(1), "fits": In(1), "in_order": In(1),
                "keep": Out(1), "drop": Out(1), "acknowledge": Out(1), "resend": Out(1), "restart": Out(1),
                "answer": Out(1), "identify": Out(1), "status": Out(1),
                "damaged": Out(16), "refused": Out(16), "bad": Out(1),
            }
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header, index = Signal(8 * REQUEST_BYTES), Signal(range(REQUEST_BYTES + 1))
        kind, session = header[:8], header[8:16]
        complete = index == REQUEST_BYTES
        m.d.comb += [
            self.at.eq(header[16:32]),
            self.ack.eq(header[32:48]),
            self.value.eq(self.strobe & complete),
        ]
        with m.If(self.strobe & ~complete):
            m.d.sync += [header.eq(Cat(header[8:], self.data)), index.eq(index + 1)]
        damaged, refused, ours = Signal(), Signal(), Signal()
        m.d.comb += self.bad.eq(damaged | refused)
        m.d.sync += [
            ours.eq(session == self.session),
            self.damaged.eq(self.damaged + damaged),
            self.refused.eq(self.refused + refused),
        ]
        with m.FSM():
            with m.State("LISTEN"):
                with m.If(self.end):
                    m.next = "JUDGE"
            with m.State("JUDGE"):
                with m.If(self.good & complete & self.whole):
                    m.next = "ACT"
                with m.Else():
                    m.d.comb += damaged.eq(1)
                    m.next = "CLEAR"
            with m.State("ACT"):
                m.next = "CLEAR"
                with m.Switch(kind):
                    with m.Case(Kind.DATA, Kind.RESEND):
                        m.d.comb += self.answer.eq(1)
                        with m.If(ours):
                            m.d.comb += [self.acknowledge.eq(1), self.resend.eq(kind == Kind.RESEND)]
                        with m.If(~ours | (self.several & ~(self.in_order & self.fits))):
                            m.d.comb += refused.eq(1)
                        with m.Elif(self.several):
                            m.d.comb += self.keep.eq(1)
                    with m.Case(Kind.RESET):
                        m.d.comb += [self.restart.eq(1), self.answer.eq(1)]
                        m.d.sync += self.session.eq(session)
                    with m.Case(Kind.IDENTIFY):
                        m.d.comb += self.identify.eq(1)
                    with m.Case(Kind.STATUS):
                        m.d.comb += self.status.eq(1)
                    with m.Default():
                        m.d.comb += refused.eq(1)
            with m.State("CLEAR"):
                m.d.comb += self.drop.eq(1)
                m.d.sync += index.eq(0)
                m.next = "LISTEN"
        return m
