"""ProgrammedLineBuffer: the ring of image rows, for images of any size up to its own.

    i ─▶ write ─▶ bank 0 │ bank 1 │ … │ bank NR-1        every beat is stored
           ▲                           ▲
    over < 0, or address != oldest     └── address (reader) ──▶ data, two cycles later

The writer compares where it is with the oldest beat that a window still wants: it may write until it is a
whole ring ahead, `over` being the rows beyond that (never more than 0), and within the row that it overwrites
then until it meets `oldest`, which it never passes, since it begins there with the first beat.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import add, wrapping
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.line_buffer import row_memories
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values


class ProgrammedLineBuffer(wiring.Component):
    """Ring of `design.ring_rows` rows, `design` being the hardware at its largest setting.

    i, address, data: as in `LineBuffer`
    geometry, restart: the setting, begin anew with it (nothing is in the buffer then)
    hold: accept no first beat of a frame;  idle: between two frames, all rows freed
    finished: a frame was completed, one cycle ago
    arriving, bottom: the row at hand one cycle ago, and whether it is the last;  filled: beats of it that
    were stored then, less the slices of a pixel but one: pixels up to `filled - 1` are complete
    freed: rows given back, negative;  oldest: first beat still wanted in the oldest row
    """

    def __init__(self, design: Design, freed_most: int, *, shared: bool, technology: str) -> None:
        self.design, self.shared, self.technology = design, shared, technology
        self.banks, self.depth = design.ring_rows, design.schedule.row_beats
        self.freed_most = freed_most
        bits = design.beat_bits
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(bits))),
                "address": In(range(self.depth)).array(1 if shared else self.banks),
                "data": Out(unsigned(bits)).array(self.banks),
                "geometry": In(geometry_layout(design)),
                "restart": In(1),
                "hold": In(1),
                "idle": Out(1),
                "finished": Out(1),
                "arriving": Out(range(design.window.height)),
                "bottom": Out(1),
                "filled": Out(shape_of([1 - design.slices, self.depth - 1])),
                "freed": In(shape_of([-freed_most, 0])),
                "oldest": In(range(self.depth)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        geometry, start = self.geometry, geometry_values(self.design.hardware)["start_h"]
        kernel = self.design.window.kernel_size[0]
        address, row = Signal(range(self.depth)), Signal.like(self.arriving, name="row")
        # Each plus 1, in registers of their own: what they are compared with is a count.
        next_address = Signal(range(self.depth + 1), init=1)
        next_row = Signal.like(geometry.rows, name="next_row", init=1)
        # The first kernel row, be that in padding, is in bank 0.
        bank = Signal(range(self.banks), init=kernel - 1 - start)
        at_start = Signal(init=1)
        over = Signal(shape_of([-self.banks - self.freed_most, 0]), init=-self.banks)
        accept, row_ends, bottom = Signal(), Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq((over[-1] | (address != self.oldest)) & ~(self.hold & at_start)),
            accept.eq(self.i.valid & self.i.ready),
            row_ends.eq(next_address == geometry.row_beats),
            bottom.eq(next_row == geometry.rows),
            self.idle.eq(at_start & (over == -self.banks)),
        ]
        with m.If(accept):
            m.d.sync += [address.eq(next_address), next_address.eq(next_address + 1)]
            m.d.sync += at_start.eq(row_ends & bottom)
        with m.If(accept & row_ends):
            m.d.sync += [address.eq(0), next_address.eq(1), wrapping(bank, self.banks)]
            m.d.sync += [row.eq(next_row), next_row.eq(next_row + 1)]
        with m.If(accept & row_ends & bottom):
            m.d.sync += [row.eq(0), next_row.eq(1)]
        with m.If(self.restart):
            m.d.sync += bank.eq(kernel - 1 - geometry.start_h)
        m.d.sync += [
            over.eq(add(over, self.freed, accept & row_ends)),
            self.finished.eq(accept & row_ends & bottom),
            self.arriving.eq(row),
            self.bottom.eq(bottom),
            self.filled.eq(address - (self.design.slices - 1)),
        ]
        row_memories(m, self, accept, bank, address)
        return m
