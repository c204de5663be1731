"""AxisWalk: walks the windows of one axis by a stride in a register.

    spare: how far the window could still move ─▶ ends, rest     - stride at every advance
    ahead: taps that lie in front of the image ─▶ mask           - stride, not below 0

It counts one window ahead of the one at hand, so that what is said of that one comes from registers.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.sequencer import shape_of


class AxisWalk(wiring.Component):
    """Windows of `kernel` taps over at most `size` positions, at most `stride` apart; `init` is the setting
    after reset: spare and before;  beyond: so many positions behind a window are told from more.

    spare, stride, before, after: the setting;  spare is that of the first window
    restart: begin anew with the setting;  the first window is at hand in the next cycle but one, as after
    reset in the next
    advance: to the next window, after the last to the first
    last: the window at hand is the last one;  mask: bit `k` says that its tap `k` is a pixel

    Of the window behind that one, until `loads` makes it the one at hand:
    ends: it is the last one;  rest: positions that are left then, less than a stride
    ahead: its taps in front of the image;  room: positions of the image behind it, negative for taps behind
    the image, and where there are more than `far` of them, that many or more
    """

    def __init__(self, size: int, kernel: int, stride: int, init: dict[str, int], beyond: int = 0) -> None:
        self.size, self.kernel, self.init = size, kernel, init
        self.spare_bits = max(1, (size + kernel - 2).bit_length())
        # So many low bits of `spare` tell everything about the last windows of the axis.
        self.low_bits = min(self.spare_bits, max(stride, kernel - 1 + beyond).bit_length())
        self.far = (1 << self.low_bits) - 1
        pad = max(1, (kernel - 1).bit_length())
        super().__init__(
            {
                "spare": In(self.spare_bits),
                "stride": In(max(1, stride.bit_length())),
                "before": In(pad),
                "after": In(pad),
                "restart": In(1),
                "advance": In(1),
                "last": Out(1),
                "mask": Out(kernel),
                "loads": Out(1),
                "ends": Out(1),
                "rest": Out(min(self.spare_bits, (stride - 1).bit_length())),
                "ahead": Out(pad),
                "room": Out(shape_of([-(kernel - 1), self.far])),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        spare = Signal(self.spare_bits, name="spare_left", init=self.init["spare"])
        ahead = Signal.like(self.before, name="ahead_left", init=self.init["before"])
        following = Signal.like(spare, name="spare_of_next")
        many = spare[self.low_bits :].any()
        begins, restarted = Signal(), Signal(init=1)
        near = Signal(self.low_bits)
        m.d.sync += restarted.eq(self.restart)
        m.d.comb += [
            begins.eq(self.ends | self.restart),
            following.eq(Mux(begins, self.spare, spare - self.stride)),
            self.loads.eq(self.advance | restarted),
            near.eq(spare[: self.low_bits] | many.replicate(self.low_bits)),
            self.ends.eq(near < self.stride),
            self.rest.eq(spare),
            self.ahead.eq(ahead),
            self.room.eq(near - self.after),
        ]
        with m.If(self.loads | self.restart):
            m.d.sync += spare.eq(following)
            with m.If(begins):
                m.d.sync += ahead.eq(self.before)
            with m.Elif(ahead > self.stride):
                m.d.sync += ahead.eq(ahead - self.stride)
            with m.Else():
                m.d.sync += ahead.eq(0)
        real = [(ahead <= k) & (self.room >= k - (self.kernel - 1)) for k in range(self.kernel)]
        with m.If(self.loads):
            m.d.sync += [self.last.eq(self.ends), self.mask.eq(Cat(real))]
        return m
