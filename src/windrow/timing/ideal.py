"""The ideal server of theory.md, and which schedules keep up with it.

    F_j = max(R_j, F_{j-1}) + f

`R_j` is the input beat that releases window `j`.  A reader that fetches columns is a second server in front.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from windrow.timing.schedule import Schedule

__all__ = ["fetch_releases", "finish", "keeps_up", "last_fetch", "repeat", "serve", "settled_frames"]

SETTLE = 64  # cycles after which no loop of the pipeline remembers how a run began


def settled_frames(schedule: Schedule) -> int:
    """Frames to look at: three, and more where a frame is shorter than the pipeline."""
    return 3 + 2 * (SETTLE // schedule.input_beats)


def repeat(per_frame: np.ndarray, frames: int, step: int) -> np.ndarray:
    """Concatenate `frames` copies, each `step` above the one before."""
    return (per_frame.ravel() + step * np.arange(frames)[:, None]).ravel()


def serve(release: np.ndarray, cycles: int) -> np.ndarray:
    """Completion of jobs of `cycles` each, served in order from their release on."""
    order = np.arange(release.size)
    return np.maximum.accumulate(release - cycles * order) + cycles * (order + 1)


def finish(schedule: Schedule, frames: int) -> np.ndarray:
    """(frames * windows,) `F_j` of theory.md: the ideal server's finish of each window."""
    needs = schedule.window_walk.needs.ravel()
    release = np.full(needs.size, schedule.slices - 1)
    release[needs >= 0] = schedule.stored_beats[needs[needs >= 0]]
    return serve(repeat(release, frames, schedule.input_beats), schedule.fold.cycles)


def fetch_releases(schedule: Schedule, frames: int) -> np.ndarray:
    """(frames * fetches,) input beat that releases each column fetch."""
    needs = schedule.fetch_walk.needs.ravel()
    return repeat(schedule.stored_beats[needs], frames, schedule.input_beats)


def last_fetch(schedule: Schedule, frames: int) -> np.ndarray:
    """(frames * windows,) the last fetch that each window waits for; -1 for none yet."""
    walk = schedule.store_walk
    columns = repeat(walk.needs, frames, walk.frame_units)
    return np.maximum((columns + 1) * schedule.slices - 1, -1)


@lru_cache(maxsize=1024)
def keeps_up(schedule: Schedule) -> bool:
    """Is every window's last column fetched by the time the array could begin with it?

    Always, where the array reads the line buffer itself.  With a column store it is when a row of windows
    takes at least as long as fetching its columns (theory.md, "column store"), but for one case: where
    columns are skipped, the array can be level with the input while the fetch waits for it, and there is no
    time left to fetch ahead across a row change.
    """
    fold, columns = schedule.fold.cycles, schedule.columns
    if schedule.gathers:
        return True
    if fold * columns.outputs < schedule.row_beats:
        return False
    if columns.stored == schedule.window.width or not schedule.frame_beats:
        return True
    frames = settled_frames(schedule)
    ideal = finish(schedule, frames)
    last = last_fetch(schedule, frames)
    fetched = serve(fetch_releases(schedule, frames), 1) - 1
    starts = np.maximum(ideal - fold, np.where(last >= 0, fetched[last], 0))
    return bool((serve(starts, fold) == ideal).all())
