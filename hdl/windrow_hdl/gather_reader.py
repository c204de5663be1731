"""GatherReader: the array reads the line buffer itself; for designs with `taps <= kh`.

    WindowIssue ─▶ address ─▶ (line buffer, 2 cycles) ─▶ pick a bank per operand, mask ─▶ operands
        0             1                                              4

The taps of one step lie in kernel rows apart, hence in banks apart, so one cycle reads them all.
Where a step straddles two kernel columns, each bank gets the address of the column it serves.
"""

from __future__ import annotations

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.design import Design
from windrow_hdl.counters import modular_sum, select
from windrow_hdl.mac_array import shape
from windrow_hdl.sequencer import shape_of
from windrow_hdl.window_issue import WindowIssue


def turns(design: Design, visited: list[int]) -> list[dict[str, int]]:
    """Per visited row of windows, `turn`: banks from the one of its first kernel row to the next's."""
    axis, banks = design.rows, design.ring_rows
    starts = [y * axis.advance for y in visited]
    following = [*starts[1:], starts[0] + axis.stored]
    return [{"turn": (b - a) % banks} for a, b in zip(starts, following, strict=True)]


class GatherReader(wiring.Component):
    """Feeds the array from the line buffer.

    arrived, started, freed, start_taken, address, data: the line buffer
    credit, begin: the output queue;  step, operands: the array
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        rows = turns(design, list(range(design.rows.outputs)))
        self.issue = WindowIssue(design, design.window_walk, max(1, design.ring_beats), rows)
        # Does a step straddle two kernel columns?  Then banks need addresses of their own.
        self.shared = design.taps == 1 or design.layer.kernel_size[0] % design.taps == 0
        depth = max(1, design.row_beats)
        layer = design.layer
        super().__init__(
            {
                "arrived": In(1),
                "started": In(1),
                "freed": Out(self.issue.freed.shape()),
                "start_taken": Out(1),
                "address": Out(range(depth)).array(1 if self.shared else design.ring_rows),
                "data": In(design.beat_bits).array(design.ring_rows),
                "credit": In(1),
                "begin": Out(1),
                "step": Out(1),
                "operands": Out(shape(layer.input_type)).array(design.taps * design.lanes),
            }
        )

    @property
    def most_freed(self) -> int:
        return int(self.design.window_walk.frees.max(initial=0))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # The bank of the window's first kernel row.
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
        go_1, go_2 = Signal(), Signal()
        m.d.sync += [go_1.eq(issue.go), go_2.eq(go_1), self.step.eq(go_2)]
        return m

    def _taps(self, step: int) -> list[tuple[int, int] | None]:
        """(kernel row, kernel column) of each tap of a step; None past the last tap of the window."""
        kh, kw = self.design.layer.kernel_size
        numbers = range(step * self.design.taps, (step + 1) * self.design.taps)
        return [(n % kh, n // kh) if n < kh * kw else None for n in numbers]

    def _address(self, m: Module) -> None:
        """Step `address` through the columns and slices of each window."""
        design, issue = self.design, self.issue
        axis, slices, depth = design.columns, design.slices, max(1, design.row_beats)
        bits = (depth - 1).bit_length()
        start = (axis.offsets[0] * slices) % (1 << bits)
        base = Signal(bits, init=start)  # column of the window's first tap, slice at hand
        to_window = axis.advance * slices - (slices - 1)
        with m.If(issue.go & issue.step_ends):
            with m.If(issue.group_ends & issue.row_ends):
                m.d.sync += base.eq(start)
            with m.Elif(issue.group_ends):
                m.d.sync += base.eq(base + to_window)
            with m.Elif(issue.slice_ends):
                m.d.sync += base.eq(base - (slices - 1))
            with m.Else():
                m.d.sync += base.eq(base + 1)
        columns = [[tap and tap[1] for tap in self._taps(step)] for step in range(design.steps)]
        starts = [min(c for c in row if c is not None) for row in columns]
        ahead = [(axis.offsets[c] - axis.offsets[0]) * slices for c in starts]
        offset = Signal(shape_of(ahead))
        select(m, offset, issue.step, ahead)
        if self.shared:
            m.d.sync += self.address[0].eq(base + offset)
            return
        # Kernel rows below the first of the step belong to the next kernel column.
        kh, kw = design.layer.kernel_size
        nexts = [(axis.offsets[min(c + 1, kw - 1)] - axis.offsets[0]) * slices for c in starts]
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

    def _kernel_rows(self, first_bank: int, bank: int) -> list[int]:
        """The kernel rows that may lie in `bank` while the first one would lie in `first_bank`."""
        banks, offsets = self.design.ring_rows, self.design.rows.offsets
        return [r for r, offset in enumerate(offsets) if (first_bank + offset - offsets[0]) % banks == bank]

    def _is_read(self, row: int, rivals: list[int]) -> ValueLike:
        """Of the kernel rows that share a bank all but one lie in padding."""
        return self.issue.row_mask[row] if len(rivals) > 1 else Const(1)

    def _operands(self, m: Module) -> None:
        """Pick each operand's bank and mask what lies in padding."""
        design, issue = self.design, self.issue
        banks = design.ring_rows
        offsets = design.rows.offsets
        first = self._first_bank
        with m.If(issue.go & issue.group_ends & issue.row_ends):
            m.d.sync += first.eq(modular_sum(first, issue.player.row.turn, banks))
        first_1, step_1 = Signal.like(first), Signal.like(issue.step)
        m.d.sync += [first_1.eq(first), step_1.eq(issue.step)]
        data = Array(self.data) if banks > 1 else [self.data[0]]
        for at in range(design.taps):
            taps = [self._taps(step)[at] for step in range(design.steps)]
            mask = Signal(name=f"mask_{at}")
            reads = [
                0 if tap is None else issue.row_mask[tap[0]] & issue.column_mask[tap[1]] for tap in taps
            ]
            select(m, mask, issue.step, reads)
            behind = [(offsets[tap[0] if tap else 0] - offsets[0]) % banks for tap in taps]
            distance = Signal(range(banks), name=f"distance_{at}")
            select(m, distance, step_1, behind)
            bank = Signal(range(banks), name=f"bank_{at}")
            chosen = Signal(range(banks), name=f"chosen_{at}")
            m.d.sync += [bank.eq(modular_sum(first_1, distance, banks)), chosen.eq(bank)]
            masks = [mask]
            for stage in range(3):
                masks.append(Signal(name=f"mask_{at}_{stage}"))
                m.d.sync += masks[-1].eq(masks[-2])
            beat = Signal(design.beat_bits, name=f"beat_{at}")
            picked: Value = data[chosen] if banks > 1 else data[0]
            m.d.comb += beat.eq(Mux(masks[-1], picked, 0))
            lane_bits = design.layer.input_type.bits
            for lane in range(design.lanes):
                operand = self.operands[at * design.lanes + lane]
                m.d.sync += operand.eq(beat.word_select(lane, lane_bits))
