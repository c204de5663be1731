"""When each input beat must arrive, at the latest, for no window to be late (theory.md, "Buffer size ...").

    A_p  = min_{q >= p} (due_q - (q - p))           one beat a cycle, in order

Beats are due where they release something: a few pixels of a few image rows.  Between two of these `A` rises
by one a beat, so it is known by them alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windrow.timing.ideal import NEVER, Rows, Server, blocks

__all__ = ["Arrivals"]


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Latest arrivals for a server."""

    server: Server

    @cached_property
    def _wanted(self) -> tuple[np.ndarray, np.ndarray]:
        """Stored columns that release something, ascending, and the first window of a row that waits for
        each."""
        axis = self.server.schedule.columns
        columns, first = np.unique(axis.highest[axis.real], return_index=True)
        return columns, np.flatnonzero(axis.real)[first]

    @cached_property
    def _offsets(self) -> np.ndarray:
        """(points,) beats of an image row that may be due: the last slices of pixels."""
        schedule = self.server.schedule
        columns = self._wanted[0] if schedule.gathers else np.arange(schedule.columns.stored)
        pixels = schedule.columns.positions[columns]
        if schedule.starts_in_padding:
            pixels = np.union1d(0, pixels)
        return (pixels + 1) * schedule.slices - 1

    @cached_property
    def _image_rows(self) -> tuple[np.ndarray, np.ndarray]:
        """First beats of the image rows that may be due, ascending, and the first row of windows that waits
        for each; -1 where there is none."""
        server, schedule = self.server, self.server.schedule
        real = np.flatnonzero(server.real)
        starts, first = np.unique(server.row_releases[real], return_index=True)
        waiting = real[first]
        if schedule.starts_in_padding:
            every = np.union1d(starts, schedule.input_beats * np.arange(server.frames))
            rows = np.full(every.size, -1)
            rows[np.searchsorted(every, starts)] = waiting
            return every, rows
        return starts, waiting

    @cached_property
    def _end(self) -> int:
        """Cycle in which the last window is done."""
        return int(self.server.done(slice(-1, None))[0, -1])

    @cached_property
    def _fetch_slack(self) -> np.ndarray:
        """(rows,) by how much the fetches behind each row may be late: latest cycle, less their number."""
        server, schedule = self.server, self.server.schedule
        least = np.full(server.rows + 1, NEVER)
        least[-1] = self._end - (int(server.real.sum()) * schedule.row_beats - 1)
        for rows in blocks(0, server.rows, schedule.columns.outputs):
            least[rows] = self._starts(rows).min(axis=1)
        return np.minimum.accumulate(least[::-1])[::-1][1:]

    def _starts(self, rows: Rows) -> np.ndarray:
        """(rows, wanted columns) when the first window that waits for a column begins, less the number of the
        column's last fetch."""
        server, schedule = self.server, self.server.schedule
        columns, first = self._wanted
        fetches = (np.cumsum(server.real) - 1)[rows, None] * schedule.row_beats
        last = fetches + (columns + 1) * schedule.slices - 1
        found = server.done(rows)[:, first] - schedule.fold.cycles - last
        found[~server.real[rows]] = NEVER
        return found

    def _due(self, at: slice) -> np.ndarray:
        """(image rows, points) cycle in which a beat is due, less its number."""
        server, schedule = self.server, self.server.schedule
        starts, waiting = (each[at] for each in self._image_rows)
        beats = starts[:, None] + self._offsets
        due = np.full(beats.shape, NEVER)
        columns, first = self._wanted
        some, rows = waiting >= 0, waiting[waiting >= 0]
        if schedule.gathers:
            points = self._offsets.size - columns.size
            due[some, points:] = server.finish(rows)[:, first] - schedule.fold.cycles
        else:
            stored = np.arange(schedule.columns.stored)
            points = self._offsets.size - stored.size
            slack = np.append(self._starts(rows), self._fetch_slack[rows, None], axis=1)
            slack = np.minimum.accumulate(slack[:, ::-1], axis=1)[:, ::-1]
            number = (np.cumsum(server.real) - 1)[rows, None] * schedule.row_beats
            number = number + (stored + 1) * schedule.slices - 1
            latest = slack[:, np.searchsorted(columns, stored)] + number
            due[some, points:] = np.maximum(latest, server.fetched(rows, stored) - 1)
        if schedule.starts_in_padding:
            frames, place = np.divmod(starts, schedule.input_beats)
            first_rows = frames[place == 0] * schedule.rows.outputs
            begin = server.done(first_rows)[:, 0] - schedule.fold.cycles
            due[place == 0, 0] = np.minimum(due[place == 0, 0], begin)
        return due - beats

    @cached_property
    def _last(self) -> int:
        """The last beat of all."""
        return self.server.frames * self.server.schedule.input_beats - 1

    @cached_property
    def _rows_apart(self) -> tuple[np.ndarray, np.ndarray]:
        """(image rows,) latest cycle, less its number, of beats behind a row's last point; its arrival."""
        starts = self._image_rows[0]
        least, last = np.empty(starts.size + 1, np.int64), np.empty(starts.size, np.int64)
        least[-1] = self._end - self._last
        for at in blocks(0, starts.size, self._offsets.size):
            due = self._due(at)
            least[at], last[at] = due.min(axis=1), due[:, -1]
        behind = np.minimum.accumulate(least[::-1])[::-1][1:]
        return behind, np.minimum(last, behind) + starts + self._offsets[-1]

    def newest(self, cycles: np.ndarray) -> np.ndarray:
        """The last beat that has arrived, at the latest, by each of `cycles`; negative for none."""
        behind, arrival = self._rows_apart
        starts, offsets = self._image_rows[0], self._offsets
        low, high = np.searchsorted(arrival, [cycles.min(), cycles.max()], side="right").tolist()
        at = slice(max(0, low - 1), min(high + 1, starts.size))
        slack = np.append(self._due(at), behind[at, None], axis=1)
        slack = np.minimum.accumulate(slack[:, ::-1], axis=1)[:, :0:-1].ravel()
        beats = (starts[at, None] + offsets).ravel()
        place = np.searchsorted(beats + slack, cycles, side="right")
        # Behind the last point nothing is due but the end of all.
        slack = np.append(slack, behind[at][-1])
        beats = np.append(np.iinfo(np.int64).min, beats)
        return np.clip(np.maximum(beats[place], cycles - slack[place]), -1, self._last)
