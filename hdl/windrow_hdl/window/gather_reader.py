"""GatherReader: the array reads the line buffer itself; for designs with `taps <= kh`.

    WindowIssue ─▶ address ─▶ (line buffer, 2 cycles) ─▶ pick a bank per operand ─▶ operands, clear
        0             1                                              3

The taps of one step lie in kernel rows apart, hence in banks apart, so one cycle reads them all.
Where a step straddles two kernel columns, each bank gets the address of the column it serves.
Where the operands of every step are all banks, they stay as they are and the weights are turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, ValueLike
from amaranth.lib import wiring

from windrow.stage.design import Design
from windrow.window.walk import Walk
from windrow_hdl.parts.counters import modular_sum, select
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.reader_ports import reader_ports
from windrow_hdl.window.row_turn import turns
from windrow_hdl.window.walk_player import WalkPlayer
from windrow_hdl.window.window_issue import WindowIssue, window_player

if TYPE_CHECKING:
    from windrow_hdl.window.programmed.setting_walk import SettingWalk

_LUT_WORDS = 16  # a look-up table of four inputs


class GatherReader(wiring.Component):
    """Feeds the array from the line buffer; ports: `reader_ports`."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.issue = WindowIssue(design, self._player())
        # Does a step straddle two kernel columns?  Then banks need addresses of their own.
        self.shared = design.taps == 1 or design.layer.kernel_size[0] % design.taps == 0
        self.turns_weights = self._may_turn_weights()
        self.addresses = 1 if self.shared else design.ring_rows
        super().__init__(self._ports())

    def _may_turn_weights(self) -> bool:
        """All banks in every step, and a ROM that still fits the LUTs: turn weights, not pixels."""
        design, kh = self.design, self.design.layer.kernel_size[0]
        apart = len({offset % design.ring_rows for offset in design.rows.offsets}) == kh
        every_bank = design.taps == kh == design.ring_rows and apart
        return every_bank and design.fold * kh <= _LUT_WORDS

    def _player(self) -> WalkPlayer | SettingWalk:
        design = self.design
        rows = turns(design, list(range(design.rows.outputs)))
        return window_player(design, design.window_walk, max(1, design.ring_beats), rows)

    def _ports(self) -> dict[str, wiring.Member]:
        return reader_ports(self.design, self.walk, addresses=self.addresses, turns=len(self.turns))

    @property
    def turns(self) -> list[list[int]]:
        """Per value of `turn`: which tap of a step each operand is."""
        taps, offsets = range(self.design.taps), self.design.rows.offsets
        if not self.turns_weights:
            return [list(taps)]
        banks = self.design.ring_rows
        rows = [{(turn + o - offsets[0]) % banks: r for r, o in enumerate(offsets)} for turn in range(banks)]
        return [[row[bank] for bank in range(banks)] for row in rows]

    @property
    def walk(self) -> Walk:
        """What it reads of the line buffer, and when it frees it."""
        return self.design.window_walk

    def elaborate(self, platform: object) -> Module:
        m = Module()
        first = self.design.rows.offsets[0] % self.design.ring_rows
        self._first_bank = Signal(range(self.design.ring_rows), init=first)
        m.submodules.issue = issue = self.issue
        m.d.comb += [
            issue.arrived.eq(self.arrived),
            issue.started.eq(self.started),
            issue.credit.eq(self.credit),
            self.freed.eq(issue.freed),
            self.start_taken.eq(issue.start_taken),
            self.begin.eq(issue.begin),
        ]
        self._address(m)
        self._operands(m)
        go_1 = Signal()
        m.d.sync += [go_1.eq(issue.go), self.step.eq(go_1)]
        return m

    def _walk_columns(self, m: Module) -> None:
        """`_base` follows the windows in a row: the column of the first tap, and the slice at hand."""
        axis, slices, depth = self.design.columns, self.design.slices, max(1, self.design.row_beats)
        bits = (depth - 1).bit_length()
        start = (axis.offsets[0] * slices) % (1 << bits)
        self._base = Signal(bits, init=start, name="base")
        self._step_base(m, start, axis.advance * slices - (slices - 1))

    def _walk_rows(self, m: Module) -> None:
        """`_first_bank` follows the rows of windows: the bank of the first kernel row."""
        issue, banks = self.issue, self.design.ring_rows
        with m.If(issue.go & issue.group_ends & issue.row_ends):
            turned = modular_sum(self._first_bank, issue.player.row.turn, banks)
            m.d.sync += self._first_bank.eq(turned)

    def _step_base(self, m: Module, start: ValueLike, to_window: ValueLike) -> None:
        """Step `_base` through the slices of a window, again for each group of filters, and to the next."""
        issue, base, slices = self.issue, self._base, self.design.slices
        with m.If(issue.go & issue.step_ends):
            with m.If(issue.group_ends & issue.row_ends):
                m.d.sync += base.eq(start)
            with m.Elif(issue.group_ends):
                m.d.sync += base.eq(base + to_window)
            with m.Elif(issue.slice_ends):
                m.d.sync += base.eq(base - (slices - 1))
            with m.Else():
                m.d.sync += base.eq(base + 1)

    def _taps(self, step: int) -> list[tuple[int, int]]:
        """(kernel row, kernel column) of each tap of a step.

        A step with taps to spare gives them a weight of zero; they may read anything.
        """
        kh, kw = self.design.layer.kernel_size
        numbers = range(step * self.design.taps, (step + 1) * self.design.taps)
        return [(n % kh, min(n // kh, kw - 1)) for n in numbers]

    def _address(self, m: Module) -> None:
        """The address of each bank, or of all: that of the kernel column in which the step begins."""
        self._walk_columns(m)
        design, issue, base = self.design, self.issue, self._base
        starts = [self._taps(step)[0][1] for step in range(design.steps)]
        ahead = [self._columns_ahead(c) for c in starts]
        offset = Signal(shape_of(ahead))
        select(m, offset, issue.step, ahead)
        if self.shared:
            m.d.sync += self.address[0].eq(base + offset)
            return
        # Kernel rows below the first of the step belong to the next kernel column.
        kh, kw = design.layer.kernel_size
        nexts = [self._columns_ahead(min(c + 1, kw - 1)) for c in starts]
        beyond = Signal(shape_of(nexts))
        select(m, beyond, issue.step, nexts)
        first_rows = [step * design.taps % kh for step in range(design.steps)]
        for number in range(design.ring_rows):
            straddles = Signal(name=f"straddles_{number}")
            with m.Switch(issue.step):
                for step, first_row in enumerate(first_rows):
                    with m.Case(step):
                        with m.Switch(self._first_bank):
                            for bank in range(design.ring_rows):
                                with m.Case(bank):
                                    rows = self._kernel_rows(bank, number)
                                    below = [self._is_read(row, rows) for row in rows if row < first_row]
                                    m.d.comb += straddles.eq(Cat(below).any())
            m.d.sync += self.address[number].eq(base + Mux(straddles, beyond, offset))

    def _columns_ahead(self, column: int) -> int:
        """Beats from `_base` to a kernel column."""
        offsets = self.design.columns.offsets
        return (offsets[column] - offsets[0]) * self.design.slices

    def _kernel_rows(self, first_bank: int, bank: int) -> list[int]:
        """The kernel rows that may lie in `bank` while the first one would lie in `first_bank`."""
        banks, offsets = self.design.ring_rows, self.design.rows.offsets
        return [r for r, offset in enumerate(offsets) if (first_bank + offset - offsets[0]) % banks == bank]

    def _is_read(self, row: int, rivals: list[int]) -> ValueLike:
        """Of the kernel rows that share a bank all but one lie in padding."""
        return self.issue.row_mask[row] if len(rivals) > 1 else Const(1)

    def _operands(self, m: Module) -> None:
        """Pick each operand's bank; say which operands lie in padding."""
        design, issue = self.design, self.issue
        first = self._first_bank
        self._walk_rows(m)
        first_1, step_1 = Signal.like(first), Signal.like(issue.step)
        m.d.sync += [first_1.eq(first), step_1.eq(issue.step)]
        # Masks of the window whose step was issued in the cycle before.
        self._masks = Signal.like(issue.row_mask), Signal.like(issue.column_mask)
        m.d.sync += [self._masks[0].eq(issue.row_mask), self._masks[1].eq(issue.column_mask)]
        for at in range(design.taps):
            beat, clear = (self._bank if self.turns_weights else self._tap)(m, at, first_1, step_1)
            later = Signal(name=f"clear_{at}_3")
            m.d.sync += later.eq(clear)
            m.d.comb += self.clear[at].eq(later)
            lane_bits = design.layer.input_type.bits
            for lane in range(design.lanes):
                operand = self.operands[at * design.lanes + lane]
                m.d.comb += operand.eq(beat.word_select(lane, lane_bits))
        if self.turns_weights:
            m.d.sync += self.turn.eq(first_1)

    def _bank(self, m: Module, at: int, first: Signal, step: Signal) -> tuple[Signal, Signal]:
        """Operand `at` is bank `at`, whichever kernel row lies there: the weights are turned."""
        row_mask, column_mask = self._masks
        reads_row = Signal(name=f"reads_row_{at}")
        select(m, reads_row, first, [row_mask[turn[at]] for turn in self.turns])
        reads_column = Signal(name=f"reads_column_{at}")
        select(m, reads_column, step, [column_mask[self._taps(s)[0][1]] for s in range(self.design.steps)])
        clear = Signal(name=f"clear_{at}_2")
        m.d.sync += clear.eq(~(reads_row & reads_column))
        return self.data[at], clear

    def _tap(self, m: Module, at: int, first: Signal, step: Signal) -> tuple[Signal, Signal]:
        """Operand `at` is tap `at` of the step, from the bank in which its kernel row lies."""
        design = self.design
        banks, offsets = design.ring_rows, design.rows.offsets
        row_mask, column_mask = self._masks
        taps = [self._taps(number)[at] for number in range(design.steps)]
        reads = Signal(name=f"reads_{at}")
        select(m, reads, step, [row_mask[row] & column_mask[column] for row, column in taps])
        clear = Signal(name=f"clear_{at}_2")
        m.d.sync += clear.eq(~reads)
        if banks == 1:
            return self.data[0], clear
        distance = Signal(range(banks), name=f"distance_{at}")
        select(m, distance, step, [(offsets[row] - offsets[0]) % banks for row, _ in taps])
        bank = Signal(range(banks), name=f"bank_{at}")
        chosen = Signal(range(banks), name=f"chosen_{at}")
        m.d.sync += [bank.eq(modular_sum(first, distance, banks)), chosen.eq(bank)]
        beat = Signal(design.beat_bits, name=f"beat_{at}")
        m.d.comb += beat.eq(Array(self.data)[chosen])
        return beat, clear

