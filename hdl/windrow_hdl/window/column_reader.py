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
from windrow.timing.depths import STORE
from windrow_hdl.parts.counters import chosen_by, modular_sum, select, wrapping
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.column_fetch import ColumnFetch
from windrow_hdl.window.operands import reader_ports
from windrow_hdl.window.played_windows import ARRIVALS, RETURNS, PlayedWindows, progress_ports
from windrow_hdl.window.walk_player import most_freed
from windrow_hdl.window.window_issue import WindowIssue


class ColumnReader(wiring.Component):
    """Feeds the reduction through a column store; ports: `reader_ports` and `progress_ports`."""

    shared = True
    arrivals, returns = ARRIVALS, RETURNS

    def __init__(self, design: Design) -> None:
        self.design, self.schedule, self.memories = design, design.schedule, design.memories
        schedule, memories = self.schedule, self.memories
        starts = memories.started_frames if schedule.starts_in_padding else 0
        walk = schedule.store_walk
        self.issue = WindowIssue(schedule)
        self.walk = PlayedWindows(schedule, walk, memories.store_columns, None, starts)
        self.fetch = ColumnFetch(design, most_freed(walk)) if schedule.frame_beats else None
        super().__init__({**reader_ports(design), **progress_ports(schedule.fetch_walk)})

    @property
    def turns(self) -> list[list[int]]:
        """Operands come in the order of the taps."""
        return [list(range(self.design.taps))]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.issue, m.submodules.walk = issue, walk = self.issue, self.walk
        started = self.started
        for stage in range(STORE):  # as late as a pixel that has to pass through the store
            later = Signal(name=f"started_{stage}")
            m.d.sync += later.eq(started)
            started = later
        carry(m, issue, walk, "enter", "leave")
        carry(m, walk, issue, "ready")
        carry(m, self, issue, "credit")
        carry(m, issue, self, "begin")
        carry(m, walk, self, "start_taken")
        m.d.comb += [walk.started.eq(started), self.step.eq(issue.go)]
        if self.fetch is None:  # every window lies in padding
            m.d.comb += [self.clear.eq(-1), self.padding.eq(-1), self.freed.eq(-1)]
            return m
        m.submodules.fetch = fetch = self.fetch
        carry(m, self, fetch, "arrived", "data")
        carry(m, fetch, self, "freed")
        m.d.comb += [
            self.address[0].eq(fetch.address),
            fetch.space.eq(walk.freed),
            walk.arrived.eq(fetch.put & fetch.column_ends),
        ]
        bank = self._window(m)
        columns = self._columns(m, bank, self._banks(m, bank))
        self._operands(m, columns)
        return m

    def _window(self, m: Module) -> tuple[Signal, Signal]:
        """Bank and slot of the window's first column, real or not."""
        issue, walk = self.issue, self.walk
        axis, banks, depth = self.schedule.columns, self.memories.store_banks, self.memories.store_depth
        start_slot, start_bank = divmod(axis.offsets[0], banks)
        bank = Signal(range(banks), init=start_bank)
        slot = Signal(range(depth), init=start_slot % depth)
        along = axis.advance
        to_row = axis.stored - (axis.outputs - 1) * axis.advance

        def move(columns: int) -> list[Assign]:
            slots, rest = divmod(columns % (banks * depth), banks)
            over = (bank + rest) >= banks if rest else 0
            return [bank.eq(modular_sum(bank, rest, banks)), slot.eq(slot + slots + over)]

        # A row of windows that lies in padding altogether was not fetched and has no columns.
        with m.If(issue.leave & walk.reads):
            with m.If(walk.row_ends):
                m.d.sync += move(to_row)
            with m.Else():
                m.d.sync += move(along)
        return bank, slot

    def _banks(self, m: Module, window: tuple[Signal, Signal]) -> list[ValueLike]:
        """Write what is fetched, read a slice of the window at hand: one word per bank."""
        design, issue, fetch = self.design, self.issue, self.fetch
        assert fetch is not None
        banks, depth = self.memories.store_banks, self.memories.store_depth
        words = depth << self.memories.store_slice_bits
        bits = design.window.kernel_size[0] * design.beat_bits
        put_bank, put_slot = Signal(range(banks)), Signal(range(depth))
        put_slice = Signal(range(design.slices))
        with m.If(fetch.put):
            m.d.sync += wrapping(put_slice, design.slices)
            with m.If(fetch.column_ends):
                m.d.sync += wrapping(put_bank, banks)
                with m.If(put_bank == banks - 1):
                    m.d.sync += put_slot.eq(put_slot + 1)
        first, slot = window
        offsets = self.schedule.columns.offsets
        distances = [offset - offsets[0] for offset in offsets]
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
        """What the kernel columns deliver, in their order: the window's own columns."""
        banks, offsets = self.memories.store_banks, self.schedule.columns.offsets
        cases = self.design.window.sources[1].cases
        columns: list[ValueLike] = []
        for number in range(len(offsets)):
            chosen = Signal(range(banks), name=f"chosen_{number}")
            distances = [(offsets[case[number]] - offsets[0]) % banks for case in cases]
            distance = chosen_by(m, f"distance_{number}", self.walk.column_case, distances)
            m.d.sync += chosen.eq(modular_sum(window[0], distance, banks))
            bits = self.design.window.kernel_size[0] * self.design.beat_bits
            column = Signal(bits, name=f"column_{number}")
            m.d.comb += column.eq(Array(data)[chosen])
            columns.append(column)
        return columns

    def _operands(self, m: Module, columns: list[ValueLike]) -> None:
        """The taps of the step at hand; spare ones may read anything."""
        design, issue, walk = self.design, self.issue, self.walk
        kh, kw = design.window.kernel_size
        step, mask = Signal.like(issue.step), Signal.like(walk.column_mask)
        rows = Signal.like(walk.row_mask)
        m.d.sync += rows.eq(walk.row_mask)
        m.d.sync += [step.eq(issue.step), mask.eq(Mux(walk.reads, walk.column_mask, 0))]
        m.d.comb += self.spare.eq(step == design.steps - 1)
        bits, lane_bits = design.beat_bits, design.layer.input_type.bits
        for at in range(design.taps):
            taps = [min(number * design.taps + at, kh * kw - 1) for number in range(design.steps)]
            beat = Signal(bits, name=f"beat_{at}")
            select(m, beat, step, [columns[tap // kh].word_select(tap % kh, bits) for tap in taps])
            select(m, self.clear[at], step, [~mask[tap // kh] for tap in taps])
            select(m, self.padding[at], step, [~mask[tap // kh] | ~rows[tap % kh] for tap in taps])
            for lane in range(design.lanes):
                m.d.comb += self.operands[at * design.lanes + lane].eq(beat.word_select(lane, lane_bits))
