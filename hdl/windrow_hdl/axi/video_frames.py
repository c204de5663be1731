"""Frames of video: rows and frames put right on the way in, marked on the way out.

    s ─▶ VideoEntry ─▶ o ─▶ the datapath ─▶ i ─▶ VideoExit ─▶ m
         tuser begins a frame, tlast ends a row       tuser, tlast, tkeep
         what is missing is filled with zeros, what is too much is dropped

As in `frames`, nothing here has a register in the way of a beat, and no `ready` depends on a `valid` of the
same cycle, nor the reverse.
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.timing.streamed import Streamed
from windrow_hdl.axi.bus import axi_stream
from windrow_hdl.axi.frames import FrameExit

__all__ = ["VideoEntry", "VideoExit", "kept_bytes"]


def kept_bytes(design: Streamed, data_bits: int) -> int:
    """Bytes of an output row's last beat that count: all if it is full, else those with a bit of a pixel."""
    pixels = (design.output_shape[1] - 1) % design.output_pixels + 1
    if pixels == design.output_pixels:
        return data_bits // 8
    return -(-pixels * design.pe * design.output_type.bits // 8)


class VideoEntry(wiring.Component):
    """Takes rows of beats of `bits`, and makes whole frames of them whatever `tuser` and `tlast` say.

        tlast too early     the row is filled with zeros
        tlast too late      beats are dropped until one with tlast, or with tuser
        tuser too early     that beat is held while the frame is filled with zeros; then it begins the next
        no tuser            where a frame should begin: beats are dropped until one has it

    s: beats as they come;  o: those of whole frames;  s__tuser: it is said to be the first of its frame
    s__tlast: it is said to be the last of its row
    moves: a beat goes to `o`;  row, last: it would be the last of its row, of its frame
    stop: nothing is taken from the next cycle on;  ignore_tlast: rows are counted, `tlast` is not looked at
    first, frame: the first, the last beat of a frame goes to `o`
    early, late: a row was too short, or went on after its last beat
    cut, astray: a frame began before the last one was whole; a beat came between two frames
    torn: with `frame`, beats of that frame are not those of the source
    padded, dropped: a beat of zeros was added; one was thrown away
    inside: part of a frame has gone to `o`;  padding, dropping: at it right now

    Payloads of `s` are in the low bits of `data_bits`; `tkeep`, where there is one, is not looked at.
    """

    def __init__(self, bits: int, data_bits: int, *, tkeep: bool = False) -> None:
        self.bits = bits
        tells = ("moves", "first", "frame", "early", "late", "cut", "astray", "torn", "padded", "dropped",
                 "inside", "padding", "dropping")
        super().__init__({
            "s": In(axi_stream(data_bits, tkeep=tkeep, tuser=True)),
            "o": Out(stream.Signature(unsigned(bits))),
            "row": In(1),
            "last": In(1),
            "stop": In(1),
            "ignore_tlast": In(1),
            **{name: Out(1) for name in tells},
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        s, o, moves, last = self.s, self.o, self.moves, self.last
        # One at most: beats come in, zeros fill a row or a frame, the held beat waits. None after reset.
        opened = Signal()
        padding = Signal()
        holding = Signal()
        held = Signal(self.bits, reset_less=True)
        held_last = Signal(reset_less=True)
        surplus = Signal()  # of a row
        lost = Signal()  # between two frames
        inside = Signal()
        broken = Signal()
        offered = Signal()
        taken = Signal()
        goes = Signal()
        m.d.comb += [
            s.tready.eq(opened & o.ready),
            offered.eq(s.tvalid & opened),
            taken.eq(offered & o.ready),
            o.valid.eq(padding | holding | (offered & Mux(s.tuser, ~inside, inside & ~surplus))),
            o.payload.eq(Mux(padding, 0, Mux(holding, held, s.tdata))),
            moves.eq(o.valid & o.ready),
            goes.eq(moves & ~padding),
            self.first.eq(moves & ~inside),
            self.frame.eq(moves & last),
            self.cut.eq(taken & s.tuser & inside),
            self.dropped.eq(taken & ~s.tuser & (surplus | ~inside)),
            self.astray.eq(self.dropped & ~surplus & ~lost),
            self.padded.eq(moves & padding),
            self.torn.eq(self.frame & (broken | self.late)),
            self.inside.eq(inside),
            self.padding.eq(padding),
            self.dropping.eq(surplus | lost),
        ]
        ends = Mux(holding, held_last, s.tlast)
        m.d.comb += [
            self.early.eq(goes & ends & ~self.row & ~self.ignore_tlast),
            self.late.eq(goes & ~ends & self.row & ~self.ignore_tlast),
        ]
        with m.If(moves):
            m.d.sync += [inside.eq(~last), broken.eq((broken | self.early | self.late) & ~last)]
        with m.If(opened):  # wanted or not: whether it is, is known late
            m.d.sync += [held.eq(s.tdata), held_last.eq(s.tlast)]
        with m.If(~(padding | holding)):
            m.d.sync += opened.eq(1)
        with m.If(self.first):
            m.d.sync += [surplus.eq(0), lost.eq(0)]
        with m.If(self.dropped):
            m.d.sync += [surplus.eq(surplus & ~s.tlast), lost.eq(lost | ~surplus)]
        with m.If(padding & o.ready & Mux(holding, last, self.row)):
            m.d.sync += [padding.eq(0), opened.eq(~holding)]
        with m.If(holding & goes):
            m.d.sync += [holding.eq(0), opened.eq(1)]
        with m.If(self.early):
            m.d.sync += [padding.eq(1), opened.eq(0)]
        with m.If(self.late):
            m.d.sync += surplus.eq(1)
        with m.If(self.cut):
            m.d.sync += [padding.eq(1), holding.eq(1), opened.eq(0), surplus.eq(0), broken.eq(1)]
        with m.If(self.stop):
            m.d.sync += [opened.eq(0), padding.eq(0), holding.eq(0), surplus.eq(0), lost.eq(0)]
        return m


class VideoExit(wiring.Component):
    """Sends beats of `bits` on, with the marks of video; otherwise as `FrameExit`.

    With `tkeep` the low `kept` bytes of a row's last beat count, and all of the others.

    i: beats of results;  m: the same as they leave;  m__tuser: it is the first of its frame
    m__tlast: it is the last of its row
    moves: a beat is taken;  row, last: the beat at hand is the last of its row, of its frame
    hide: no beat is offered;  frame: the last beat of a frame is taken
    """

    def __init__(
        self, bits: int, data_bits: int, *, signed: bool, kept: int, tkeep: bool = False
    ) -> None:
        self.exit = FrameExit(bits, data_bits, signed=signed)
        self.kept, self.tkeep = kept, tkeep
        super().__init__({
            "i": In(stream.Signature(unsigned(bits))),
            "m": Out(axi_stream(data_bits, tkeep=tkeep, tuser=True)),
            "moves": Out(1),
            "row": In(1),
            "last": In(1),
            "hide": In(1),
            "frame": Out(1),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.exit = leave = self.exit
        wiring.connect(m, wiring.flipped(self.i), leave.i)
        inside = Signal()
        m.d.comb += [
            leave.hide.eq(self.hide),
            leave.last.eq(self.last),
            leave.m.tready.eq(self.m.tready),
            self.m.tvalid.eq(leave.m.tvalid),
            self.m.tdata.eq(leave.m.tdata),
            self.m.tuser.eq(~inside),
            self.m.tlast.eq(self.row),
            self.moves.eq(leave.moves),
            self.frame.eq(leave.frame),
        ]
        if self.tkeep:
            every, some = ((1 << number) - 1 for number in (len(self.m.tkeep), self.kept))
            m.d.comb += self.m.tkeep.eq(every if some == every else Mux(self.row, some, every))
        with m.If(leave.moves):
            m.d.sync += inside.eq(~self.last)
        return m
