"""OpenResults: windows that grow as their pixels arrive, where a pixel belongs to several.

    i ─▶ OpenMarker x 2
      └▶ pixel ─▶ OpenPlaces along the row ─▶ what a window has of the row that ends there
                       3 cycles                        │
                                   OpenPlaces down the column ─▶ (padding) ─▶ go, totals
                                       1 more                       1

No pixel is stored, and none waits but one that finishes a window, for a credit of the output.  What lies
where is said in `windrow.timing.open_partials`.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring

from windrow.reductions.partial import Partial
from windrow.timing.open_partials import OpenPartials
from windrow.values.numerics import IntType
from windrow_hdl.parts.counters import chosen_by, count
from windrow_hdl.reductions.window_ports import chain
from windrow_hdl.window.growing import as_number, joined, number_at, pixel_numbers, result_ports
from windrow_hdl.window.open_marker import OpenMarker
from windrow_hdl.window.open_places import READ, OpenPlaces

__all__ = ["OpenResults"]


class OpenResults(wiring.Component):
    """`partial` of every window of `partials`, `lanes` of them side by side.

    i: the input stream;  credit: an output beat may be begun;  begin: it is
    go, totals: a window is whole, four cycles after its last pixel was accepted, five if `late`
    of: with them, which of `numbers` of pixels the window has, along rows and along columns
    late: padding counts, and comes in at the end
    """

    def __init__(
        self, partials: OpenPartials, partial: Partial, *, late: bool, lanes: int, technology: str
    ) -> None:
        self.partial, self.lanes, self.late = partial, lanes, late
        self.slices = partials.schedule.slices
        self.row, self.column = OpenMarker(partials.rows), OpenMarker(partials.columns)
        self.total: IntType = partial.type_of(partial.most)
        of_row = partial.type_of(max(partials.columns.reals))
        self.along = OpenPlaces(partials.along, partial, partial.pixel, of_row, lanes=lanes,
                                technology=technology)  # fmt: skip
        self.down = OpenPlaces(partials.down, partial, of_row, self.total, lanes=lanes, technology=technology)
        self.numbers = pixel_numbers(self.row, self.column)
        super().__init__(result_ports(partial, lanes, self.numbers))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.row, m.submodules.column = row, column = self.row, self.column
        m.submodules.along, m.submodules.down = along, down = self.along, self.down
        accept, finishes = Signal(), Signal()
        slice_ = Signal(range(self.slices))
        last_slice = count(m, slice_, self.slices, accept)
        m.d.comb += [
            finishes.eq(row.ends & column.ends),
            self.i.ready.eq(self.credit | ~finishes),
            accept.eq(self.i.valid & self.i.ready),
            self.begin.eq(accept & finishes),
            column.advance.eq(accept & last_slice),
            row.advance.eq(accept & last_slice & column.last),
            along.step.eq(accept),
            along.before.eq(chain(m, column.before, READ, "open_along", reset_less=True)),
            along.ends.eq(chain(m, column.ends, READ, "end_along", reset_less=True)),
            down.step.eq(chain(m, accept & column.ends, 1, "along")),
            down.before.eq(chain(m, row.before, READ + 1, "open_down", reset_less=True)),
            down.ends.eq(chain(m, row.ends, READ + 1, "end_down", reset_less=True)),
        ]
        pixels = chain(m, self.i.payload, READ, "pixels", reset_less=True)
        bits = self.partial.pixel.bits
        for lane, (value, of_row) in enumerate(zip(along.values, down.values, strict=True)):
            m.d.comb += [
                value.eq(as_number(pixels.word_select(lane, bits), self.partial.pixel)),
                of_row.eq(along.totals[lane]),
            ]
        self._finish(m, chain(m, number_at(m, row, column), READ + 2, "number", reset_less=True))
        return m

    def _finish(self, m: Module, number: Value) -> None:
        """What comes from the columns; with what padding gives."""
        m.d.comb += self.go.eq(chain(m, self.begin, READ + 2 + self.late, "whole"))
        if not self.late:
            m.d.comb += [to.eq(total) for to, total in zip(self.totals, self.down.totals, strict=True)]
            m.d.comb += self.of.eq(number)
            return
        index = Signal.like(self.of, name="index")
        m.d.comb += [index.eq(number), self.of.eq(chain(m, index, 1, "of", reset_less=True))]
        start = chosen_by(m, "start", index, [self.partial.start(pixels) for pixels in self.numbers])
        for lane, (to, total) in enumerate(zip(self.totals, self.down.totals, strict=True)):
            register = Signal(to.shape(), name=f"whole_{lane}", reset_less=True)
            m.d.sync += register.eq(joined(self.partial.kind, total, Value.cast(start)))
            m.d.comb += to.eq(register)
