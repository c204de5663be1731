"""OpenMarker: along one axis, which windows are open at a position, where one at most ends with each.

    positions   0 1 2 3 4 5 6 7      windows of three, stride 2
    before      . . 1 1 1 1 1 .      in which places there is something of a window already
    ends        . . x . x . x .      the oldest has no position after this
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.window.open_windows import OpenWindows
from windrow_hdl.parts.sequencer import BlockSequencer

__all__ = ["OpenMarker"]


class OpenMarker(wiring.Component):
    """Follows the pixels that arrive along the axis of `windows`.

    advance: to the next position;  last: it is the axis' last
    before: a bit for each place;  ends: the oldest window does
    case: place in `reals` of how many positions that one has
    Of a position that belongs to no window nothing is kept, since the next window is new.
    """

    def __init__(self, windows: OpenWindows) -> None:
        self.windows, self.reals = windows, windows.reals
        super().__init__(
            {
                "advance": In(1),
                **{name: Out(1) for name in ("last", "ends")},
                "before": Out(len(windows.held)),
                "case": Out(range(len(self.reals))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        windows = self.windows
        columns = (windows.before, windows.ends, windows.cases)
        records = [{"wraps": 0, "before": (1 << before) - 1, "ends": int(ends), "case": case}
                   for before, ends, case in
                   zip(*(column.tolist() for column in columns), strict=True)]  # fmt: skip
        records[-1]["wraps"] = 1
        # Records repeat with the stride.  The table is one position ahead of the registers.
        m.submodules.ahead = ahead = BlockSequencer([*records[1:], records[0]], windows.axis.stride)
        m.d.comb += ahead.advance.eq(self.advance)
        for name, first in records[0].items():
            port = self.last if name == "wraps" else getattr(self, name)
            here = Signal(port.shape(), name=f"{name}_here", init=first)
            m.d.comb += port.eq(here)
            with m.If(self.advance):
                m.d.sync += here.eq(getattr(ahead, name))
        return m
