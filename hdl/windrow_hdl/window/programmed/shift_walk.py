"""ProgrammedShiftWalk: fetches of a shift register of columns, with their steps in registers.

Every column of every row of windows is fetched.  A last window that reaches into padding, by a column at
most, follows while the first column of the next row comes in, as in `ShiftWalk`; whether there is one is not
known beforehand here but seen, when the last column of a row is fetched.
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring

from windrow.stage.design import Design
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.played_fetches import fetch_ports, shift_ports
from windrow_hdl.window.programmed.setting_walk import ARRIVALS, RETURNS, SettingWalk, progress_ports


class ProgrammedShiftWalk(wiring.Component):
    """As `ShiftWalk`, on hardware `design` at its largest setting.

    `progress_ports`: the programmed line buffer, and the setting in force
    """

    arrivals, returns = ARRIVALS, RETURNS

    def __init__(self, design: Design) -> None:
        self.design = design
        self.windows = SettingWalk(design, fetches=True)
        super().__init__({**fetch_ports(design), **shift_ports(design), **progress_ports(self.windows)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.windows = windows = self.windows
        address = Signal.like(self.address, name="beat")
        following = Signal.like(self.geometry.columns, name="next_beat", init=1)  # compared with a count
        carry(m, self, windows, *ARRIVALS)
        carry(m, windows, self, "ready", "frame_ends", "row_mask", "column_mask", "bank", *RETURNS)
        # A window that the row before still owes: one behind that which its last column completes, or that at
        # hand where it completes none.
        draining, owed = Signal(name="drains"), Signal()
        m.d.comb += [
            self.row_ends.eq(following == self.geometry.columns),
            windows.row_ends.eq(self.row_ends),
            windows.needed.eq(address),
            windows.front.eq(address),
            windows.enter.eq(self.take),
            windows.leave.eq(self.take),
            windows.column.advance.eq(self.issue),
            self.address.eq(address),
            self.draining.eq(draining),
            self.completes.eq(draining | (address == windows.column.place)),
            owed.eq(~Mux(self.completes, windows.column.last, windows.column_mask[-1])),
        ]
        with m.If(self.take):
            m.d.sync += [address.eq(following), following.eq(following + 1)]
        with m.If(self.take & self.row_ends):
            m.d.sync += [address.eq(0), following.eq(1)]
        with m.If(self.shift):
            m.d.sync += draining.eq(self.take & self.row_ends & owed)
        return m
