"""One axis (rows or columns) of a strided window: what it reads, and where that is stored.

A window `x` touches positions `x*stride - before + k*dilation` for its taps `k`; those inside the
image are *real*, the others lie in padding.  Positions that no window can ever read (stride and
dilation with a common factor, stride beyond the kernel, edges) are accepted by the hardware but
not stored, so a position has a second coordinate: its *index* among the stored ones.  In that
coordinate windows advance by a constant, which is all the address arithmetic the hardware needs:

    index of tap k of window x  =  x * advance + offsets[k]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np


@dataclass(frozen=True)
class Axis:
    """Geometry of one axis; all lengths in pixels, all results exact.

    `size` positions arrive; `kernel` taps, `stride`, `dilation`; `before` and `after` are padding.
    `dense`: every position is stored, read or not, as in hardware whose stride can be programmed.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    dense: bool = False

    @property
    def outputs(self) -> int:
        """Number of windows (theory.md, "Setting")."""
        span = self.dilation * (self.kernel - 1) + 1
        return (self.size + self.before + self.after - span) // self.stride + 1

    @cached_property
    def first_tap(self) -> np.ndarray:
        """(outputs,) first real tap of each window; equal to `end_tap` where no tap is real."""
        return np.minimum(self._taps_below(0), self.end_tap)

    @cached_property
    def end_tap(self) -> np.ndarray:
        """(outputs,) one past the last real tap of each window."""
        return self._taps_below(self.size)

    def _taps_below(self, position: int) -> np.ndarray:
        """(outputs,) how many taps of each window lie below `position`."""
        distance = position + self.before - np.arange(self.outputs, dtype=np.int64) * self.stride
        return np.clip(-(-distance // self.dilation), 0, self.kernel)

    @cached_property
    def real(self) -> np.ndarray:
        """(outputs,) bool: does the window have a real tap on this axis?"""
        return self.first_tap < self.end_tap

    @cached_property
    def _period_and_phases(self) -> tuple[int, tuple[int, ...]]:
        """Stored positions repeat with `period`; within it, only `phases` are kept."""
        if self.dense:
            return 1, (0,)
        common = gcd(self.stride, self.dilation)
        if self.stride // common <= self.kernel:
            return common, (-self.before % common,)
        taps = {(k * self.dilation - self.before) % self.stride for k in range(self.kernel)}
        return self.stride, tuple(sorted(taps))

    @property
    def period(self) -> int:
        return self._period_and_phases[0]

    @property
    def phases(self) -> tuple[int, ...]:
        return self._period_and_phases[1]

    @property
    def advance(self) -> int:
        """Stored positions from one window to the next."""
        return self.stride // self.period * len(self.phases)

    def _rank(self, position: int) -> int:
        turn, phase = divmod(position, self.period)
        return turn * len(self.phases) + self.phases.index(phase)

    @cached_property
    def extent(self) -> tuple[int, int] | None:
        """First and last position that any window reads; None where every tap is padding."""
        where = np.flatnonzero(self.real)
        if not where.size:
            return None
        base = where * self.stride - self.before
        low = base + self.first_tap[where] * self.dilation
        high = base + (self.end_tap[where] - 1) * self.dilation
        return int(low.min()), int(high.max())

    @cached_property
    def kept(self) -> np.ndarray:
        """(size,) bool: is this position stored?"""
        positions = np.arange(self.size)
        if self.extent is None:
            return np.zeros(self.size, bool)
        if self.dense:
            return np.ones(self.size, bool)
        low, high = self.extent
        on_phase = np.isin(positions % self.period, self.phases)
        return on_phase & (positions >= low) & (positions <= high)

    @cached_property
    def stored(self) -> int:
        """Number of stored positions."""
        return int(self.kept.sum())

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """(kernel,) stored index of each tap of window 0; negative or beyond the end in padding."""
        if self.extent is None:
            return tuple(range(self.kernel))  # all masked; apart, as the column store wants them
        origin = self._rank(self.extent[0])
        return tuple(self._rank(k * self.dilation - self.before) - origin for k in range(self.kernel))

    @cached_property
    def starts(self) -> np.ndarray:
        """(outputs,) stored index of the first tap of each window; negative in padding."""
        return np.arange(self.outputs, dtype=np.int64) * self.advance + self.offsets[0]

    @cached_property
    def lowest(self) -> np.ndarray:
        """(outputs,) stored index of the first real tap; meaningless where `real` is false."""
        return self._indices(self.first_tap)

    @cached_property
    def highest(self) -> np.ndarray:
        """(outputs,) stored index of the last real tap; meaningless where `real` is false."""
        return self._indices(self.end_tap - 1)

    def _indices(self, tap: np.ndarray) -> np.ndarray:
        offsets = np.array(self.offsets, dtype=np.int64) - self.offsets[0]
        return self.starts + offsets[np.clip(tap, 0, self.kernel - 1)]

    @cached_property
    def positions(self) -> np.ndarray:
        """(stored,) image position of each stored index."""
        return np.flatnonzero(self.kept)
