"""The exact law of the datapath in time: theory.md, "The exact law of every class".

Four sequences, beats accepted, columns fetched, steps issued and beats transferred, each waiting for
the one before it and for the credits of the one behind it.

Every sequence is a scan, `x_i = max(x_{i-1} + w, y_i)`, which NumPy does for many at once where `y` is known.
It is, but for the credits, which come from further down.  So a block of steps is gone through as if no credit
were missed that is not known yet; the credits that come out are put in, and it is gone through again, until no
credit comes later than what waited for it.  Nothing depends on what comes after it, so what is in
order up to some step is final, and no cycle is ever an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.ideal import NEVER, repeat
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule
from windrow.timing.stalls import Stalls
from windrow.window.walk import Walk

_FREED = -1 - RETURN  # when places that nothing was in were freed; what is not known yet is no later
_FEW = 400  # beats that are stepped through in the time of a block
_STEPPED = 16  # blocks until it is tried again without
_REACH = 1 << 22  # cycles that are looked at before they are asked for, at the most
_AGAIN = 4  # times that beats and columns are taken again for the same steps
_LEAST, _MOST = 32, 4096  # steps of a block


class _Free:
    """The cycles that are not stalled, numbered from 0; tables that grow with the run."""

    def __init__(self, stalls: Stalls | None) -> None:
        self.stalls = stalls
        self._size = 0
        self._free = self._before = np.zeros(0, np.int64)
        self._waits: list[int] = []

    @property
    def share(self) -> float:
        """Free cycles by all cycles, in the end."""
        return 1.0 if self.stalls is None else 1 - float(self.stalls.period.mean())

    def reach(self, cycles: int) -> None:
        """Know at least so many cycles."""
        if self.stalls is None or cycles <= self._size:
            return
        head, period = ~self.stalls.head, ~self.stalls.period
        turns = -(-cycles // period.size) + 1  # there is a free one in each
        start = head.size + period.size * np.arange(turns)[:, None]
        free = np.append(head.nonzero()[0], (start + period.nonzero()[0]).ravel())
        done = int(head.sum()) + int(period.sum()) * np.arange(turns)[:, None]
        before = (done + (np.cumsum(period) - period)).ravel()
        self._free, self._before = free, np.append(np.cumsum(head) - head, before)
        self._size = self._before.size

    def waits(self, cycles: int) -> list[int]:
        """Cycles from each to the next free one, for so many cycles and maybe more."""
        assert self.stalls is not None
        if len(self._waits) < cycles:
            head, size = self.stalls.head.size, self.stalls.period.size
            self.reach(max(cycles, head + 2 * size))
            known = np.arange(head + size)
            waits = (self._free[self._before[known]] - known).tolist()
            self._waits = waits[:head] + waits[head:] * (self._size // size)
        return self._waits

    def number(self, cycles: np.ndarray) -> np.ndarray:
        """How many free cycles lie before each of `cycles`."""
        if self.stalls is None:
            return cycles
        while True:
            try:
                return self._before[cycles]
            except IndexError:
                self.reach(max(4096, 2 * self._size))

    def cycle(self, numbers: np.ndarray) -> np.ndarray:
        """The free cycles with these numbers."""
        if self.stalls is None:
            return numbers
        while True:
            try:
                return self._free[numbers]
            except IndexError:
                self.reach(max(4096, 2 * self._size))


def _first(bad: np.ndarray) -> int:
    """The first that is bad; how many there are where none is."""
    at = int(bad.argmax()) if bad.size else 0
    return at if bad.size and bad[at] else bad.size


def _givers(walk: Walk, frames: int, places: int, units: int) -> np.ndarray:
    """(units,) one more than the visit that frees the place of each unit; 0 for a place nothing was in."""
    visits = walk.reads.size
    table = np.repeat(np.arange(1, visits + 1), walk.frees.ravel())
    return np.append(np.zeros(places, np.int64), repeat(table, frames, visits))[:units]


class _Accepts:
    """Beats accepted, as soon as they are offered and have room.

    Looked at are points: the beats that are stored, and the last slice of a frame's first pixel where the first
    window waits for it.
    """

    def __init__(self, memories: Memories, frames: int, offer: _Free) -> None:
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
        self.givers = np.zeros(self.position.size, np.int64)
        visits = 0
        if self.stored:
            walk = schedule.window_walk if schedule.gathers else schedule.fetch_walk
            visits = walk.reads.size
            givers = _givers(walk, frames, memories.ring_beats, frames * self.stored)
            self.givers.reshape(frames, -1)[:, self.extra :] = givers.reshape(frames, -1)
        self.freed = np.full(frames * visits + 2, _FREED)  # by each visit, from 1 on
        self.freed[-1] = -NEVER
        self.cycles = np.full(self.position.size + 1, -NEVER)
        self.start_room = [0] * memories.started_frames
        self.count, self.lead = 0, 1  # points accepted; free cycles used, less beats

    def points(self, stored: np.ndarray) -> np.ndarray:
        """The points that these stored beats are; -1 for those before the first."""
        if not self.extra:
            return np.maximum(stored, -1)
        return np.where(stored < 0, -1, stored + stored // max(1, self.stored) + 1)

    def take(self, stop: int) -> None:
        """Up to `stop` points."""
        count, offer = self.count, self.offer
        if stop <= count:
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
        return count + _first(self.freed[self.givers[count:stop]] + RETURN > self.cycles[count:stop])

    def commit(self, stop: int) -> None:
        """What is accepted up to `stop` is final."""
        if stop > self.count:
            self.count = stop
            last = self.cycles[stop - 1 : stop]
            self.lead = int(self.offer.number(last + 1)[0] - self.position[stop - 1])


class _Sends:
    """Beats offered `pipeline` cycles after their last step, transferred in order when the output is ready.

    A transfer gives back the credit for the beat that many later.
    """

    def __init__(self, schedule: Schedule, beats: int, ready: _Free) -> None:
        self.ready, self.pipeline, self.credits = ready, schedule.pipeline, schedule.credits
        self.limits = ready.stalls is not None  # else no credit is ever missing: `Schedule.credits`
        self.cycles = np.full(self.credits + beats, _FREED)  # the first gave what is there from the start
        self.cycles[: self.credits] = -1
        self.count, self.last = 0, -1  # beats transferred; free cycles used up to there, less one
        self.numbers = np.zeros(0, np.int64)

    def room(self, beats: int) -> np.ndarray:
        """First cycles in which the next `beats` can have their last step, by what is known."""
        return self.cycles[self.count : self.count + beats] + 1

    def step(self, late: np.ndarray, order: np.ndarray) -> None:
        """Transfers of the next beats one by one, where most wait for credits.

        late: (beats,) cycle of their last steps, less `order`, from what these wait for besides credits
        """
        back = self.pipeline + 1
        # When a beat can be offered by its credit: `back` after the transfer that gives it.
        begins = self.cycles[self.count : self.count + self.credits] + back
        orders = (order + self.pipeline).tolist()
        horizon = 0
        while True:
            found: list[int] = begins.tolist()
            waits, keep = self.ready.waits(horizon), found.append
            sent, latest = found[-1] - back, -NEVER
            try:
                for least, cycles, given in zip(late.tolist(), orders, found, strict=False):
                    if least > latest:
                        latest = least
                    offered = latest + cycles
                    if given > offered:
                        offered = given
                        latest = offered - cycles
                    sent = offered if offered > sent else sent + 1
                    sent += waits[sent]
                    keep(sent + back)
                break
            except IndexError:
                horizon = max(4096, 2 * len(waits))
        begin = self.credits + self.count
        self.cycles[begin : begin + late.size] = np.array(found[self.credits :], np.int64) - back

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
        return _first(self.room(issued.size) > issued) if self.limits else issued.size

    def commit(self, beats: int) -> None:
        """So many more are final."""
        self.count += beats
        if beats and self.limits:
            self.last = int(self.numbers[beats - 1])


class _Fetches:
    """Column fetches into the column store, one a cycle, each when its beat is there and the column has room."""

    def __init__(self, memories: Memories, frames: int, accepts: _Accepts) -> None:
        schedule = memories.schedule
        walk = schedule.fetch_walk
        self.accepts, self.slices = accepts, schedule.slices
        self.beats = accepts.points(repeat(walk.needs, frames, walk.frame_units))
        self.points = np.maximum.accumulate(self.beats) + 1  # needed up to each fetch
        columns = self.beats.size // self.slices
        windows = schedule.store_walk
        self.givers = _givers(windows, frames, memories.store_columns, columns)
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
        good = count + self.slices * _first(self._room(stop) > self.cycles[count : stop : self.slices])
        wanted = int(self.points[stop - 1])
        beats = self.accepts.in_order(wanted)
        return good if beats == wanted else min(good, int(np.searchsorted(self.points, beats, "right")))

    def commit(self, stop: int) -> None:
        """What is fetched up to `stop` is final."""
        if stop > self.count:
            self.accepts.commit(int(self.points[stop - 1]))
            self.count, self.last = stop, int(self.cycles[stop - 1])


@dataclass(eq=False)
class _Steps:
    """Steps of the array that end an output beat, or a window, or are fetches that may complete one.

    there: (steps,) what each waits for, a place in `source`; -1 for nothing
    source: cycles, of points accepted or of fetches
    arrive: cycles from that to the first cycle of the step, at the least
    first_arrive: cycles from the acceptance of a frame's first pixel to those of the frame's first step
    cycles: cycles that a step takes
    order: (steps,) cycles from the first to each, were they never late
    emits: (steps,) bool: is a beat the result?  None for always
    frees: (steps,) bool: does it end a visit that frees something?  None for always
    freed: when each visit ended
    """

    there: np.ndarray
    source: np.ndarray
    arrive: int
    first_arrive: int
    cycles: int
    order: np.ndarray
    emits: np.ndarray | None
    frees: np.ndarray | None
    freed: np.ndarray


class Law:
    """The law of one run."""

    def __init__(
        self, memories: Memories, input_stall: Stalls | None, output_stall: Stalls | None
    ) -> None:
        self.memories, self.schedule = memories, memories.schedule
        self.offer, self.ready = _Free(input_stall), _Free(output_stall)
        self.latency = self.first_step = 0

    def run(self, frames: int, windows: int | None) -> np.ndarray:
        """(frames * windows * groups,) transfer cycles of all output beats."""
        schedule, fold = self.schedule, self.schedule.fold
        if windows is None:  # about as long as the run will take
            work = max(schedule.work / self.ready.share, schedule.input_beats / self.offer.share)
            cycles = min(int(1.2 * frames * work), _REACH)
            self.offer.reach(cycles)
            self.ready.reach(cycles)
        accepts = _Accepts(self.memories, frames, self.offer)
        first = int(self.offer.cycle(np.array([0]))[0])
        if schedule.shifts:
            found = self._play(self._shifts(accepts, frames), accepts, accepts, frames, None)[:windows]
            self.latency = self.first_step + schedule.pipeline - first
            return found
        # Where no credit is ever missing a window is a step.
        whole = self.ready.stalls is None
        beats, cycles = (1, fold.cycles) if whole else (fold.window_beats, fold.beat_steps)
        fetches = None
        if schedule.stores and schedule.frame_beats:
            fetches = _Fetches(self.memories, frames, accepts)
        steps = self._windows(accepts, fetches, frames, beats, cycles)
        total = None if windows is None else windows * beats
        found = self._play(steps, accepts, fetches or accepts, frames, total)
        self.latency = self.first_step - (cycles - fold.beat_steps) + schedule.pipeline - first
        if whole:
            groups = np.arange(fold.window_beats) - (fold.window_beats - 1)
            found = (found[:, None] + groups * fold.beat_steps).ravel()
        return found

    def _windows(
        self, accepts: _Accepts, fetches: _Fetches | None, frames: int, beats: int, cycles: int
    ) -> _Steps:
        """Windows, each of `beats` steps of so many `cycles`; the first waits for what the window needs."""
        schedule = self.schedule
        walk = schedule.window_walk if schedule.gathers else schedule.store_walk
        needs = repeat(walk.needs, frames, walk.frame_units)
        freed = np.empty(needs.size, np.int64)
        there, source, arrive = np.full(needs.size * beats, -1), accepts.cycles, ARRIVE
        if fetches is not None:
            there[::beats] = np.where(needs < 0, -1, (needs + 1) * schedule.slices - 1)
            source, freed, arrive = fetches.cycles, fetches.freed[1:], STORE
        elif schedule.frame_beats:
            there[::beats], freed = accepts.points(needs), accepts.freed[1:]
        frees = None if beats == 1 else np.arange(1, there.size + 1) % beats == 0
        order = cycles * np.arange(1, there.size + 1)
        first = ARRIVE if schedule.gathers else ARRIVE + STORE
        return _Steps(there, source, arrive, first, cycles, order, None, frees, freed)

    def _shifts(self, accepts: _Accepts, frames: int) -> _Steps:
        """Columns shifted into a register, where the fetch that completes a window issues it.

        The last window of a row may lack a column that lies in padding. The shift that completes it takes in
        the first column of the next row where that is there, and nothing where it is not.
        """
        schedule, axis = self.schedule, self.schedule.columns
        walk, trailing = schedule.fetch_walk, min(1, schedule.trailing_shifts)
        rows, row = frames * walk.row_real.size, schedule.row_beats
        shape = (rows, row + trailing)
        there, order = np.full(shape, -1), np.empty(shape, np.int64)
        there[:, :row] = accepts.points(repeat(walk.needs, frames, walk.frame_units)).reshape(rows, row)
        order[:] = row * np.arange(rows)[:, None] + np.arange(1, row + trailing + 1)
        at = np.arange(row + trailing)
        emits = (at >= axis.offsets[-1]) & ((at - axis.offsets[-1]) % axis.advance == 0) | (at == row)
        every = [np.tile(each, rows) for each in (emits, at < row)]
        return _Steps(there.ravel(), accepts.cycles, ARRIVE, ARRIVE, 1, order.ravel(), *every, accepts.freed[1:])

    def _play(
        self, steps: _Steps, accepts: _Accepts, supply: _Accepts | _Fetches, frames: int, most: int | None
    ) -> np.ndarray:
        """Transfer cycles of the beats of all steps, or of the first `most`."""
        total, frame_steps = most or steps.there.size, steps.there.size // frames
        upto = np.maximum.accumulate(steps.there) + 1
        beats = np.arange(total + 1) if steps.emits is None else _before(steps.emits)
        visits = np.arange(total + 1) if steps.frees is None else _before(steps.frees)
        sends = _Sends(self.schedule, int(beats[total]), self.ready)
        at, size, stepped = 0, 8 * _LEAST, 0  # stepped: so many more times, transfers one by one
        lag = steps.arrive - 1 + steps.cycles
        late = -1  # cycle of the last step, less its order
        while at < total:
            stop = min(at + size, total)
            begins = accepts.starts_in_padding and at % frame_steps == 0
            if accepts.starts_in_padding:
                stop = min(stop, at - at % frame_steps + frame_steps)
            here, wanted = slice(at, stop), int(upto[stop - 1])
            supply.take(wanted)
            order = steps.order[here]
            found = steps.source[steps.there[here]] + (lag - order)
            found[0] = max(found[0], late)
            if begins:
                start = at // frame_steps * accepts.frame_points + accepts.start
                accepts.take(start + 1)
                there = accepts.cycles[start] + steps.first_arrive - 1 + steps.cycles
                found[0] = max(found[0], there - order[0])
                begun = int(found[0] + order[0]) - steps.cycles + 1
            some = slice(None) if steps.emits is None else steps.emits[here].nonzero()[0]
            if stepped:
                sends.step(np.maximum.accumulate(found)[some], order[some])
            if sends.limits:
                room = sends.room(int(beats[stop] - beats[at]))
                found[some] = np.maximum(found[some], room - order[some])
            np.maximum.accumulate(found, out=found)
            found += order
            ends = found if steps.frees is None else found[steps.frees[here]]
            steps.freed[visits[at] : visits[stop]] = ends
            issued = found[some]
            sends.take(issued)
            # What had all that it waited for is final.
            good = stop - at
            sent = sends.in_order(issued)
            if sent < issued.size:
                good = sent if steps.emits is None else int(some[sent])
            if begins and accepts.in_order(start + 1) <= start:
                good = 0
            # A beat or a column that had to wait for room may still be there in time.
            supplied = supply.in_order(wanted)
            for _ in range(_AGAIN):
                if supplied >= wanted:
                    break
                supply.take(wanted)
                good = min(good, _first(steps.source[steps.there[here]] + lag > found))
                supplied = supply.in_order(wanted)
            if supplied < wanted:
                good = min(good, int(np.searchsorted(upto[here], supplied, "right")))
            stepped = max(0, stepped - 1)
            if sent < issued.size and good < _FEW:
                stepped = _STEPPED
            if good == stop - at:
                size = min(2 * size, _MOST)
            elif 4 * good < size:
                size = max(_LEAST, size // 2)
            if not good:
                continue
            supply.commit(int(upto[at + good - 1]))
            if begins:
                accepts.commit(start + 1)
                accepts.start_room.append(begun + RETURN)
            if not sends.count and issued.size:
                self.first_step = int(issued[0])
            sends.commit(int(beats[at + good] - beats[at]))
            late = int(found[good - 1] - order[good - 1])
            at += good
        return sends.cycles[sends.credits :]


def _before(flags: np.ndarray) -> np.ndarray:
    """(n + 1,) how many are set before each, and of all."""
    return np.append(0, np.cumsum(flags))
