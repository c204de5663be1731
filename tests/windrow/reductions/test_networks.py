"""Networks: each is right for all zeros and ones, and so for all numbers; a damaged one is found out."""

import dataclasses
import itertools

import numpy as np
import pytest

from windrow.reductions.graph import Graph
from windrow.reductions.networks import column_sorter, rank_of_columns, rank_plan, zero_one_windows

# Fewest compare-exchanges known, proved least: OEIS A003075.
FEWEST = {1: 0, 2: 1, 3: 3, 4: 5, 5: 9, 6: 12, 7: 16}


def zeros_and_ones(count: int) -> list[np.ndarray]:
    """`count` inputs that together take all values of zeros and ones."""
    return [np.arange(1 << count) >> number & 1 for number in range(count)]


@pytest.mark.parametrize("rows", FEWEST)
def test_sorters(rows: int) -> None:
    sorter = column_sorter(rows)
    assert len({node.operands for node in sorter.nodes}) == FEWEST[rows]
    inputs = zeros_and_ones(rows)
    ones = np.sum(inputs, axis=0)
    for rank, output in enumerate(sorter.evaluate(inputs)):
        assert (output == (ones >= rows - rank)).all()


@pytest.mark.parametrize(
    ("rows", "columns"), [*itertools.product((1, 2, 3, 4), repeat=2), (5, 3), (7, 2), (2, 7)]
)
def test_all_ranks_of_small_windows(rows: int, columns: int) -> None:
    """Every window of zeros and ones, unsorted."""
    inputs = zeros_and_ones(rows * columns)
    ones = np.sum(inputs, axis=0)
    for rank in range(rows * columns):
        (found,) = rank_plan(rows, columns, rank).whole().evaluate(inputs)
        assert (found == (ones >= rows * columns - rank)).all(), rank


@pytest.mark.parametrize(("rows", "columns", "rank"), [(5, 5, 12), (5, 7, 17), (7, 5, 3), (7, 7, 24)])
def test_large_windows_behind_sorted_columns(rows: int, columns: int, rank: int) -> None:
    """Every number of ones in every column; that columns are sorted is proved above."""
    counts = np.stack(np.unravel_index(np.arange((rows + 1) ** columns), (rows + 1,) * columns))
    inputs = [counts[x] >= rows - y for x in range(columns) for y in range(rows)]
    (found,) = rank_of_columns(rows, columns, rank).evaluate(inputs)
    assert (found == (counts.sum(0) >= rows * columns - rank)).all()


def test_numbers() -> None:
    windows = np.random.default_rng(0).integers(-99, 99, (300, 7, 7))
    (found,) = rank_plan(7, 7, 24).evaluate(windows)
    assert (found == np.median(windows, axis=(1, 2))).all()


def test_windows_of_bits() -> None:
    """Two columns of two: digit 0 of the number is the ones of the left column."""
    inputs = zero_one_windows(2, 2)
    for number in range(9):
        ones = number % 3, number // 3
        for x in range(2):
            assert [inputs[2 * x + y] >> number & 1 for y in range(2)] == [ones[x] > 1, ones[x] > 0]


def test_no_operation_is_needless() -> None:
    """The median of 3x3 fails whatever operation is replaced by one of its operands."""
    graph = rank_of_columns(3, 3, 4)
    counts = np.stack(np.unravel_index(np.arange(64), (4, 4, 4)))
    inputs = [counts[x] >= 3 - y for x in range(3) for y in range(3)]
    right = counts.sum(0) >= 5
    assert (graph.evaluate(inputs)[0] == right).all()
    for at, node in enumerate(graph.nodes):
        for operand in node.operands:
            nodes = list(graph.nodes)
            nodes[at] = dataclasses.replace(node, a=operand, b=operand)
            (found,) = Graph(graph.inputs, tuple(nodes), graph.outputs).evaluate(inputs)
            assert (found != right).any()


def test_sizes() -> None:
    """Operations for a column and for a window, and look-up tables."""
    plan = rank_plan(3, 3, 4)
    assert (len(plan.column.nodes), len(rank_of_columns(3, 3, 4).nodes)) == (6, 12)
    # Twice four of the window's twelve are a median of three.
    assert sorted(node.kind for node in plan.window.nodes) == ["max"] * 2 + ["median"] * 2 + ["min"] * 2
    assert plan.tables((0, 255)) == 220
    assert rank_plan(3, 3, 0).tables((0, 255)) == rank_plan(3, 3, 8).tables((0, 255)) == 64


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="^rows must be 1 to 7, not 8$"):
        column_sorter(8)
    with pytest.raises(ValueError, match="^rank must be 0 to 8, not 9$"):
        rank_plan(3, 3, 9)
