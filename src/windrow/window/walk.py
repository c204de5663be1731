"""A walk: the order in which a reader visits things, what each visit needs and what it frees.

Every reader in the datapath does the same: it walks rows of visits, waits at each until something
has arrived, and frees what no later visit wants.  Three walks exist, and one class describes all:

    windows over the line buffer   (units: stored beats)   gather reader
    fetches over the line buffer   (units: stored beats)   column fetch
    windows over the column store  (units: columns)        window issue

Units are numbered in the order in which they arrive, frame after frame.  Needs and frees are
irregular only at the edges, and by row and by column apart, so that the hardware plays them from
two tiny run-length tables (`columns`, `rows`) with one adder for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

_NEVER = np.iinfo(np.int64).max // 4


def _latest(real: np.ndarray) -> np.ndarray:
    """For each visit on an axis the last one up to it that is `real`; -1 before the first."""
    return np.maximum.accumulate(np.where(real, np.arange(real.size), -1))


@dataclass(frozen=True, eq=False)
class Walk:
    """Rows of visits over `row_units` units a row, `frame_rows` rows of units a frame.

    `row_low`, `row_high` (Y,): first and last row of units that a row of visits reads.
    `column_low`, `column_high` (X,): first and last unit within a row that a visit reads.
    `row_real` (Y,), `column_real` (X,): false where everything lies in padding; a visit reads
    something only where both are true.
    """

    row_low: np.ndarray
    row_high: np.ndarray
    row_real: np.ndarray
    column_low: np.ndarray
    column_high: np.ndarray
    column_real: np.ndarray
    row_units: int
    frame_rows: int

    @property
    def frame_units(self) -> int:
        return self.row_units * self.frame_rows

    @cached_property
    def reads(self) -> np.ndarray:
        """(Y, X) bool: does the visit read anything at all?"""
        return self.row_real[:, None] & self.column_real[None, :]

    @cached_property
    def empty(self) -> bool:
        """Does no visit read anything?"""
        return not (self.row_real.any() and self.column_real.any())

    @cached_property
    def needs(self) -> np.ndarray:
        """(Y, X) the unit that must have arrived: the last it reads, carried over visits that read nothing.

        Negative before the first visit of a frame that reads: the need of the frame before.
        """
        if self.empty:
            return np.full(self.reads.shape, -1)
        ends = self.row_high * self.row_units + self.column_high[self.column_real][-1]
        latest = _latest(self.row_real)
        latest = np.append(-1, latest[:-1])  # the row before each that reads; of the frame before, its last
        latest[latest < 0] = np.flatnonzero(self.row_real)[-1]
        before = ends[latest] - self.frame_units * (np.cumsum(self.row_real) == self.row_real)
        column = _latest(self.column_real)
        newest = self.row_high[:, None] * self.row_units + self.column_high[column]
        return np.where(self.row_real[:, None] & (column >= 0), newest, before[:, None])

    @cached_property
    def later(self) -> np.ndarray:
        """(Y,) oldest unit that any visit after this row reads (next frame included)."""
        first = self.row_low * self.row_units + self.column_low[self.column_real].min()
        first = np.where(self.row_real, first, _NEVER)
        after = np.append(first[1:], first.min() + self.frame_units)
        return np.minimum.accumulate(after[::-1])[::-1]

    @cached_property
    def ahead(self) -> np.ndarray:
        """(X,) oldest unit within a row that this visit or a later one of the row reads."""
        first = np.where(self.column_real, self.column_low, _NEVER)
        return np.minimum.accumulate(first[::-1])[::-1]

    def oldest_in(self, rows: slice | np.ndarray) -> np.ndarray:
        """`oldest` of some rows of visits."""
        if self.empty:
            return np.zeros((self.row_real[rows].size, self.column_real.size), np.int64)
        here = np.where(self.row_real, self.row_low * self.row_units, _NEVER)[rows]
        return np.minimum(here[:, None] + self.ahead, self.later[rows, None])

    @cached_property
    def oldest(self) -> np.ndarray:
        """(Y, X) oldest unit that this visit or any later one reads (next frame included)."""
        return self.oldest_in(slice(None))

    @cached_property
    def span(self) -> int:
        """The most units from the oldest that a visit or a later one reads to the last that it reads."""
        if self.empty:
            return 0
        rows, columns = self.row_real, self.column_real
        high = self.row_high[rows] * self.row_units
        within = (self.row_high - self.row_low)[rows] * self.row_units
        within += (self.column_high - self.ahead)[columns].max()
        return int(np.maximum(within, high + self.column_high[columns].max() - self.later[rows]).max()) + 1

    @cached_property
    def frees(self) -> np.ndarray:
        """(Y, X) units freed when a visit is over."""
        if self.empty:
            return np.zeros(self.reads.shape, np.int64)
        flat = self.oldest.ravel()
        return np.diff(flat, append=flat[0] + self.frame_units).reshape(self.reads.shape)

    @cached_property
    def givers(self) -> np.ndarray:
        """(frame_units,) the visit that frees each, in the order in which they are freed, counted from 1."""
        return np.repeat(np.arange(1, self.reads.size + 1), self.frees.ravel())

    @cached_property
    def most_ahead(self) -> int:
        """The most units that are freed before they arrive: units that no visit reads."""
        after = self.oldest + self.frees
        return max(0, int((after - self.needs - 1).max(initial=0)))

    # The tables that the hardware plays ---------------------------------------------------------

    @cached_property
    def columns(self) -> list[dict[str, int]]:
        """X records: what a visit adds to the need of the next and what it frees, row aside.

        need: added to the need for the next visit, in rows that read (`rows[...]["reads"]`)
        cross: at this visit the row record's `cross` is added instead
        free: freed after this visit, in rows whose record says `progressive`
        jump: after this visit the row record's `jump` is freed instead
        """
        real = np.flatnonzero(self.column_real)
        records = [{"need": 0, "cross": 0, "free": 0, "jump": 0} for _ in self.column_real]
        if not real.size or not self.row_real.any():
            return records
        high = self.column_high
        for before, after in pairwise(real):
            records[after - 1]["need"] = int(high[after] - high[before])
        records[real[0] - 1]["cross"] = 1  # index -1, the last visit of the row before, is meant
        low = np.where(self.column_real, self.column_low, _NEVER)
        low = np.minimum.accumulate(low[::-1])[::-1]
        for x in range(real[-1]):
            records[x]["free"] = int(low[x + 1] - low[x])
        records[real[-1]]["jump"] = 1
        return records

    @cached_property
    def rows(self) -> list[dict[str, int]]:
        """Y records: reads, cross, progressive, jump (see `columns`)."""
        records = [{"reads": 0, "cross": 0, "progressive": 0, "jump": 0} for _ in self.row_real]
        real = np.flatnonzero(self.row_real)
        columns = np.flatnonzero(self.column_real)
        if not columns.size or not real.size:
            return records
        first, last = columns[0], columns[-1]
        for index, y in enumerate(real):
            records[y]["reads"] = 1
            if index + 1 < real.size:
                step = self.needs[real[index + 1], first] - self.needs[y, last]
            else:
                step = self.needs[real[0], first] + self.frame_units - self.needs[y, last]
            target = real[(index + 1) % real.size]
            records[target - 1 if first == 0 else target]["cross"] = int(step)
            jump = int(self.frees[y, last])
            # Within a row that a later row reads again nothing is freed, and its end frees nothing.
            progressive = bool(self.frees[y].any())
            records[y]["progressive"] = int(progressive)
            records[y]["jump"] = jump
        return records

    def check(self) -> None:
        """Raise AssertionError unless the two tables replay `needs` and `frees` exactly."""
        visits = [(y, x) for y in range(len(self.rows)) for x in range(len(self.columns))]
        needs, frees = self.needs.ravel().tolist(), self.frees.ravel().tolist()
        need = needs[0]
        for frame in (0, 1):
            for at, (y, x) in enumerate(visits):
                row, column = self.rows[y], self.columns[x]
                expected = needs[at] + frame * self.frame_units
                assert need == expected, ("need", frame, y, x, need, expected)
                need += row["cross"] if column["cross"] else row["reads"] * column["need"]
                freed = row["jump"] if column["jump"] else row["progressive"] * column["free"]
                assert freed == frees[at], ("free", y, x, freed, frees[at])
