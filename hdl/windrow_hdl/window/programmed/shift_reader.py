"""RuntimeShiftReader: the shift register of columns with its steps in registers; for fold 1.

Every column of every row of windows is fetched.  A last window that reaches into padding, by a column at
most, follows while the first column of the next row comes in, as in `ShiftReader`; whether there is one is
not known beforehand here but seen: a window of the row is still owed when its last column is fetched.
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring

from windrow.stage.design import Design
from windrow_hdl.window.programmed.gather_reader import follow_banks, runtime_ports
from windrow_hdl.window.programmed.geometry import geometry_values
from windrow_hdl.window.programmed.setting_walk import SettingWalk
from windrow_hdl.window.row_turn import RowTurn
from windrow_hdl.window.shift_reader import ShiftReader


class RuntimeRowTurn(RowTurn):
    """`RowTurn` that is told the bank: `first` belongs to the fetch at hand."""

    def __init__(self, design: Design) -> None:
        self.first = Signal(range(design.ring_rows), init=design.rows.offsets[0] % design.ring_rows)
        super().__init__(design)

    def _first_bank(self, m: Module) -> Signal:
        return self.first


class RuntimeShiftReader(ShiftReader):
    """Feeds the array through a shift register; ports: `runtime_ports`.

    `design` is the hardware at its largest setting.
    """

    def _player(self) -> SettingWalk:
        self.windows = SettingWalk(self.design, fetches=True)
        return self.windows

    def _ports(self) -> dict[str, wiring.Member]:
        return runtime_ports(self.design, self.windows, addresses=1, turns=1)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        geometry, address = self.geometry, self.address[0]
        m.submodules.windows = windows = self.windows
        m.submodules.row_turn = turn = RuntimeRowTurn(self.design)
        shift, take, issue = Signal(), Signal(), Signal()
        completes, draining = self._completes(m, shift, take)
        allowed = ~completes | self.credit
        m.d.comb += [
            windows.geometry.eq(geometry),
            windows.restart.eq(self.restart),
            windows.arrived.eq(self.arrived),
            windows.filled.eq(self.filled),
            windows.needed.eq(address),
            take.eq(windows.ready & allowed),
            shift.eq((windows.ready | draining) & allowed),
            issue.eq(shift & completes),
            windows.enter.eq(take),
            windows.leave.eq(take),
            windows.column.advance.eq(issue),
            self.freed.eq(windows.freed),
            self.begin.eq(issue),
            turn.fetch.eq(take),
            turn.row_ends.eq(windows.row_ends),
            turn.mask.eq(windows.row.mask),
            *[to.eq(from_) for to, from_ in zip(turn.data, self.data, strict=True)],
        ]
        follow_banks(m, windows, turn.first)
        with m.If(take):
            m.d.sync += address.eq(Mux(windows.row_ends, 0, address + 1))
        left = Signal()
        m.d.sync += left.eq(take | self.restart)
        with m.If(left):
            m.d.sync += self.oldest.eq(Mux(windows.progressive, address, -1))
        self._window(m, shift, issue, turn, windows.column)
        return m

    def _completes(self, m: Module, shift: Signal, take: Signal) -> tuple[Signal, Signal]:
        """Does the next shift complete a window?  Is it one that the row before still owes?"""
        geometry, windows = self.geometry, self.windows
        # Columns still to come before the one that completes a window, less one: the sign says "none".
        first = geometry_values(self.design.hardware)["start"] - 1
        due = Signal(signed(max(len(geometry.start), len(geometry.stride_w)) + 1), init=first)
        draining, completes = Signal(), Signal()
        m.d.comb += completes.eq(draining | due[-1])
        with m.If(take):
            m.d.sync += due.eq(due - 1)
            with m.If(due[-1]):
                m.d.sync += due.eq(geometry.stride_w - 2)
            with m.If(windows.row_ends):
                m.d.sync += due.eq(geometry.start - 1)
        with m.If(self.restart):
            m.d.sync += due.eq(geometry.start - 1)
        # Of the row that is being fetched, not all windows have been issued.
        owed, ends = Signal(init=1), Signal()
        m.d.comb += ends.eq(shift & due[-1] & ~draining & windows.column.last)
        with m.If(ends):
            m.d.sync += owed.eq(0)
        with m.If(take & windows.row_ends):
            m.d.sync += owed.eq(1)
        with m.If(shift):
            m.d.sync += draining.eq(take & windows.row_ends & owed & ~ends)
        return completes, draining
