"""Shifts: every column that a run shifts into the register of windows, in order, for both forms of the law.

The last window of a row may lack a column that lies in padding. The shift that completes it takes in the
first column of the next row where that is there, and nothing where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windrow.timing.ideal import repeat
from windrow.timing.schedule import Schedule

__all__ = ["Shifts"]


@dataclass(frozen=True, eq=False)
class Shifts:
    """needs: (shifts,) the stored beat that each waits for; -1 for nothing
    order: (shifts,) cycles from the first to each, were they never late
    emits: (shifts,) bool: does it complete a window?
    takes: (shifts,) bool: does it take a column of its own row?
    """

    needs: np.ndarray
    order: np.ndarray
    emits: np.ndarray
    takes: np.ndarray

    @classmethod
    def of(cls, schedule: Schedule, frames: int) -> Shifts:
        """Those of `frames` frames."""
        axis, walk, trailing = schedule.columns, schedule.fetch_walk, min(1, schedule.trailing_shifts)
        rows, row = frames * walk.row_real.size, schedule.row_beats
        at = np.arange(row + trailing)
        needs = np.full((rows, at.size), -1)
        needs[:, :row] = repeat(walk.needs, frames, walk.frame_units).reshape(rows, row)
        order = row * np.arange(rows)[:, None] + at + 1
        emits = (at >= axis.offsets[-1]) & ((at - axis.offsets[-1]) % axis.advance == 0) | (at == row)
        return cls(needs.ravel(), order.ravel(), np.tile(emits, rows), np.tile(at < row, rows))
