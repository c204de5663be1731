"""OpenMarker: along one axis, which windows are open at a position, where one at most ends with each.

    positions   0 1 2 3 4 5 6 7      windows of three, stride 2
    before      . . 1 1 1 1 1 .      in which places there is something of a window already
    ends        . . x . x . x .      the oldest has no position after this
"""

from __future__ import annotations

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.window.open_windows import OpenWindows
from windrow_hdl.parts.sequencer import BlockSequencer
from windrow_hdl.parts.wires import carry

__all__ = ["OpenMarker"]


class OpenMarker(wiring.Component):
    """Follows the pixels that arrive along the axis of `windows`.

    advance: to the next position;  last: it is the axis' last
    kept: it belongs to a window;  before: a bit for each place;  ends: the oldest window does
    case: place in `windows.reals` of how many positions that one has
    """

    def __init__(self, windows: OpenWindows) -> None:
        self.windows = windows
        super().__init__(
            {
                "advance": In(1),
                **{name: Out(1) for name in ("last", "kept", "ends")},
                "before": Out(len(windows.held)),
                "case": Out(range(len(windows.reals))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        windows = self.windows
        columns = (windows.before, windows.with_it, windows.ends, windows.cases)
        records = [{"kept": int(open_ > 0), "before": (1 << before) - 1, "ends": int(ends), "case": case}
                   for before, open_, ends, case in
                   zip(*(column.tolist() for column in columns), strict=True)]  # fmt: skip
        # They repeat with the stride.
        m.submodules.positions = positions = BlockSequencer(records, windows.axis.stride)
        m.d.comb += positions.advance.eq(self.advance)
        carry(m, positions, self, "last", *records[0])
        return m
