"""Any graph in hardware: outputs are those of the graph, all of one set of inputs in the same cycle."""

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from windrow.reductions.graph import Graph, GraphBuilder, Node, Range
from windrow_hdl.parts.graph_pipeline import GraphPipeline


def random_graph(rng: np.random.Generator, inputs: int, kinds: list[str]) -> Graph:
    """Nodes of these kinds on any earlier values; outputs of any age, shifted."""
    builder = GraphBuilder(inputs)
    for _ in range(rng.integers(1, 9)):
        there = inputs + len(builder.nodes)
        a, b = (int(each) for each in rng.integers(there, size=2))
        kind = str(rng.choice(kinds))
        if kind in ("offset", "minus"):
            builder.put(Node(kind, a, int(rng.integers(-20, 20))))
        elif kind in ("add", "sub"):
            builder.put(Node(kind, a, b, *(int(each) for each in rng.permutation([0, rng.integers(5)]))))
        else:
            builder.put(Node(kind, a, b, c=int(rng.integers(there)) if kind == "median" else 0))
    there = inputs + len(builder.nodes)
    outputs = [(int(rng.integers(there)), int(rng.integers(3))) for _ in range(3)]
    return builder.graph([*outputs, (None, 0)])


@pytest.mark.parametrize("seed", range(25))
def test_random_graphs(seed: int) -> None:
    check(seed, 0)


@pytest.mark.parametrize("later", [-100, -2, -1, 1, 3])
@pytest.mark.parametrize("seed", range(8))
def test_fewer_cycles_or_more(seed: int, later: int) -> None:
    check(seed, later)


def test_medians_take_their_time() -> None:
    graph = Graph(3, (Node("median", 0, 1, c=2),), ((3, 0),))
    with pytest.raises(ValueError, match="^depth must be at least 2 for a graph with medians, not 1$"):
        GraphPipeline(graph, [(0, 1)] * 3, 1)
    assert GraphPipeline(graph, [(0, 1)] * 3, 3).depth == 3


def check(seed: int, later: int) -> None:
    """A random graph, `later` cycles later than its operations take."""
    rng = np.random.default_rng(seed)
    inputs = int(rng.integers(1, 5))
    kinds: list[Range] = [(0, 255), (-8, 7), (0, 1), (-5, -2), (3, 12)]
    ranges = [kinds[rng.integers(5)] for _ in range(inputs)]
    sums = ["min", "max", "add", "sub", "offset", "minus"]
    graph = random_graph(rng, inputs, sums if later < 0 else [*sums, "median"])
    depth = max(0, graph.depth + later)
    component = GraphPipeline(graph, ranges, depth)
    count = 40
    values = np.stack([rng.integers(low, high + 1, count) for low, high in ranges])
    values[:, :2] = np.array(ranges)  # the ends, all low and all high
    found: list[list[int]] = []

    async def bench(ctx) -> None:
        for cycle in range(count + depth):
            if cycle < count:
                for port, value in zip(component.inputs, values[:, cycle], strict=True):
                    ctx.set(port, int(value))
            await ctx.delay(4e-7)
            found.append([ctx.get(port) for port in component.outputs])
            await ctx.tick()

    m = Module()
    m.submodules.dut = component
    m.d.sync += Signal(name="always_clocked").eq(1)  # a graph may be nothing but wires
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run_until((count + depth + 2) * 1e-6)
    expected = np.stack(graph.evaluate(list(values)), axis=-1)
    assert found[depth:] == expected.tolist()
    for number, (low, high) in enumerate(graph.output_ranges(ranges)):
        assert low <= expected[:, number].min()
        assert expected[:, number].max() <= high
