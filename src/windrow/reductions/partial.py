"""Partial: a minimum, maximum or sum that grows as pixels arrive.

    pixel ─▶ with what there is of its windows ─▶ kept until the next pixel, or the result behind the last

What a window has so far is all that is stored: no pixel is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from windrow.reductions.extreme import extreme_identity
from windrow.reductions.graph import Range
from windrow.values.numerics import IntType, smallest
from windrow.window.window import Window

__all__ = ["Partial"]


@dataclass(frozen=True)
class Partial:
    """`kind`, "minimum", "maximum" or "sum", of up to `most` pixels of a window of `taps`.

    fill: what each tap in the padding counts as; None: it does not
    offset: what a sum begins with, its padding aside
    finish: cycles from the whole of a window to its result
    """

    kind: str
    pixel: IntType
    taps: int
    most: int
    fill: int | None = None
    finish: int = 0
    offset: int = 0

    def depth(self, window: Window) -> int:
        """Cycles from a pixel that meets what there is of its window to the result, should it be the last."""
        if window.disjoint:
            return 1 + self.finish
        return 2 + self.begins_late(window) + self.finish

    @property
    def range(self) -> Range:
        """The range of what a window may have so far."""
        if self.kind != "sum":
            return self.pixel.min, self.pixel.max
        low, high = min(0, self.most * self.pixel.min), self.most * self.pixel.max
        return low + min(0, self.offset), high + max(0, self.offset)

    def type_of(self, pixels: int) -> IntType:
        """The smallest type of what so many pixels give."""
        return smallest(*replace(self, most=pixels).range)

    @property
    def identity(self) -> int:
        """What changes nothing."""
        return 0 if self.kind == "sum" else extreme_identity(self.kind, self.pixel)

    def begins_late(self, window: Window) -> bool:
        """Does what a window's padding gives come in when it ends?  Of windows that have pixels in common."""
        rows, columns = (axis.end_tap - axis.first_tap for axis in window.axes)
        reals = {int(row) * int(column) for row in set(rows.tolist()) for column in set(columns.tolist())}
        return any(self.start(real) != self.identity for real in reals)

    def start(self, real: int) -> int:
        """What a window with so many pixels begins with: nothing, or its padding."""
        padded = 0 if self.fill is None else self.taps - real
        if self.kind == "sum":
            return padded * (self.fill or 0) + self.offset
        return self.fill if padded and self.fill is not None else extreme_identity(self.kind, self.pixel)
