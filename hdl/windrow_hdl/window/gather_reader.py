"""GatherReader: the reduction reads the line buffer itself; for designs with `taps <= kh`.

    WindowIssue ─▶ address ─▶ (line buffer, 2 cycles) ─▶ pick a bank per operand ─▶ operands, clear
        0             1                                              3
                 or   0                                              2                 3

Where many operands are picked, or padding is filled with another value than 0, the register that addresses
have otherwise lies behind what picks them: from there it is far to the multipliers.  The value is the set or
reset of its flip-flops.
The taps of one step lie in kernel rows apart, hence in banks apart, so one cycle reads them all.
Where a step straddles two kernel columns, each bank gets the address of the column it serves; or, where rows
mirror others, so that it may serve both, that of the second: of the first it was read in the step before.
Where the operands of every step are all banks, they may stay as they are, if the reduction takes them so.
"""

from __future__ import annotations

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, ValueLike
from amaranth.lib import wiring

from windrow.stage.design import Design
from windrow_hdl.parts.counters import modular_sum, select, select_in_case
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.bank_order import bank_rows, every_bank
from windrow_hdl.window.operands import pads, reader_ports
from windrow_hdl.window.played_windows import LineWalk
from windrow_hdl.window.programmed.line_walk import ProgrammedLineWalk
from windrow_hdl.window.window_issue import FLAGS, WindowIssue

_MANY = 4  # operands of a step


