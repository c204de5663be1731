"""Where windows are kept that grow as their pixels arrive and have some in common: rows first, then columns.

    along   of the row at hand, what its open windows have so far, of each slice
    down    of each window of a row, what the rows of windows that are open have so far, of each slice

A pixel goes to the windows that are open along its row; what a window has of the row when it ends there goes
to those that are open down its column.  So at most `ceil((k-1)/s)` partial results wait at a place, side by
side in one word; places are passed in turn, and are a memory where the turn is long enough for it, else
registers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from windrow.timing.partials import TURN
from windrow.timing.schedule import Schedule
from windrow.window.open_windows import OpenWindows

__all__ = ["OpenPartials", "Places"]


@dataclass(frozen=True)
class Places:
    """So many places in turn, each with partial results of at most `pixels` pixels, the oldest first."""

    count: int
    pixels: tuple[int, ...]

    @property
    def stored(self) -> int:
        """Words of the memory; 0 where they are registers, or none."""
        return self.count if self.pixels and self.count >= TURN else 0


@dataclass(frozen=True)
class OpenPartials:
    """The partial results of a schedule that accumulates windows with pixels in common."""

    schedule: Schedule

    @cached_property
    def rows(self) -> OpenWindows:
        return OpenWindows(self.schedule.rows)

    @cached_property
    def columns(self) -> OpenWindows:
        return OpenWindows(self.schedule.columns)

    @property
    def along(self) -> Places:
        """Of the row at hand."""
        return Places(self.schedule.slices, self.columns.held)

    @property
    def down(self) -> Places:
        """Of the rows of windows that are open."""
        widest = max(self.columns.reals)
        held = tuple(rows * widest for rows in self.rows.held)
        return Places(self.schedule.slices * self.schedule.columns.outputs, held)
