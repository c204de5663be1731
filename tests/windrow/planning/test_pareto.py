"""Pareto fronts against the definition, one pair at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from windrow.planning.pareto import front

# Few distinct values, so that equal points and ties in single objectives are common.
points = st.integers(1, 5).flatmap(
    lambda k: arrays.arrays(np.int64, st.tuples(st.integers(0, 90), st.just(k)), elements=st.integers(-3, 6))
)


def beats(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one <= other).all() and (one < other).any())


@given(points, st.integers(1, 4))
def test_definition(values: np.ndarray, kinds: int) -> None:
    groups = np.arange(len(values)) * 7 % kinds
    found = front(values, groups)
    for index, point in enumerate(values):
        rivals = values[groups == groups[index]]
        assert found[index] == (not any(beats(rival, point) for rival in rivals))


@given(points)
def test_first_of_equal_points(values: np.ndarray) -> None:
    found, every = front(values, ties=False), front(values)
    assert {tuple(p) for p in values[found]} == {tuple(p) for p in values[every]}
    for index in np.flatnonzero(every):
        twins = np.flatnonzero((values == values[index]).all(axis=1))
        assert found[index] == (index == twins[0])


@given(points)
def test_one_group(values: np.ndarray) -> None:
    assert np.array_equal(front(values), front(values, np.zeros(len(values), int)))


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_more_points_than_a_block(objectives: int) -> None:
    values = np.random.default_rng(0).integers(0, 60, (3000, objectives))
    values = np.concatenate([values, values[:100]])  # twins far apart
    beaten = np.array([((values <= p).all(1) & (values < p).any(1)).any() for p in values])
    assert np.array_equal(front(values), ~beaten)


def test_unknown_values_are_on_no_front() -> None:
    values = np.array([[1.0, np.nan], [2.0, 2.0], [np.nan, 0.0]])
    assert front(values).tolist() == [False, True, False]
    assert front(np.full((2, 1), np.nan)).tolist() == [False, False]


def test_integers_beyond_float() -> None:
    big = 2**60
    assert front(np.array([[big + 1, 0], [big, 0]])).tolist() == [False, True]


def test_shapes() -> None:
    with pytest.raises(ValueError, match=r"^values must have shape \(n, k\) with at least one objective, "):
        front([1, 2, 3])
    with pytest.raises(ValueError, match=r"^groups must have shape \(2,\), one for each point, not \(3,\)$"):
        front([[1, 2], [3, 4]], [0, 0, 0])