class GatherReader(wiring.Component):
    """Feeds the reduction from the line buffer, window by window as `walk` says; ports: `reader_ports` and
    those by which the walk talks to the line buffer.

    arrived, started, start_taken, finished, arriving, bottom, filled: the line buffer
    freed, oldest: to the line buffer;  geometry, restart: the setting in force, begin anew with it
    turnable: the reduction takes operands in any order of the banks (`turns`)
    """

    def __init__(self, design: Design, walk: LineWalk | ProgrammedLineWalk, *, turnable: bool) -> None:
        self.design, self.schedule, self.walk = design, design.schedule, walk
        self.arrivals, self.returns = walk.arrivals, walk.returns
        self.banks, self.offsets = design.ring_rows, design.schedule.rows.offsets
        self.issue = WindowIssue(self.schedule)
        # Does a step straddle two kernel columns?  Then banks need addresses of their own.
        straddles = design.taps > 1 and design.window.kernel_size[0] % design.taps > 0
        self.row_cases, self.column_cases = (of.cases for of in design.window.sources)
        self.mirrors = not design.window.sources[0].plain
        self.holds = straddles and self.mirrors
        self.shared = self.holds or not straddles
        # Are there weights for every phase of the windows?
        self.phases = design.window.phases if design.layer.weight_shape is not None else 1
        whole = design.taps == len(self.offsets)
        self.turned = turnable and self.phases == 1 and whole and every_bank(design)
        value = design.layer.fill != 0
        picks = self.banks > 1 and not self.turned and not self.holds
        self.early = picks and (value or design.taps * design.lanes >= _MANY)
        self.fills = self.early and value
        super().__init__(
            {
                **reader_ports(design, addresses=1 if self.shared else self.banks, turns=len(self.turns)),
                **{name: walk.signature.members[name] for name in (*walk.arrivals, *walk.returns)},
            }
        )

    @property
    def turns(self) -> list[list[int]]:
        """Per value of `turn`, or per phase: which tap of a step each operand is."""
        if not self.turned:
            return [list(range(self.design.taps))] * self.phases
        return bank_rows(self.design)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.issue, m.submodules.walk = issue, walk = self.issue, self.walk
        carry(m, self, walk, *walk.arrivals)
        carry(m, walk, self, *walk.returns)
        carry(m, walk, issue, "ready")
        carry(m, issue, walk, "enter", "leave", *FLAGS)
        carry(m, self, issue, "credit")
        carry(m, issue, self, "begin")
        self._address(m)
        self._operands(m)
        go_1 = Signal()
        m.d.sync += [go_1.eq(issue.go), self.step.eq(go_1)]
        return m

    def _taps(self, step: int) -> list[tuple[int, int]]:
        """(kernel row, kernel column) of each tap of a step; spare ones, at its end, may read anything."""
        kh, kw = self.design.window.kernel_size
        numbers = range(step * self.design.taps, (step + 1) * self.design.taps)
        return [(n % kh, min(n // kh, kw - 1)) for n in numbers]

    def _address(self, m: Module) -> None:
        """The address of each bank, or of all: that of the kernel column in which the step begins, or, where
        the one before is held, ends.
        """
        design, issue, base = self.design, self.issue, self.walk.base
        starts = [self._taps(step)[-1 if self.holds else 0][1] for step in range(design.steps)]
        offset = self._columns_ahead(m, starts, "offset")
        front = base + offset
        if "front" in self.walk.signature.members:
            m.d.comb += self.walk.front.eq(front)
        domain = "comb" if self.early else "sync"
        if self.shared:
            m.d[domain] += self.address[0].eq(front)
            return
        # Kernel rows below the first of the step belong to the next kernel column.
        kh, kw = design.window.kernel_size
        beyond = self._columns_ahead(m, [min(c + 1, kw - 1) for c in starts], "beyond")
        first_rows = [step * design.taps % kh for step in range(design.steps)]
        for number in range(self.banks):
            straddles = Signal(name=f"straddles_{number}")
            with m.Switch(issue.step):
                for step, first_row in enumerate(first_rows):
                    with m.Case(step):
                        with m.Switch(self.walk.first_bank):
                            for bank in range(self.banks):
                                with m.Case(bank):
                                    rows = self._kernel_rows(bank, number)
                                    below = [self._is_read(row, rows) for row in rows if row < first_row]
                                    m.d.comb += straddles.eq(Cat(below).any())
            m.d[domain] += self.address[number].eq(base + Mux(straddles, beyond, offset))

    def _columns_ahead(self, m: Module, columns: list[int], name: str) -> Signal:
        """Beats from the walk's `base` to what kernel column `columns[step]` delivers."""
        offsets, slices = self.schedule.columns.offsets, self.schedule.slices
        origin = offsets[self.walk.origin]
        table = [[(offsets[case[c]] - origin) * slices for c in columns] for case in self.column_cases]
        ahead = Signal(shape_of([beats for case in table for beats in case]), name=name)
        select_in_case(m, ahead, self.walk.column_case, self.issue.step, table)
        return ahead

    def _kernel_rows(self, first_bank: int, bank: int) -> list[int]:
        """The kernel rows that may lie in `bank` while the first one would lie in `first_bank`."""
        away = [(first_bank + offset - self.offsets[0]) % self.banks for offset in self.offsets]
        return [row for row, at in enumerate(away) if at == bank]

    def _is_read(self, row: int, rivals: list[int]) -> ValueLike:
        """Of the kernel rows that share a bank all but one lie in padding."""
        return self.walk.row_mask[row] if len(rivals) > 1 else Const(1)

    def _operands(self, m: Module) -> None:
        """Pick each operand's bank; say which operands lie in padding."""
        design, issue, walk = self.design, self.issue, self.walk
        first_1, step_1 = Signal.like(walk.first_bank), Signal.like(issue.step)
        self._case = Signal.like(walk.row_case)
        m.d.sync += [first_1.eq(walk.first_bank), step_1.eq(issue.step), self._case.eq(walk.row_case)]
        self._held = self._hold(m) if self.holds else []
        # Masks of the window whose step was issued in the cycle before.
        self._masks = Signal.like(walk.row_mask), Signal.like(walk.column_mask)
        m.d.sync += [self._masks[0].eq(walk.row_mask), self._masks[1].eq(walk.column_mask)]
        if self.turned:  # all of a step read one kernel column
            reads_column, self._reads_column = Signal(name="reads_column"), Signal(name="reads_column_1")
            columns = [self._taps(number)[0][1] for number in range(design.steps)]
            select(m, reads_column, issue.step, [walk.column_mask[column] for column in columns])
            m.d.sync += self._reads_column.eq(reads_column)
        for at in range(design.taps):
            beat, clear = self._bank(m, at, first_1) if self.turned else self._tap(m, at, first_1, step_1)
            later = Signal(name=f"clear_{at}_3")
            m.d.sync += later.eq(clear)
            if pads(design):
                m.d.comb += [self.clear[at].eq(0 if self.fills else later), self.padding[at].eq(later)]
            lane_bits = design.layer.input_type.bits
            for lane in range(design.lanes):
                operand = self.operands[at * design.lanes + lane]
                m.d.comb += operand.eq(beat.word_select(lane, lane_bits))
        spare_2 = Signal()
        m.d.sync += [spare_2.eq(step_1 == design.steps - 1), self.spare.eq(spare_2)]
        if self.turned:
            m.d.sync += self.turn.eq(first_1)
        if self.phases > 1:
            phase_1 = Signal.like(walk.phase)
            m.d.sync += [phase_1.eq(walk.phase), self.turn.eq(phase_1)]

    @property
    def _fill(self) -> int:
        """A beat of what a tap in the padding delivers."""
        bits = self.design.layer.input_type.bits
        fill = self.design.layer.fill & ((1 << bits) - 1)
        return sum(fill << (bits * lane) for lane in range(self.design.lanes))

    def _hold(self, m: Module) -> list[Signal]:
        """What the banks delivered for the step before: in the cycle before, because only the first step of a
        window and the last of a beat ever wait, and neither of them straddles.
        """
        held = [Signal.like(data, name=f"held_{number}") for number, data in enumerate(self.data)]
        m.d.sync += [before.eq(data) for before, data in zip(held, self.data, strict=True)]
        return held

    def _bank(self, m: Module, at: int, first: Signal) -> tuple[Signal, Signal]:
        """Operand `at` is bank `at`, whichever kernel row lies there: the reduction turns."""
        row_mask = self._masks[0]
        reads_row = Signal(name=f"reads_row_{at}")
        select(m, reads_row, first, [row_mask[turn[at]] for turn in self.turns])
        clear = Signal(name=f"clear_{at}_2")
        m.d.sync += clear.eq(~(reads_row & self._reads_column))
        return self.data[at], clear

    def _tap(self, m: Module, at: int, first: Signal, step: Signal) -> tuple[Signal, Signal]:
        """Operand `at` is tap `at` of the step, from the bank in which its kernel row lies."""
        design, banks, offsets = self.design, self.banks, self.offsets
        row_mask, column_mask = self._masks
        taps = [self._taps(number)[at] for number in range(design.steps)]
        reads = Signal(name=f"reads_{at}")
        select(m, reads, step, [row_mask[row] & column_mask[column] for row, column in taps])
        clear = Signal(name=f"clear_{at}_2")
        m.d.sync += clear.eq(~reads)
        beat = Signal(design.beat_bits, name=f"beat_{at}", init=self._fill if self.fills else 0,
                      reset_less=self.early)
        if banks == 1:
            chosen: ValueLike = 0
        else:
            distance = Signal(range(banks), name=f"distance_{at}")
            table = [[(offsets[of[row]] - offsets[0]) % banks for row, _ in taps] for of in self.row_cases]
            select_in_case(m, distance, self._case, step, table)
            bank = Signal(range(banks), name=f"bank_{at}")
            chosen = Signal(range(banks), name=f"chosen_{at}")
            m.d.sync += bank.eq(modular_sum(first, distance, banks))
            m.d["comb" if self.early else "sync"] += chosen.eq(bank)
        m.d["sync" if self.early else "comb"] += beat.eq(Array(self.data)[chosen])
        if self.fills:
            with m.If(clear):
                m.d.sync += beat.eq(self._fill)
        earlier = [column < self._taps(number)[-1][1] for number, (_, column) in enumerate(taps)]
        if self.holds and any(earlier):
            held, held_2 = Signal(name=f"held_{at}_1"), Signal(name=f"held_{at}_2")
            held_3 = Signal(name=f"held_{at}_3")
            select(m, held, step, [int(before) for before in earlier])
            m.d.sync += [held_2.eq(held), held_3.eq(held_2)]
            with m.If(held_3):
                m.d.comb += beat.eq(Array(self._held)[chosen])
        return beat, clear
