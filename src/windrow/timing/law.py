"""The exact law of the datapath in time: theory.md, "The exact law of every class".

Four sequences, beats accepted, columns fetched, steps issued and beats transferred, each waiting for
the one before it and for the credits of the one behind it.

Every sequence is a scan, `x_i = max(x_{i-1} + w, y_i)`, which NumPy does for many at once where `y` is
known.  It is, but for the credits, which come from further down.  So a block of steps is gone through with
the credits that are known, as if no other were missed.  Nothing depends on what comes after it: up to the
first step whose credit comes out later than the step, every cycle is final.  From there it is gone through
again, with the credits that came out; they are never too late, and in the end none is missed.  No cycle is
ever an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.ideal import repeat
from windrow.timing.memories import Memories
from windrow.timing.sequences import Accepts, Fetches, Sends, first_bad
from windrow.timing.shifts import Shifts
from windrow.timing.stalls import Stalls

_FEW = 400  # beats that are stepped through in the time of a block
_STEPPED = 16  # blocks until it is tried again without
_REACH = 1 << 22  # cycles that are looked at before they are asked for, at the most
_AGAIN = 4  # times that beats and columns are taken again for the same steps
_LEAST, _MOST = 32, 4096  # steps of a block


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
        self.offer, self.ready = FreeCycles(input_stall), FreeCycles(output_stall)
        self.latency = self.first_step = 0

    def run(self, frames: int, windows: int | None) -> np.ndarray:
        """(frames * windows * groups,) transfer cycles of all output beats."""
        schedule, fold = self.schedule, self.schedule.fold
        if windows is None:  # about as long as the run will take
            work = max(schedule.work / self.ready.share, schedule.input_beats / self.offer.share)
            cycles = min(int(1.2 * frames * work), _REACH)
            self.offer.reach(cycles)
            self.ready.reach(cycles)
        accepts = Accepts(self.memories, frames, self.offer)
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
            fetches = Fetches(self.memories, frames, accepts)
        steps = self._windows(accepts, fetches, frames, beats, cycles)
        total = None if windows is None else windows * beats
        found = self._play(steps, accepts, fetches or accepts, frames, total)
        self.latency = self.first_step - (cycles - fold.beat_steps) + schedule.pipeline - first
        if whole:
            groups = np.arange(fold.window_beats) - (fold.window_beats - 1)
            found = (found[:, None] + groups * fold.beat_steps).ravel()
        return found

    def _windows(
        self, accepts: Accepts, fetches: Fetches | None, frames: int, beats: int, cycles: int
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

    def _shifts(self, accepts: Accepts, frames: int) -> _Steps:
        """Columns shifted into a register, where the fetch that completes a window issues it."""
        found = Shifts.of(self.schedule, frames)
        there = accepts.points(found.needs)
        return _Steps(there, accepts.cycles, ARRIVE, ARRIVE, 1, found.order, found.emits, found.takes,
                      accepts.freed[1:])

    def _play(
        self, steps: _Steps, accepts: Accepts, supply: Accepts | Fetches, frames: int, most: int | None
    ) -> np.ndarray:
        """Transfer cycles of the beats of all steps, or of the first `most`."""
        total, frame_steps = most or steps.there.size, steps.there.size // frames
        upto = np.maximum.accumulate(steps.there) + 1
        beats = np.arange(total + 1) if steps.emits is None else _before(steps.emits)
        visits = np.arange(total + 1) if steps.frees is None else _before(steps.frees)
        sends = Sends(self.schedule, int(beats[total]), self.ready)
        start = begun = 0  # the point that the first step of a frame waits for, and when that begins
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
            some = np.arange(stop - at) if steps.emits is None else steps.emits[here].nonzero()[0]
            if stepped:
                sends.step(np.maximum.accumulate(found)[some], order[some], steps.cycles)
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
                good = int(some[sent])
            if begins and accepts.in_order(start + 1) <= start:
                good = 0
            # A beat or a column that had to wait for room may still be there in time.
            supplied = supply.in_order(wanted)
            for _ in range(_AGAIN):
                if supplied >= wanted:
                    break
                supply.take(wanted)
                good = min(good, first_bad(steps.source[steps.there[here]] + lag > found))
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
