"""Maxima and minima over an element of a window: pooling, dilation, erosion.

An element says which pixels of the window count.  Each of its columns that is unlike the others is reduced
once, when a column of pixels comes, and shorter runs serve longer ones; then one value of each column is
compared.  A rectangle of `rows x columns` takes `rows - 1 + columns - 1` comparisons instead of
`rows * columns - 1`, and a disc little more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import GraphBuilder
from windrow.values.numerics import IntType

__all__ = ["KINDS", "MOST_SIDE", "check_element", "check_kind_of_extreme", "doubled_runs", "extreme_golden",
           "extreme_identity", "extreme_plan"]  # fmt: skip

KINDS = {"minimum": "min", "maximum": "max"}
"""Reductions, and what the nodes of their graphs are called."""

MOST_SIDE = 15
"""Largest element, rows and columns."""


def check_kind_of_extreme(kind: str) -> str:
    """`kind` if it is one of `KINDS`.  Raises ValueError otherwise."""
    if kind not in KINDS:
        raise ValueError(f"kind must be {' or '.join(map(repr, KINDS))}, not {kind!r}")
    return kind


def check_element(element: npt.ArrayLike) -> np.ndarray:
    """(rows, columns) bool: the element as an array.

    Raises TypeError for what is not boolean, ValueError for other shapes, sides beyond `MOST_SIDE`, and an
    element in which no pixel counts.
    """
    found = np.asarray(element)
    if found.dtype != bool:
        raise TypeError(f"element must be an array of booleans, not of {found.dtype}")
    if found.ndim != 2 or not all(1 <= side <= MOST_SIDE for side in found.shape):
        raise ValueError(f"element must have 1 to {MOST_SIDE} rows and columns, not shape {found.shape}")
    if not found.any():
        raise ValueError("element must have a True, not only False")
    return found


def extreme_identity(kind: str, pixel: IntType) -> int:
    """What never wins: the greatest pixel for a minimum, the least for a maximum."""
    return pixel.max if check_kind_of_extreme(kind) == "minimum" else pixel.min


def extreme_golden(patches: np.ndarray, kind: str, element: npt.ArrayLike) -> np.ndarray:
    """(...,): minimum or maximum of the pixels of windows (..., rows, columns) where `element` is True."""
    chosen = patches[..., check_element(element)]
    return chosen.min(axis=-1) if check_kind_of_extreme(kind) == "minimum" else chosen.max(axis=-1)


def extreme_plan(kind: str, element: npt.ArrayLike) -> ColumnPlan:
    """The reduction by columns.  Raises as `check_element` does, and ValueError for an unknown kind."""
    shape, node = check_element(element), KINDS[check_kind_of_extreme(kind)]
    rows, columns = shape.shape
    profiles = [frozenset(np.flatnonzero(shape[:, x]).tolist()) for x in range(columns)]
    distinct = sorted({profile for profile in profiles if profile}, key=lambda p: (len(p), sorted(p)))
    column = GraphBuilder(rows)
    known = {frozenset([row]): row for row in range(rows)}
    items = [_covered(column, node, known, profile) for profile in distinct]
    window = GraphBuilder(columns * len(items))
    places = [x * len(items) + distinct.index(profile) for x, profile in enumerate(profiles) if profile]
    alike = len(set(profiles)) == 1
    return ColumnPlan(columns, column.graph(items), window.graph([window.tree(node, places)]), alike)


def doubled_runs(columns: int) -> list[tuple[int, int]]:
    """How a run of `columns` columns comes from shorter ones: (length, columns apart) of two equal runs each.

    (1, 1), (2, 2), (4, 3) for 7: two single columns side by side, two of these, two runs of four that share
    one column.  A minimum or maximum does not mind what is shared.
    """
    runs, length = [], 1
    while length < columns:
        apart = min(length, columns - length)
        runs.append((length, apart))
        length += apart
    return runs


def _covered(
    builder: GraphBuilder, kind: str, known: dict[frozenset[int], int], rows: frozenset[int]
) -> int:
    """The extreme of `rows` from those of sets that are known, which may overlap; new sets become known."""
    parts: list[frozenset[int]] = []
    left = set(rows)
    while left:
        inside = [part for part in known if part <= rows]
        best = max(inside, key=lambda part: (len(part & left), -min(part)))
        parts.append(best)
        left -= best
    while len(parts) > 1:
        a, b = parts.pop(0), parts.pop(0)
        known[a | b] = builder.tree(kind, [known[a], known[b]])
        parts.append(a | b)
    return known[parts[0]]
