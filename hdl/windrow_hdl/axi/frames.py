"""Frames: `tlast` checked on the way in, made on the way out.

    s ─▶ FrameEntry ─▶ o ─▶ the datapath ─▶ i ─▶ FrameExit ─▶ m
         early tlast: the frame is filled       tlast with the last beat of a frame
         late tlast: the surplus is dropped

Nothing here has a register in the way of a beat: each moves in the cycle in which the datapath moves it. No
`ready` depends on a `valid` of the same cycle, nor the reverse.
"""

from __future__ import annotations

from amaranth.hdl import Const, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.axi.bus import axi_stream


class FrameEntry(wiring.Component):
    """Takes frames of beats of `bits`, and puts right those whose `tlast` is elsewhere.

    s: beats as they come;  o: those of whole frames;  s__tlast: it is said to be the last of its frame
    moves: a beat goes to `o`;  last: it would be the last of its frame
    stop: nothing is taken from the next cycle on;  ignore_tlast: frames are counted, `tlast` is not looked at
    first, frame: the first, the last beat of a frame goes to `o`
    early, late: a frame was too short, or went on after its last beat
    padded, dropped: a beat of `fill` was added; one was thrown away
    inside: part of a frame has gone to `o`;  padding, dropping: at it right now

    fill: the beat that fills short frames
    Payloads of `s` are in the low bits of `data_bits`; `tkeep`, where there is one, is not looked at.
    """

    def __init__(self, bits: int, data_bits: int, *, fill: int = 0, tkeep: bool = False) -> None:
        self.bits, self.fill = bits, fill
        tells = ("moves", "first", "frame", "early", "late", "padded", "dropped", "inside", "padding",
                 "dropping")
        super().__init__({
            "s": In(axi_stream(data_bits, tkeep=tkeep)),
            "o": Out(stream.Signature(unsigned(bits))),
            "last": In(1),
            "stop": In(1),
            "ignore_tlast": In(1),
            **{name: Out(1) for name in tells},
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moves, last = self.moves, self.last
        # At most one of three: frames come in, one is filled, surplus is dropped. None of them after reset.
        opened = Signal()
        padding = Signal()
        dropping = Signal()
        inside = Signal()
        taken = Signal()
        m.d.comb += [
            self.o.valid.eq(padding | (self.s.tvalid & opened)),
            self.o.payload.eq(Mux(padding, self.fill, self.s.tdata)),
            self.s.tready.eq(dropping | (self.o.ready & opened)),
            moves.eq(self.o.valid & self.o.ready),
            taken.eq(self.s.tvalid & opened & self.o.ready),
            self.first.eq(moves & ~inside),
            self.frame.eq(moves & last),
            self.early.eq(taken & self.s.tlast & ~self.ignore_tlast & ~last),
            self.late.eq(taken & ~self.s.tlast & ~self.ignore_tlast & last),
            self.padded.eq(moves & padding),
            self.dropped.eq(self.s.tvalid & dropping),
            self.inside.eq(inside),
            self.padding.eq(padding),
            self.dropping.eq(dropping),
        ]
        with m.If(moves):
            m.d.sync += inside.eq(~last)
        with m.If(~(padding | dropping)):
            m.d.sync += opened.eq(1)
        with m.If(self.early):
            m.d.sync += [padding.eq(1), opened.eq(0)]
        with m.If(self.late):
            m.d.sync += [dropping.eq(1), opened.eq(0)]
        with m.If(padding & self.o.ready & last):
            m.d.sync += [padding.eq(0), opened.eq(1)]
        with m.If(self.dropped & self.s.tlast):
            m.d.sync += [dropping.eq(0), opened.eq(1)]
        with m.If(self.stop):
            m.d.sync += [opened.eq(0), padding.eq(0), dropping.eq(0)]
        return m


class FrameExit(wiring.Component):
    """Sends beats of `bits` on, in `data_bits`; those above repeat a `signed` result's sign.

    With `tkeep` all bytes are said to count, those above the results too.

    i: beats of results;  m: the same as they leave;  m__tlast: it is the last of its frame
    moves: a beat is taken;  last: the beat at hand is the last of its frame
    hide: no beat is offered;  frame: the last beat of a frame is taken
    """

    def __init__(self, bits: int, data_bits: int, *, signed: bool, tkeep: bool = False) -> None:
        self.bits, self.signed, self.tkeep = bits, signed, tkeep
        super().__init__({
            "i": In(stream.Signature(unsigned(bits))),
            "m": Out(axi_stream(data_bits, tkeep=tkeep)),
            "moves": Out(1),
            "last": In(1),
            "hide": In(1),
            "frame": Out(1),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sign = self.i.payload[-1] if self.signed else Const(0, 1)
        m.d.comb += [
            self.m.tvalid.eq(self.i.valid & ~self.hide),
            self.m.tdata.eq(self.i.payload),
            self.i.ready.eq(self.m.tready & ~self.hide),
            self.m.tlast.eq(self.last),
            self.moves.eq(self.m.tvalid & self.m.tready),
            self.frame.eq(self.moves & self.last),
        ]
        if self.tkeep:
            m.d.comb += self.m.tkeep.eq(~0)
        if len(self.m.tdata) > self.bits:
            m.d.comb += self.m.tdata[self.bits :].eq(sign.replicate(len(self.m.tdata) - self.bits))
        return m
