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
from windrow_hdl.parts.counters import add, modular_sum, modulo
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.played_windows import window_ports
from windrow_hdl.window.programmed.axis_walk import AxisWalk
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values

_AXIS = ("spare", "stride", "before", "after")
_FIELDS = (("spare_h", "stride_h", "top", "bottom"), ("spare_w", "stride_w", "left", "right"))
"""Fields of the geometry that an `AxisWalk` has under names of its own, of rows and of columns."""


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
    bank: of its first row, be that in padding;  the first row of a setting lies in bank 0
    freed: rows that it gave back, negative, in the cycle after `leave`
    progressive: columns that lie in front of the window are not read again
    restart: begin anew with the geometry

    With `fetches`, a row of windows is visited column by column, all of the image's, and not window by
    window: `needed` is then the column.  `column` is still the walk of the windows, for their masks, but
    whoever owns this one advances it, and says by `row_ends` which column is the last.
    """

    def __init__(self, design: Design, *, fetches: bool = False) -> None:
        self.design, self.fetches = design, fetches
        assert design.runtime is not None
        self.runtime = runtime = design.runtime
        values, kernel = geometry_values(design.hardware), design.window.kernel_size
        axes = [
            AxisWalk(
                runtime.max_size[axis],
                kernel[axis],
                runtime.max_stride[axis],
                {"spare": values[fields[0]], "before": values[fields[2]]},
                runtime.max_stride[0] if axis == 0 else 0,
            )
            for axis, fields in enumerate(_FIELDS)
        ]
        self.row, self.column = axes
        self.init = values
        # Most rows from a window's last row to that of the next, from its first row likewise.
        self.most = kernel[0] + runtime.max_stride[0] - 1
        super().__init__(
            {
                **setting_ports(design),
                **window_ports(design.window),
                **({"row_ends": In(1)} if fetches else {}),
                "needed": In(position_shape(design)),
                "progressive": Out(1),
                "freed": Out(shape_of([-self.most, 0])),
                "bank": Out(range(design.ring_rows)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.row = row = self.row
        m.submodules.column = column = self.column
        geometry = self.geometry
        for axis, fields in zip((row, column), _FIELDS, strict=True):
            m.d.comb += [getattr(axis, to).eq(geometry[of]) for to, of in zip(_AXIS, fields, strict=True)]
            m.d.comb += axis.restart.eq(self.restart)
        leave_row = Signal()
        if not self.fetches:
            m.d.comb += [column.advance.eq(self.leave), self.row_ends.eq(column.last)]
        m.d.comb += [
            leave_row.eq(self.leave & self.row_ends),
            row.advance.eq(leave_row),
            self.frame_ends.eq(self.row_ends & row.last),
            self.row_mask.eq(row.mask),
            self.column_mask.eq(column.mask),
        ]
        self._record(m)
        # Rows that have arrived, less those up to the window's last and one more.
        lead = Signal(shape_of([-1 - self.most, self.design.ring_rows]), init=-1)
        m.d.sync += lead.eq(add(lead, Mux(row.loads, self._needs, 0), self.arrived))
        m.d.sync += self.freed.eq(0)
        with m.If(leave_row):
            m.d.sync += self.freed.eq(self._frees)
        with m.If(self.restart):
            m.d.sync += lead.eq(-1)
        m.d.comb += self.ready.eq(~lead[-1] | (lead.all() & (self.filled > self.needed)))
        self._bank(m, leave_row)
        return m

    def _record(self, m: Module) -> None:
        """What is said of the row of windows at hand, computed while it is still the next one; what is added
        is held negative where it lessens.
        """
        row, geometry, (kh, _) = self.row, self.geometry, self.design.window.kernel_size
        stride, shape = geometry.stride_h, shape_of([-self.most, 0])
        # Rows from the last of this window to that of the one below, or of the next frame's first; at first
        # to that of the first.
        self._needs = Signal(shape, name="needs", init=1 - self.init["first_need"])
        # Rows from its first in the image to that of the one below, or of the next frame.
        self._frees = Signal(shape, name="frees")
        self._ahead = Signal.like(row.ahead, name="ahead")
        progressive = Signal(name="lets_go")
        below = Signal(range(max(1, row.far) + 1))
        m.d.comb += [self.progressive.eq(progressive), below.eq(Mux(row.room < 0, 0, row.room))]
        with m.If(row.loads):
            m.d.sync += [
                self._needs.eq(-(Mux(below < stride, below, stride) + Mux(row.ends, geometry.first_need, 0))),
                self._frees.eq(Mux(row.ahead < stride, row.ahead - stride, 0)),
                self._ahead.eq(row.ahead),
                progressive.eq(row.ends | (row.ahead < stride)),
            ]
            with m.If(row.ends):
                m.d.sync += self._frees.eq(row.ahead + geometry.bottom - row.rest - kh)
        with m.If(self.restart):
            m.d.sync += self._needs.eq(1 - geometry.first_need)

    def _bank(self, m: Module, leave_row: Signal) -> None:
        """Of the first row, counted from the first in the image, to which rows that are freed lead."""
        banks = self.design.ring_rows
        if banks == 1:
            return
        real = Signal.like(self.bank, name="bank_of_real_row")
        with m.If(leave_row):
            m.d.sync += real.eq(modular_sum(real, modulo(m, -self._frees, banks, "turn"), banks))
        with m.If(self.restart):
            m.d.sync += real.eq(0)
        m.d.comb += self.bank.eq(modulo(m, real - self._ahead, banks, "turned_back"))
