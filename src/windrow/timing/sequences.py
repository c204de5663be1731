"""The sequences of the law around its steps: beats accepted, columns fetched, beats transferred.

Each is a scan, `x_i = max(x_{i-1} + w, y_i)`, over what it waits for as far as that is known.  `take`
computes more of it, `in_order` says how much of that missed no credit by now, and `commit` makes it final.
"""

from __future__ import annotations

import itertools

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.ideal import NEVER, repeat
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule
from windrow.window.walk import Walk

__all__ = ["Accepts", "Fetches", "Sends", "first_bad"]

_FREED = -1 - RETURN  # when places that nothing was in were freed; what is not known yet is no later


def first_bad(bad: np.ndarray) -> int:
    """The first that is bad; how many there are where none is."""
    at = int(bad.argmax()) if bad.size else 0
    return at if bad.size and bad[at] else bad.size


class _Givers:
    """Which visit of a walk frees the place that each unit takes, of `places`; 0 for one nothing was in."""

    def __init__(self, walk: Walk, frames: int, places: int) -> None:
        self.visits, self.places = repeat(walk.givers, frames, walk.reads.size), places

    def __getitem__(self, units: slice) -> np.ndarray:
        start, stop = units.start - self.places, units.stop - self.places
        found = self.visits[max(0, start) : max(0, stop)]
        if start >= 0:
            return found
        return np.append(np.zeros(units.stop - units.start - found.size, np.int64), found)


