"""Graphs of shifts and additions: exact for any constants, and small."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windrow.reductions.shift_add import constant_sums, least_depth, price

PIXEL = (0, 255)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[int]], list[tuple[int, int]], list[int] | None]:
    inputs, rows = draw(st.integers(1, 7)), draw(st.integers(1, 2))
    numbers = draw(st.sampled_from([st.integers(-3, 3), st.integers(-128, 127), st.integers(-5000, 5000)]))
    row = st.lists(numbers, min_size=inputs, max_size=inputs)
    weights = draw(st.lists(row, min_size=rows, max_size=rows))
    range_ = draw(st.sampled_from([(0, 255), (-128, 127), (0, 1), (-1, 0), (3, 5)]))
    bias = draw(st.none() | st.lists(st.integers(-99999, 99999), min_size=rows, max_size=rows))
    return weights, [range_] * inputs, bias


@settings(deadline=None, max_examples=25)
@given(problems(), st.integers(0, 99), st.none() | st.integers(0, 7))
def test_sums_and_ranges(problem: tuple, seed: int, depth: int | None) -> None:
    """Values are those of a product of matrices; ranges are those of the sums, exactly."""
    weights, ranges, bias = problem
    graph = constant_sums(weights, ranges, bias, depth)
    low, high = np.array(ranges).T
    x = np.random.default_rng(seed).integers(low, high + 1, (30, len(low)))
    w, b = np.array(weights), np.array([0] * len(weights) if bias is None else bias)
    found = np.stack(graph.evaluate(list(x.T)), axis=-1)
    assert (found == x @ w.T + b).all()
    least = np.where(w > 0, low, high) * w
    most = np.where(w > 0, high, low) * w
    assert graph.output_ranges(ranges) == [*zip((least.sum(1) + b).tolist(), (most.sum(1) + b).tolist(),
                                                strict=True)]  # fmt: skip


def test_kernels_of_eight_bits() -> None:
    """The dearest of twenty random 3x3 kernels: the goal is at most 210 look-up tables."""
    tables = []
    for seed in (3, 10, 13, 18, 19):
        weights = np.random.default_rng(seed).integers(-128, 128, 9)
        tables.append(constant_sums([weights.tolist()], [PIXEL] * 9).tables([PIXEL] * 9))
    assert max(tables) <= 210
    assert np.mean(tables) <= 202


@pytest.mark.parametrize(
    ("weights", "additions"),
    [([1], 0), ([8], 0), ([3], 1), ([-1], 1), ([1, 2, 1], 2), ([7, 7, 7], 3), ([-1, 0, 1], 1), ([45], 2),
     ([0], 0)],
)
def test_additions(weights: list[int], additions: int) -> None:
    assert len(constant_sums([weights], [PIXEL] * len(weights)).nodes) == additions


def test_filters_share() -> None:
    """Two filters of one window, one of them twice the other and a bit more, cost little more than one."""
    first = [89, 35, 2, -59, -50, -118, -109, -124, -84]
    second = [2 * weight for weight in first[:-1]] + [0]
    alone = constant_sums([first], [PIXEL] * 9).tables([PIXEL] * 9)
    assert constant_sums([first, first], [PIXEL] * 9).tables([PIXEL] * 9) <= alone * 1.1
    both = constant_sums([first, second], [PIXEL] * 9).tables([PIXEL] * 9)
    assert both < alone + constant_sums([second], [PIXEL] * 9).tables([PIXEL] * 9)


@pytest.mark.parametrize("seed", range(6))
def test_few_additions_in_a_row(seed: int) -> None:
    """A 3x3 kernel of eight bits in the levels of four digits and an adder tree, hardly larger."""
    weights = [np.random.default_rng(seed).integers(-128, 128, 9).tolist()]
    free, short = constant_sums(weights, [PIXEL] * 9), constant_sums(weights, [PIXEL] * 9, depth=6)
    assert least_depth(weights) <= 6
    assert short.depth <= 6
    assert short.tables([PIXEL] * 9) <= 1.25 * free.tables([PIXEL] * 9)


def test_more_additions_in_a_row_where_there_are_too_many_digits() -> None:
    """Two additions may share a cycle, but each such cycle has its price."""
    weights = [[-21845, 21845, 27306]]
    short, free = (constant_sums(weights, [PIXEL] * 3, depth=depth) for depth in (3, None))
    assert least_depth(weights) > 3
    assert price(100, 3, 3) == price(100, 9, None) == 400 < price(100, 4, 3) == 500
    prices = [price(graph.tables([PIXEL] * 3), graph.depth, 3) for graph in (short, free)]
    assert prices[0] <= prices[1]


def test_every_constant_of_eight_bits_alone() -> None:
    """Two additions in a row do, nearly: a sign or a fifth digit may take a third. An even constant is an odd
    one, shifted: of these every eighth."""
    for constant in (*range(-127, 256, 2), *range(-128, 256, 16)):
        graph = constant_sums([[constant]], [PIXEL], depth=2)
        assert graph.depth <= 3
        assert graph.evaluate([np.arange(256)])[0].tolist() == [constant * x for x in range(256)]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="^weights must be rows of 2, one for each input, not"):
        constant_sums([[1, 2], [1]], [PIXEL] * 2)
    with pytest.raises(ValueError, match="^weights must be rows of 1, one for each input, not"):
        constant_sums([], [PIXEL])
    with pytest.raises(ValueError, match="^bias must be 1 numbers, not 2$"):
        constant_sums([[1]], [PIXEL], [1, 2])
    with pytest.raises(ValueError, match="^ranges must be pairs of a least and a greatest value, not"):
        constant_sums([[1]], [(1, 0)])


@pytest.mark.parametrize("bits", [10, 12])
def test_kernels_of_wide_weights_are_planned_in_seconds(bits: int) -> None:
    weights = np.random.default_rng(1).integers(-(1 << bits - 1), 1 << bits - 1, (2, 9))
    begun = time.process_time()
    graph = constant_sums(weights.tolist(), [(0, 4095)] * 9, depth=5)
    assert time.process_time() - begun < 20
    assert len(graph.outputs) == 2
