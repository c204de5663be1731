"""Cycles of many events that wait for each other, one event at a time, as far as what it waits for is known.

In whatever order the sequences are gone through, each event is found once, and is final.  When none can be
found any more and some are missing, they wait for each other: the hardware hangs just there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from windrow.timing.events import Events

__all__ = ["step"]

_MANY = 64  # events from which on a block of them is quicker than one after the other


def step(every: Sequence[Events], known: list[int]) -> None:
    """Find the cycles behind the first `known` of each; then `known` says how many of each there are."""
    place = {id(events): at for at, events in enumerate(every)}
    readers: list[set[int]] = [set() for _ in every]
    stepped = [_Stepped(events, known, at, [place[id(wait.source)] for wait in events.waits])
               for at, events in enumerate(every)]
    for at, each in enumerate(stepped):
        for source in each.sources:
            readers[source].add(at)
    waiting = list(range(len(every)))[::-1]
    queued = [True] * len(every)
    while waiting:
        at = waiting.pop()
        queued[at] = False
        if stepped[at].advance():
            for reader in readers[at]:
                if not queued[reader]:
                    queued[reader] = True
                    waiting.append(reader)


class _Stepped:
    """One sequence, with what its events wait for at hand."""

    def __init__(self, events: Events, known: list[int], at: int, sources: list[int]) -> None:
        self.events, self.known, self.at, self.sources = events, known, at, sources
        self.cycles = events.cycles.data
        self.waits: list[tuple[int, memoryview, memoryview | None, int, int]] = [
            (source, wait.source.cycles.data, None if isinstance(wait.index, int) else wait.index.data,
             wait.index if isinstance(wait.index, int) else 0, wait.delay)
            for source, wait in zip(sources, events.waits, strict=True)
        ]  # fmt: skip
        order = events.order
        self.order = order if isinstance(order, int) else np.append(0, order).data
        self.least = None if events.least is None else events.least.data

    def advance(self) -> bool:
        """Go on as far as is known what to wait for; whether that is any further."""
        begin = self.known[self.at]
        stop = self._step(begin, min(begin + _MANY, self.events.count))
        if stop == begin + _MANY:
            stop = max(stop, self._reach())
            if stop > begin + _MANY:
                self.events.known[begin + _MANY : stop] = self.events.evaluate(begin + _MANY, stop)
        self.known[self.at] = stop
        return stop > begin

    def _reach(self) -> int:
        """The first event that waits for what is not known."""
        stop = self.events.count
        for source, wait in zip(self.sources, self.events.waits, strict=True):
            stop = min(stop, wait.first(self.known[source]))
        return stop

    def _step(self, at: int, stop: int) -> int:
        """Events from `at` on, `stop - 1` the last; behind which it could not go on."""
        cycles, order, least, known = self.cycles, self.order, self.least, self.known
        offers, ready = self.events.offers, self.events.ready
        waits = [(known[source], cycles, index, shift, delay)
                 for source, cycles, index, shift, delay in self.waits]
        last = cycles[at - 1] if at else -1
        while at < stop:
            cycle = 0 if least is None else least[at]
            for reach, others, index, shift, delay in waits:
                other = at - shift if index is None else index[at]
                if other >= reach:
                    return at
                if other >= 0 and others[other] + delay > cycle:
                    cycle = others[other] + delay
            after = last + (order if isinstance(order, int) else order[at + 1] - order[at])
            if offers is not None:
                after = offers.next(after)
            cycle = max(cycle, after)
            last = cycles[at] = cycle if ready is None else ready.next(cycle)
            at += 1
        return at
