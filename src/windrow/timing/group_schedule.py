"""GroupSchedule: several pixels a beat, several windows side by side (theory.md, "Several pixels a beat").

A beat brings `pixels` neighbours of a row; where they do not divide it, the last beat of a row is filled in
part.  A *group* is the windows of one output beat: `outputs` neighbours of a row.  Its columns lie in the
same places of a shift register whenever `outputs * stride` is a multiple of `pixels`.

A row of windows is a row of shifts, one a cycle; each completes a group at the most:

    0 .. lead-1     of nothing: for groups that end in the padding at the left
    lead ..         of the row's beats
    .. period-1     of nothing: where a row of windows is longer than the image's
    period ..       `trailing` more, for groups that end in the padding at the right.  The next row's first
                    beats come with them where they are there; nothing waits for them

Where a group takes several cycles the register stands still for them, and nothing trails: such a row of
windows has cycles to spare.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windrow.timing.schedule import Schedule
from windrow.window.walk import Walk
from windrow.window.window import Window

__all__ = ["MOST_PIXELS", "GroupSchedule", "group_outputs"]

MOST_PIXELS = 16
"""Most pixels of a beat."""


def group_outputs(window: Window, pixels: int) -> int:
    """Windows of a group: the most that a beat of so many pixels can complete."""
    return -(-pixels // window.stride[1])


@dataclass(frozen=True)
class GroupSchedule(Schedule):
    """Groups of windows, each served as `fold` says; every "window" of the base class is a group here.

    pixels: neighbours of a row in a beat, with all their channels
    """

    pixels: int = 1

    # Beats and groups ---------------------------------------------------------------------------

    @property
    def outputs(self) -> int:
        """Windows of a group, side by side: those of an output beat."""
        return group_outputs(self.window, self.pixels)

    @property
    def groups(self) -> int:
        """Groups in a row of windows; the last may be filled in part."""
        return -(-self.columns.outputs // self.outputs)

    @property
    def beats(self) -> int:
        """Beats of an image row."""
        return -(-self.window.width // self.pixels)

    @property
    def input_beats(self) -> int:
        return self.window.height * self.beats

    @property
    def windows(self) -> int:
        return self.rows.outputs * self.groups

    @property
    def row_beats(self) -> int:
        return self.beats if self.rows.stored else 0

    @property
    def whole_rows(self) -> bool:
        return True

    @cached_property
    def stored_beats(self) -> np.ndarray:
        return (self.rows.positions[:, None] * self.beats + np.arange(self.beats)).ravel()

    @property
    def starts_in_padding(self) -> bool:
        return False  # what lies in padding waits for a pixel of its frame, as if it read the nearest

    # Reader -------------------------------------------------------------------------------------

    @property
    def gathers(self) -> bool:
        return False

    @cached_property
    def shifts(self) -> bool:
        return True

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Columns that the windows of a group read, counted from its first."""
        stride, offsets = self.window.stride[1], np.arange(self.columns.kernel) * self.window.dilation[1]
        found = np.arange(self.outputs)[:, None] * stride + offsets
        return tuple(np.unique(found).tolist())

    @cached_property
    def first_columns(self) -> np.ndarray:
        """(groups,) image column of the first place of each group; negative in the padding."""
        return np.arange(self.groups) * self.outputs * self.window.stride[1] - self.columns.before

    @cached_property
    def distances(self) -> np.ndarray:
        """(groups,) columns behind the last place of a group in the register, when its shift has come."""
        return self.pixels - 1 - (self.first_columns + self.places[-1]) % self.pixels

    @property
    def held_columns(self) -> int:
        """Columns in the register, those of the newest beat among them."""
        return max(self.pixels, int(self.distances.max()) + self.places[-1] + 1)

    @property
    def lead(self) -> int:
        """Shifts of nothing before a row's first beat."""
        return max(0, -(int(self.first_columns[0] + self.places[-1]) // self.pixels))

    @cached_property
    def completing(self) -> np.ndarray:
        """(groups,) the shift of its row that completes each group; ascending."""
        return (self.first_columns + self.places[-1]) // self.pixels + self.lead

    @cached_property
    def period(self) -> int:
        """Shifts from the first of a row to the first of the next.

        Shifts that trail complete groups of one row only, and are over before the next row's last.
        """
        first, last = self.completing[[0, -1]].tolist()
        if self.fold.cycles > 1:
            return max(self.lead + self.beats, last + 1)
        return max(self.lead + self.beats, last - first + 1, (last + 3) // 2)

    @property
    def row_cycles(self) -> int:
        """Cycles from the first shift of a row to the first of the next, where none has to wait."""
        return self.period + (self.fold.cycles - 1) * self.groups

    @property
    def trailing(self) -> int:
        """Shifts of a row that the next row's first beats may come with."""
        return max(0, int(self.completing[-1]) - self.period + 1)

    @cached_property
    def _beat_of(self) -> np.ndarray:
        """(period,) the beat of its row that each shift brings, or the nearest where it brings none."""
        return (np.arange(self.period) - self.lead).clip(0, self.beats - 1)

    @cached_property
    def _row_span(self) -> tuple[np.ndarray, np.ndarray]:
        """(rows of windows,) first and last stored row that each reads; one that it could, in padding."""
        rows = self.rows
        latest = np.maximum.accumulate(np.where(rows.real, np.arange(rows.outputs), -1))
        nearest = np.where(latest < 0, np.flatnonzero(rows.real)[0], latest)
        first = np.where(latest < 0, rows.lowest[nearest], rows.highest[nearest])
        return np.where(rows.real, rows.lowest, first), np.where(rows.real, rows.highest, first)

    def _walk(self, low: np.ndarray, high: np.ndarray) -> Walk:
        """Visits that read the beats `low` to `high` of the rows of every row of windows."""
        every, (first, last) = np.ones(self.rows.outputs, bool), self._row_span
        return Walk(first, last, every, low, high, np.ones(low.size, bool), self.beats, self.rows.stored)

    @cached_property
    def window_walk(self) -> Walk:
        """Groups over the stored beats."""
        width, stride = self.window.width, self.window.stride[1]
        ends = np.minimum(np.arange(1, self.groups + 1) * self.outputs, self.columns.outputs) - 1
        last = ends * stride - self.columns.before + self.columns.dilation * (self.columns.kernel - 1)
        low, high = (each.clip(0, width - 1) // self.pixels for each in (self.first_columns, last))
        return self._walk(low, high)

    @cached_property
    def fetch_walk(self) -> Walk:
        """The shifts of a row up to `period`, over the stored beats.

        Those that may come with shifts of the row before begin together: none may be missing then.
        """
        beats, together = self._beat_of, np.arange(self.period) < self.trailing
        latest = beats[max(0, self.trailing - 1)]
        return self._walk(beats, np.where(together, np.maximum(beats, latest), beats))

    @cached_property
    def emits(self) -> np.ndarray:
        """(period + trailing,) bool: does this shift complete a group?"""
        found = np.zeros(self.period + self.trailing, bool)
        found[self.completing] = True
        return found

    @property
    def pipeline(self) -> int:
        # A register that stands still holds the newest beat, too.
        return super().pipeline + int(self.fold.cycles > 1)

    @property
    def uncredited(self) -> int:
        return self.trailing
