"""Averages: every sum that pixels can have is divided as exact arithmetic does, halves away from zero."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest

import windrow as wr
from windrow.reductions.average import average_golden, division, rounded_quotient


def exact(value: int, count: int) -> int:
    """Decimal's ROUND_HALF_UP rounds halves away from zero."""
    return int((Decimal(value) / count).to_integral_value(ROUND_HALF_UP))


def test_quotients() -> None:
    sums = np.arange(-60, 61)
    for count in (1, 2, 3, 4, 9):
        assert rounded_quotient(sums, count).tolist() == [exact(int(s), count) for s in sums]


@pytest.mark.parametrize("number", [wr.UInt(8), wr.Int(8), wr.Int(3), wr.UInt(1), wr.Int(1)])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 9, 25, 49, 64, 225])
def test_every_sum(number: wr.UInt | wr.Int, count: int) -> None:
    found = division(number, [count])
    sums = np.arange(count * number.min, count * number.max + 1)
    assert (found.golden(sums, 0) == rounded_quotient(sums, count)).all()
    assert found.sum_range == (count * number.min, count * number.max)


def test_the_shortest() -> None:
    """No multiplier of a shift less serves all sums."""
    found = division(wr.Int(8), [9])
    sums, shift = np.arange(-9 * 128, 9 * 127 + 1), found.shift - 1
    for multiplier in range(1 << shift):
        quotients = (sums * multiplier + (1 << shift >> 1)) >> shift
        assert (quotients != rounded_quotient(sums, 9)).any()


def test_counts_at_borders() -> None:
    """One shift for all counts of a padded 3x3 window."""
    found = division(wr.Int(8), [9, 6, 4])
    for index, count in enumerate(found.counts):
        sums = np.arange(-128 * count, 127 * count + 1)
        assert (found.golden(sums, index) == rounded_quotient(sums, count)).all()
        factor = Fraction(found.multipliers[index], 1 << found.shift)
        assert abs(factor - Fraction(1, count)) < Fraction(1, 512)


def test_wide_pixels() -> None:
    found = division(wr.Int(16), [4096])
    sums = np.random.default_rng(0).integers(-4096 << 15, 4096 * 32767 + 1, 2000)
    sums[::2] = sums[::2] // 4096 * 4096 + 2048
    assert found.golden(sums, 0).tolist() == [exact(int(s), 4096) for s in sums]


def test_golden() -> None:
    patches = np.array([[[1, 2], [3, -9]], [[-1, -2], [-3, -4]]])
    assert average_golden(patches).tolist() == [-1, -3]
    assert average_golden(patches, np.array([[True, True], [True, False]])).tolist() == [2, -2]
    with pytest.raises(ValueError, match="^real must have a True in every window, not only False$"):
        average_golden(patches, np.zeros((2, 2), bool))


@pytest.mark.parametrize("counts", [[], [9, 9]])
def test_what_are_no_counts(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="^counts must be different numbers of pixels, at least one, not"):
        division(wr.UInt(8), counts)


def test_more_than_can_be_divided() -> None:
    with pytest.raises(ValueError, match="^count must be at least 1, not 0$"):
        division(wr.UInt(8), [0])
    with pytest.raises(ValueError, match="^counts must allow a multiplier with a shift of at most 40, not "):
        division(wr.Int(16), [1 << 16])
