"""Roundings against definitions of their own: rationals, and the two steps of the kernels."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windrow.outputs.roundings import EXACT, rule

SCALES = st.floats(2.0**-30, 100.0)
VALUES = st.integers(-(1 << 31), (1 << 31) - 1)


def ref_exact(scale: float, rounding: str, value: int) -> int:
    product = Fraction(scale) * value
    if rounding == "half_even":
        return round(product)  # Python's own is half to even
    return math.floor(product + Fraction(1, 2) if rounding == "half_up" else product)


def ref_multiplier(scale: float) -> tuple[int, int]:
    """The 31-bit multiplier and the exponent above it, by rationals."""
    exponent = math.floor(math.log2(scale)) + 1
    while Fraction(scale) >= Fraction(2) ** exponent:
        exponent += 1
    while Fraction(scale) < Fraction(2) ** (exponent - 1):
        exponent -= 1
    multiplier = math.floor(Fraction(scale) / Fraction(2) ** exponent * 2**31 + Fraction(1, 2))
    return (multiplier // 2, exponent + 1) if multiplier == 2**31 else (multiplier, exponent)


def ref_kernel(scale: float, rounding: str, value: int) -> int:
    """Rounding as the kernels do it: once, or first at 2**31 and then at what is left of the shift."""
    multiplier, exponent = ref_multiplier(scale)
    if exponent < -31:
        return 0
    if rounding == "single":
        return math.floor(Fraction(value * multiplier, 2 ** (31 - exponent)) + Fraction(1, 2))
    high = math.floor(Fraction(value * 2 ** max(exponent, 0) * multiplier, 2**31) + Fraction(1, 2))
    rest = Fraction(high, 2 ** max(-exponent, 0))
    if rounding == "double_up":
        return math.floor(rest + Fraction(1, 2))
    return int(abs(rest) + Fraction(1, 2)) * (1 if rest > 0 else -1)  # half away from zero


@given(SCALES, VALUES, st.sampled_from(EXACT))
def test_exact_roundings(scale: float, value: int, rounding: str) -> None:
    assert rule(scale, rounding).value(value) == ref_exact(scale, rounding, value)


@given(st.integers(1, 255), st.integers(0, 9), st.integers(-3000, 3000), st.sampled_from(EXACT))
def test_exact_roundings_where_ties_are(numerator: int, bits: int, value: int, rounding: str) -> None:
    scale = numerator / 2**bits
    assert rule(scale, rounding).value(value) == ref_exact(scale, rounding, value)


@given(SCALES | st.floats(2.0**-40, 2.0**-28), VALUES, st.sampled_from(["single", "double", "double_up"]))
def test_roundings_of_kernels(scale: float, value: int, rounding: str) -> None:
    assert rule(scale, rounding).value(value) == ref_kernel(scale, rounding, value)


@pytest.mark.parametrize(("scale", "rounding", "value", "result"), [
    (0.5, "half_even", 1, 0), (0.5, "half_even", 3, 2), (0.5, "half_even", -1, 0), (0.5, "half_even", -3, -2),
    (0.5, "half_up", 1, 1), (0.5, "half_up", -1, 0), (0.5, "half_up", -3, -1),
    (0.5, "floor", 1, 0), (0.5, "floor", -1, -1), (1.0, "half_even", 7, 7), (3.0, "half_up", -2, -6),
    (0.25, "double", -2, -1), (0.25, "double_up", -2, 0), (0.25, "single", -2, 0), (0.25, "double", 2, 1),
    (1e-12, "double", 1 << 31, 0),
])
def test_by_hand(scale: float, rounding: str, value: int, result: int) -> None:
    assert rule(scale, rounding).value(value) == result


@given(SCALES, st.sampled_from(["single", "double", "double_up", *EXACT]), st.integers(-300, 300))
def test_first_is_where_a_result_begins(scale: float, rounding: str, value: int) -> None:
    chosen = rule(scale, rounding)
    first = chosen.first(value)
    assert chosen.value(first - 1) < value <= chosen.value(first)


@given(st.integers(1, 40), st.integers(0, 6), st.integers(-80, 80), st.integers(0, 80))
def test_ties_are_found(numerator: int, bits: int, low: int, more: int) -> None:
    scale = Fraction(numerator, 2**bits)
    there = any((scale * value * 2).denominator == 1 and (scale * value).denominator == 2
                for value in range(low, low + more + 1))
    assert rule(float(scale), "half_even").ties(low, low + more) == there
    assert not rule(float(scale), "half_up").ties(low, low + more)
