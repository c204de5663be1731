"""Accumulated: pools that grow as pixels arrive, from these to results.

    i ─▶ PartialResults │ OpenResults ─▶ payload                     extremes, sums
         windows apart    in common   └▶ RoundedDivision ─▶ payload  averages
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.operators.average_pool import AvgPool2d
from windrow.operators.operator import Parameters
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.parts.counters import select
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.division import RoundedDivision
from windrow_hdl.reductions.window_ports import pack
from windrow_hdl.window.open_results import OpenResults
from windrow_hdl.window.partial_results import PartialResults

__all__ = ["NAME", "Accumulated", "make", "turnable"]

NAME = "accumulator"


def turnable(design: Design) -> bool:
    """There are no banks."""
    return False


class Accumulated(wiring.Component):
    """The hardware of a design that accumulates, up to its output maps.

    i: the input stream;  credit: an output beat may be begun;  begin: it is
    put, payload: a finished beat, lane 0 in the low bits
    """

    def __init__(
        self, design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
        dsp: bool | Blocks, *, restarts: bool = False,
    ) -> None:  # fmt: skip
        layer = self.layer = design.layer
        partial = layer.partial
        assert partial is not None
        common = design.open_partials
        self.partials = PartialResults(
            design.memories, partial, lanes=design.lanes, technology=technology
        ) if common is None else OpenResults(
            common, partial, late=partial.begins_late(layer.window), lanes=design.lanes, technology=technology
        )  # fmt: skip
        self.division: RoundedDivision | None = None
        if isinstance(layer, AvgPool2d):
            self.division = RoundedDivision(layer.division, lanes=design.lanes, technology=technology,
                                            dsp=dsp, products=layer.products_of_sums)  # fmt: skip
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(design.beat_bits))),
                "credit": In(1),
                "begin": Out(1),
                "put": Out(1),
                "payload": Out(unsigned(design.pe * layer.result_type.bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.partials = partials = self.partials
        wiring.connect(m, wiring.flipped(self.i), partials.i)
        carry(m, self, partials, "credit")
        carry(m, partials, self, "begin")
        if self.division is None:
            bits = self.layer.result_type.bits  # of sums, fewer than some that are on the way
            totals = [total[:bits] if len(total) > bits else total for total in partials.totals]
            m.d.comb += [self.put.eq(partials.go), self.payload.eq(pack(totals, bits))]
            return m
        m.submodules.division = division = self.division
        m.d.comb += division.go.eq(partials.go)
        m.d.comb += [to.eq(total) for to, total in zip(division.sums, partials.totals, strict=True)]
        counts = division.division.counts
        if len(counts) > 1:
            index = Signal.like(division.index)
            select(m, index, partials.of, [counts.index(number) for number in partials.numbers])
            m.d.comb += division.index.eq(index)
        carry(m, division, self, "put", "payload")
        return m


make = Accumulated
