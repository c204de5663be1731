"""How much the line buffer must hold (theory.md, "Buffer size ...").

Two questions, one formula.  Where the input sets the pace, the ring must never stall a beat of an
input that never pauses; where the array or its reader does, it must never starve them.  In both,
a beat occupies its slot from the cycle in which it arrives (at the latest in which it must) to the
cycle in which the window that last wants it is done and its credit is back.  Counted in stored
beats, with the turn-around of the credit loop in it, so nothing is added afterwards but the
rounding to whole rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from windrow.timing.depths import RETURN

if TYPE_CHECKING:
    from windrow.stage.design import Design

_SETTLE = 64  # cycles after which no loop of the pipeline remembers how a run began


def _frames(design: Design) -> int:
    """Frames to look at: three, and more where a frame is shorter than the pipeline."""
    return 3 + 2 * (_SETTLE // design.input_beats)


def _repeat(per_frame: np.ndarray, frames: int, step: int) -> np.ndarray:
    """Concatenate `frames` copies, each `step` above the one before."""
    return (per_frame.ravel() + step * np.arange(frames)[:, None]).ravel()


def serve(release: np.ndarray, cycles: int) -> np.ndarray:
    """Completion of jobs of `cycles` each, served in order from their release on."""
    order = np.arange(release.size)
    return np.maximum.accumulate(release - cycles * order) + cycles * (order + 1)


def finish(design: Design, frames: int) -> np.ndarray:
    """(frames * windows,) `F_j` of theory.md: the ideal server's finish of each window."""
    needs = design.window_walk.needs.ravel()
    release = np.full(needs.size, design.slices - 1)
    release[needs >= 0] = design.stored_beats[needs[needs >= 0]]
    return serve(_repeat(release, frames, design.input_beats), design.fold)


def fetch_releases(design: Design, frames: int) -> np.ndarray:
    """(frames * fetches,) input beat that releases each column fetch."""
    needs = design.fetch_walk.needs.ravel()
    return _repeat(design.stored_beats[needs], frames, design.input_beats)


def last_fetch(design: Design, frames: int) -> np.ndarray:
    """(frames * windows,) the last fetch that each window waits for; -1 for none yet."""
    walk = design.store_walk
    columns = _repeat(walk.needs, frames, walk.frame_units)
    return np.maximum((columns + 1) * design.slices - 1, -1)


def store_keeps_up(design: Design) -> bool:
    """Is every window's last column fetched by the time the array could begin with it?

    So it is when a row of windows takes at least as long as fetching its columns (theory.md, "column
    store"), but for one case: where columns are skipped, the array can be level with the input while
    the fetch waits for it, and there is no time left to fetch ahead across a row change.
    """
    if design.fold * design.columns.outputs < design.row_beats:
        return False
    if design.columns.stored == design.layer.width or not design.frame_beats:
        return True
    frames = _frames(design)
    ideal = finish(design, frames)
    last = last_fetch(design, frames)
    fetched = serve(fetch_releases(design, frames), 1) - 1
    starts = np.maximum(ideal - design.fold, np.where(last >= 0, fetched[last], 0))
    return bool((serve(starts, design.fold) == ideal).all())


def ring_rows(design: Design) -> int:
    """Rows of the ring: the beats it must hold, rounded up to whole stored rows."""
    if not design.frame_beats:
        return 1
    return -(-ring_beats(design) // design.row_beats)


def ring_beats(design: Design) -> int:
    """Stored beats that the ring must hold at once."""
    frames = _frames(design)
    walk = design.window_walk
    done = finish(design, frames)
    oldest = _repeat(walk.oldest, frames, walk.frame_units)
    stored = _repeat(design.stored_beats, frames, design.input_beats)
    least = int((walk.newest - walk.oldest)[walk.reads].max()) + 1
    fetched = None
    if not design.gathers:
        fetches = design.fetch_walk
        least = max(least, int((fetches.newest - fetches.oldest).max()) + 1)
        fetched = serve(fetch_releases(design, frames), 1)
        last = last_fetch(design, frames)
        done = np.maximum(done, np.where(last >= 0, fetched[last], 0))
    fetch_beats = 0 if fetched is None else fetched.size // frames
    if max(design.fold * design.windows, fetch_beats) > design.input_beats:
        arrival = _latest_arrivals(design, frames, done, fetched)[stored]
    else:
        arrival = stored
    # A credit given at `done + 1` is back RETURN cycles later; beats that come before need room.
    held = np.searchsorted(arrival, done + RETURN, side="right") - oldest
    middle = slice(walk.reads.size * (frames // 2), walk.reads.size * (frames // 2 + 1))
    return max(least, int(held[middle].max()))


def store_bits(design: Design) -> int:
    """Bits of the column store; 0 where there is none."""
    if not design.stores:
        return 0
    words = design.store_columns << design.store_slice_bits
    return words * design.layer.kernel_size[0] * design.beat_bits


def _latest_arrivals(
    design: Design, frames: int, done: np.ndarray, fetched: np.ndarray | None
) -> np.ndarray:
    """(frames * input_beats,) latest cycle in which each input beat may arrive, in order."""
    beats = np.arange(frames * design.input_beats)
    due = np.full(beats.size, done[-1])
    if fetched is None:
        needs = design.window_walk.needs.ravel()
        reads = np.flatnonzero(needs >= 0)
        release = _repeat(design.stored_beats[needs[reads]], frames, design.input_beats)
        when = done.reshape(frames, -1)[:, reads].ravel() - design.fold
    else:
        release = fetch_releases(design, frames)
        when = np.full(fetched.size, done[-1])
        last = last_fetch(design, frames)
        waits = last >= 0
        np.minimum.at(when, last[waits], done[waits] - design.fold)
        order = np.arange(when.size)
        when = np.minimum.accumulate((when - order)[::-1])[::-1] + order
        when = np.maximum(when, fetched - 1)
    np.minimum.at(due, release, when)
    if design.starts_in_padding:
        firsts = np.arange(frames) * design.input_beats + design.slices - 1
        np.minimum.at(due, firsts, done.reshape(frames, -1)[:, 0] - design.fold)
    return np.minimum.accumulate((due - beats)[::-1])[::-1] + beats


def started_frames(design: Design) -> int:
    """Frames whose first pixel may arrive before their first window, all padding, is served."""
    held = design.ring_rows // design.rows.stored if design.frame_beats else 0
    return held + 2 + _SETTLE // 4 // design.input_beats
