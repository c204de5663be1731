"""ProgrammedShiftWalk: fetches of a shift register of columns, with their steps in registers.

Every column of every row of windows is fetched.  A last window that reaches into padding, by a column at
most, follows while the first column of the next row comes in, as in `ShiftWalk`; whether there is one is not
known beforehand here but seen: a window of the row is still owed when its last column is fetched.
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring

from windrow.stage.design import Design
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.played_fetches import fetch_ports, shift_ports
from windrow_hdl.window.programmed.geometry import geometry_values
from windrow_hdl.window.programmed.line_walk import ARRIVALS, RETURNS, progress_ports
from windrow_hdl.window.programmed.setting_walk import SettingWalk


class ProgrammedShiftWalk(wiring.Component):
    """As `ShiftWalk`, on hardware `design` at its largest setting.

    arrived, filled, freed, oldest: the programmed line buffer;  geometry, restart: the setting in force
    """

    arrivals, returns = ARRIVALS, RETURNS

    def __init__(self, design: Design) -> None:
        self.design = design
        self.windows = SettingWalk(design, fetches=True)
        super().__init__(
            {**fetch_ports(design), **shift_ports(design), **progress_ports(design, self.windows)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.windows = windows = self.windows
        address, following = Signal.like(self.address, name="beat"), Signal(len(self.address) + 1)
        carry(m, self, windows, *ARRIVALS)
        carry(m, windows, self, "ready", "frame_ends", "row_mask", "column_mask", "freed")
        m.d.comb += [
            following.eq(address + 1),
            self.row_ends.eq(following == self.geometry.row_beats),
            windows.row_ends.eq(self.row_ends),
            windows.needed.eq(address),
            windows.enter.eq(self.take),
            windows.leave.eq(self.take),
            windows.column.advance.eq(self.issue),
            self.bank.eq(windows.bank),
            self.address.eq(address),
        ]
        with m.If(self.take):
            m.d.sync += address.eq(following)
        with m.If(self.take & self.row_ends):
            m.d.sync += address.eq(0)
        left = Signal()
        m.d.sync += left.eq(self.take | self.restart)
        with m.If(left):
            m.d.sync += self.oldest.eq(address)
        with m.If(left & ~windows.progressive):
            m.d.sync += self.oldest.eq(-1)
        self._complete(m)
        return m

    def _complete(self, m: Module) -> None:
        """Does the next shift complete a window?  Is it one that the row before still owes?"""
        geometry, windows, shift, take = self.geometry, self.windows, self.shift, self.take
        # Columns still to come before the one that completes a window, less one: the sign says "none".
        first = geometry_values(self.design.hardware)["start"] - 1
        due = Signal(signed(max(len(geometry.start), len(geometry.stride_w)) + 1), init=first)
        draining = Signal(name="drains")
        m.d.comb += [self.draining.eq(draining), self.completes.eq(draining | due[-1])]
        with m.If(take):
            m.d.sync += due.eq(Mux(due[-1], geometry.stride_w - 2, due - 1))
        with m.If(self.restart | (take & self.row_ends)):
            m.d.sync += due.eq(geometry.start - 1)
        # Of the row that is being fetched, not all windows have been issued.
        owed, ends = Signal(init=1), Signal()
        m.d.comb += ends.eq(shift & due[-1] & ~draining & windows.column.last)
        with m.If(ends):
            m.d.sync += owed.eq(0)
        with m.If(take & self.row_ends):
            m.d.sync += owed.eq(1)
        with m.If(shift):
            m.d.sync += draining.eq(take & self.row_ends & owed & ~ends)
