"""ChannelFold in hardware: minimum, maximum or sum of each lane, accumulated over the steps of a window.

    operands ─▶ register ─▶ GraphPipeline ─▶ with what is there ─▶ payload     lanes times side by side
                clear: border                 ▲              └─▶ accumulator
                spare taps: identity          └── what a window begins with, after the last step
"""

from __future__ import annotations

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring

from windrow.reductions.channel_fold import ChannelFold
from windrow.values.numerics import IntType
from windrow_hdl.parts.counters import count, select
from windrow_hdl.parts.graph_pipeline import GraphPipeline
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.reductions.window_ports import chain, check_border, operand_register, pack, window_ports

__all__ = ["FoldedChannels"]


class FoldedChannels(wiring.Component):
    """`fold` of every lane; ports: `window_ports`, a put with the last of `fold.steps` steps.

    result: type of the results;  border: what a cleared tap counts as, the identity by default
    """

    def __init__(
        self, fold: ChannelFold, pixel: IntType, result: IntType, *, lanes: int = 1, border: int | None = None
    ) -> None:
        self.fold, self.pixel, self.result, self.lanes = fold, pixel, result, lanes
        self.identity = fold.identity(pixel)
        self.border = self.identity if border is None else check_border(border, pixel)
        low, high = fold.range(pixel)
        if low < result.min or high > result.max:
            raise ValueError(f"result must hold {low} to {high}, which {result} does not")
        self.depth = fold.depth
        super().__init__(window_ports(pixel, fold.taps, lanes, lanes * result.bits))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fold = self.fold
        there = chain(m, self.step, 1, "operands_there")
        number = Signal(range(fold.steps), name="number")
        ends = count(m, number, fold.steps, there)
        masks = fold.masks
        counts = [Signal(name=f"counts_{tap}") for tap in range(fold.taps)]
        for tap, signal in enumerate(counts):
            select(m, signal, number, [int(mask) for mask in masks[:, tap]])
        until = 1 + fold.graph.depth
        totals_there, totals_end = chain(m, there, until, "there"), chain(m, there & ends, until, "end")
        results: list[Value] = []
        for lane in range(self.lanes):
            m.submodules[f"lane_{lane}"] = tree = GraphPipeline(
                fold.graph, [(self.pixel.min, self.pixel.max)] * fold.taps)
            for tap, term in enumerate(tree.inputs):
                operand = self.operands[tap * self.lanes + lane]
                register = operand_register(m, operand, self.clear[tap], self.border, f"operand_{lane}_{tap}")
                if not masks[:, tap].all():
                    with m.If(~counts[tap]):
                        m.d.sync += register.eq(self.identity)
                m.d.comb += term.eq(register)
            results.append(self._accumulated(m, tree.outputs[0], totals_there, totals_end, lane))
        m.d.comb += [
            self.payload.eq(pack(results, self.result.bits)),
            self.put.eq(chain(m, totals_end, 1, "put")),
        ]
        return m

    def _accumulated(self, m: Module, total: Signal, there: Value, ends: Value, lane: int) -> Signal:
        """The total of a window, a cycle after that of its last step."""
        begin, ends_of_range = self.fold.begin(self.pixel), self.fold.range(self.pixel)
        result = Signal(shape_of([begin, *ends_of_range]), name=f"result_{lane}", reset_less=True)
        if self.fold.steps == 1:
            m.d.sync += result.eq(self._joined(total, Const(begin)) if self.fold.offset else total)
            return result
        so_far = Signal(result.shape(), name=f"so_far_{lane}", init=begin)
        beat = Signal(result.shape(), name=f"beat_{lane}")
        m.d.comb += beat.eq(self._joined(total, so_far))
        m.d.sync += result.eq(beat)
        with m.If(there):
            m.d.sync += so_far.eq(beat)
        with m.If(ends):
            m.d.sync += so_far.eq(begin)
        return result

    def _joined(self, a: Value, b: Value) -> Value:
        if self.fold.kind == "sum":
            return a + b
        return Mux(a < b, a, b) if self.fold.kind == "minimum" else Mux(a < b, b, a)
