"""Graphs: values, exact ranges, levels, and what they cost."""

import itertools

import numpy as np
import pytest

from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import Graph, GraphBuilder, Node, bits_of, passed_bits


def every_kind() -> Graph:
    builder = GraphBuilder(3)
    low, high = builder.minimum(0, 1), builder.maximum(1, 0)
    total = builder.put(Node("add", low, 2, 1, 0))
    apart = builder.put(Node("sub", high, 2, 0, 2))
    return builder.graph([builder.put(Node("offset", total, -5)), (builder.put(Node("minus", apart, 7)), 1),
                          (None, 0)])  # fmt: skip


def test_values() -> None:
    """min(3, -2) * 2 + 4 - 5, and twice 7 - (max(3, -2) - 4 * 4)."""
    assert every_kind().evaluate([3, -2, 4]) == [-5, 40, 0]
    arrays = every_kind().evaluate([np.array([3, 0]), np.array([-2, 1]), np.array([4, 0])])
    assert [list(each) for each in arrays] == [[-5, -5], [40, 12], [0, 0]]


def test_levels() -> None:
    graph = every_kind()
    assert graph.levels == [0, 0, 0, 1, 1, 2, 2, 3, 3]
    assert graph.depth == 3


def test_ranges_are_exact_for_sums() -> None:
    """8 x - x is never negative, as long as both are the same x."""
    builder = GraphBuilder(2)
    eight = builder.put(Node("add", 0, 1, 3, 0))
    graph = builder.graph([builder.put(Node("sub", eight, 0)), builder.put(Node("sub", eight, 1))])
    assert graph.output_ranges([(0, 3), (-1, 2)]) == [(-1, 23), (0, 24)]


def test_ranges_hold_everything() -> None:
    ranges = [(-2, 1), (0, 3), (-1, 1)]
    outputs = [every_kind().evaluate(list(values))
               for values in itertools.product(*(range(low, high + 1) for low, high in ranges))]  # fmt: skip
    for number, (low, high) in enumerate(every_kind().output_ranges(ranges)):
        assert low <= min(each[number] for each in outputs)
        assert max(each[number] for each in outputs) <= high


@pytest.mark.parametrize(
    ("range_", "bits"),
    [((0, 0), 0), ((0, 255), 8), ((-1, 0), 1), ((-128, 127), 8), ((-129, 0), 9), ((5, 6), 3)],
)
def test_bits(range_: tuple[int, int], bits: int) -> None:
    assert bits_of(range_) == bits


@pytest.mark.parametrize(
    ("node", "bits"),
    [
        (Node("add", 0, 1, 0, 3), 3),
        (Node("add", 0, 1, 3, 0), 3),
        (Node("sub", 0, 1, 0, 3), 3),
        (Node("sub", 0, 1, 3, 0), 0),
        (Node("add", 0, 1, 0, 9), 8),
        (Node("min", 0, 1), 0),
    ],
)
def test_low_bits_without_an_adder(node: Node, bits: int) -> None:
    assert passed_bits(node, (0, 255)) == bits


def test_equal_nodes_are_made_once() -> None:
    builder = GraphBuilder(2)
    assert builder.minimum(0, 1) == builder.minimum(1, 0) == 2
    assert builder.minimum(1, 1) == 1
    assert len(builder.nodes) == 1


def test_tables() -> None:
    """A minimum: eight tables and a comparison of eight bits, which a maximum of the same pair shares."""
    builder = GraphBuilder(2)
    outputs = [builder.minimum(0, 1), builder.maximum(0, 1)]
    assert builder.graph(outputs[:1]).pruned().tables([(0, 255)] * 2) == 16
    assert builder.graph(outputs).tables([(0, 255)] * 2) == 24
    adds = GraphBuilder(2)
    assert adds.graph([adds.put(Node("add", 0, 1))]).tables([(0, 255)] * 2) == 10
    assert adds.graph([adds.put(Node("add", 0, 1, 0, 8))]).pruned().tables([(0, 255)] * 2) == 0


def test_medians() -> None:
    """Three comparisons and a choice, in two cycles; all orders, equal values among them."""
    builder = GraphBuilder(3)
    graph = builder.graph([builder.put(Node("median", 0, 1, c=2))])
    for values in itertools.product(range(3), repeat=3):
        assert graph.evaluate(list(values)) == [sorted(values)[1]]
    assert (graph.depth, graph.tables([(0, 255)] * 3)) == (2, 42)
    assert graph.output_ranges([(0, 5), (-2, 3), (1, 9)]) == [(0, 5)]


def test_what_no_output_reads_is_pruned() -> None:
    builder = GraphBuilder(3)
    used = builder.maximum(0, 2)
    builder.minimum(used, 1)
    pruned = builder.graph([used]).pruned()
    assert pruned == Graph(3, (Node("max", 0, 2),), ((3, 0),))


def test_a_plan_and_its_whole() -> None:
    column = GraphBuilder(2)
    window = GraphBuilder(4)
    plan = ColumnPlan(2, column.graph([column.minimum(0, 1), column.maximum(0, 1)]),
                      window.graph([(window.put(Node("sub", 3, 0)), 1)]))  # fmt: skip
    patches = np.random.default_rng(0).integers(0, 9, (20, 2, 2))
    expected = 2 * (patches[:, :, 1].max(1) - patches[:, :, 0].min(1))
    assert plan.evaluate(patches)[0].tolist() == expected.tolist()
    taps = patches.transpose(2, 1, 0).reshape(4, -1)
    assert plan.whole().evaluate(list(taps))[0].tolist() == expected.tolist()
    assert plan.border_items(7) == [7, 7]


def test_what_is_refused() -> None:
    builder = GraphBuilder(1)
    with pytest.raises(ValueError, match="^values must be 1, not 2$"):
        builder.graph([0]).evaluate([1, 2])
    with pytest.raises(ValueError, match="^kind must be min, max, median, add, sub, offset or minus"):
        Node("mul", 0, 0).apply(1, 1)
    with pytest.raises(ValueError, match="^outputs must be values without a shift, not"):
        builder.include_values(builder.graph([(0, 1)]), [0])
    with pytest.raises(ValueError, match=r"^window must have 3 inputs \(1 items of each of 3 columns\)"):
        ColumnPlan(3, builder.graph([0]), builder.graph([0]))
