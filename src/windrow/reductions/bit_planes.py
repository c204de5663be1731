"""BitPlanes: one rank of a window, found bit by bit from the highest, without comparing pixels.

    count the ones of a plane: enough of them, and the result has a one there, too
    a pixel whose bit is not the result's is decided: from now on it shows that bit in every plane

A plane costs a counter of ones and two look-up tables a tap, whatever the rank; no part of it knows where a
pixel lies in the window.  Known as the bit-serial or radix median: P. E. Danielsson, "Getting the median
faster", Computer Graphics and Image Processing 17 (1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

__all__ = ["BitPlanes", "Counter", "counter"]

_TABLE_INPUTS = 6  # bits of a count whose comparison is left to look-up tables
_LEVELS = 2  # look-up tables in a row between two registers, at most
_MORE_TABLES = 8  # of each plane besides, from above: a network takes far fewer registers for as many tables
_TABLES = {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 4}  # tables of four inputs for one of so many


@dataclass(frozen=True)
class Counter:
    """Counts ones with full and half adders until few bits are left.

    levels: per level, groups of two or three bits that are added: each gives a sum and a carry, which get
    the next two numbers; bits are numbered from 0, those counted first
    weights: per bit, what a one there counts;  left: bits that together are the count
    """

    bits: int
    levels: tuple[tuple[tuple[int, ...], ...], ...]
    weights: tuple[int, ...]
    left: tuple[int, ...]

    @property
    def adders(self) -> int:
        return sum(map(len, self.levels))

    def reaching(self, least: int) -> list[int]:
        """Contents of the bits left, the first in the low bit, that count at least `least`."""
        weights = [self.weights[bit] for bit in self.left]
        return [word for word in range(1 << len(weights))
                if sum(w for at, w in enumerate(weights) if word >> at & 1) >= least]


@lru_cache(maxsize=64)
def counter(bits: int) -> Counter:
    """A counter of `bits` ones whose last bits fit a table of six inputs."""
    weights, left = [1] * bits, list(range(bits))
    levels: list[tuple[tuple[int, ...], ...]] = []
    while len(left) > _TABLE_INPUTS:
        alike = [[bit for bit in left if weights[bit] == weight] for weight in sorted({*weights})]
        groups = [tuple(same[at : at + 3]) for same in alike for at in range(0, len(same) - 2, 3)]
        if not groups:
            groups = [tuple(next(same for same in alike if len(same) == 2))]
        for group in groups:
            weight = weights[group[0]]
            left = [bit for bit in left if bit not in group] + [len(weights), len(weights) + 1]
            weights += [weight, 2 * weight]
        levels.append(tuple(groups))
    return Counter(bits, tuple(levels), tuple(weights), tuple(left))


@dataclass(frozen=True)
class BitPlanes:
    """The number `rank` (0: the least) of `taps` pixels of `bits` bits each."""

    taps: int
    rank: int
    bits: int

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.taps:
            raise ValueError(f"rank must be 0 to {self.taps - 1}, not {self.rank!r}")

    @property
    def need(self) -> int:
        """Ones in a plane that make the result's bit a one."""
        return self.taps - self.rank

    @cached_property
    def counter(self) -> Counter:
        return counter(self.taps)

    @property
    def cycles(self) -> int:
        """Cycles of one plane."""
        return -(-(len(self.counter.levels) + 2) // _LEVELS)

    @property
    def depth(self) -> int:
        """Cycles from the pixels to the result."""
        return self.cycles * self.bits

    def cuts(self) -> list[int]:
        """After how many levels of the counter there is a register, as evenly as they go.

        One level more comes before, for what is decided, and one behind, for the comparison.
        """
        levels = len(self.counter.levels) + 2
        return [min(-(-levels * n // self.cycles) - 1, levels - 2) for n in range(1, self.cycles)]

    def tables(self) -> int:
        """Look-up tables of four inputs: an estimate."""
        count = 2 * self.counter.adders + _TABLES[len(self.counter.left)] + _MORE_TABLES
        return self.bits * count + self.taps * (max(0, self.bits - 1) + max(0, self.bits - 2))

    def evaluate(self, taps: Sequence[Any]) -> Any:
        """The result for unsigned integers or arrays of them, found as the hardware does."""
        decided = [np.zeros_like(tap, bool) for tap in taps]
        shown = [np.zeros_like(tap, bool) for tap in taps]
        result = np.zeros_like(taps[0])
        for plane in reversed(range(self.bits)):
            fresh = [(tap >> plane & 1).astype(bool) for tap in taps]
            shown = [np.where(d, s, x) for d, s, x in zip(decided, shown, fresh, strict=True)]
            ones = self._count(shown) >= self.need
            decided = [d | (s != ones) for d, s in zip(decided, shown, strict=True)]
            result = result << 1 | ones
        return result

    def _count(self, shown: Sequence[np.ndarray]) -> np.ndarray:
        bits = [bit.astype(np.int64) for bit in shown]
        for level in self.counter.levels:
            for group in level:
                total = np.sum([bits[bit] for bit in group], axis=0)
                bits += [total & 1, total >> 1]
        return np.sum([bits[bit] * self.counter.weights[bit] for bit in self.counter.left], axis=0)
