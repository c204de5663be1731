"""Averages: sums divided by a number of pixels, rounded half away from zero: a multiplication and a shift.

    q = (s * m + 2 ** (shift - 1)) >> shift

equals the rounded quotient for every sum that so many pixels can have, if `m` lies in an interval that the
ends of the steps of `q` give: a quotient has a first and a last sum, and between them nothing can go wrong.
The shortest shift with a multiplier for every count is taken; at borders windows have fewer pixels, and
few different numbers of them. No sign is looked at: a multiplier a little too large rounds halves of either
sign away from zero. TensorFlow Lite's average pool rounds like this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windrow.reductions.graph import Graph
from windrow.reductions.shift_add import constant_sums
from windrow.values.numerics import IntType, as_int

__all__ = ["Division", "average_golden", "division", "rounded_quotient"]

_MOST_SHIFT = 40
_MOST_GRAPHS = 4  # numbers of pixels up to which, without DSP blocks, each has products of its own
_MULTIPLY = 3  # cycles of a multiplier
_MOST_SHORT = 1 << 12  # multipliers of an interval among which the one of the fewest digits is looked for


def rounded_quotient(sums: np.ndarray, counts: np.ndarray | int) -> np.ndarray:
    """`sums / counts`, halves rounded away from zero, in integers."""
    sums = np.asarray(sums, np.int64)
    return np.sign(sums) * ((2 * np.abs(sums) + counts) // (2 * np.asarray(counts, np.int64)))


def average_golden(patches: np.ndarray, real: np.ndarray | None = None) -> np.ndarray:
    """(...,): averages of windows (..., rows, columns) over the pixels for which `real` is True.

    Raises ValueError for a window without any.
    """
    counted = np.ones(patches.shape, bool) if real is None else np.broadcast_to(real, patches.shape)
    counts = counted.sum(axis=(-2, -1))
    if not counts.all():
        raise ValueError("real must have a True in every window, not only False")
    return rounded_quotient(np.where(counted, patches, 0).sum(axis=(-2, -1)), counts)


@dataclass(frozen=True)
class Division:
    """Divides a sum of `counts[n]` pixels by their number, with `multipliers[n]` and one shift for all."""

    pixel: IntType
    counts: tuple[int, ...]
    multipliers: tuple[int, ...]
    shift: int

    @property
    def offset(self) -> int:
        """A half, as it is added before the shift."""
        return 1 << self.shift >> 1

    @property
    def sum_range(self) -> tuple[int, int]:
        """The range of sums of the most pixels, 0 included."""
        most = max(self.counts)
        return min(0, most * self.pixel.min), most * self.pixel.max

    def graph(self, dsp: bool) -> Graph | None:
        """Products with all multipliers and half added, of additions; None where a multiplier is better.

        One number of pixels needs no multiplier; without DSP blocks, a few do not either.
        """
        if len(self.counts) > (1 if dsp else _MOST_GRAPHS):
            return None
        factors = [[factor] for factor in self.multipliers]
        return constant_sums(factors, [self.sum_range], [self.offset] * len(self.counts))

    def depth(self, dsp: bool) -> int:
        """Cycles from sums to quotients in hardware."""
        graph = self.graph(dsp)
        return _MULTIPLY + 1 if graph is None else graph.depth + (len(self.counts) > 1)

    def golden(self, sums: np.ndarray, index: np.ndarray | int) -> np.ndarray:
        """The quotients of `sums` by `counts[index]`, computed as the hardware does."""
        multipliers = np.asarray(self.multipliers, np.int64)[index]
        return (np.asarray(sums, np.int64) * multipliers + self.offset) >> self.shift


def division(pixel: IntType, counts: Sequence[int]) -> Division:
    """The shortest division of sums of pixels by each of `counts`, proved at the ends of all steps.

    Raises ValueError for counts that are none, not positive or not different, and where no multiplier with a
    shift of up to 40 bits is right for all sums.
    """
    found = tuple(as_int(count, "count", 1) for count in counts)
    if not found or len(set(found)) != len(found):
        raise ValueError(f"counts must be different numbers of pixels, at least one, not {counts!r}")
    steps = [_steps(pixel, count) for count in found]
    for shift in range(_MOST_SHIFT + 1):
        intervals = [_interval(*step, shift) for step in steps]
        if all(low <= high for low, high in intervals):
            return Division(pixel, found, tuple(_simplest(*interval) for interval in intervals), shift)
    raise ValueError(f"counts must allow a multiplier with a shift of at most {_MOST_SHIFT}, not {found}")


def _steps(pixel: IntType, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quotients, and the first and the last sum of `count` pixels that have each."""
    quotients = np.arange(pixel.min, pixel.max + 1, dtype=np.int64)
    # |s| >= (2 |q| - 1) count / 2 is rounded to |q| or more.
    def least(magnitude: np.ndarray) -> np.ndarray:
        return ((2 * magnitude - 1) * count + 1) // 2

    up, zero = np.abs(quotients), quotients == 0
    near, far = np.where(zero, 0, least(up)), least(up + 1) - 1
    first = np.where(zero, -far, np.where(quotients > 0, near, -far))
    last = np.where(zero, far, np.where(quotients > 0, far, -near))
    return quotients, np.maximum(first, count * pixel.min), np.minimum(last, count * pixel.max)


def _interval(quotients: np.ndarray, first: np.ndarray, last: np.ndarray, shift: int) -> tuple[int, int]:
    """The least and the greatest multiplier that is right for every step."""
    half = 1 << shift >> 1
    low, high = 1, 1 << (shift + 1)
    # q * 2 ** shift <= s * m + half <= (q + 1) * 2 ** shift - 1, at both ends of a step.
    floor, ceiling = (quotients << shift) - half, ((quotients + 1) << shift) - 1 - half
    for sums in (first, last):
        plus, minus = sums > 0, sums < 0
        if plus.any():
            low = max(low, int((-(-floor[plus] // sums[plus])).max()))
            high = min(high, int((ceiling[plus] // sums[plus]).min()))
        if minus.any():
            low = max(low, int((-(ceiling[minus] // -sums[minus])).max()))
            high = min(high, int((-floor[minus] // -sums[minus]).min()))
    return low, high


def _simplest(low: int, high: int) -> int:
    """Of the multipliers from `low` to `high` the one with the fewest signed digits, the least of these."""
    return min(range(low, min(high, low + _MOST_SHORT) + 1), key=lambda m: ((m ^ 3 * m).bit_count(), m))
