"""How much the line buffer must hold (theory.md, "Buffer size ...").

Two questions, one formula.  Where the input sets the pace, the ring must never stall a beat of an
input that never pauses; where the array or its reader does, it must never starve them.  In both,
a beat occupies its slot from the cycle in which it arrives (at the latest in which it must) to the
cycle in which the window that last wants it is done and its credit is back.  Counted in stored
beats, with the turn-around of the credit loop in it, so nothing is added afterwards but the
rounding to whole rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil

import numpy as np

from windrow.timing.arrivals import Arrivals
from windrow.timing.depths import RETURN, STORE
from windrow.timing.ideal import SETTLE, Server, blocks, keeps_up, settled_frames
from windrow.timing.partials import Partials
from windrow.timing.schedule import Schedule

__all__ = ["Memories"]


@dataclass(frozen=True)
class Memories:
    """What the hardware of a schedule holds.

    rows: rows in the ring of the line buffer, where they are given (programmed hardware has those of its
        largest setting); by default as many as the schedule needs
    """

    schedule: Schedule
    rows: int | None = None

    # Line buffer --------------------------------------------------------------------------------

    @cached_property
    def ring_rows(self) -> int:
        """Rows in the ring of the line buffer; none where no pixel is stored."""
        if self.schedule.accumulates:
            return 0
        return ring_rows(self.schedule) if self.rows is None else self.rows

    @property
    def ring_beats(self) -> int:
        """Stored beats that the ring holds."""
        return self.ring_rows * self.schedule.row_beats

    @cached_property
    def started_frames(self) -> int:
        """Frames whose first pixel may arrive before their first window, all padding, is served."""
        schedule = self.schedule
        held = self.ring_rows // schedule.rows.stored if schedule.frame_beats else 0
        return held + 2 + SETTLE // 4 // schedule.input_beats

    @property
    def frames_held(self) -> int:
        """Frames of which something can be held at once, at the most."""
        if self.rows is not None:
            return self.rows  # a frame has a row at least
        if self.schedule.accumulates:
            return 1
        whole = self.ring_beats // max(1, self.schedule.frame_beats)
        return whole + self.started_frames + self.store_columns

    @cached_property
    def ideal(self) -> bool:
        """Does beat `k` of window `j` leave at `F_j + L - (NG-1-k)*f/NG` in free flow?

        theory.md, "When the array is ideal"; never where the rows that are given starve the array.
        """
        enough = self.rows is None or self.rows >= ring_rows(self.schedule)
        return enough and keeps_up(self.schedule)

    @cached_property
    def partials(self) -> Partials:
        """What windows have so far, where pixels are accumulated."""
        return Partials(self.schedule)

    # Column store -------------------------------------------------------------------------------

    @cached_property
    def store_banks(self) -> int:
        """Banks of the column store: the fewest that hold every column of a window apart."""
        offsets = self.schedule.columns.offsets
        banks = len(offsets)
        while len({offset % banks for offset in offsets}) < len(offsets):
            banks += 1
        return banks

    @cached_property
    def store_depth(self) -> int:
        """Columns per bank, a power of two: two windows and the turn-around of its credits."""
        columns = self.schedule.columns
        span = columns.offsets[-1] - columns.offsets[0] + 1
        turn = ceil((STORE + RETURN) / self.schedule.slices) * max(1, columns.advance)
        return 1 << (ceil((2 * span + turn) / self.store_banks) - 1).bit_length()

    @property
    def store_columns(self) -> int:
        """Columns that the column store holds."""
        return self.store_banks * self.store_depth

    @property
    def store_slice_bits(self) -> int:
        """Bits that number the slices of a column."""
        return (self.schedule.slices - 1).bit_length()

    @property
    def store_beats(self) -> int:
        """Beats that the column store has room for, each of the slices of a column rounded up to a power of
        two; 0 where there is none.
        """
        if not self.schedule.stores:
            return 0
        return (self.store_columns << self.store_slice_bits) * self.schedule.window.kernel_size[0]


@lru_cache(maxsize=1024)
def ring_rows(schedule: Schedule) -> int:
    """Rows of the ring: the beats it must hold, rounded up to whole stored rows."""
    if not schedule.frame_beats:
        return 1
    return -(-ring_beats(schedule) // schedule.row_beats)


def ring_beats(schedule: Schedule) -> int:
    """Stored beats that the ring must hold at once."""
    server = Server(schedule, settled_frames(schedule))
    walk, middle = schedule.window_walk, server.frames // 2
    fetch_beats = 0
    least = walk.span
    if not schedule.gathers:
        fetches = schedule.fetch_walk
        least = max(least, fetches.span)
        fetch_beats = fetches.row_low.size * schedule.row_beats
    late = max(schedule.work, fetch_beats) > schedule.input_beats
    arrivals = Arrivals(server) if late else None
    row = middle * schedule.rows.outputs
    for rows in blocks(0, schedule.rows.outputs, schedule.columns.outputs):
        # A credit given at `done + 1` is back RETURN cycles later; beats that come before need room.
        until = server.done(slice(row + rows.start, row + rows.stop)) + RETURN
        newest = arrivals.newest(until.ravel()).reshape(until.shape) if arrivals is not None else until
        newest = np.minimum(newest, server.frames * schedule.input_beats - 1)
        held = _stored(schedule, newest) - walk.oldest_in(rows) - middle * walk.frame_units
        least = max(least, int(held.max()))
    return least


def _stored(schedule: Schedule, beats: np.ndarray) -> np.ndarray:
    """How many stored beats there are up to and including each input beat."""
    rows, columns, slices = schedule.rows, schedule.columns, schedule.slices
    row_of = np.append(0, np.cumsum(rows.kept)) * schedule.row_beats
    place_of = np.append(0, np.cumsum(np.repeat(columns.kept, slices)))
    row, place = np.divmod(beats, schedule.window.width * slices)
    frame, row = np.divmod(row, schedule.window.height)
    return frame * schedule.frame_beats + row_of[row] + rows.kept[row] * place_of[place + 1]
