"""What hardware that takes several pixels a beat holds: rows of beats, as in theory.md, "Buffer size ..."."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN
from windrow.timing.group_schedule import GroupSchedule
from windrow.timing.ideal import repeat, serve, settled_frames
from windrow.timing.memories import Memories

__all__ = ["GroupMemories", "completed", "free_shifts", "ring_beats"]


@dataclass(frozen=True)
class GroupMemories(Memories):
    """The ring of rows of a `GroupSchedule`."""

    schedule: GroupSchedule

    @cached_property
    def ring_rows(self) -> int:
        """Rows in the ring of the line buffer."""
        if self.rows is not None:
            return self.rows
        return -(-ring_beats(self.schedule) // self.schedule.row_beats)

    @property
    def keeps_up(self) -> bool:
        """Are rows of windows no longer than the rows of the image that they take?  The input then never
        waits."""
        schedule = self.schedule
        return schedule.rows.outputs * schedule.row_cycles <= schedule.input_beats

    @cached_property
    def ideal(self) -> bool:
        """Does every group leave as soon as the ideal server of theory.md is done with it?"""
        schedule = self.schedule
        if not self.keeps_up:
            return False
        frames, cycles = settled_frames(schedule), schedule.fold.cycles
        walk = schedule.window_walk
        release = schedule.stored_beats[walk.needs.ravel()]
        done = serve(repeat(release, frames, schedule.input_beats), cycles)
        begun = completed(schedule, free_shifts(schedule, frames)).ravel()
        return bool((begun + cycles == done + ARRIVE).all())


def free_shifts(schedule: GroupSchedule, frames: int, rows: int | None = None) -> np.ndarray:
    """(rows of windows of all frames, period) when each shift comes, with an input that never waits; of the
    first `rows` of a frame alone where given.
    """
    needs = schedule.fetch_walk.needs[:rows]
    beats = repeat(schedule.stored_beats[needs.ravel()], frames, schedule.input_beats)
    cycles = np.where(schedule.emits[: schedule.period], schedule.fold.cycles, 1)  # that each takes
    order = np.tile(cycles, needs.shape[0] * frames)
    order = np.cumsum(order) - order
    return (np.maximum.accumulate(beats + ARRIVE - order) + order).reshape(-1, schedule.period)


def completed(schedule: GroupSchedule, shifts: np.ndarray) -> np.ndarray:
    """(rows, groups) the shift that completes each group, of rows of `shifts`."""
    trailing = shifts[:, -1:] + 1 + np.arange(schedule.trailing)
    return np.append(shifts, trailing, axis=1)[:, schedule.completing]


@lru_cache(maxsize=1024)
def ring_beats(schedule: GroupSchedule) -> int:
    """Beats that must be held at once: for the input never to wait, or for the shifts never to."""
    frames, walk = settled_frames(schedule), schedule.fetch_walk
    last = frames * schedule.input_beats - 1
    shifts = free_shifts(schedule, frames).ravel()
    until = shifts + RETURN  # beats that come before need room of their own
    if schedule.rows.outputs * schedule.row_cycles > schedule.input_beats:
        due = np.full(last + 1, shifts[-1])
        needs = repeat(schedule.stored_beats[walk.needs.ravel()], frames, schedule.input_beats)
        np.minimum.at(due, needs, shifts - ARRIVE)
        order = np.arange(last + 1)
        arrival = np.minimum.accumulate((due - order)[::-1])[::-1] + order
        until = np.searchsorted(arrival, until, side="right") - 1
    kept = np.cumsum(np.repeat(schedule.rows.kept, schedule.beats))
    frame, beat = np.divmod(np.minimum(until, last), schedule.input_beats)
    stored = frame * schedule.frame_beats + np.where(until < 0, 0, kept[beat])
    held = (stored - repeat(walk.oldest, frames, walk.frame_units)).reshape(frames, -1)
    return max(walk.span, int(held[frames // 2].max()))
