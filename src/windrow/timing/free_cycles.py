"""The cycles in which a stream is not stalled, numbered: stalled time as time without stalls."""

from __future__ import annotations

import numpy as np

from windrow.timing.stalls import Stalls

__all__ = ["FreeCycles"]


class FreeCycles:
    """The cycles that are not stalled, numbered from 0; tables that grow with the run."""

    def __init__(self, stalls: Stalls | None) -> None:
        self.stalls = stalls
        self._free = self._before = np.zeros(0, np.int64)
        self._waits: list[int] = []

    @property
    def share(self) -> float:
        """Free cycles by all cycles, in the end."""
        return 1.0 if self.stalls is None else 1 - float(self.stalls.period.mean())

    def reach(self, cycles: int) -> None:
        """Know at least so many cycles."""
        if self.stalls is None or cycles <= self._before.size:
            return
        head, period = ~self.stalls.head, ~self.stalls.period
        turns = -(-cycles // period.size) + 1  # there is a free one in each
        turn, once, each = np.arange(turns)[:, None], int(head.sum()), int(period.sum())
        self._free = np.empty(once + turns * each, np.int64)
        self._free[:once] = head.nonzero()[0]
        again = self._free[once:].reshape(turns, each)
        np.add(head.size + period.size * turn, period.nonzero()[0], out=again)
        self._before = np.empty(head.size + turns * period.size, np.int64)
        self._before[: head.size] = np.cumsum(head) - head
        behind = self._before[head.size :].reshape(turns, period.size)
        np.add(once + each * turn, np.cumsum(period) - period, out=behind)

    def waits(self, begin: int, cycles: int) -> tuple[int, list[int]]:
        """A cycle up to `begin`, and how long each from there on waits for a free one, for so many."""
        assert self.stalls is not None
        head, size = self.stalls.head.size, self.stalls.period.size
        if not self._waits:
            self.reach(head + 2 * size)
            known = np.arange(head + size)
            self._waits = (self._free[self._before[known]] - known).tolist()
        if begin < head:
            return 0, self._waits[:head] + self._waits[head:] * (cycles // size + 1)
        return begin - (begin - head) % size, self._waits[head:] * (cycles // size + 2)

    def next(self, cycle: int) -> int:
        """The first free cycle from this one on."""
        if self.stalls is None:
            return cycle
        head, size = self.stalls.head.size, self.stalls.period.size
        if not self._waits:
            self.waits(0, 1)
        return cycle + self._waits[cycle if cycle < head else head + (cycle - head) % size]

    def number(self, cycles: np.ndarray) -> np.ndarray:
        """How many free cycles lie before each of `cycles`."""
        if self.stalls is None:
            return cycles
        while True:
            try:
                return self._before[cycles]
            except IndexError:
                self.reach(max(4096, 2 * self._before.size))

    def cycle(self, numbers: np.ndarray) -> np.ndarray:
        """The free cycles with these numbers."""
        if self.stalls is None:
            return numbers
        while True:
            try:
                return self._free[numbers]
            except IndexError:
                self.reach(max(4096, 2 * self._before.size))
