"""The rounded square root of a sum, through tables of 4096 entries.

    n = 32*high + low        sqrt n = (small(n) + step(high) + low) >> 5

Of 32 neighbouring numbers from 256 on, the root steps up at most once.  `step(high)` is 32 times the root of
their first, and as much more as makes `low` reach the next multiple of 32 where the root does.  Below 256
`step` is 0, and `small` is 32 times the root; above, `small` is 0.  All three are ranges of one table.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windrow.filters.picture import BYTE, Picture, Stage
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import UInt

__all__ = ["MOST", "root_of_sums", "rounded_root"]

MOST = 255 * 255
"""Larger sums count as this, whose root is the largest pixel."""

_PART = 32
_SMALL = 256  # numbers below have their root from a part of the table of their own
_LOW = MOST // _PART + 1  # where `low` begins in the table, behind `step`
_ENTRIES = 1 << 12
_SMALL_AT = _ENTRIES - 1 - _SMALL  # so that larger numbers saturate at the last entry


def rounded_root(n: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """The nearest integer to the square root of each n, of at most 2**50."""
    numbers = np.asarray(n, np.int64)
    below = np.floor(np.sqrt(numbers.astype(np.float64))).astype(np.int64)
    return below + (numbers > below * below + below)


def root_of_sums(picture: Picture) -> list[Stage]:
    """Stages that give the rounded root of the sum of each two channels, 0 to 255.

    picture: of non-negative values; it has two channels for each one that comes out
    """
    count = picture.channels // 2
    parts = Requantize([1.0, 1 / _PART] * count, type=UInt(16), rounding="floor")
    sums = picture.pairs((Clamp(0, MOST), parts), filters=2)  # n and high
    entries = picture.after(sums).mix(
        [[1, 0], [0, 1], [1, -_PART]] * count, bias=[_SMALL_AT, 0, _LOW] * count, groups=count,
        output=(Clamp(0, _ENTRIES - 1), Lookup(_table())))
    root = picture.after(entries).mix(
        np.ones((count, 3)), groups=count, output=Requantize(1 / _PART, type=BYTE, rounding="floor"))
    return [sums, entries, root]


def _table() -> npt.NDArray[np.int64]:
    """`step`, `low` and `small`, one behind the other."""
    table = np.zeros(_ENTRIES, np.int64)
    roots = rounded_root(np.arange(_PART * _LOW)).reshape(_LOW, _PART)
    first = _SMALL // _PART
    stays = (roots == roots[:, :1]).sum(axis=1)  # how many have the root of their first
    table[first:_LOW] = (_PART * roots[:, 0] + _PART - stays)[first:]
    table[_LOW : _LOW + _PART] = np.arange(_PART)
    table[_SMALL_AT : _SMALL_AT + _SMALL] = _PART * rounded_root(np.arange(_SMALL))
    return table
