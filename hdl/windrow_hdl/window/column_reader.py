"""ColumnReader: the array reads whole windows from a column store; for all other designs.

    ColumnFetch ─▶ bank 0 │ bank 1 │ … ─▶ turn columns, pick the step's taps ─▶ operands, clear
                   WindowIssue ─▶ address
                                  0                            1

Columns are stored once, in the order of the image, in banks side by side; a window is a run of
columns in banks apart, and moves on by `advance` columns without anything being copied.
"""

from __future__ import annotations

from amaranth.hdl import Array, Cat, Module, Mux, Signal, ValueLike
from amaranth.hdl._ast import Assign
from amaranth.lib import wiring
from amaranth.lib.memory import Memory

from windrow.stage.design import Design
from windrow.window.walk import Walk
from windrow_hdl.parts.counters import modular_sum, select, wrapping
from windrow_hdl.window.column_fetch import ColumnFetch
from windrow_hdl.window.reader_ports import reader_ports
from windrow_hdl.window.walk_player import most_freed
from windrow_hdl.window.window_issue import WindowIssue, window_player


class ColumnReader(wiring.Component):
    """Feeds the array through a column store; ports: `reader_ports`."""

    shared = True

    def __init__(self, design: Design) -> None:
        self.design = design
        self.issue = WindowIssue(design, window_player(design, design.store_walk, design.store_columns))
        self.fetch = ColumnFetch(design, most_freed(design.store_walk)) if design.frame_beats else None
        super().__init__(reader_ports(design, self.walk))

    @property
    def turns(self) -> list[list[int]]:
        return [list(range(self.design.taps))]

    @property
    def walk(self) -> Walk:
        """What it reads of the line buffer, and when it frees it."""
        return self.design.fetch_walk

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.issue = issue = self.issue
        started = self.started
        for stage in range(4):  # as late as a pixel that has to pass through the store
            later = Signal(name=f"started_{stage}")
            m.d.sync += later.eq(started)
            started = later
        m.d.comb += [
            issue.started.eq(started),
            issue.credit.eq(self.credit),
            self.start_taken.eq(issue.start_taken),
            self.begin.eq(issue.begin),
            self.step.eq(issue.go),
        ]
        if self.fetch is None:  # every window lies in padding
            m.d.comb += [self.clear.eq(-1), self.freed.eq(-1)]
            return m
        m.submodules.fetch = fetch = self.fetch
        m.d.comb += [
            fetch.arrived.eq(self.arrived),
            self.freed.eq(fetch.freed),
            self.address[0].eq(fetch.address),
            *[to.eq(from_) for to, from_ in zip(fetch.data, self.data, strict=True)],
            fetch.space.eq(issue.freed),
            issue.arrived.eq(fetch.put & fetch.column_ends),
        ]
        bank = self._window(m)
        columns = self._columns(m, bank, self._banks(m, bank))
        self._operands(m, columns)
        return m

    def _window(self, m: Module) -> tuple[Signal, Signal]:
        """Bank and slot of the window's first column, real or not."""
        design, issue = self.design, self.issue
        axis, banks, depth = design.columns, design.store_banks, design.store_depth
        start_slot, start_bank = divmod(axis.offsets[0], banks)
        bank = Signal(range(banks), init=start_bank)
        slot = Signal(range(depth), init=start_slot % depth)
        along = axis.advance
        to_row = axis.stored - (axis.outputs - 1) * axis.advance

        def move(columns: int) -> list[Assign]:
            slots, rest = divmod(columns % (banks * depth), banks)
            carry = (bank + rest) >= banks if rest else 0
            return [bank.eq(modular_sum(bank, rest, banks)), slot.eq(slot + slots + carry)]

        # A row of windows that lies in padding altogether was not fetched and has no columns.
        with m.If(issue.go & issue.group_ends & issue.player.row.reads):
            with m.If(issue.row_ends):
                m.d.sync += move(to_row)
            with m.Else():
                m.d.sync += move(along)
        return bank, slot

    def _banks(self, m: Module, window: tuple[Signal, Signal]) -> list[ValueLike]:
        """Write what is fetched, read a slice of the window at hand: one word per bank."""
        design, issue, fetch = self.design, self.issue, self.fetch
        assert fetch is not None
        banks, depth = design.store_banks, design.store_depth
        words = depth << design.store_slice_bits
        bits = design.layer.kernel_size[0] * design.beat_bits
        put_bank, put_slot = Signal(range(banks)), Signal(range(depth))
        put_slice = Signal(range(design.slices))
        with m.If(fetch.put):
            m.d.sync += wrapping(put_slice, design.slices)
            with m.If(fetch.column_ends):
                m.d.sync += wrapping(put_bank, banks)
                with m.If(put_bank == banks - 1):
                    m.d.sync += put_slot.eq(put_slot + 1)
        first, slot = window
        distances = [offset - design.columns.offsets[0] for offset in design.columns.offsets]
        data: list[ValueLike] = []
        for number in range(banks):
            memory = Memory(shape=bits, depth=words, init=[])
            m.submodules[f"bank_{number}"] = memory
            write, read = memory.write_port(), memory.read_port()
            # How many slots beyond the first column's does the window's column in this bank lie?
            beyond = [
                next(((at + d) // banks for d in distances if (at + d) % banks == number), 0)
                for at in range(banks)
            ]
            slots = Signal(range(depth), name=f"slots_{number}")
            select(m, slots, first, [count % depth for count in beyond])
            read_slot = Signal(range(depth), name=f"read_slot_{number}")
            m.d.comb += [
                read_slot.eq(slot + slots),
                read.addr.eq(Cat(issue.slice, read_slot)),
                read.en.eq(1),
                write.addr.eq(Cat(put_slice, put_slot)),
                write.data.eq(fetch.column),
                write.en.eq(fetch.put & (put_bank == number)),
            ]
            data.append(read.data)
        return data

    def _columns(
        self, m: Module, window: tuple[Signal, Signal], data: list[ValueLike]
    ) -> list[ValueLike]:
        """The window's columns in the order of the kernel."""
        banks, offsets = self.design.store_banks, self.design.columns.offsets
        columns: list[ValueLike] = []
        for number, offset in enumerate(offsets):
            chosen = Signal(range(banks), name=f"chosen_{number}")
            m.d.sync += chosen.eq(modular_sum(window[0], (offset - offsets[0]) % banks, banks))
            column = Signal(self.design.layer.kernel_size[0] * self.design.beat_bits, name=f"column_{number}")
            m.d.comb += column.eq(Array(data)[chosen])
            columns.append(column)
        return columns

    def _operands(self, m: Module, columns: list[ValueLike]) -> None:
        """The taps of the step at hand; spare ones have a weight of zero and may read anything."""
        design, issue = self.design, self.issue
        kh, kw = design.layer.kernel_size
        step, mask = Signal.like(issue.step), Signal.like(issue.column_mask)
        m.d.sync += [step.eq(issue.step), mask.eq(Mux(issue.player.row.reads, issue.column_mask, 0))]
        bits, lane_bits = design.beat_bits, design.layer.input_type.bits
        for at in range(design.taps):
            taps = [min(number * design.taps + at, kh * kw - 1) for number in range(design.steps)]
            beat = Signal(bits, name=f"beat_{at}")
            select(m, beat, step, [columns[tap // kh].word_select(tap % kh, bits) for tap in taps])
            select(m, self.clear[at], step, [~mask[tap // kh] for tap in taps])
            for lane in range(design.lanes):
                m.d.comb += self.operands[at * design.lanes + lane].eq(beat.word_select(lane, lane_bits))
