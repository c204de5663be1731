"""AxisWalk: walks the windows of one axis by a stride in a register.

    spare: how far the window at hand could still move ─▶ last, behind     - stride at every advance
    ahead: taps that lie in front of the image ─▶ mask                      - stride, not below 0
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.sequencer import shape_of


class AxisWalk(wiring.Component):
    """Windows of `kernel` taps over at most `size` positions, at most `stride` apart.

    spare, stride, before, after: the setting;  spare is that of the first window
    restart: begin anew with the setting;  advance: to the next window, after the last to the first
    last: the window at hand is the last one;  mask: bit `k` says that its tap `k` is a pixel
    ahead: its taps in front of the image;  room: positions of the image behind it, negative for taps behind
    the image, and where there are more than `far` of them, that many or more
    """

    def __init__(self, size: int, kernel: int, stride: int, init: dict[str, int]) -> None:
        self.size, self.kernel = size, kernel
        self.init = init
        self.spare_bits = max(1, (size + kernel - 2).bit_length())
        # So many low bits of `spare` tell everything about the last windows of the axis.
        self.low_bits = min(self.spare_bits, (stride + kernel - 1).bit_length())
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
                "ahead": Out(pad),
                "room": Out(shape_of([-(kernel - 1), self.far])),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        spare = Signal(self.spare_bits, name="spare_left", init=self.init["spare"])
        ahead = Signal.like(self.before, name="ahead_left", init=self.init["before"])
        with m.If(self.advance | self.restart):
            begin = self.last | self.restart
            m.d.sync += spare.eq(Mux(begin, self.spare, spare - self.stride))
            m.d.sync += ahead.eq(Mux(begin, self.before, Mux(ahead > self.stride, ahead - self.stride, 0)))
        near = Signal(self.low_bits)
        m.d.comb += [
            near.eq(spare[: self.low_bits] | spare[self.low_bits :].any().replicate(self.low_bits)),
            self.last.eq(near < self.stride),
            self.ahead.eq(ahead),
            self.room.eq(near - self.after),
        ]
        real = [(ahead <= k) & (self.room >= k - (self.kernel - 1)) for k in range(self.kernel)]
        m.d.comb += self.mask.eq(Cat(real))
        return m
