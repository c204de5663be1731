"""Schedule: a window, its fold and one depth.  All that time depends on; it knows no operator, no result.

Every size that the readers and the law need follows from these: which beats are stored, which reader serves
the windows, and in which order it walks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windrow.timing.depths import ARRIVE, OFFER, READ_BUFFER, READ_STORE, STORE
from windrow.timing.folding import Fold
from windrow.window.axis import Axis
from windrow.window.walk import Walk
from windrow.window.window import Window

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """Windows of `window`, each served as `fold` says by a reduction with a pipeline of `depth` cycles.

    depth: cycles from a step at the reduction to the beat that it finishes
    dense: every beat is stored, read or not, as in hardware whose stride can be programmed
    accumulates: windows grow as their pixels arrive, and end one at a time: no reader, no pixel is stored
    """

    window: Window
    fold: Fold
    depth: int
    dense: bool = False
    accumulates: bool = False

    # Beats --------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> Axis:
        return self.window.axis(0, dense=self.dense)

    @cached_property
    def columns(self) -> Axis:
        return self.window.axis(1, dense=self.dense)

    @property
    def slices(self) -> int:
        """Input beats per pixel, `S` of theory.md."""
        return self.fold.pixel_beats

    @property
    def input_beats(self) -> int:
        """Beats per input frame, `T_in` of theory.md."""
        return self.window.height * self.window.width * self.slices

    @property
    def windows(self) -> int:
        """Windows per frame."""
        return self.rows.outputs * self.columns.outputs

    @property
    def work(self) -> int:
        """Cycles that the windows of a frame take."""
        return self.fold.cycles * self.windows

    @property
    def row_beats(self) -> int:
        """Beats stored of one stored row; 0 where no window reads anything."""
        return self.columns.stored * self.slices if self.rows.stored else 0

    @property
    def frame_beats(self) -> int:
        """Beats stored of one frame."""
        return self.rows.stored * self.row_beats

    @property
    def whole_rows(self) -> bool:
        """Are all beats of a stored row stored?"""
        return bool(self.frame_beats and self.columns.kept.all())

    @cached_property
    def stored_beats(self) -> np.ndarray:
        """(frame_beats,) the input beat at which each stored beat arrives."""
        if not self.frame_beats:
            return np.zeros(0, np.int64)
        pixels = self.rows.positions[:, None] * self.window.width + self.columns.positions
        beats = pixels[..., None] * self.slices + np.arange(self.slices)
        return beats.ravel()

    @property
    def starts_in_padding(self) -> bool:
        """Is the first window of a frame all padding?  It then waits for the frame's first pixel."""
        return not (self.rows.real[0] and self.columns.real[0])

    # Readers ------------------------------------------------------------------------------------

    @property
    def gathers(self) -> bool:
        """Does the reduction read the line buffer itself?"""
        return not self.accumulates and self.fold.taps <= self.window.kernel_size[0]

    @cached_property
    def shifts(self) -> bool:
        """Is the window a shift register of columns?  Where every cycle serves one, at most.

        Its columns must be evenly spaced, every window must have a pixel, and only the last window of
        a row may reach into padding, by a column: with two, a column of the next row could come
        between the shifts that complete them.
        """
        if self.accumulates:
            return False
        if self.dense:
            return not self.gathers  # nothing else is legal
        columns = self.columns
        last, beyond = columns.offsets[-1], columns.outputs * columns.advance
        return (
            self.fold.cycles == 1
            and not self.gathers
            and bool(self.rows.real.all() and columns.real.all())
            and len(columns.phases) == 1
            and self.trailing_shifts <= min(1, last, columns.stored - 1)
            and last + beyond >= columns.stored  # nothing is stored behind the last window
        )

    @property
    def stores(self) -> bool:
        """Does the reduction read through a column store?"""
        return not (self.gathers or self.shifts or self.accumulates)

    @property
    def trailing_shifts(self) -> int:
        """Columns by which the last window of a row reaches into padding, as a shift register sees it."""
        axis = self.columns
        return max(0, (axis.outputs - 1) * axis.advance + axis.offsets[-1] - (axis.stored - 1))

    @cached_property
    def window_walk(self) -> Walk:
        """Windows over the stored beats of the line buffer."""
        rows, columns, slices = self.rows, self.columns, self.slices
        return Walk(
            rows.lowest,
            rows.highest,
            rows.real,
            columns.lowest * slices,
            columns.highest * slices + slices - 1,
            columns.real,
            self.row_beats,
            rows.stored,
        )

    @cached_property
    def fetch_walk(self) -> Walk:
        """Column fetches over the stored beats: every stored beat of every row of windows, in order."""
        rows, real = self.rows, self.rows.real
        beats = np.arange(self.row_beats)
        return Walk(
            rows.lowest[real],
            rows.highest[real],
            real[real],
            beats,
            beats,
            np.ones(beats.size, bool),
            self.row_beats,
            rows.stored,
        )

    @cached_property
    def store_walk(self) -> Walk:
        """Windows over the columns of the column store, which sees each row of windows anew."""
        rows, columns = self.rows, self.columns
        real = rows.real if columns.stored else np.zeros(rows.outputs, bool)
        turn = np.cumsum(real) - 1
        return Walk(
            turn,
            turn,
            real,
            columns.lowest,
            columns.highest,
            columns.real,
            columns.stored,
            int(real.sum()),
        )

    @cached_property
    def finishing_beats(self) -> np.ndarray:
        """(windows * slices,) the input beat that finishes each output beat, where pixels are accumulated."""
        rows, columns = (axis.positions[axis.highest] for axis in (self.rows, self.columns))
        pixels = rows[:, None] * self.window.width + columns
        return (pixels[..., None] * self.slices + np.arange(self.slices)).ravel()

    # Pipeline -----------------------------------------------------------------------------------

    @property
    def pipeline(self) -> int:
        """Cycles from a window's last step for an output beat to that beat, `P` of theory.md."""
        return (READ_STORE if self.stores else READ_BUFFER) + self.depth + OFFER

    @property
    def pipeline_latency(self) -> int:
        """`L` of theory.md: an ideal design's beats leave at `F_j + L`.

        Where pixels are accumulated each slice leaves on its own, before the whole pixel is there.
        """
        if self.accumulates:
            return self.pipeline - self.slices
        return self.pipeline + ARRIVE - 1 + (STORE if self.stores else 0)

    @property
    def credits(self) -> int:
        """Output beats that may be under way: enough that the loop never limits the rate."""
        return self.pipeline // self.fold.beat_steps + 1

    @property
    def uncredited(self) -> int:
        """Output beats that may be begun without a look at the credits."""
        return 0
