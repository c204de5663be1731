"""GroupReader: a shift register of columns that takes a beat of them at once, for several windows a cycle.

    GroupWalk ─▶ address ─▶ (line buffer, 2 cycles) ─▶ RowTurn ─▶ beat ─▶ older columns ─▶ …
       0                                                        3  └──────────┴──▶ operands, by `Looks`

The windows of a group share their columns, so the operands of all of them are these columns, each once.
Where a group takes several steps the register holds the newest beat, too, a cycle later, and stands still
for them.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.counters import select
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.bank_order import bank_rows, every_bank
from windrow_hdl.window.beat_register import held_behind, shown_at
from windrow_hdl.window.group_walk import GroupWalk
from windrow_hdl.window.looks import Looks
from windrow_hdl.window.operands import beat_ports, group_ports
from windrow_hdl.window.row_turn import RowTurn

__all__ = ["GroupReader"]


class GroupReader(wiring.Component):
    """Feeds reductions side by side; ports: `group_ports` as outputs, where a group takes one step
    `beat_ports`, too, and

    arrived, freed, address, data: the line buffer;  credit, begin: the output queue

    turnable: the reduction takes operands in any order; columns stay in that of the banks, if it has no
    weights, which would have to turn
    """

    shared = True
    arrivals, returns = ("arrived",), ("freed",)

    def __init__(self, design: Design, *, turnable: bool) -> None:
        self.design = design
        plain = turnable and design.layer.weight_shape is None
        self.turned = plain and design.ring_rows > 1 and every_bank(design)
        schedule = design.schedule
        assert isinstance(schedule, GroupSchedule)
        self.schedule, self.looks = schedule, Looks.of_schedule(schedule)
        self.walk = GroupWalk(design, self.looks)
        self.held = self.schedule.fold.cycles > 1
        ports = {**group_ports(design), **({} if self.held else beat_ports(design, len(self.looks.every)))}
        super().__init__(
            {
                "arrived": In(1),
                "freed": Out(self.walk.freed.shape()),
                "address": Out(self.walk.address.shape()).array(1),
                "data": In(design.beat_bits).array(design.ring_rows),
                "credit": In(1),
                "begin": Out(1),
                **{name: member.flip() for name, member in ports.items()},
            }
        )

    @property
    def turns(self) -> list[list[int]]:
        """Operands come in the order of the taps."""
        return [list(range(self.design.taps))]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.walk = walk = self.walk
        m.submodules.row_turn = turn = RowTurn(self.design, turns=not self.turned)
        carry(m, self, walk, "arrived", "credit")
        carry(m, walk, self, "freed")
        carry(m, walk, turn, "bank")
        carry(m, self, turn, "data")
        m.d.comb += [
            self.begin.eq(walk.begin),
            self.address[0].eq(walk.address),
            turn.mask.eq(self._real(m)),
            turn.case.eq(walk.row_case),
        ]
        step, part = self._later(m, walk.step, "step"), self._later(m, walk.part, "part")
        m.d.comb += [self.step.eq(step[1 + self.held]), self.part.eq(part[2 + self.held])]
        self._show(m, *self._register(m, turn))
        return m

    def _real(self, m: Module) -> Signal:
        """Which rows of the columns that are fetched are real, in the order in which they come."""
        walk = self.walk
        if not self.turned:
            return walk.row_mask
        real = Signal.like(walk.row_mask, name="real_rows")
        select(m, real, walk.bank, [Cat(walk.row_mask[row] for row in order)
                                    for order in bank_rows(self.design)])  # fmt: skip
        return real

    @staticmethod
    def _later(m: Module, value: Signal, name: str) -> list[Signal]:
        """`value` 1, 2, 3 and 4 cycles later."""
        found: list[Signal] = []
        for cycles in range(1, 5):
            later = Signal.like(value, name=f"{name}_{cycles}")
            m.d.sync += later.eq(value)
            found.append(later)
            value = later
        return found

    def _register(self, m: Module, turn: RowTurn) -> tuple[dict[int, Value], dict[int, Value]]:
        """Columns by how many lie behind them, pixels of kernel row 0 in the low bits; and of each, which
        kernel rows are real."""
        design, pixels = self.design, self.design.pixels
        kh, bits = design.window.kernel_size[0], design.lanes * design.layer.input_type.bits
        real: Value = self._later(m, turn.mask, "rows")[2]  # as late as its columns
        shift = self._later(m, self.walk.shift, "shift")
        self.shifted = shifted = shift[2]
        words = [turn.column.word_select(row, design.beat_bits) for row in range(kh)]
        columns: dict[int, Value] = {
            pixels - 1 - place: Cat(word.word_select(place, bits) for word in words)
            for place in range(pixels)
        }
        if self.held:
            newest = {distance: Signal(kh * bits, name=f"column_{distance}") for distance in columns}
            held = Signal(kh, name="rows_held")
            with m.If(shifted):
                m.d.sync += [held.eq(real), *(newest[at].eq(column) for at, column in columns.items())]
            columns, real = dict(newest), held
        else:
            of_beat = Cat(columns[distance] for distance in reversed(range(pixels)))
            pixel = design.layer.input_type.bits
            m.d.comb += self.shift.eq(shift[1])
            m.d.comb += [to.eq(of_beat.word_select(at, pixel)) for at, to in enumerate(self.columns)]
        rows: dict[int, Value] = dict.fromkeys(range(pixels), real)
        for distance in range(pixels, self.looks.reach + 1):
            if distance % pixels:
                rows[distance] = rows[distance - 1]  # of the same beat
            else:
                rows[distance] = held = Signal(kh, name=f"rows_{distance}_behind")
                with m.If(shifted):
                    m.d.sync += held.eq(rows[distance - pixels])
        return held_behind(m, columns, self.looks, shifted, "column"), rows

    def _show(self, m: Module, columns: dict[int, Value], rows: dict[int, Value]) -> None:
        """The columns of the group at hand, in their places."""
        design, looks = self.design, self.looks.every
        kh, bits = design.window.kernel_size[0], design.layer.input_type.bits
        look = self._later(m, self.walk.look, "look")
        shown, clears = look[2], look[1]
        if self.held:
            shown = clears = Signal.like(look[2], name="look_held")
            with m.If(self.shifted):
                m.d.sync += shown.eq(look[2])
        else:
            m.d.comb += self.look.eq(look[1])
        for at in range(len(self.schedule.places)):
            clear, cleared = Signal(name=f"clears_{at}"), [int(each.clear[at]) for each in looks]
            select(m, clear, clears, cleared)
            if self.held:
                m.d.comb += self.clear[at].eq(clear)
            else:
                m.d.sync += self.clear[at].eq(clear)
            column = shown_at(m, at, columns, self.looks, shown, "shown")
            real = shown_at(m, at, rows, self.looks, shown, "shown_rows")
            for row in range(kh):
                m.d.comb += self.padding[at * kh + row].eq(self.clear[at] | ~real[row])
                for lane in range(design.lanes):
                    pixel = column.word_select(row * design.lanes + lane, bits)
                    m.d.comb += self.operands[(at * kh + row) * design.lanes + lane].eq(pixel)
