"""WindowFunction: any graph of small operations over the taps of a window, one window a cycle.

    operands ─▶ register ─▶ GraphPipeline ─▶ payload      for each lane, or once for all lanes together
                clear: border
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring

from windrow.reductions.graph import Graph
from windrow.values.numerics import IntType
from windrow_hdl.parts.graph_pipeline import GraphPipeline
from windrow_hdl.reductions.window_ports import chain, check_border, operand_register, pack, window_ports

__all__ = ["WindowFunction", "check_result"]


def check_result(graph: Graph, pixel: IntType, result: IntType) -> None:
    """Raise ValueError unless `result` holds every result of `graph` for pixels of this type."""
    for low, high in graph.output_ranges([(pixel.min, pixel.max)] * graph.inputs):
        if low < result.min or high > result.max:
            raise ValueError(f"result must hold {low} to {high}, which {result} does not")


class WindowFunction(wiring.Component):
    """`graph` of each window of `taps` taps; ports as in `window_ports`.

    channelwise: the graph's inputs are taps, and each lane has its own results, lane 0 in the low bits.
    Otherwise its inputs are all operands, lane fastest.  `border` is what a cleared tap counts as.
    `depth` cycles lie between `step` and `put`, by default as many as the graph's operations in a row take.
    """

    def __init__(
        self,
        graph: Graph,
        pixel: IntType,
        result: IntType,
        *,
        taps: int,
        lanes: int = 1,
        channelwise: bool = True,
        border: int = 0,
        depth: int | None = None,
    ) -> None:
        inputs = taps if channelwise else taps * lanes
        if graph.inputs != inputs:
            raise ValueError(f"graph must have {inputs} inputs, not {graph.inputs}")
        check_result(graph, pixel, result)
        self.graph, self.pixel, self.result = graph, pixel, result
        self.taps, self.lanes, self.channelwise = taps, lanes, channelwise
        self.border = check_border(border, pixel)
        self.depth = 2 + graph.depth if depth is None else depth
        results = len(graph.outputs) * (lanes if channelwise else 1)
        super().__init__(window_ports(pixel, taps, lanes, results * result.bits))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        operands = [
            operand_register(m, operand, self.clear[at // self.lanes], self.border, f"operand_{at}")
            for at, operand in enumerate(self.operands)
        ]
        results: list[Signal] = []
        for lane in range(self.lanes if self.channelwise else 1):
            ranges = [(self.pixel.min, self.pixel.max)] * self.graph.inputs
            pipeline = GraphPipeline(self.graph, ranges, self.depth - 2)
            m.submodules[f"lane_{lane}"] = pipeline
            mine = operands[lane :: self.lanes] if self.channelwise else operands
            m.d.comb += [to.eq(from_) for to, from_ in zip(pipeline.inputs, mine, strict=True)]
            results += pipeline.outputs
        m.d.comb += [
            self.payload.eq(pack(results, self.result.bits)),
            self.put.eq(chain(m, self.step, self.depth, "there")),
        ]
        return m
