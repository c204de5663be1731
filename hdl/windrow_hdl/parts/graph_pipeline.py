"""GraphPipeline: a graph of small operations as hardware, a register behind each operation.

    input_0 ─▶ min ─▶ add ────▶ output_0        every value is as wide as its range needs;
    input_1 ─▶  │  ─▶ ▯ ─▶ max ─▶ output_1      what is read later waits in registers

A value that several operations read waits in one chain of registers; a minimum and a maximum of the same
values share their comparison.  A median of three takes two cycles: three comparisons, then a choice.
Where a graph has to be ready in fewer cycles than it has operations in a row, some of them follow another
within a cycle, the first ones, which are the narrowest, before others.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.reductions.graph import Graph, Node, Range, passed_bits
from windrow_hdl.parts.sequencer import shape_of


class GraphPipeline(wiring.Component):
    """Outputs of `graph`, `depth` cycles after its inputs, whose ranges are `ranges`; one set a cycle.

    depth: by default a cycle for each operation in a row.  Raises ValueError for fewer with medians.
    input_...: what the graph is applied to;  output_...: what it gives
    """

    def __init__(self, graph: Graph, ranges: Sequence[Range], depth: int | None = None) -> None:
        self.graph, self.ranges = graph, graph.ranges(ranges)
        self.depth = graph.depth if depth is None else depth
        short = self.depth < graph.depth
        if short and any(node.kind == "median" for node in graph.nodes):
            raise ValueError(f"depth must be at least {graph.depth} for a graph with medians, not {depth}")
        self.times = [level * self.depth // graph.depth for level in graph.levels] if short else graph.levels
        results = graph.output_ranges(ranges)
        super().__init__(
            {
                **{f"input_{number}": In(shape_of(range_)) for number, range_ in enumerate(ranges)},
                **{f"output_{number}": Out(shape_of(range_)) for number, range_ in enumerate(results)},
            }
        )

    @property
    def inputs(self) -> list[Signal]:
        return [getattr(self, f"input_{number}") for number in range(self.graph.inputs)]

    @property
    def outputs(self) -> list[Signal]:
        return [getattr(self, f"output_{number}") for number in range(len(self.graph.outputs))]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._less: dict[tuple[int, ...], Signal] = {}
        self._waiting = {number: [signal] for number, signal in enumerate(self.inputs)}
        for number, node in enumerate(self.graph.nodes, self.graph.inputs):
            ready = max(self.times[operand] for operand in node.operands)
            at_once = ready == self.times[number]  # in the cycle of its operands
            level = ready if at_once else self.times[number] - node.cycles
            value = Signal(shape_of(self.ranges[number]), name=f"{node.kind}_{number}", reset_less=True)
            operands = [self._at(m, operand, level) for operand in node.operands]
            if at_once:
                m.d.comb += value.eq(self._result(m, node, operands))
            elif node.kind == "median":
                later = [self._at(m, operand, level + 1) for operand in node.operands]
                m.d.sync += value.eq(self._median(m, operands, later, f"{number}"))
            else:
                m.d.sync += value.eq(self._result(m, node, operands))
            self._waiting[number] = [value]
        for output, (number, shift) in zip(self.outputs, self.graph.outputs, strict=True):
            if number is not None:
                m.d.comb += output.eq(self._at(m, number, self.depth) << shift)
        return m

    def _at(self, m: Module, number: int, level: int) -> Signal:
        """A value as it is in cycle `level` of the pipeline."""
        chain = self._waiting[number]
        for age in range(len(chain), level - self.times[number] + 1):
            later = Signal.like(chain[0], name=f"{chain[0].name}_{age}", reset_less=True)
            m.d.sync += later.eq(chain[-1])
            chain.append(later)
        return chain[level - self.times[number]]

    def _result(self, m: Module, node: Node, operands: Sequence[Signal]) -> Value:
        a, b = operands[0], operands[-1]
        if node.kind in ("min", "max"):
            less = self._less.get(node.operands)
            if less is None:
                less = Signal(name=f"less_{node.a}_{node.b}")
                m.d.comb += less.eq(a < b)
                self._less[node.operands] = less
            return Mux(less, a, b) if node.kind == "min" else Mux(less, b, a)
        if node.kind == "offset":
            return a + node.b
        if node.kind == "minus":
            return node.b - a
        return self._sum(node, a, b)

    def _median(self, m: Module, now: Sequence[Signal], later: Sequence[Signal], name: str) -> Value:
        """The median of three values, compared now and chosen a cycle later."""
        a, b, c = now
        less = [Signal(name=f"less_{name}_{pair}") for pair in ("ab", "bc", "ac")]
        m.d.comb += [bit.eq(x < y) for bit, (x, y) in zip(less, ((a, b), (b, c), (a, c)), strict=True)]
        # a lies between the others if it is less than one of them, b if its comparisons agree.
        is_a, is_b = (Signal(name=f"is_{each}_{name}", reset_less=True) for each in "ab")
        m.d.sync += [is_a.eq(less[0] ^ less[2]), is_b.eq(~(less[0] ^ less[1]))]
        return Mux(is_a, later[0], Mux(is_b, later[1], later[2]))

    def _sum(self, node: Node, a: Signal, b: Signal) -> Value:
        """An addition without the low bits that only one of the operands has."""
        passed = passed_bits(node, self.ranges[node.a])
        if not passed or (node.shift_a and node.shift_b):
            left, right = a << node.shift_a, b << node.shift_b
            return left + right if node.kind == "add" else left - right
        first, second = (a, b) if node.shift_a == 0 else (b, a)
        passed = min(passed, len(first))
        rest, other = first.shift_right(passed), second << (max(node.shift_a, node.shift_b) - passed)
        return Cat(first[:passed], rest + other if node.kind == "add" else rest - other)