class Accepts:
    """Beats accepted, as soon as they are offered and have room.

    Looked at are points: the beats that are stored, and the last slice of a frame's first pixel where the
    first window waits for it.
    """

    def __init__(self, memories: Memories, frames: int, offer: FreeCycles) -> None:
        schedule = memories.schedule
        self.offer, self.starts_in_padding = offer, schedule.starts_in_padding
        self.stored = schedule.frame_beats
        position = schedule.stored_beats
        # Is a frame's first pixel a point though it is not stored?
        self.extra = int(self.starts_in_padding and not (position.size and position[0] == 0))
        if self.extra:
            position = np.append(schedule.slices - 1, position)
        self.frame_points = position.size
        self.start = 0 if self.extra else schedule.slices - 1  # point that starts a frame
        self.position = repeat(position, frames, schedule.input_beats)
        self.givers: _Givers | np.ndarray = np.zeros(self.position.size, np.int64)
        visits = 0
        if self.stored:
            walk = schedule.window_walk if schedule.gathers else schedule.fetch_walk
            visits = walk.reads.size
            givers = _Givers(walk, frames, memories.ring_beats)
            if self.extra:
                every = givers[0 : frames * self.stored].reshape(frames, -1)
                self.givers.reshape(frames, -1)[:, 1:] = every
            else:
                self.givers = givers
        self.freed = np.full(frames * visits + 2, _FREED)  # by each visit, from 1 on
        self.freed[-1] = -NEVER
        self.cycles = np.full(self.position.size + 1, -NEVER)
        self.start_room = [0] * memories.started_frames
        self.ordered = 0  # points that had room, when that was last looked at: they need not be taken again
        self.count, self.lead = 0, 1  # points accepted; free cycles used, less beats

    def points(self, stored: np.ndarray) -> np.ndarray:
        """The points that these stored beats are; -1 for those before the first."""
        if not self.extra:
            return np.maximum(stored, -1)
        return np.where(stored < 0, -1, stored + stored // max(1, self.stored) + 1)

    def take(self, stop: int) -> None:
        """Up to `stop` points."""
        count, offer = self.count, self.offer
        if stop <= max(count, self.ordered):
            return
        # With `u` free cycles up to and including the one in which beat p is accepted,
        #     u_p = max(u_{p-1} + 1, number(room_p + 1)),   a_p = max(cycle(u_{p-1}), room_p).
        position = self.position[count:stop]
        room = self.freed[self.givers[count:stop]] + RETURN
        if self.starts_in_padding:
            frame = (stop - 1) // self.frame_points
            start = frame * self.frame_points + self.start - count
            if 0 <= start < room.size:
                room[start] = max(room[start], self.start_room[frame])
        lead = np.empty(position.size + 1, np.int64)  # u_p - p
        lead[0] = self.lead
        np.subtract(offer.number(room + 1), position, out=lead[1:])
        np.maximum.accumulate(lead, out=lead)
        np.maximum(offer.cycle(lead[:-1] + position - 1), room, out=self.cycles[count:stop])

    def in_order(self, stop: int) -> int:
        """How many points, of those up to `stop`, had room."""
        count = self.count
        if stop <= count:
            return stop
        late = self.freed[self.givers[count:stop]] + RETURN > self.cycles[count:stop]
        self.ordered = count + first_bad(late)
        return self.ordered

    def commit(self, stop: int) -> None:
        """What is accepted up to `stop` is final."""
        if stop > self.count:
            self.count = stop
            last = self.cycles[stop - 1 : stop]
            self.lead = int(self.offer.number(last + 1)[0] - self.position[stop - 1])


class Sends:
    """Beats offered `pipeline` cycles after their last step, transferred in order when the output is ready.

    A transfer gives back the credit for the beat that many later.
    """

    def __init__(self, schedule: Schedule, beats: int, ready: FreeCycles) -> None:
        self.ready, self.pipeline, self.credits = ready, schedule.pipeline, schedule.credits
        self.limits = ready.stalls is not None  # else no credit is ever missing: `Schedule.credits`
        self.cycles = np.full(self.credits + beats, _FREED)  # the first gave what is there from the start
        self.cycles[: self.credits] = -1
        self.count, self.last = 0, -1  # beats transferred; free cycles used up to there, less one
        self.numbers = np.zeros(0, np.int64)

    def room(self, beats: int) -> np.ndarray:
        """First cycles in which the next `beats` can have their last step, by what is known."""
        return self.cycles[self.count : self.count + beats] + 1

    def step(self, late: np.ndarray, order: np.ndarray, cycles: int) -> None:
        """Transfers of the next beats one by one, where most wait for credits.

        late: (beats,) cycle of their last steps, less `order`, from what these wait for besides credits
        cycles: of a step; of several cycles every one ends a beat
        """
        if not late.size:
            return
        back = self.pipeline + 1  # a beat can be offered so long after the transfer that gives its credit
        given = self.cycles[self.count : self.count + self.credits] + back
        offers = late + order + self.pipeline
        apart = np.diff(order, prepend=order[0] - cycles) if cycles == 1 else None
        steps = itertools.repeat(cycles) if apart is None else apart.tolist()
        span = 2 * int(order[-1] - order[0]) + 4096
        while True:
            begin, waits = self.ready.waits(max(0, int(given[-1]) - back), span)
            found: list[int] = (given - begin).tolist()
            keep, sent, offered = found.append, found[-1] - back, -NEVER
            try:
                for step, least, credit in zip(steps, (offers - begin).tolist(), found, strict=False):
                    offered += step
                    if least > offered:
                        offered = least
                    if credit > offered:
                        offered = credit
                    if offered > sent:
                        sent = offered
                    else:
                        sent += 1
                    sent += waits[sent]
                    keep(sent + back)
                break
            except IndexError:  # a longer run than thought
                span *= 4
        first = self.credits + self.count
        self.cycles[first : first + late.size] = np.array(found[self.credits :], np.int64) + (begin - back)

    def take(self, issued: np.ndarray) -> None:
        """The next beats have their last steps in these cycles."""
        offered = issued + self.pipeline
        if self.limits and offered.size:
            order = np.arange(offered.size)
            numbers = self.ready.number(offered) - order
            numbers[0] = max(numbers[0], self.last + 1)
            np.maximum.accumulate(numbers, out=numbers)
            numbers += order
            self.numbers, offered = numbers, self.ready.cycle(numbers)
        begin = self.credits + self.count
        self.cycles[begin : begin + offered.size] = offered

    def in_order(self, issued: np.ndarray) -> int:
        """How many of these beats had a credit."""
        return first_bad(self.room(issued.size) > issued) if self.limits else issued.size

    def commit(self, beats: int) -> None:
        """So many more are final."""
        self.count += beats
        if beats and self.limits:
            self.last = int(self.numbers[beats - 1])


class Fetches:
    """Column fetches into the column store, one a cycle, when the beat is there and the column has room."""

    def __init__(self, memories: Memories, frames: int, accepts: Accepts) -> None:
        schedule = memories.schedule
        walk = schedule.fetch_walk
        self.accepts, self.slices = accepts, schedule.slices
        self.beats = accepts.points(repeat(walk.needs, frames, walk.frame_units))
        self.points = np.maximum.accumulate(self.beats) + 1  # needed up to each fetch
        windows = schedule.store_walk
        self.givers = _Givers(windows, frames, memories.store_columns)
        self.freed = np.full(frames * windows.reads.size + 1, _FREED)  # by each window, from 1 on
        self.cycles = accepts.freed[1:]  # a fetch frees places of the ring
        self.count, self.last = 0, -1

    def take(self, stop: int) -> None:
        """Up to `stop` fetches, whole columns."""
        count, slices = self.count, self.slices
        if stop <= count:
            return
        self.accepts.take(int(self.points[stop - 1]))
        found = self.accepts.cycles[self.beats[count:stop]] + ARRIVE
        columns = found[::slices]
        np.maximum(columns, self._room(stop), out=columns)
        order = np.arange(found.size)
        found -= order
        found[0] = max(found[0], self.last + 1)
        np.maximum.accumulate(found, out=found)
        np.add(found, order, out=self.cycles[count:stop])

    def _room(self, stop: int) -> np.ndarray:
        return self.freed[self.givers[self.count // self.slices : stop // self.slices]] + RETURN

    def in_order(self, stop: int) -> int:
        """How many fetches, of those up to `stop`, had room for their column and beats that had room."""
        count = self.count
        if stop <= count:
            return stop
        good = count + self.slices * first_bad(self._room(stop) > self.cycles[count : stop : self.slices])
        wanted = int(self.points[stop - 1])
        beats = self.accepts.in_order(wanted)
        return good if beats == wanted else min(good, int(np.searchsorted(self.points, beats, "right")))

    def commit(self, stop: int) -> None:
        """What is fetched up to `stop` is final."""
        if stop > self.count:
            self.accepts.commit(int(self.points[stop - 1]))
            self.count, self.last = stop, int(self.cycles[stop - 1])
