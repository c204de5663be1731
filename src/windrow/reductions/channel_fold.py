"""ChannelFold: a minimum, maximum or sum of each channel's pixels, a few taps a step.

Taps come column by column, `taps` a step; the last step may have some to spare.  Which pixels of the window
count, an element says; the others, and spare taps, are the reduction's identity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windrow.reductions.extreme import check_element, extreme_golden, extreme_identity
from windrow.reductions.graph import Graph, GraphBuilder, Node, Range
from windrow.values.numerics import IntType, as_int

__all__ = ["FOLDS", "ChannelFold"]

FOLDS = ("minimum", "maximum", "sum")
"""Reductions that may be folded."""


@dataclass(frozen=True)
class ChannelFold:
    """`kind`, one of `FOLDS`, of a window whose `element` (rows of booleans) counts, `taps` taps a step.

    offset: what a sum begins with

    Raises ValueError for an unknown kind, for an element as `check_element` does, and for more taps than the
    window has.
    """

    kind: str
    element: tuple[tuple[bool, ...], ...]
    taps: int
    offset: int = 0

    def __post_init__(self) -> None:
        if self.kind not in FOLDS:
            raise ValueError(f"kind must be {' or '.join(map(repr, FOLDS))}, not {self.kind!r}")
        size = check_element(self.element).size
        if as_int(self.taps, "taps", 1) > size:
            raise ValueError(f"taps must be 1 to {size}, the window's, not {self.taps}")

    @property
    def steps(self) -> int:
        """Steps of a window."""
        return -(-np.asarray(self.element).size // self.taps)

    @property
    def masks(self) -> np.ndarray:
        """(steps, taps) bool: which taps of a step count."""
        flat = np.asarray(self.element).ravel(order="F")
        padded = np.zeros(self.steps * self.taps, bool)
        padded[: flat.size] = flat
        return padded.reshape(self.steps, self.taps)

    @property
    def graph(self) -> Graph:
        """The reduction of one step."""
        builder = GraphBuilder(self.taps)
        kind = {"minimum": "min", "maximum": "max", "sum": "add"}[self.kind]
        level = list(range(self.taps))
        while len(level) > 1:
            pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
            level = [builder.put(Node(kind, *pair)) if len(pair) == 2 else pair[0] for pair in pairs]
        return builder.graph(level)

    @property
    def depth(self) -> int:
        """Cycles from the last step of a window to its result."""
        return 3 + self.graph.depth

    def identity(self, pixel: IntType) -> int:
        """What changes nothing."""
        return 0 if self.kind == "sum" else extreme_identity(self.kind, pixel)

    def begin(self, pixel: IntType) -> int:
        """What there is of a window before its first step."""
        return self.offset if self.kind == "sum" else self.identity(pixel)

    def range(self, pixel: IntType) -> Range:
        """The range of results."""
        counted = int(np.sum(self.element)) if self.kind == "sum" else 1
        return counted * pixel.min + self.offset, counted * pixel.max + self.offset

    def golden(self, patches: np.ndarray) -> np.ndarray:
        """(...,): the reduction of windows (..., rows, columns)."""
        if self.kind == "sum":
            return patches[..., np.asarray(self.element)].sum(axis=-1) + self.offset
        return extreme_golden(patches, self.kind, self.element)
