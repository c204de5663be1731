"""Sums of real numbers that quantised ones stand for, as tables of integers and a shift.

    round(scale0*(a - zero0) + scale1*(b - zero1))  =  round((first[a] + second[b]) / 2**shift)

Halves go to the even number, and the left side is exact: scales are fractions.  Tables of numbers that are
themselves rounded give the same for every pair, if they are fine enough; how fine that is, is tried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.values.numerics import IntType

__all__ = ["rounded", "scaled_tables"]

Array = npt.NDArray[np.int64]

_MOST_SHIFT = 40


def rounded(values: npt.NDArray[Any], divisor: int) -> npt.NDArray[Any]:
    """Integers, of any size, by a positive one, halves to the even number."""
    below = values // divisor
    twice = 2 * (values - below * divisor)
    return below + ((twice > divisor) | ((twice == divisor) & (below % 2 == 1)))


def scaled_tables(
    exact: npt.NDArray[Any], scales: Sequence[Fraction], zeros: Sequence[int],
    kinds: Sequence[IntType], ends: tuple[int, int],
) -> tuple[int, Array, Array]:  # fmt: skip
    """The least shift, and what it makes of every number of the two types.

    exact: (a, b) the rounded sum of every pair;  ends: between which results are clamped

    Raises ValueError where no shift of up to 40 bits gives `exact`.
    """
    wanted = np.clip(exact, *ends)
    numbers = [np.arange(kind.min, kind.max + 1).tolist() for kind in kinds]
    for shift in range(_MOST_SHIFT + 1):
        first, second = (
            np.array([round((x - zero) * scale * (1 << shift)) for x in values], np.int64)
            for values, scale, zero in zip(numbers, scales, zeros, strict=True)
        )
        found = rounded(first[:, None] + second, 1 << shift)
        if np.array_equal(np.clip(found, *ends), wanted):
            return shift, first, second
    raise ValueError("must have scales whose sums round exactly as those of tables with "
                     f"{_MOST_SHIFT} bits behind the point, not {scales[0]} and {scales[1]} of the output's")
