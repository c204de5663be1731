"""ShiftReader: the window is a shift register of columns; for designs that serve a window a cycle.

    walk ─▶ address ─▶ (line buffer, 2 cycles) ─▶ RowTurn ─▶ column ─▶ column ─▶ … ─▶ column
      0                                                        3          └────────┴──▶ operands

With a fold of one, fetching the last column of a window is issuing it: one decision, one walk.
A window at the right edge whose last column lies in padding follows while the register already takes
in the first column of the next row, or nothing where that is not there yet; so padding costs no
cycle, and the last window of a row drains without further input.

Where the reduction takes rows in any order, columns stay in that of the banks: all columns of a window come
from the same banks.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow_hdl.parts.counters import select
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.bank_order import bank_rows, every_bank
from windrow_hdl.window.operands import reader_ports, shape
from windrow_hdl.window.played_fetches import ShiftWalk
from windrow_hdl.window.programmed.shift_walk import ProgrammedShiftWalk
from windrow_hdl.window.row_turn import RowTurn

_MOST_BITS = 512  # of weights in all orders: more belong in block RAM, and have too many places to reach


class ShiftReader(wiring.Component):
    """Feeds the reduction through a shift register, column by column as `walk` says; ports: `reader_ports`,
    those by which the walk talks to the line buffer, and for reductions that take columns one by one

    arrived, finished, arriving, bottom, filled: the line buffer
    freed, oldest: to the line buffer;  geometry, restart: the setting in force, begin anew with it
    shift: a column comes in the next cycle;  column: its pixels, lane fastest, what is padding filled in
    column_clear: per kernel column, with the operands: it lies in padding, and where that mirrors the image
    it shows another

    turnable: the reduction takes operands in any order of the banks (`turns`)
    """

    shared = True

    def __init__(
        self, design: Design, walk: ShiftWalk | ProgrammedShiftWalk, *, turnable: bool = False
    ) -> None:
        self.design, self.walk = design, walk
        weight = design.layer.weight_type.bits if isinstance(design.layer, Conv2d) else 0
        few = design.multipliers * weight * design.ring_rows <= _MOST_BITS
        self.turned = turnable and few and design.ring_rows > 1 and every_bank(design)
        self.arrivals, self.returns = walk.arrivals, walk.returns
        super().__init__(
            {
                **reader_ports(design, turns=len(self.turns)),
                "shift": Out(1),
                "column": Out(shape(design.layer.input_type)).array(
                    design.window.kernel_size[0] * design.lanes
                ),
                "column_clear": Out(design.window.kernel_size[1]),
                **{name: walk.signature.members[name] for name in (*walk.arrivals, *walk.returns)},
            }
        )

    @property
    def turns(self) -> list[list[int]]:
        """Per value of `turn`: which tap each operand is."""
        if not self.turned:
            return [list(range(self.design.taps))]
        kh, kw = self.design.window.kernel_size
        return [[column * kh + row for column in range(kw) for row in rows]
                for rows in bank_rows(self.design)]  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.walk = walk = self.walk
        m.submodules.row_turn = turn = RowTurn(self.design, turns=not self.turned)
        carry(m, self, walk, *walk.arrivals)
        carry(m, walk, self, *walk.returns)
        carry(m, walk, turn, "bank")
        carry(m, self, turn, "data")
        allowed = ~walk.completes | self.credit
        m.d.comb += [
            walk.take.eq(walk.ready & allowed),
            walk.shift.eq((walk.ready | walk.draining) & allowed),
            walk.issue.eq(walk.shift & walk.completes),
            self.begin.eq(walk.issue),
            self.address[0].eq(walk.address),
            turn.mask.eq(self._real(m)),
            turn.case.eq(walk.row_case),
        ]
        self._window(m, turn)
        return m

    def _real(self, m: Module) -> Value:
        """Which rows of the column that is fetched are real, in the order in which it comes."""
        walk = self.walk
        if not self.turned:
            return walk.row_mask
        real = Signal.like(walk.row_mask, name="real_rows")
        orders = bank_rows(self.design)
        select(m, real, walk.bank, [Cat(walk.row_mask[row] for row in order) for order in orders])
        # A window that the row before still owes is in the banks of that row.
        before, turn_1 = Signal.like(walk.bank, name="bank_before"), Signal.like(walk.bank, name="turn_1")
        with m.If(walk.take):
            m.d.sync += before.eq(walk.bank)
        m.d.sync += [turn_1.eq(Mux(walk.draining, before, walk.bank)), self.turn.eq(turn_1)]
        return real

    def _window(self, m: Module, turn: RowTurn) -> None:
        """The register, newest column first, and the taps of the window in it."""
        design, walk = self.design, self.walk
        kh, kw = design.window.kernel_size
        offsets = design.schedule.columns.offsets
        shift_1, shift_2, shift_3, issue_1 = Signal(), Signal(), Signal(), Signal()
        mask_1, mask_2 = Signal(kw), Signal(kw)
        rows = turn.mask
        cases = design.window.sources[1].cases
        case = walk.column_case
        for stage in range(1, 4):  # as late as its columns
            later = Signal.like(case, name=f"case_{stage}")
            m.d.sync += later.eq(case)
            case = later
            later = Signal.like(rows, name=f"rows_{stage}")
            m.d.sync += later.eq(rows)
            rows = later
        m.d.sync += [shift_1.eq(walk.shift), shift_2.eq(shift_1), shift_3.eq(shift_2)]
        m.d.sync += [issue_1.eq(walk.issue), self.step.eq(issue_1)]
        m.d.sync += [mask_1.eq(walk.column_mask), mask_2.eq(mask_1)]
        # Which rows are real travels with a column: while one drains, the walk may be at the next row.
        newest = Signal(len(turn.column) + kh, name="column_0")
        m.d.comb += newest.eq(Cat(turn.column, rows))
        columns = [newest]
        bits = design.layer.input_type.bits
        m.d.comb += [
            self.shift.eq(shift_2),
            *[to.eq(turn.column.word_select(at, bits)) for at, to in enumerate(self.column)],
        ]
        for number in range(1, offsets[-1] - offsets[0] + 1):
            column = Signal.like(newest, name=f"column_{number}")
            with m.If(shift_3):  # once it has been used where it is
                m.d.sync += column.eq(columns[-1])
            columns.append(column)
        for kx in range(kw):
            clear = Signal(name=f"clear_{kx}")
            m.d.sync += clear.eq(~mask_2[kx])
            shown = Signal(name=f"shows_another_{kx}")
            select(m, shown, case, [int(of[kx] != kx) for of in cases])
            m.d.comb += self.column_clear[kx].eq(clear | shown)
            from_ = [offsets[-1] - offsets[of[kx]] for of in cases]
            column = columns[from_[0]]
            if len(set(from_)) > 1:
                column = Signal.like(newest, name=f"delivered_{kx}")
                select(m, column, case, [columns[at] for at in from_])
            for ky in range(kh):
                at = kx * kh + ky
                real = column[len(turn.column) + ky]
                m.d.comb += [self.clear[at].eq(clear), self.padding[at].eq(clear | ~real)]
                for lane in range(design.lanes):
                    pixel = column.word_select(ky * design.lanes + lane, bits)
                    m.d.comb += self.operands[at * design.lanes + lane].eq(pixel)
