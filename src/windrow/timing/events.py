"""Events: what happens again and again at one place, each time as soon as all that it waits for is over.

    x_i = max(x_{i-1} + step_i, at_k(i) + delay for everything that event i waits for)

A beat accepted, a column fetched, a step issued, a beat transferred: all that moves in a stage, or in a
network of them, is a sequence of such events.  The cycles are the least that satisfy all of these equations;
who finds them (`windrow.timing.settling`, `windrow.timing.stepping`) does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from windrow.timing.free_cycles import FreeCycles
from windrow.timing.ideal import NEVER

__all__ = ["Events", "Wait"]

Array = npt.NDArray[np.int64]
Index = npt.NDArray[np.signedinteger]


@dataclass(eq=False)
class Wait:
    """What events wait for.

    source: the events that are waited for
    index: (events,) which of them each waits for, -1 for none; a number where event i waits for i - index
    delay: cycles from that event to the one that waits, at the least
    """

    source: Events
    index: Index | int
    delay: int

    def __post_init__(self) -> None:
        if not isinstance(self.index, int):  # half of the memory: a long run has many millions of these
            self.index = self.index.astype(np.int32)

    @cached_property
    def upto(self) -> Index:
        """(events,) the last event that anything up to each waits for."""
        assert not isinstance(self.index, int)
        return np.maximum.accumulate(self.index)

    def first(self, event: int) -> int:
        """The first that waits for this event or a later one."""
        if isinstance(self.index, int):
            return event + self.index
        return int(np.searchsorted(self.upto, event))

    def cycles(self, start: int, stop: int) -> Array:
        """The first cycles of events `start` to `stop - 1`, by what they wait for."""
        known = self.source.cycles
        if not isinstance(self.index, int):
            return known[self.index[start:stop]] + self.delay
        found = np.full(stop - start, -NEVER)
        first = max(start, self.index)
        if first < stop:
            np.add(known[first - self.index : stop - self.index], self.delay, out=found[first - start :])
        return found


@dataclass(eq=False)
class Events:
    """Events at one place, in their order.

    name: for who reads a list of them
    count: how many
    order: (count,) cycles from before the first to each, were none late; a number for as many cycles each
    waits: what each waits for, besides those before it
    least: (count,) cycles before which none can be; None for none
    offers: when beats are offered from outside, where these are beats that come from there: one that is
        offered stays until it is taken
    ready: when the outside takes beats, where they leave
    """

    name: str
    count: int
    order: Array | int = 1
    waits: list[Wait] = field(default_factory=list[Wait])
    least: Array | None = None
    offers: FreeCycles | None = None
    ready: FreeCycles | None = None
    cycles: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.cycles = np.full(self.count + 1, -NEVER)  # the last is what waits for nothing wait for

    @property
    def known(self) -> Array:
        """(count,) the cycles without the one behind them."""
        return self.cycles[:-1]

    def wait(self, source: Events, index: Index | int, delay: int) -> None:
        """Wait for other events, too."""
        self.waits.append(Wait(source, index, delay))

    def evaluate(self, start: int, stop: int) -> Array:
        """(stop - start,) the cycles of events by what is known of those that they wait for."""
        found = np.zeros(stop - start, np.int64) if self.least is None else self.least[start:stop].copy()
        for wait in self.waits:
            np.maximum(found, wait.cycles(start, stop), out=found)
        last = int(self.cycles[start - 1]) if start else -1
        if self.ready is not None:
            number = int(self.ready.number(np.array([last + 1]))[0]) - 1
            return self.ready.cycle(self._scan(start, self.ready.number(found), number))
        if self.offers is not None:
            # With `u` free cycles up to and including the one in which a beat is taken,
            #     u_i = max(u_{i-1} + 1, number(room_i + 1)),   x_i = max(cycle(u_{i-1}), room_i).
            used = int(self.offers.number(np.array([last + 1]))[0])
            numbers = self._scan(start, self.offers.number(found + 1), used)
            free = self.offers.cycle(np.append(used, numbers[:-1]))
            return np.maximum(free, found, out=found)
        return self._scan(start, found, last)

    def _scan(self, start: int, found: Array, last: int) -> Array:
        """`max(x_{i-1} + step_i, found_i)` behind an event at `last`."""
        if isinstance(self.order, int):
            before, stop = self.order * start, start + found.size
            order = np.arange(before + self.order, self.order * stop + 1, self.order)
        else:
            before, order = int(self.order[start - 1]) if start else 0, self.order[start : start + found.size]
        found = found - order
        found[0] = max(found[0], last - before)
        np.maximum.accumulate(found, out=found)
        found += order
        return found
