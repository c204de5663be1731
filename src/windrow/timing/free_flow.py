"""Designs that are not ideal, in free flow: the exact law without a step of Python per beat.

Suppose that no credit is ever missed: then every sequence waits only for the one before it, and NumPy
computes all four at once.  If what comes out leaves every credit in time, the supposition was right and
the result is the law's; if not, nothing is said and the law has to be stepped through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from windrow.timing import memories as capacity
from windrow.timing.depths import ARRIVE, RETURN, STORE

if TYPE_CHECKING:
    from windrow.stage.design import Design


def last_steps(design: Design, frames: int) -> np.ndarray | None:
    """(frames * windows,) cycle in which each window's last step is issued; None where credits matter."""
    if design.gathers or design.starts_in_padding or not design.frame_beats:
        return None
    releases = capacity.fetch_releases(design, frames)
    fetches = capacity.serve(releases + ARRIVE, 1) - 1
    walk = design.fetch_walk
    stored = np.tile(design.stored_beats, (frames, 1)) + design.input_beats * np.arange(frames)[:, None]
    freed = np.repeat(fetches + RETURN, np.tile(walk.frees.ravel(), frames))
    if not _in_time(freed, stored.ravel(), design.ring_beats):
        return None
    if design.shifts:
        return _shifted(design, fetches)
    last = capacity.last_fetch(design, frames)
    ready = np.where(last >= 0, fetches[last] + STORE, 0)
    ends = capacity.serve(ready, design.fold) - 1
    freed = np.repeat(ends + RETURN, np.tile(design.store_walk.frees.ravel(), frames))
    columns = fetches[:: design.slices]
    return ends if _in_time(freed, columns, design.store_columns) else None


def _in_time(freed: np.ndarray, used: np.ndarray, places: int) -> bool:
    """Is place `n - places` free by the time that unit `n` takes it?"""
    waiting = used[places:]
    return freed.size >= waiting.size and bool((freed[: waiting.size] <= waiting).all())


def _shifted(design: Design, fetches: np.ndarray) -> np.ndarray:
    """Windows are issued by the fetch of their last column, the last of a row maybe one shift later."""
    axis = design.columns
    rows = fetches.reshape(-1, design.row_beats)
    at = np.arange(axis.outputs) * axis.advance + axis.offsets[-1]
    late = at >= design.row_beats
    return (rows[:, np.minimum(at, design.row_beats - 1)] + late).ravel()
