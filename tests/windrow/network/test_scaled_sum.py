"""Sums of scaled numbers as tables: every pair of numbers, by equality with fractions."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from windrow.network.exact import Sum
from windrow.network.scaled_sum import rounded

INT6 = wr.Int(6)
scales = st.floats(2**-8, 8, width=32).map(Fraction) | st.integers(-6, 3).map(lambda at: Fraction(2) ** at)


@given(st.lists(st.integers(-10**12, 10**12), min_size=1, max_size=9), st.integers(1, 10**6))
def test_halves_go_to_the_even_number(values: list[int], divisor: int) -> None:
    found = rounded(np.array(values, np.object_), divisor)
    assert found.tolist() == [round(Fraction(value, divisor)) for value in values]


@settings(max_examples=40, deadline=None)
@given(scales, scales, scales, st.integers(-32, 31), st.integers(-32, 31), st.integers(-32, 31))
def test_every_pair(first: Fraction, second: Fraction, after: Fraction, a: int, b: int, zero: int) -> None:
    add = Sum((a, b), (first / after, second / after), zero, -30, 31)
    (one, two), output = add.tables((INT6, INT6))
    for at, x in enumerate(range(-32, 32)):
        want = [max(-30, min(31, round((x - a) * first / after + (y - b) * second / after) + zero))
                for y in range(-32, 32)]
        assert output.golden(one[at] + two).tolist() == want


def test_as_few_bits_as_will_do() -> None:
    halves = Sum((0, 0), (Fraction(1, 2), Fraction(1, 4)), 0, -32, 31)
    (one, two), output = halves.tables((INT6, INT6))
    assert (one.tolist(), two.tolist()) == ([2 * x for x in range(-32, 32)], list(range(-32, 32)))
    assert output == wr.Requantize(0.25, type=INT6, rounding="half_even")


@pytest.mark.parametrize("scales", [(Fraction(1, 6), Fraction(1, 6)), (Fraction(1, 6), Fraction(1, 10))])
def test_halves_are_exact_where_no_table_is(scales: Any) -> None:
    """What one number lacks of a half, the other has too much."""
    (one, two), output = Sum((0, 0), scales, 0, -32, 31).tables((INT6, INT6))
    ties = [(x, y) for x in range(-32, 32) for y in range(-32, 32)
            if (x * scales[0] + y * scales[1]).denominator == 2]
    assert ties
    for x, y in ties:
        assert output.golden([one[x + 32] + two[y + 32]])[0] == round(x * scales[0] + y * scales[1])


def test_a_part_of_a_half_that_is_too_small() -> None:
    scales = Fraction(1, 2), Fraction(1, 2**50)
    error = (r"^must have scales whose sums round exactly as those of tables with 40 bits behind the point, "
             r"not 1/2 and 1/1125899906842624 of the output's$")  # fmt: skip
    with pytest.raises(ValueError, match=error):
        Sum((0, 0), scales, 0, -32, 31).tables((INT6, INT6))
