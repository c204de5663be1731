"""The ideal server of theory.md, and which schedules keep up with it.

    F_j = max(R_j, F_{j-1}) + f

`R_j` is the input beat that releases window `j`.  A reader that fetches columns is a second server in front.

A window is released by a pixel, so `R` is the sum of something of its row and something of its column, and a
row of windows at (y, x) needs one number of all rows before it:

    F_{y,x} = max(F_{y-1,last} + f*(x+1), row_y + C_x)          C_x: the server of a row on its own

Nothing here is longer than the windows that somebody asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np

from windrow.timing.schedule import Schedule

__all__ = ["NEVER", "Rows", "Server", "blocks", "keeps_up", "repeat", "serve", "settled_frames"]

SETTLE = 64  # cycles after which no loop of the pipeline remembers how a run began

NEVER = 1 << 60  # cycles; minus as many: from the start
Rows: TypeAlias = "slice | np.ndarray"

_BLOCK = 1 << 18  # elements that are looked at in one go


def settled_frames(schedule: Schedule) -> int:
    """Frames to look at: three, and more where a frame is shorter than the pipeline."""
    return 3 + 2 * (SETTLE // schedule.input_beats)


def repeat(per_frame: np.ndarray, frames: int, step: int) -> np.ndarray:
    """Concatenate `frames` copies, each `step` above the one before."""
    once = per_frame.ravel()
    return once if frames == 1 else (once + step * np.arange(frames)[:, None]).ravel()


def serve(release: np.ndarray, cycles: int) -> np.ndarray:
    """Completion of jobs of `cycles` each, served in order from their release on."""
    order = np.arange(release.size)
    return np.maximum.accumulate(release - cycles * order) + cycles * (order + 1)


def blocks(start: int, stop: int, width: int) -> Iterator[slice]:
    """Rows `start` to `stop - 1` of `width` elements, as many at a time as fit a cache."""
    rows = max(1, _BLOCK // max(1, width))
    for at in range(start, stop, rows):
        yield slice(at, min(at + rows, stop))


@dataclass(frozen=True, eq=False)
class Server:
    """The ideal server over `frames` frames; rows of windows are numbered through all of them."""

    schedule: Schedule
    frames: int

    @property
    def rows(self) -> int:
        """Rows of windows."""
        return self.frames * self.schedule.rows.outputs

    @cached_property
    def real(self) -> np.ndarray:
        """(rows,) bool: does a row read anything?"""
        return np.tile(self.schedule.rows.real & (self.schedule.frame_beats > 0), self.frames)

    @cached_property
    def row_releases(self) -> np.ndarray:
        """(rows,) first beat of the image row that a row waits for; long ago where it reads nothing."""
        axis, row = self.schedule.rows, self.schedule.window.width * self.schedule.slices
        release = np.full(axis.outputs, -NEVER)
        if self.schedule.frame_beats:
            release[axis.real] = axis.positions[axis.highest[axis.real]] * row
        return repeat(release, self.frames, self.schedule.input_beats)

    @cached_property
    def column_releases(self) -> np.ndarray:
        """(columns,) beat within that row that a window waits for; long ago where it reads nothing."""
        axis, slices = self.schedule.columns, self.schedule.slices
        release = np.full(axis.outputs, -NEVER)
        if self.schedule.frame_beats:
            release[axis.real] = axis.positions[axis.highest[axis.real]] * slices + slices - 1
        return release

    @cached_property
    def alone(self) -> np.ndarray:
        """(columns,) `C_x`: finishes of a row of windows that finds the server idle, after its image row."""
        return serve(self.column_releases, self.schedule.fold.cycles)

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """(rows,) when the server is free for each row, and when it is done with it."""
        schedule = self.schedule
        cycles = schedule.fold.cycles * schedule.columns.outputs
        release = self.row_releases + self.alone[-1] - cycles
        firsts = schedule.input_beats * np.arange(self.frames) + schedule.slices - 1
        if schedule.starts_in_padding:
            release[:: schedule.rows.outputs] = np.maximum(release[:: schedule.rows.outputs], firsts)
        ends = serve(release, cycles)
        begins = np.append(-NEVER, ends[:-1])
        if schedule.starts_in_padding:
            begins[:: schedule.rows.outputs] = np.maximum(begins[:: schedule.rows.outputs], firsts)
        return begins, ends

    @property
    def begins(self) -> np.ndarray:
        """(rows,) cycle in which the server is done with all before a row; a frame's first pixel counts."""
        return self._ends[0]

    @property
    def ends(self) -> np.ndarray:
        """(rows,) `F` of the last window of each row."""
        return self._ends[1]

    def finish(self, rows: Rows = slice(None)) -> np.ndarray:
        """(rows, columns) `F_j` of theory.md: the finish of each window."""
        fold = self.schedule.fold.cycles
        busy = self.begins[rows, None] + fold * np.arange(1, self.alone.size + 1)
        return np.maximum(busy, self.row_releases[rows, None] + self.alone, out=busy)

    # Column fetches -----------------------------------------------------------------------------

    @cached_property
    def fetch_begins(self) -> np.ndarray:
        """(rows,) cycle in which the fetches of the rows before are done; of rows that read."""
        schedule = self.schedule
        row = schedule.row_beats
        last = (schedule.columns.positions[-1] + 1) * schedule.slices
        ends = serve(self.row_releases[self.real] + last - row, row)
        begins = np.full(self.rows, -NEVER)
        begins[self.real] = np.append(-NEVER, ends[:-1])
        return begins

    def fetched(self, rows: Rows, columns: np.ndarray) -> np.ndarray:
        """(rows, columns) cycle after the last fetch of each of these stored columns, for rows that read."""
        slices = self.schedule.slices
        busy = self.fetch_begins[rows, None] + (columns + 1) * slices
        there = self.row_releases[rows, None] + (self.schedule.columns.positions[columns] + 1) * slices
        return np.maximum(busy, there)

    def last_fetched(self, rows: Rows = slice(None)) -> np.ndarray:
        """(rows, columns) cycle after the last fetch that each window waits for; long ago for none yet."""
        axis = self.schedule.columns
        first, last = np.flatnonzero(axis.real)[[0, -1]]
        latest = np.maximum.accumulate(np.where(axis.real, np.arange(axis.outputs), first))
        found = self.fetched(rows, axis.highest[latest])
        found[~self.real[rows]] = -NEVER
        found[:, :first] = -NEVER
        # Windows that read nothing wait for those before them.
        row_ends = np.where(self.real, self.fetched(slice(None), axis.highest[[last]])[:, 0], -NEVER)
        before = np.append(-NEVER, np.maximum.accumulate(row_ends)[:-1])[rows]
        return np.where(found < 0, before[:, None], found)

    def done(self, rows: Rows = slice(None)) -> np.ndarray:
        """(rows, columns) cycle in which a window is done and its last column fetched."""
        finish = self.finish(rows)
        return finish if self.schedule.gathers else np.maximum(finish, self.last_fetched(rows), out=finish)


@lru_cache(maxsize=1024)
def keeps_up(schedule: Schedule) -> bool:
    """Is every window's last column fetched by the time the array could begin with it?

    Always, where the array reads the line buffer itself.  With a column store it is when a row of windows
    takes at least as long as fetching its columns (theory.md, "column store"), but for one case: where
    columns are skipped, the array can be level with the input while the fetch waits for it, and there is no
    time left to fetch ahead across a row change.
    """
    fold, columns = schedule.fold.cycles, schedule.columns
    if schedule.gathers or schedule.accumulates:
        return True
    if fold * columns.outputs < schedule.row_beats:
        return False
    if columns.stored == schedule.window.width or not schedule.frame_beats:
        return True
    server = Server(schedule, settled_frames(schedule))
    return all(
        (server.finish(rows) - fold >= server.last_fetched(rows) - 1).all()
        for rows in blocks(0, server.rows, columns.outputs)
    )
