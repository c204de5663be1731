"""How much the line buffer must hold (theory.md, "Buffer size ...").

Two questions, one formula.  Where the input sets the pace, the ring must never stall a beat of an
input that never pauses; where the array or its reader does, it must never starve them.  In both,
a beat occupies its slot from the cycle in which it arrives (at the latest in which it must) to the
cycle in which the window that last wants it is done and its credit is back.  Counted in stored
beats, with the turn-around of the credit loop in it, so nothing is added afterwards but the
rounding to whole rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil

import numpy as np

from windrow.timing.depths import RETURN, STORE
from windrow.timing.ideal import (
    SETTLE,
    fetch_releases,
    finish,
    keeps_up,
    last_fetch,
    repeat,
    serve,
    settled_frames,
)
from windrow.timing.schedule import Schedule

__all__ = ["Memories"]


@dataclass(frozen=True)
class Memories:
    """What the hardware of a schedule holds.

    rows: rows in the ring of the line buffer, where they are given (programmed hardware has those of its
        largest setting); by default as many as the schedule needs
    """

    schedule: Schedule
    rows: int | None = None

    # Line buffer --------------------------------------------------------------------------------

    @cached_property
    def ring_rows(self) -> int:
        """Rows in the ring of the line buffer."""
        return ring_rows(self.schedule) if self.rows is None else self.rows

    @property
    def ring_beats(self) -> int:
        """Stored beats that the ring holds."""
        return self.ring_rows * self.schedule.row_beats

    @cached_property
    def started_frames(self) -> int:
        """Frames whose first pixel may arrive before their first window, all padding, is served."""
        schedule = self.schedule
        held = self.ring_rows // schedule.rows.stored if schedule.frame_beats else 0
        return held + 2 + SETTLE // 4 // schedule.input_beats

    @property
    def frames_held(self) -> int:
        """Frames of which something can be held at once, at the most."""
        if self.rows is not None:
            return self.rows  # a frame has a row at least
        whole = self.ring_beats // max(1, self.schedule.frame_beats)
        return whole + self.started_frames + self.store_columns

    @cached_property
    def ideal(self) -> bool:
        """Does beat `k` of window `j` leave at `F_j + L - (NG-1-k)*f/NG` in free flow?

        theory.md, "When the array is ideal"; never where the rows that are given starve the array.
        """
        enough = self.rows is None or self.rows >= ring_rows(self.schedule)
        return enough and keeps_up(self.schedule)

    # Column store -------------------------------------------------------------------------------

    @cached_property
    def store_banks(self) -> int:
        """Banks of the column store: the fewest that hold every column of a window apart."""
        offsets = self.schedule.columns.offsets
        banks = len(offsets)
        while len({offset % banks for offset in offsets}) < len(offsets):
            banks += 1
        return banks

    @cached_property
    def store_depth(self) -> int:
        """Columns per bank, a power of two: two windows and the turn-around of its credits."""
        columns = self.schedule.columns
        span = columns.offsets[-1] - columns.offsets[0] + 1
        turn = ceil((STORE + RETURN) / self.schedule.slices) * max(1, columns.advance)
        return 1 << (ceil((2 * span + turn) / self.store_banks) - 1).bit_length()

    @property
    def store_columns(self) -> int:
        """Columns that the column store holds."""
        return self.store_banks * self.store_depth

    @property
    def store_slice_bits(self) -> int:
        """Bits that number the slices of a column."""
        return (self.schedule.slices - 1).bit_length()

    @property
    def store_beats(self) -> int:
        """Beats that the column store has room for, each of the slices of a column rounded up to a power of
        two; 0 where there is none.
        """
        if not self.schedule.stores:
            return 0
        return (self.store_columns << self.store_slice_bits) * self.schedule.window.kernel_size[0]


@lru_cache(maxsize=1024)
def ring_rows(schedule: Schedule) -> int:
    """Rows of the ring: the beats it must hold, rounded up to whole stored rows."""
    if not schedule.frame_beats:
        return 1
    return -(-ring_beats(schedule) // schedule.row_beats)


def ring_beats(schedule: Schedule) -> int:
    """Stored beats that the ring must hold at once."""
    frames = settled_frames(schedule)
    walk = schedule.window_walk
    done = finish(schedule, frames)
    oldest = repeat(walk.oldest, frames, walk.frame_units)
    stored = repeat(schedule.stored_beats, frames, schedule.input_beats)
    least = int((walk.newest - walk.oldest)[walk.reads].max()) + 1
    fetched = None
    if not schedule.gathers:
        fetches = schedule.fetch_walk
        least = max(least, int((fetches.newest - fetches.oldest).max()) + 1)
        fetched = serve(fetch_releases(schedule, frames), 1)
        last = last_fetch(schedule, frames)
        done = np.maximum(done, np.where(last >= 0, fetched[last], 0))
    fetch_beats = 0 if fetched is None else fetched.size // frames
    if max(schedule.work, fetch_beats) > schedule.input_beats:
        arrival = _latest_arrivals(schedule, frames, done, fetched)[stored]
    else:
        arrival = stored
    # A credit given at `done + 1` is back RETURN cycles later; beats that come before need room.
    held = np.searchsorted(arrival, done + RETURN, side="right") - oldest
    middle = slice(walk.reads.size * (frames // 2), walk.reads.size * (frames // 2 + 1))
    return max(least, int(held[middle].max()))


def _latest_arrivals(
    schedule: Schedule, frames: int, done: np.ndarray, fetched: np.ndarray | None
) -> np.ndarray:
    """(frames * input_beats,) latest cycle in which each input beat may arrive, in order."""
    beats = np.arange(frames * schedule.input_beats)
    due = np.full(beats.size, done[-1])
    if fetched is None:
        needs = schedule.window_walk.needs.ravel()
        reads = np.flatnonzero(needs >= 0)
        release = repeat(schedule.stored_beats[needs[reads]], frames, schedule.input_beats)
        when = done.reshape(frames, -1)[:, reads].ravel() - schedule.fold.cycles
    else:
        release = fetch_releases(schedule, frames)
        when = np.full(fetched.size, done[-1])
        last = last_fetch(schedule, frames)
        waits = last >= 0
        np.minimum.at(when, last[waits], done[waits] - schedule.fold.cycles)
        order = np.arange(when.size)
        when = np.minimum.accumulate((when - order)[::-1])[::-1] + order
        when = np.maximum(when, fetched - 1)
    np.minimum.at(due, release, when)
    if schedule.starts_in_padding:
        firsts = np.arange(frames) * schedule.input_beats + schedule.slices - 1
        np.minimum.at(due, firsts, done.reshape(frames, -1)[:, 0] - schedule.fold.cycles)
    return np.minimum.accumulate((due - beats)[::-1])[::-1] + beats
