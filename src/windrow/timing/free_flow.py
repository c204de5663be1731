"""Designs that are not ideal, in free flow: the exact law without a step of Python per beat.

Suppose that no credit is ever missed: then every sequence waits only for the one before it, and NumPy
computes each row of windows from one number of the rows before it (`windrow.timing.ideal`).  If what comes
out leaves every credit in time, the supposition was right and the result is the law's; if not, nothing is
said and the law has to be stepped through.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.ideal import NEVER, Rows, Server, blocks, serve
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule

_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class FreeFlow:
    """A run of `frames` frames of a schedule with a fetch, in which no credit is missed."""

    schedule: Schedule
    frames: int

    @classmethod
    def of(cls, memories: Memories, frames: int) -> FreeFlow | None:
        """None where credits matter, or may."""
        schedule = memories.schedule
        if schedule.gathers or schedule.starts_in_padding or not schedule.frame_beats:
            return None
        run = cls(schedule, frames)
        if run._ring_in_time(memories.ring_beats) and (
            schedule.shifts or run._store_in_time(memories.store_columns)
        ):
            return run
        return None

    def last_steps(self, rows: Rows = _ALL) -> np.ndarray:
        """(rows, columns) cycle in which each window's last step is issued; rows through all frames."""
        if self.schedule.shifts:
            return self._shifted(rows)
        server, fold = self._server, self.schedule.fold.cycles
        busy, fetch, there = self._parts
        found = busy[rows, None] + fold * np.arange(1, fetch.size + 1)
        np.maximum(found, server.fetch_begins[rows, None] + fetch, out=found)
        return np.maximum(found, server.row_releases[rows, None] + there, out=found) - 1

    @cached_property
    def _server(self) -> Server:
        return Server(self.schedule, self.frames)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(rows,) when the array is done with the rows before each, and (columns,) when it would be with the
        windows of one, from the fetch's begin of that row on and from the first beat of its image row on."""
        schedule, server = self.schedule, self._server
        axis, slices, fold = schedule.columns, schedule.slices, schedule.fold.cycles
        fetch, there = np.full(axis.outputs, -NEVER), np.full(axis.outputs, -NEVER)
        last = axis.highest[axis.real]
        later = ARRIVE - 1 + STORE
        fetch[axis.real] = (last + 1) * slices + later
        there[axis.real] = (axis.positions[last] + 1) * slices + later
        fetch, there = serve(fetch, fold), serve(there, fold)
        release = np.maximum(server.fetch_begins + fetch[-1], server.row_releases + there[-1])
        ends = serve(release - fold * axis.outputs, fold * axis.outputs)
        return np.append(-NEVER, ends[:-1]), fetch, there

    def _shifted(self, rows: Rows) -> np.ndarray:
        """Windows are issued by the fetch of their last column, the last of a row maybe one shift later."""
        axis = self.schedule.columns
        at = np.arange(axis.outputs) * axis.advance + axis.offsets[-1]
        late = at >= self.schedule.row_beats
        fetched = self._server.fetched(rows, np.minimum(at, self.schedule.row_beats - 1))
        return fetched + (ARRIVE - 1 + late)

    def _ring_in_time(self, places: int) -> bool:
        """Is place `n - places` of the ring free by the time that stored beat `n` takes it?

        The ring has whole rows, and rows are freed one after the other by fetches of the same columns: each
        place is taken by a beat of the column that left it.
        """
        schedule, server, walk = self.schedule, self._server, self.schedule.fetch_walk
        real, count, stored = server.real, walk.row_low.size, schedule.rows.stored
        first = int(walk.oldest_in(slice(1))[0, 0])
        frame, row = np.divmod(np.arange(real.sum()), count)
        taker = walk.row_low[row] + frame * stored + (places - first) // schedule.row_beats
        freed = (walk.row_low * schedule.row_beats < walk.later)[row] & (taker < self.frames * stored)
        frame, row = np.divmod(taker, stored)
        begins = schedule.rows.positions[row] * schedule.window.width * schedule.slices
        begins += frame * schedule.input_beats - (ARRIVE + RETURN)  # when the fetches of its row must be over
        ahead = schedule.columns.positions - np.arange(schedule.columns.stored)
        late = server.row_releases[real] > begins
        late |= server.fetch_begins[real] > begins + schedule.slices * ahead.min()
        return not (freed & late).any()

    def _store_in_time(self, places: int) -> bool:
        """The same for the columns of the column store."""
        schedule, server, walk = self.schedule, self._server, self.schedule.store_walk
        real, stored, outputs = np.flatnonzero(server.real), schedule.columns.stored, schedule.rows.outputs
        first = int(walk.oldest_in(slice(1))[0, 0])
        for rows in blocks(0, server.rows, schedule.columns.outputs):
            frame, row = np.divmod(np.arange(rows.start, rows.stop), outputs)
            unit = walk.oldest_in(row)
            freed = np.diff(unit, axis=1, append=walk.later[row, None]) > 0
            unit = unit + (frame * walk.frame_units - first + places)[:, None]
            freed &= unit < self.frames * walk.frame_units
            turn, column = np.divmod(np.where(freed, unit, 0), stored)
            at = real[turn]
            busy = server.fetch_begins[at] + column * schedule.slices
            there = server.row_releases[at] + schedule.columns.positions[column] * schedule.slices
            used = np.maximum(busy, there) + ARRIVE
            if (freed & (self.last_steps(rows) + RETURN > used)).any():
                return False
        return True
