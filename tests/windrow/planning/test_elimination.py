"""The least sum of tables, against trying every value of every variable."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from windrow.planning.elimination import Factor, least


@st.composite
def sums(draw: st.DrawFn) -> tuple[list[Factor], list[int]]:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    scopes = draw(st.lists(st.sets(st.sampled_from(range(len(sizes))), max_size=3), max_size=6))
    random = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    return [(tuple(sorted(scope)), random.integers(0, 50, [sizes[at] for at in sorted(scope)]))
            for scope in scopes], sizes


@settings(max_examples=100)
@given(sums())
def test_nothing_is_less(problem: tuple[list[Factor], list[int]]) -> None:
    factors, sizes = problem

    def value(chosen: tuple[int, ...]) -> int:
        return sum(int(table[tuple(chosen[at] for at in names)]) for names, table in factors)

    total, chosen = least(factors, sizes)
    assert total == value(tuple(chosen)) == min(map(value, itertools.product(*map(range, sizes))))
