"""LineBuffer: a ring of image rows in block RAM.

    i ─▶ AxisMarker x 2: is this beat ever read? ─▶ write ─▶ bank 0 │ bank 1 │ … │ bank NR-1
            │ no: accepted, not stored                        ▲ one row each, side by side
            ▼                                                 │
        i.ready ◀── room ◀── freed (reader)      address ─────┴──▶ data, two cycles later

The writer owns its pointer and never waits for the reader but for room.  Stored row `n`, counted
over all frames, lives in bank `n mod NR`, so that the rows of a window are always in banks apart.
"""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.window.axis import Axis
from windrow.window.walk import Walk
from windrow_hdl.parts.counters import Credits, count, less_one, wrapping
from windrow_hdl.technology import row_memory
from windrow_hdl.window.walk_player import most_freed


class AxisMarker(wiring.Component):
    """Follows the writer along one axis.

    advance: to the next position;  kept: what is at this one is stored;  last: it is the last
    """

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        super().__init__({"advance": In(1), "kept": Out(1), "last": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        axis = self.axis
        position = Signal(range(axis.size))
        m.d.comb += self.last.eq(count(m, position, axis.size, self.advance))
        if axis.kept.all() or axis.extent is None:
            m.d.comb += self.kept.eq(int(axis.extent is not None))
            return m
        low, high = axis.extent
        phase = Signal(range(axis.period))
        with m.If(self.advance):
            m.d.sync += wrapping(phase, axis.period)
            with m.If(self.last):
                m.d.sync += phase.eq(0)
        on_phase = Signal()
        with m.Switch(phase):
            with m.Case(*axis.phases):
                m.d.comb += on_phase.eq(1)
        m.d.comb += self.kept.eq(on_phase & (position >= low) & (position <= high))
        return m


class LineBuffer(wiring.Component):
    """Ring of `design.ring_rows` rows, read by a reader that walks `walk`.

    i: the input stream, raster order, `lanes` channels a beat
    address: one per bank, or one for all if `shared`; data: all banks side by side, two cycles later
    arrived: a beat was stored (one cycle after it was accepted); started: the same for the last
    slice of a frame's first pixel
    freed: beats given back, less one; start_taken: the first window of a frame was issued
    """

    def __init__(
        self, design: Design, walk: Walk, *, shared: bool, technology: str = "generic"
    ) -> None:
        self.design = design
        self.walk, self.technology = walk, technology
        self.shared = shared
        self.banks = design.ring_rows
        self.depth = max(1, design.schedule.row_beats)
        bits = design.beat_bits
        addresses = 1 if shared else self.banks
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(bits))),
                "address": In(range(self.depth)).array(addresses),
                "data": Out(unsigned(bits)).array(self.banks),
                "arrived": Out(1),
                "started": Out(1),
                "freed": In(less_one(most_freed(walk))),
                "start_taken": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.row = row = AxisMarker(design.schedule.rows)
        m.submodules.room = room = Credits(
            max(1, design.memories.ring_beats), most_freed(self.walk), ahead=self.walk.most_ahead
        )
        accept, store = self.i.valid & self.i.ready, Signal()
        slice_, address = Signal(range(design.slices)), Signal(range(self.depth))
        bank = Signal(range(self.banks))
        last_slice = count(m, slice_, design.slices, accept)
        if design.schedule.whole_rows:
            # All beats of a row are stored, so the write address is the position in the row.
            last_address = row_ends = count(m, address, self.depth, accept)
            kept: Value = row.kept
        else:
            m.submodules.column = column = AxisMarker(design.schedule.columns)
            m.d.comb += column.advance.eq(accept & last_slice)
            last_address = count(m, address, self.depth, store)
            row_ends = last_slice & column.last
            kept = row.kept & column.kept if design.schedule.frame_beats else Const(0, 1)
        free = room.some | ~kept
        if design.schedule.starts_in_padding:
            free = free & self._starts(m, accept, last_slice, row_ends, row.last)
        m.d.comb += [
            self.i.ready.eq(free),
            store.eq(accept & kept),
            row.advance.eq(accept & row_ends),
            room.take.eq(store),
            room.give.eq(self.freed),
        ]
        m.d.sync += self.arrived.eq(store)
        with m.If(store & last_address):
            m.d.sync += wrapping(bank, self.banks)
        row_memories(m, self, store, bank, address)
        return m

    def _starts(self, m: Module, accept: Value, last_slice: Value, row_ends: Value, last_row: Value) -> Value:
        """Tell of each frame's first pixel; true where the beat at hand need not wait to be one."""
        m.submodules.starts = room = Credits(self.design.memories.started_frames)
        first_row, first_column = Signal(init=1), Signal(init=1)
        with m.If(accept & last_slice):
            m.d.sync += first_column.eq(row_ends)
        with m.If(accept & row_ends):
            m.d.sync += first_row.eq(last_row)
        begins = Signal()
        m.d.comb += [
            begins.eq(first_row & first_column & last_slice),
            room.take.eq(accept & begins),
            room.give.eq(self.start_taken),
        ]
        m.d.sync += self.started.eq(accept & begins)
        return room.some | ~begins


def row_memories(m: Module, buffer: Any, store: Signal, bank: Signal, address: Signal) -> None:
    """The memories of a line buffer: one as wide as the ring where all banks read one address, else one per
    bank.  `store` writes the beat at its input to `address` of `bank`.

    A beat of several channels mostly comes through the multiplexers of a queue, and where it goes in run-time
    hardware through comparisons.  It is written a cycle later, still before any read of it can be issued.
    """
    payload: Value = buffer.i.payload
    if buffer.design.lanes > 1 or buffer.design.runtime is not None:
        earlier = [store, bank, address, payload]
        later = [Signal(value.shape(), name=f"{name}_later", reset_less=name != "store")
                 for name, value in zip(("store", "bank", "address", "payload"), earlier, strict=True)]
        m.d.sync += [to.eq(value) for to, value in zip(later, earlier, strict=True)]
        store, bank, address, payload = later
    per_memory = buffer.banks if buffer.shared else 1
    for number in range(1 if buffer.shared else buffer.banks):
        memory = row_memory(buffer.technology, buffer.design.beat_bits, per_memory, buffer.depth)
        m.submodules[f"memory_{number}"] = memory
        enables = [store & (bank == number + index) for index in range(per_memory)]
        m.d.comb += [
            memory.enable.eq(Cat(enables)),
            memory.write_address.eq(address),
            memory.payload.eq(payload),
            memory.address.eq(buffer.address[number]),
            *[buffer.data[number + index].eq(data) for index, data in enumerate(memory.data)],
        ]
