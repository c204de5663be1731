"""AxisWalk: walks the windows of one axis by a stride in a register.

    place: position of the window's last tap     start at first, + stride at every advance ─▶ mask
    behind: place - size, where that is near 0   edge <= behind ─▶ ends                    ─▶ mask

It walks one window ahead of the one at hand, so that what is said of that one comes from registers.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import at_most, in_order, less
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values

_FIELDS = (("rows", "stride_h", "start_h", "edge_h"), ("columns", "stride_w", "start_w", "edge_w"))
"""Fields of the geometry, of rows and of columns: size, stride, start, edge."""


class AxisWalk(wiring.Component):
    """Windows along rows (0) or columns (1) of run-time hardware.

    geometry: the setting;  restart: begin anew with it;  the first window is at hand in the next cycle but
    one, as after reset in the next
    advance: to the next window, after the last to the first

    place: position of the last tap of the window at hand, which may lie behind the image
    last: that window is the last one;  mask: bit `k` says that its tap `k` is a pixel

    loads: the window behind that one becomes the one at hand; until then, of that:
    ends: it is the last one;  ahead: its taps in front of the image
    behind: its place, less the size, where it is a last window or one that reaches behind the image
    """

    def __init__(self, design: Design, number: int) -> None:
        runtime, layout = design.runtime, geometry_layout(design)
        assert runtime is not None
        self.kernel, self.fields = design.window.kernel_size[number], _FIELDS[number]
        self.init = geometry_values(design.hardware)[self.fields[2]]
        super().__init__(
            {
                "geometry": In(layout),
                "restart": In(1),
                "advance": In(1),
                "place": Out(range(max(2, runtime.max_size[number] + self.kernel - 1))),
                "last": Out(1),
                "mask": Out(self.kernel),
                "loads": Out(1),
                "ends": Out(1),
                "ahead": Out(range(self.kernel)),
                "behind": Out(layout[self.fields[3]].shape),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size, stride, start, edge = (self.geometry[field] for field in self.fields)
        place = Signal.like(self.place, name="next_place", init=self.init)
        begins, restarted, near = Signal(), Signal(init=1), Signal()
        behind = Signal(shape_of([-(1 << len(size)), self.kernel]), name="all_of_behind")
        low = len(self.behind)
        m.d.sync += restarted.eq(self.restart)
        m.d.comb += [
            begins.eq(self.ends | self.restart),
            self.loads.eq(self.advance | restarted),
            behind.eq(place - size),
            self.behind.eq(behind[:low].as_signed()),
            near.eq(behind[low - 1 :].all() | ~behind[-1]),
            self.ends.eq(near & at_most(in_order(edge), in_order(self.behind))),
            self.ahead.eq(Mux(less(place, self.kernel - 1), self.kernel - 1 - place, 0)),
        ]
        with m.If(self.loads | self.restart):
            m.d.sync += place.eq(Mux(begins, start, place + stride))
        backs = range(self.kernel - 1, -1, -1)  # of each tap from the last one
        real = [~less(place, back) & (behind[-1] | less(self.behind[:-1], back)) for back in backs]
        with m.If(self.loads):
            m.d.sync += [self.place.eq(place), self.last.eq(self.ends), self.mask.eq(Cat(real))]
        return m
