"""Designs that are not ideal, in free flow: the exact law without a step of Python per beat.

Suppose that no credit is ever missed: then every sequence waits only for the one before it, and NumPy
computes all four at once.  If what comes out leaves every credit in time, the supposition was right and
the result is the law's; if not, nothing is said and the law has to be stepped through.
"""

from __future__ import annotations

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.ideal import fetch_releases, last_fetch, serve
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule


def last_steps(memories: Memories, frames: int) -> np.ndarray | None:
    """(frames * windows,) cycle in which each window's last step is issued; None where credits matter."""
    schedule = memories.schedule
    if schedule.gathers or schedule.starts_in_padding or not schedule.frame_beats:
        return None
    releases = fetch_releases(schedule, frames)
    fetches = serve(releases + ARRIVE, 1) - 1
    walk = schedule.fetch_walk
    stored = np.tile(schedule.stored_beats, (frames, 1)) + schedule.input_beats * np.arange(frames)[:, None]
    freed = np.repeat(fetches + RETURN, np.tile(walk.frees.ravel(), frames))
    if not _in_time(freed, stored.ravel(), memories.ring_beats):
        return None
    if schedule.shifts:
        return _shifted(schedule, fetches)
    last = last_fetch(schedule, frames)
    ready = np.where(last >= 0, fetches[last] + STORE, 0)
    ends = serve(ready, schedule.fold.cycles) - 1
    freed = np.repeat(ends + RETURN, np.tile(schedule.store_walk.frees.ravel(), frames))
    columns = fetches[:: schedule.slices]
    return ends if _in_time(freed, columns, memories.store_columns) else None


def _in_time(freed: np.ndarray, used: np.ndarray, places: int) -> bool:
    """Is place `n - places` free by the time that unit `n` takes it?"""
    waiting = used[places:]
    return freed.size >= waiting.size and bool((freed[: waiting.size] <= waiting).all())


def _shifted(schedule: Schedule, fetches: np.ndarray) -> np.ndarray:
    """Windows are issued by the fetch of their last column, the last of a row maybe one shift later."""
    axis = schedule.columns
    rows = fetches.reshape(-1, schedule.row_beats)
    at = np.arange(axis.outputs) * axis.advance + axis.offsets[-1]
    late = at >= schedule.row_beats
    return (rows[:, np.minimum(at, schedule.row_beats - 1)] + late).ravel()
