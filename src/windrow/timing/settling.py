"""Cycles of many events that wait for each other, whole sequences at once: the least that satisfy all.

Everything starts at its earliest and is put off as long as something that it waits for is later.  Each time
a sequence is gone through from the first event on that may be early, and tells those that wait for it from
where on it has changed.  Forward through the stream, then backward: what comes late spreads one way, what has
no room the other.  When nothing changes any more, the cycles are those of the hardware.

Where loops are tight, each turn of each is put off on its own: then it is better to go on one event at a time
(`windrow.timing.stepping`), behind what is final.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from windrow.timing.events import Events, Wait
from windrow.timing.stepping import step

__all__ = ["Relaxation", "settle"]

_PASSES = 24  # through as many events as there are, until it is gone on one at a time


def settle(every: Sequence[Events]) -> list[int]:
    """Find all cycles; how many of each sequence ever happen: all, but where they wait in a circle.

    every: all events that wait or are waited for, in the order of the stream; cycles of those that never
    happen are not for use
    """
    total = [events.count for events in every]
    relaxation = Relaxation(every, [0] * len(every))
    if relaxation.run(_PASSES * sum(total)):
        return total
    known = relaxation.final
    step(every, known)
    return known


class Relaxation:
    """Events that are put off until none is early any more.

    every: as for `settle`, with cycles that are none too late
    late: for each, from which on events may be early
    work: events that were gone through
    """

    def __init__(self, every: Sequence[Events], late: list[int]) -> None:
        self.every, self.late, self.work = every, late, 0
        place = {id(events): at for at, events in enumerate(every)}
        self.readers: list[list[tuple[int, Wait]]] = [[] for _ in every]
        for at, events in enumerate(every):
            for wait in events.waits:
                self.readers[place[id(wait.source)]].append((at, wait))

    def run(self, most: int) -> bool:
        """Put events off until none is early, or about `most` have been gone through; whether none is."""
        forward = True
        while any(first < events.count for first, events in zip(self.late, self.every, strict=True)):
            if self.work > most:
                return False
            for at in range(len(self.every)) if forward else reversed(range(len(self.every))):
                self._put_off(at)
            forward = not forward
        return True

    def _put_off(self, at: int) -> None:
        """Go through one sequence, from its first event that may be early."""
        events, first = self.every[at], self.late[at]
        if first >= events.count:
            return
        self.late[at] = events.count
        self.work += events.count - first
        found = events.evaluate(first, events.count)
        changed = found != events.known[first:]
        if not changed.any():
            return
        begin = first + int(changed.argmax())
        events.known[first:] = found
        for reader, wait in self.readers[at]:
            self.late[reader] = min(self.late[reader], wait.first(begin))

    @property
    def final(self) -> list[int]:
        """How many of each cannot change any more: those before the first cycle in which one may be early."""
        end = min(int(events.known[first]) for first, events in zip(self.late, self.every, strict=True)
                  if first < events.count)
        return [int(np.searchsorted(events.known, end)) for events in self.every]
