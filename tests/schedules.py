"""The timing model written down plainly: one array element for every beat, window and fetch of whole frames.

What `windrow.timing` computes from rows and columns apart is compared with this.  Random small schedules too,
with every reader, stored densely or not.
"""

import random
from dataclasses import dataclass

import numpy as np

from windrow.timing.depths import RETURN
from windrow.timing.folding import Fold, legal_taps
from windrow.timing.ideal import settled_frames
from windrow.timing.schedule import Schedule
from windrow.window.walk import Walk
from windrow.window.window import Window

NEVER = np.iinfo(np.int64).max // 4


def random_schedule(dice: random.Random, largest: int = 12) -> Schedule:
    """A schedule that hardware can have: odd strides, dilations, windows all in padding, skipped columns."""
    while True:
        kernel = dice.randint(1, 5), dice.randint(1, 5)
        stride = dice.randint(1, 5), dice.randint(1, 5)
        dilation = dice.choice([1, 1, 1, 2, 3, 5]), dice.choice([1, 1, 1, 2, 3, 5])
        height, width = dice.randint(1, largest), dice.randint(1, largest)
        most = dice.choice([0, 0, 1, 3, 8])
        top, bottom, left, right = (dice.randint(0, most) for _ in range(4))
        fetch_bound = dice.random() < 0.1  # more rows of windows than image rows, few windows in them
        if fetch_bound:
            stride, top, bottom = (1, max(2, stride[1])), kernel[0] - 1, kernel[0] - 1
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        if spans[0] > height + top + bottom or spans[1] > width + left + right:
            continue
        taps, dense = dice.choice(legal_taps(kernel)[-1 if fetch_bound else 0 :]), dice.random() < 0.25
        steps = -(-kernel[0] * kernel[1] // taps)
        beats = 1 if fetch_bound else dice.choice([1, 1, 1, 2, 3, 7, 16])
        fold = Fold(dice.choice([1, 1, 1, 2]), beats, dice.choice([1, 1, 2, 3]), steps, taps)
        if dense and taps > kernel[0]:  # a shift register that can be programmed
            if dilation != (1, 1) or width < 2 or max(top, bottom) >= kernel[0]:
                continue
            if left > kernel[1] - 2 or right > 1:
                continue
            fold = Fold(1, 1, 1, 1, kernel[0] * kernel[1])
        window = Window(height, width, kernel, stride, dilation, ((top, bottom), (left, right)))
        return Schedule(window, fold, dice.randint(1, 8), dense)


def serve(release: np.ndarray, cycles: int) -> np.ndarray:
    """Completion of jobs of `cycles` each, served in order from their release on."""
    done, last = [], -NEVER
    for at in release.tolist():
        last = max(at, last) + cycles
        done.append(last)
    return np.array(done, np.int64)


def repeat(per_frame: np.ndarray, frames: int, step: int) -> np.ndarray:
    return (per_frame.ravel() + step * np.arange(frames)[:, None]).ravel()


def newest(walk: Walk) -> np.ndarray:
    """(Y, X) last unit a visit reads; meaningless where it reads nothing."""
    return walk.row_high[:, None] * walk.row_units + walk.column_high[None, :]


def needs(walk: Walk) -> np.ndarray:
    if not walk.reads.any():
        return np.full(walk.reads.shape, -1)
    need = newest(walk)[walk.reads][-1] - walk.frame_units
    found = np.empty(walk.reads.shape, np.int64)
    for y, x in np.ndindex(*found.shape):
        if walk.reads[y, x]:
            need = walk.row_high[y] * walk.row_units + walk.column_high[x]
        found[y, x] = need
    return found


def oldest(walk: Walk) -> np.ndarray:
    if not walk.reads.any():
        return np.zeros(walk.reads.shape, np.int64)
    first = walk.row_low[:, None] * walk.row_units + walk.column_low[None, :]
    flat = np.where(walk.reads, first, NEVER).ravel()
    flat[-1] = min(flat[-1], flat.min() + walk.frame_units)
    return np.minimum.accumulate(flat[::-1])[::-1].reshape(walk.reads.shape)


@dataclass
class Arrays:
    """Everything about `frames` frames of a schedule."""

    schedule: Schedule
    frames: int

    def releases(self) -> np.ndarray:
        """(windows,) input beat that releases each window."""
        schedule = self.schedule
        need = needs(schedule.window_walk).ravel()
        release = np.full(need.size, schedule.slices - 1)
        release[need >= 0] = schedule.stored_beats[need[need >= 0]]
        return repeat(release, self.frames, schedule.input_beats)

    def finish(self) -> np.ndarray:
        return serve(self.releases(), self.schedule.fold.cycles)

    def fetch_releases(self) -> np.ndarray:
        schedule = self.schedule
        beats = schedule.stored_beats[newest(schedule.fetch_walk).ravel()]
        return repeat(beats, self.frames, schedule.input_beats)

    def last_fetch(self) -> np.ndarray:
        """(windows,) the last fetch that each window waits for; -1 for none yet."""
        walk = self.schedule.store_walk
        columns = repeat(needs(walk), self.frames, walk.frame_units)
        return np.maximum((columns + 1) * self.schedule.slices - 1, -1)

    def keeps_up(self) -> bool:
        ideal, last, fold = self.finish(), self.last_fetch(), self.schedule.fold.cycles
        fetched = serve(self.fetch_releases(), 1) - 1
        starts = np.maximum(ideal - fold, np.where(last >= 0, fetched[last], 0))
        return bool((serve(starts, fold) == ideal).all())


def ring_beats(schedule: Schedule) -> int:
    """Stored beats that the ring must hold at once: theory.md, "Buffer size ..."."""
    frames = settled_frames(schedule)
    arrays, walk = Arrays(schedule, frames), schedule.window_walk
    done, fetched = arrays.finish(), None
    kept = repeat(oldest(walk), frames, walk.frame_units)
    stored = repeat(schedule.stored_beats, frames, schedule.input_beats)
    least = int((newest(walk) - oldest(walk))[walk.reads].max()) + 1
    pace = schedule.work
    if not schedule.gathers:
        fetches = schedule.fetch_walk
        least = max(least, int((newest(fetches) - oldest(fetches)).max()) + 1)
        fetched, last = serve(arrays.fetch_releases(), 1), arrays.last_fetch()
        done = np.maximum(done, np.where(last >= 0, fetched[last], 0))
        pace = max(pace, fetched.size // frames)
    arrival = latest_arrivals(arrays, done, fetched)[stored] if pace > schedule.input_beats else stored
    held = np.searchsorted(arrival, done + RETURN, side="right") - kept
    return max(least, int(held.reshape(frames, -1)[frames // 2].max()))


def latest_arrivals(arrays: Arrays, done: np.ndarray, fetched: np.ndarray | None) -> np.ndarray:
    """(frames * input_beats,) latest cycle in which each input beat may arrive, in order."""
    schedule, frames = arrays.schedule, arrays.frames
    begins = done - schedule.fold.cycles
    due = np.full(frames * schedule.input_beats, done[-1])
    if fetched is None:
        reads = np.tile(needs(schedule.window_walk).ravel() >= 0, frames)
        np.minimum.at(due, arrays.releases()[reads], begins[reads])
    else:
        when, last = np.full(fetched.size, done[-1]), arrays.last_fetch()
        np.minimum.at(when, last[last >= 0], begins[last >= 0])
        when = np.maximum(_in_order(when), fetched - 1)
        np.minimum.at(due, arrays.fetch_releases(), when)
    if schedule.starts_in_padding:
        firsts = np.arange(frames) * schedule.input_beats + schedule.slices - 1
        np.minimum.at(due, firsts, begins.reshape(frames, -1)[:, 0])
    return _in_order(due)


def _in_order(latest: np.ndarray) -> np.ndarray:
    """One a cycle at the most, none behind its latest."""
    for at in range(latest.size - 2, -1, -1):
        latest[at] = min(latest[at], latest[at + 1] - 1)
    return latest
