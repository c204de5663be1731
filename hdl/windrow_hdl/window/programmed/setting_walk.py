"""SettingWalk: what the next window needs and what each frees, for any setting, in coordinates.

    row_filled ─▶ lead: whole rows arrived, less those above the window's last row ─┐
    filled > needed: has its last column arrived, where that row is arriving now? ──┴─▶ ready
    leave ─▶ freed: rows that no later window reads, one cycle later

It stands where the fixed hardware has a WalkPlayer, with rows as its units.
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.played_windows import window_ports
from windrow_hdl.window.programmed.axis_walk import AxisWalk
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values


def position_shape(design: Design) -> Shape:
    """Of a beat within a row, or as far in front of it and behind it as windows reach."""
    runtime, kernel = design.runtime, design.window.kernel_size
    assert runtime is not None
    return shape_of([-design.slices, (runtime.max_width + kernel[1]) * design.slices])


def setting_ports(design: Design) -> dict[str, wiring.Member]:
    """Ports of a walk by which it learns what has arrived, and of the setting in force."""
    return {"arrived": In(1), "filled": In(position_shape(design)), "geometry": In(geometry_layout(design)),
            "restart": In(1)}  # fmt: skip


class SettingWalk(wiring.Component):
    """Walks the windows of `geometry` on hardware `design`; ports: `window_ports`, `setting_ports` and below.

    arrived: one more row is there;  filled: position in the row that arrives now;  needed: position in its
    last row that the next window waits for
    ready: the next window has all it needs;  enter: it begins;  leave: its last step is issued
    row_ends, frame_ends: it is the last of its row, of its frame
    freed: rows that it gave back, in the cycle after `leave`
    progressive: columns that lie in front of the window are not read again
    restart: begin anew with the geometry

    With `fetches`, a row of windows is visited column by column, all of the image's, and not window by
    window: `needed` is then the column.  `column` is still the walk of the windows, for their masks, but
    whoever owns this one advances it.
    """

    def __init__(self, design: Design, *, fetches: bool = False) -> None:
        self.design, self.fetches = design, fetches
        runtime = design.runtime
        assert runtime is not None
        values, kernel = geometry_values(design.hardware), design.window.kernel_size
        axes = [
            AxisWalk(
                runtime.max_size[axis],
                kernel[axis],
                runtime.max_stride[axis],
                {"spare": values[f"spare_{name}"], "before": values[before]},
            )
            for axis, (name, before) in enumerate((("h", "top"), ("w", "left")))
        ]
        self.row, self.column = axes
        self.init = values
        # Most rows from a window's last row to that of the next, from its first row likewise.
        self.most = kernel[0] + runtime.max_stride[0] - 1
        super().__init__(
            {
                **setting_ports(design),
                **window_ports(design.window),
                "needed": In(position_shape(design)),
                "progressive": Out(1),
                "freed": Out(range(self.most + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.row = row = self.row
        m.submodules.column = column = self.column
        geometry, (kh, _) = self.geometry, self.design.window.kernel_size
        for axis, spare, stride, before, after in (
            (row, geometry.spare_h, geometry.stride_h, geometry.top, geometry.bottom),
            (column, geometry.spare_w, geometry.stride_w, geometry.left, geometry.right),
        ):
            m.d.comb += [
                axis.spare.eq(spare),
                axis.stride.eq(stride),
                axis.before.eq(before),
                axis.after.eq(after),
                axis.restart.eq(self.restart),
            ]
        leave_row = Signal()
        if self.fetches:
            m.d.comb += self.row_ends.eq(self.needed == geometry.last_beat)
        else:
            m.d.comb += [column.advance.eq(self.leave), self.row_ends.eq(column.last)]
        m.d.comb += [
            leave_row.eq(self.leave & self.row_ends),
            row.advance.eq(leave_row),
            self.frame_ends.eq(self.row_ends & row.last),
            self.row_mask.eq(row.mask),
            self.column_mask.eq(column.mask),
            self.progressive.eq(row.last | (row.ahead < geometry.stride_h)),
        ]
        # From the last row of this window to that of the one below, or of the next frame's first.
        below = Signal(range(max(1, row.far) + 1))
        step = Signal(range(self.most + 1))
        m.d.comb += below.eq(Mux(row.room < 0, 0, row.room))
        with m.If(row.last):
            m.d.comb += step.eq(geometry.first_need + below)
        with m.Else():
            m.d.comb += step.eq(Mux(below < geometry.stride_h, below, geometry.stride_h))
        lead = Signal(shape_of([-self.most, self.design.ring_rows]), init=1 - self.init["first_need"])
        with m.If(self.restart):
            m.d.sync += lead.eq(1 - geometry.first_need)
        with m.Else():
            m.d.sync += lead.eq(lead + self.arrived - Mux(leave_row, step, 0))
        m.d.comb += self.ready.eq((lead > 0) | ((lead == 0) & (self.filled > self.needed)))

        # The same for first rows: what lies above the next window's is free.
        freed = Signal.like(self.freed)
        m.d.comb += self.freed.eq(freed)
        m.d.sync += freed.eq(0)
        with m.If(leave_row):
            with m.If(row.last):
                m.d.sync += freed.eq(kh + row.room - row.ahead)
            with m.Elif(row.ahead < geometry.stride_h):
                m.d.sync += freed.eq(geometry.stride_h - row.ahead)
        return m
