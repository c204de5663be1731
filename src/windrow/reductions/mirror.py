"""Mirror: kernel columns in padding stand for columns of the same window, as `numpy.pad` mirrors a row.

With padding of at most half a kernel, what "edge", "reflect" and "symmetric" put beyond the edge is a column
that the window holds anyway: nothing more is stored or read, a column is taken from another place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windrow.values.numerics import as_int

__all__ = ["MODES", "Mirror", "mirror_of"]

MODES = ("edge", "reflect", "symmetric")
"""Kinds of mirroring, called as in `numpy.pad`."""


@dataclass(frozen=True)
class Mirror:
    """How `columns` kernel columns side by side are mirrored, up to `left` and `right` of them in padding.

    Raises ValueError for another mode than those of `MODES`, and for padding that reaches beyond what the
    window holds.
    """

    mode: str
    columns: int
    left: int
    right: int

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode must be {', '.join(map(repr, MODES))}, not {self.mode!r}")
        # Of the kernel's columns, "reflect" does not repeat the one at the edge.
        most = (as_int(self.columns, "columns", 1) - (self.mode == "reflect")) // 2
        if self.mode == "edge":
            most = self.columns - 1
        for name, padding in (("left", self.left), ("right", self.right)):
            if as_int(padding, name, 0) > most:
                raise ValueError(f"{name} must be 0 to {most} for {self.columns} columns and {self.mode!r}, "
                                 f"not {padding}")  # fmt: skip
        if self.left + self.right >= self.columns:
            raise ValueError(f"left and right must be less than {self.columns} columns together, "
                             f"not {self.left} and {self.right}")  # fmt: skip

    def source(self, column: int, left: int, right: int) -> int:
        """The kernel column whose content `column` shows when `left` and `right` ones lie in padding."""
        first, last = left, self.columns - 1 - right
        if first <= column <= last:
            return column
        edge, inwards = (first, 1) if column < first else (last, -1)
        beyond = abs(column - edge)
        return edge + inwards * {"edge": 0, "reflect": beyond, "symmetric": beyond - 1}[self.mode]

    def sources_left(self, column: int) -> list[tuple[int, int]]:
        """(columns in padding at the left, where to take it from) wherever that is another place."""
        return [(left, self.source(column, left, 0)) for left in range(column + 1, self.left + 1)]

    def sources_right(self, column: int) -> list[tuple[int, int]]:
        """The same for padding at the right."""
        beyond = self.columns - 1 - column
        return [(right, self.source(column, 0, right)) for right in range(beyond + 1, self.right + 1)]

    def padded(self, rows: np.ndarray) -> np.ndarray:
        """Rows (..., width) with `left` and `right` columns more, as `numpy.pad` makes them."""
        width = ((0, 0),) * (rows.ndim - 1) + ((self.left, self.right),)
        return np.pad(rows, width, mode=self.mode)  # type: ignore[call-overload]


def mirror_of(mode: str, cases: Sequence[Sequence[int]]) -> Mirror | None:
    """The mirror under which kernel column `k` of a window shows the content of column `case[k]`, in every
    one of the cases; None where there is none.
    """
    columns = len(cases[0])
    own = [[k for k, source in enumerate(case) if source == k] for case in cases]
    sides = [(shown[0], columns - 1 - shown[-1]) for shown in own]
    try:
        mirror = Mirror(mode, columns, *(max(side) for side in zip(*sides, strict=True)))
    except ValueError:
        return None
    shown = [[mirror.source(k, *side) for k in range(columns)] for side in sides]
    return mirror if shown == [list(case) for case in cases] else None
