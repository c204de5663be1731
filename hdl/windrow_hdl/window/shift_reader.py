"""ShiftReader: the window is a shift register of columns; for designs that serve a window a cycle.

    WalkPlayer ─▶ address ─▶ (line buffer, 2 cycles) ─▶ RowTurn ─▶ column ─▶ column ─▶ … ─▶ column
        0                                                            3          └────────┴──▶ operands

With a fold of one, fetching the last column of a window is issuing it: one decision, one walk.
A window at the right edge whose last column lies in padding follows while the register already takes
in the first column of the next row, or nothing where that is not there yet; so padding costs no
cycle, and the last window of a row drains without further input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring

from windrow.stage.design import Design
from windrow.window.walk import Walk
from windrow_hdl.parts.counters import wrapping
from windrow_hdl.parts.sequencer import Sequencer
from windrow_hdl.window.reader_ports import reader_ports
from windrow_hdl.window.row_turn import RowTurn, fetch_player
from windrow_hdl.window.walk_player import WalkPlayer
from windrow_hdl.window.window_issue import real_taps

if TYPE_CHECKING:
    from windrow_hdl.window.programmed.axis_walk import AxisWalk
    from windrow_hdl.window.programmed.setting_walk import SettingWalk


class ShiftReader(wiring.Component):
    """Feeds the array through a shift register; ports: `reader_ports`."""

    shared = True

    def __init__(self, design: Design) -> None:
        self.design = design
        self.player = self._player()
        super().__init__(self._ports())

    def _player(self) -> WalkPlayer | SettingWalk:
        return fetch_player(self.design)

    def _ports(self) -> dict[str, wiring.Member]:
        return reader_ports(self.design, self.walk)

    @property
    def turns(self) -> list[list[int]]:
        return [list(range(self.design.taps))]

    @property
    def walk(self) -> Walk:
        """What it reads of the line buffer, and when it frees it."""
        return self.design.fetch_walk

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.player = player = self.player
        m.submodules.windows = windows = Sequencer(real_taps(design.columns))
        shift, take, issue = Signal(), Signal(), Signal()
        completes, draining = self._completes(m, shift, take)
        allowed = ~completes | self.credit
        m.d.comb += [
            player.arrived.eq(self.arrived),
            take.eq(player.ready & allowed),
            shift.eq((player.ready | draining) & allowed),
            issue.eq(shift & completes),
            player.enter.eq(take),
            player.leave.eq(take),
            self.freed.eq(player.freed),
            self.begin.eq(issue),
            windows.advance.eq(issue),
        ]
        with m.If(take):
            m.d.sync += wrapping(self.address[0], design.row_beats)
        m.submodules.row_turn = turn = RowTurn(design)
        m.d.comb += [
            turn.fetch.eq(take),
            turn.row_ends.eq(player.row_ends),
            turn.mask.eq(player.row.mask),
            turn.turn.eq(player.row.turn),
            *[to.eq(from_) for to, from_ in zip(turn.data, self.data, strict=True)],
        ]
        self._window(m, shift, issue, turn, windows)
        return m

    def _completes(self, m: Module, shift: Signal, take: Signal) -> tuple[Signal, Signal]:
        """Does the next shift complete a window?  Is it one that the row before still owes?"""
        design, player = self.design, self.player
        axis, last = design.columns, design.columns.offsets[-1]
        # Columns still to come before the one that completes a window, less one: the sign says "none".
        due = Signal(signed(max(last, axis.advance).bit_length() + 1), init=last - 1)
        with m.If(take):
            m.d.sync += due.eq(due - 1)
            with m.If(due[-1]):
                m.d.sync += due.eq(axis.advance - 2)
            with m.If(player.row_ends):
                m.d.sync += due.eq(last - 1)
        draining = Signal()
        if design.trailing_shifts:
            with m.If(shift):
                m.d.sync += draining.eq(take & player.row_ends)
        completes = Signal()
        m.d.comb += completes.eq(draining | due[-1])
        return completes, draining

    def _window(
        self, m: Module, shift: Signal, issue: Signal, turn: RowTurn, windows: Sequencer | AxisWalk
    ) -> None:
        """The register, newest column first, and the taps of the window in it."""
        design = self.design
        kh, kw = design.layer.kernel_size
        offsets = design.columns.offsets
        shift_1, shift_2, shift_3, issue_1 = Signal(), Signal(), Signal(), Signal()
        mask_1, mask_2 = Signal(kw), Signal(kw)
        m.d.sync += [shift_1.eq(shift), shift_2.eq(shift_1), shift_3.eq(shift_2)]
        m.d.sync += [issue_1.eq(issue), self.step.eq(issue_1)]
        m.d.sync += [mask_1.eq(windows.mask), mask_2.eq(mask_1)]
        columns = [turn.column]
        for number in range(1, offsets[-1] - offsets[0] + 1):
            column = Signal.like(turn.column, name=f"column_{number}")
            with m.If(shift_3):  # once it has been used where it is
                m.d.sync += column.eq(columns[-1])
            columns.append(column)
        for kx in range(kw):
            clear = Signal(name=f"clear_{kx}")
            m.d.sync += clear.eq(~mask_2[kx])
            column = columns[offsets[-1] - offsets[kx]]
            for ky in range(kh):
                at = kx * kh + ky
                m.d.comb += self.clear[at].eq(clear)
                for lane in range(design.lanes):
                    pixel = column.word_select(ky * design.lanes + lane, design.layer.input_type.bits)
                    m.d.comb += self.operands[at * design.lanes + lane].eq(pixel)
