"""ProgrammedLineBuffer: the ring of image rows, for images of any size up to its own.

    i ─▶ write ─▶ bank 0 │ bank 1 │ … │ bank NR-1        every beat is stored
           ▲                          ▲
    over < 0, or address < oldest     └── address (reader) ──▶ data, two cycles later

The writer compares where it is with the oldest beat that a window still wants: it may write until it is a
whole ring ahead, `over` being the rows beyond that (never more than 0), and within the row that would be
overwritten up to `oldest`.
"""

from __future__ import annotations

from amaranth.hdl import Module, Shape, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import add, wrapping
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.window.line_buffer import row_memories
from windrow_hdl.window.programmed.geometry import geometry_layout


def oldest_shape(design: Design) -> Shape:
    """Of a window's first beat within a row: as far in front of the image as padding goes; -1 always fits."""
    padding = (design.window.kernel_size[1] - 1) * design.slices
    return shape_of([-max(1, padding), design.schedule.row_beats])


class ProgrammedLineBuffer(wiring.Component):
    """Ring of `design.ring_rows` rows, `design` being the hardware at its largest setting.

    i, address, data: as in `LineBuffer`
    geometry, restart: the setting, begin anew with it (nothing is in the buffer then)
    hold: accept no first beat of a frame;  idle: between two frames, all rows freed
    arrived: a row was completed, one cycle ago;  filled: beats of the row at hand that were stored up to one
    cycle ago, less the slices of a pixel but one: pixels up to `filled - 1` are complete
    freed: rows given back, negative;  oldest: first beat still wanted in the oldest row, or negative
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
                "arrived": Out(1),
                "filled": Out(shape_of([1 - design.slices, self.depth - 1])),
                "freed": In(shape_of([-freed_most, 0])),
                "oldest": In(oldest_shape(design)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        geometry = self.geometry
        address, next_address = Signal(range(self.depth)), Signal(range(self.depth + 1))
        row = Signal.like(geometry.rows, name="row", init=1)  # counted from 1
        bank = Signal(range(self.banks))
        at_start = Signal(init=1)
        over = Signal(shape_of([-self.banks - self.freed_most, 0]), init=-self.banks)
        accept, row_ends, frame_ends = Signal(), Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq((over[-1] | (address < self.oldest)) & ~(self.hold & at_start)),
            accept.eq(self.i.valid & self.i.ready),
            next_address.eq(address + 1),
            row_ends.eq(next_address == geometry.row_beats),
            frame_ends.eq(row_ends & (row == geometry.rows)),
            self.idle.eq(at_start & (over == -self.banks)),
        ]
        with m.If(accept):
            m.d.sync += [address.eq(next_address), at_start.eq(frame_ends)]
        with m.If(accept & row_ends):
            m.d.sync += [address.eq(0), row.eq(row + 1), wrapping(bank, self.banks)]
        with m.If(accept & frame_ends):
            m.d.sync += row.eq(1)
        with m.If(self.restart):
            m.d.sync += bank.eq(0)
        m.d.sync += [
            over.eq(add(over, self.freed, accept & row_ends)),
            self.arrived.eq(accept & row_ends),
            self.filled.eq(address - (self.design.slices - 1)),
        ]
        row_memories(m, self, accept, bank, address)
        return m
