"""Where windows are kept that grow as their pixels arrive: at most one row of them, one of each slice.

A window's row of pixels comes slice by slice, `slices` beats apart, and its next row some image row later.

    memory   a row of partial results; one of each slice where windows are one row, or rows one window
    ring     registers: what the last pixel of the row at hand has given, of each slice

What is read of the memory was written `TURN` cycles before, at the least.  Where slices come around sooner,
the row at hand is in the ring and the memory holds what rows before it gave; a few results are in the ring
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from windrow.timing.schedule import Schedule
from windrow.window.axis import Axis

__all__ = ["TURN", "Partials"]

TURN = 4
"""Cycles from a read of the memory to the first that sees what became of it."""


@dataclass(frozen=True)
class Partials:
    """The partial results of a schedule that accumulates."""

    schedule: Schedule

    @cached_property
    def _pixels(self) -> tuple[int, int]:
        """Rows and columns of the largest window, without padding."""
        return _most_real(self.schedule.rows), _most_real(self.schedule.columns)

    @property
    def in_row(self) -> bool:
        """Does a window go on within a row of pixels?"""
        return self._pixels[1] > 1

    @property
    def columns(self) -> int:
        """Windows side by side that are under way at once."""
        return self.schedule.columns.outputs if self._pixels[0] > 1 else 1

    @property
    def entries(self) -> int:
        """Partial results that there are, each of all lanes; none where every window is a pixel."""
        return self.columns * self.schedule.slices if max(self._pixels) > 1 else 0

    @property
    def stored(self) -> int:
        """Entries of the memory."""
        return self.entries if self.entries >= TURN else 0

    @property
    def ring(self) -> int:
        """Entries of the ring."""
        if not self.stored:
            return self.entries
        return self.schedule.slices if self.in_row and self.schedule.slices < TURN else 0


def _most_real(axis: Axis) -> int:
    return int((axis.end_tap - axis.first_tap).max())
