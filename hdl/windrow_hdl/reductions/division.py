"""RoundedDivision: sums divided by their number of pixels, for averages; a multiplication and a shift.

    sum ─▶ GraphPipeline of constants, or multiplier by the count's ─▶ + half ─▶ >> shift ─▶ payload
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.outputs.requantise_lane import BLOCKS
from windrow.reductions.average import Division
from windrow.reductions.graph import Graph
from windrow.stage.blocks import Blocks
from windrow_hdl.parts.counters import select
from windrow_hdl.parts.graph_pipeline import GraphPipeline
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.reductions.window_ports import chain, pack
from windrow_hdl.technology import check_technology, multiplier

__all__ = ["RoundedDivision"]


class RoundedDivision(wiring.Component):
    """Quotients of `lanes` sums a cycle, `depth` cycles later, as `Division.golden` has them.

    go: there are sums;  sums: one for each lane;  index: which of `division.counts` pixels they are of
    put, payload: quotients, lane 0 in the low bits, each as wide as a pixel
    technology, dsp: as for `MacArray`; a single count is divided by shifts and additions whatever they are
    products: whether several counts share a multiplier; by default if there are DSP blocks
    """

    def __init__(
        self, division: Division, *, lanes: int = 1, technology: str = "generic",
        dsp: bool | Blocks = True,
        products: bool | None = None,
    ) -> None:
        self.division, self.lanes, self.blocks = division, lanes, Blocks.of(dsp)
        self.technology = check_technology(technology)
        self.sum = shape_of(division.sum_range)
        multiplies = self.blocks.holds(0) if products is None else products
        self.graph, self.depth = division.graph(multiplies), division.depth(multiplies)
        super().__init__(
            {
                "go": In(1),
                "sums": In(self.sum).array(lanes),
                "index": In(range(len(division.counts))),
                "put": Out(1),
                "payload": Out(unsigned(lanes * division.pixel.bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        quotients = [self._product(m, lane) if self.graph is None else self._chosen(m, lane, self.graph)
                     for lane in range(self.lanes)]  # fmt: skip
        m.d.comb += [
            self.payload.eq(pack(quotients, self.division.pixel.bits)),
            self.put.eq(chain(m, self.go, self.depth, "there")),
        ]
        return m

    def _quotient(self, lane: int) -> Signal:
        pixel = self.division.pixel
        return Signal(shape_of([pixel.min, pixel.max]), name=f"quotient_{lane}", reset_less=True)

    def _chosen(self, m: Module, lane: int, graph: Graph) -> Signal:
        """Every count's quotient, and the one of the count at hand."""
        m.submodules[f"graph_{lane}"] = pipeline = GraphPipeline(graph, [self.division.sum_range])
        m.d.comb += pipeline.input_0.eq(self.sums[lane])
        quotient = self._quotient(lane)
        shifted = [output >> self.division.shift for output in pipeline.outputs]
        if len(shifted) == 1:
            m.d.comb += quotient.eq(shifted[0])
            return quotient
        index = Signal.like(self.index, name=f"index_{lane}")
        m.d.comb += index.eq(chain(m, self.index, graph.depth, f"waits_{lane}", reset_less=True))
        choice = Signal.like(quotient, name=f"choice_{lane}")
        select(m, choice, index, shifted)
        m.d.sync += quotient.eq(choice)
        return quotient

    def _product(self, m: Module, lane: int) -> Signal:
        """The product with the multiplier of the count at hand."""
        factors = self.division.multipliers
        factor = Signal(range(max(factors) + 1), name=f"factor_{lane}")
        select(m, factor, self.index, list(factors))
        fits = all(bits <= most for bits, most in
                   zip((self.sum.width, len(factor)), BLOCKS[self.technology], strict=True))  # fmt: skip
        held = self.blocks.holds(lane)
        technology = self.technology if fits or not held else "generic"
        block = multiplier(technology, self.sum, factor.shape(), None, held)
        m.submodules[f"multiplier_{lane}"] = block
        m.d.comb += [block.pixel.eq(self.sums[lane]), block.weight.eq(factor)]
        quotient = self._quotient(lane)
        m.d.sync += quotient.eq((block.product + self.division.offset) >> self.division.shift)
        return quotient
