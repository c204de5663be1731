"""OpenWindows: along one axis whose windows end one after another, which of them have a position in common.

    window 0    . x x x . . . .
    window 1    . . . x x x . .
    window 2    . . . . . x x x
    before      0 0 1 1 1 1 1 1      open already, and this is one of their positions
    ends        0 0 0 1 0 1 0 1      the oldest has no position after this

What an open window has had so far is held at a place: the oldest is at place 0, and all move up when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windrow.window.axis import Axis

__all__ = ["OpenWindows", "end_apart"]


def end_apart(axis: Axis) -> bool:
    """Has every window a position, none a hole, and no two the same last one?"""
    if not axis.real.all() or (axis.dilation > 1 and axis.kernel > 1):
        return False
    return bool((np.diff(_lasts(axis)) > 0).all())


def _lasts(axis: Axis) -> np.ndarray:
    return np.arange(axis.outputs) * axis.stride - axis.before + axis.end_tap - 1


@dataclass(frozen=True)
class OpenWindows:
    """The windows of `axis`, of which `end_apart` is true."""

    axis: Axis

    @cached_property
    def _firsts(self) -> np.ndarray:
        return np.arange(self.axis.outputs) * self.axis.stride - self.axis.before + self.axis.first_tap

    @cached_property
    def _lasts(self) -> np.ndarray:
        return _lasts(self.axis)

    @cached_property
    def _ended(self) -> np.ndarray:
        """(size,) windows that have ended before each position."""
        return np.searchsorted(self._lasts, np.arange(self.axis.size), "left")

    @cached_property
    def before(self) -> np.ndarray:
        """(size,) windows that are open before each position, which is one of theirs."""
        return np.searchsorted(self._firsts, np.arange(self.axis.size), "left") - self._ended

    @cached_property
    def with_it(self) -> np.ndarray:
        """(size,) windows that each position belongs to."""
        return np.searchsorted(self._firsts, np.arange(self.axis.size), "right") - self._ended

    @cached_property
    def ends(self) -> np.ndarray:
        """(size,) bool: is it the last position of a window, the oldest that is open?"""
        return np.isin(np.arange(self.axis.size), self._lasts)

    @cached_property
    def reals(self) -> list[int]:
        """Numbers of positions of windows, each number once."""
        return list(dict.fromkeys((self.axis.end_tap - self.axis.first_tap).tolist()))

    @cached_property
    def cases(self) -> np.ndarray:
        """(size,) place in `reals` of how many positions the oldest window has; 0 where none is open."""
        real = (self.axis.end_tap - self.axis.first_tap).tolist()
        oldest = np.minimum(self._ended, len(real) - 1)
        return np.where(self.with_it > 0, [self.reals.index(real[at]) for at in oldest], 0)

    @cached_property
    def held(self) -> tuple[int, ...]:
        """For each place, the most positions that a window there has had while it waits for another."""
        after = self.with_it - self.ends
        oldest = self._ended + self.ends
        found: list[int] = []
        for place in range(int(after.max(initial=0))):
            positions = np.flatnonzero(after > place)
            found.append(int((positions - self._firsts[oldest[positions] + place]).max()) + 1)
        return tuple(found)
