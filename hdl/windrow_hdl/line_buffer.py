"""LineBuffer: a ring of image rows in block RAM.

    i ─▶ AxisMarker x 2: is this beat ever read? ─▶ write ─▶ bank 0 │ bank 1 │ … │ bank NR-1
            │ no: accepted, not stored                        ▲ one row each, side by side
            ▼                                                 │
        i.ready ◀── room ◀── freed (reader)      address ─────┴──▶ data, two cycles later

The writer owns its pointer and never waits for the reader but for room.  Stored row `n`, counted
over all frames, lives in bank `n mod NR`, so that the rows of a window are always in banks apart.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.axis import Axis
from windrow.design import Design
from windrow_hdl.counters import Credits, wrapping
from windrow_hdl.sequencer import shape_of
from windrow_hdl.technology import row_memory


class AxisMarker(wiring.Component):
    """Follows the writer along one axis: `kept`, is this position stored?  `last`, is it the last?"""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        super().__init__({"advance": In(1), "kept": Out(1), "last": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        axis = self.axis
        position = Signal(range(axis.size))
        if axis.size > 1:
            last = Signal()
            m.d.comb += self.last.eq(last)
            with m.If(self.advance):
                m.d.sync += [wrapping(position, axis.size), last.eq(position == axis.size - 2)]
        else:
            m.d.comb += self.last.eq(1)
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
    """Ring of `design.ring_rows` rows.

    i: the input stream, raster order, `lanes` channels a beat
    address: one per bank, or one for all if `shared`; data: all banks side by side, two cycles later
    arrived: a beat was stored (one cycle after it was accepted); started: the same for the last
    slice of a frame's first pixel
    freed: beats given back; start_taken: the first window of a frame was issued
    """

    def __init__(self, design: Design, *, shared: bool, most_freed: int, technology: str = "generic") -> None:
        self.design = design
        self.technology = technology
        self.shared = shared
        self.banks = design.ring_rows
        self.depth = max(1, design.row_beats)
        bits = design.beat_bits
        addresses = 1 if shared else self.banks
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(bits))),
                "address": In(range(self.depth)).array(addresses),
                "data": Out(unsigned(bits)).array(self.banks),
                "arrived": Out(1),
                "started": Out(1),
                "freed": In(shape_of([most_freed])),
                "start_taken": In(1),
            }
        )
        self.most_freed = most_freed

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.row = row = AxisMarker(design.rows)
        m.submodules.column = column = AxisMarker(design.columns)
        m.submodules.room = room = Credits(max(1, design.ring_beats), self.most_freed)

        slice_ = Signal(range(design.slices))
        slice_ends = slice_ == design.slices - 1
        kept = row.kept & column.kept if design.frame_beats else 0
        accept = self.i.valid & self.i.ready
        store = Signal()
        starts = Signal()
        m.d.comb += [
            self.i.ready.eq(room.some | ~kept if design.frame_beats else 1),
            store.eq(accept & kept),
            column.advance.eq(accept & slice_ends),
            row.advance.eq(accept & slice_ends & column.last),
            room.take.eq(store),
            room.give.eq(self.freed),
        ]
        m.d.sync += self.arrived.eq(store)
        with m.If(accept):
            m.d.sync += wrapping(slice_, design.slices)

        if design.starts_in_padding:
            m.submodules.starts = start_room = Credits(design.started_frames)
            first_row, first_column = Signal(init=1), Signal(init=1)
            with m.If(column.advance):
                m.d.sync += first_column.eq(column.last)
            with m.If(row.advance):
                m.d.sync += first_row.eq(row.last)
            begins = Signal()
            m.d.comb += [
                begins.eq(first_row & first_column & slice_ends),
                starts.eq(accept & begins),
                start_room.take.eq(starts),
                start_room.give.eq(self.start_taken),
                self.i.ready.eq((room.some | ~kept if design.frame_beats else 1) & (start_room.some | ~begins)),
            ]
            m.d.sync += self.started.eq(starts)

        bank = Signal(range(self.banks))
        address = Signal(range(self.depth))
        if design.frame_beats:
            with m.If(store):
                m.d.sync += wrapping(address, self.depth)
                with m.If(address == self.depth - 1):
                    m.d.sync += wrapping(bank, self.banks)
        self._memories(m, store, bank, address)
        return m

    def _memories(self, m: Module, store: Signal, bank: Signal, address: Signal) -> None:
        """One memory as wide as the ring where all banks read one address, else one per bank."""
        per_memory = self.banks if self.shared else 1
        for number in range(1 if self.shared else self.banks):
            memory = row_memory(self.technology, self.design.beat_bits, per_memory, self.depth)
            m.submodules[f"memory_{number}"] = memory
            enables = [store & (bank == number + index) for index in range(per_memory)]
            m.d.comb += [
                memory.enable.eq(Cat(enables)),
                memory.write_address.eq(address),
                memory.payload.eq(self.i.payload),
                memory.address.eq(self.address[number]),
                *[self.data[number + index].eq(data) for index, data in enumerate(memory.data)],
            ]
