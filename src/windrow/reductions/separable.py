"""Kernels by columns: what a kernel's columns have in common is summed once, when a column of pixels comes.

    kernel = column x row   (1 2 1) x (1 2 1)   3 + 3 products instead of 9

Columns of a kernel that are multiples of each other share one sum of products, which is kept while the column
moves through the window: a separable kernel has one, so have all filters of one column, such as both Sobel
kernels two.  Sums are exact integers; rounding is left to what follows.

Windows side by side share more where a row is a cascade, 1 4 6 4 1 = (1 1) x (1 1) x (1 1) x (1 1): each sum
of neighbours serves two windows, and a window takes one addition of its own for each (1 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import Graph, GraphBuilder, Node, Range
from windrow.reductions.shift_add import constant_sums, least_depth
from windrow.values.numerics import as_int

__all__ = ["check_kernels", "factors", "kernel_golden", "kernel_plan", "kernel_plans"]


def check_kernels(kernels: npt.ArrayLike) -> np.ndarray:
    """(filters, rows, columns) int64; a single kernel (rows, columns) is one filter.

    Raises TypeError for what are no integers, ValueError for another shape or an empty array.
    """
    found = np.asarray(kernels)
    if found.dtype.kind not in "iu":
        raise TypeError(f"kernels must be an array of integers, not of {found.dtype}")
    if found.ndim not in (2, 3) or not found.size:
        raise ValueError("kernels must have shape (rows, columns) or (filters, rows, columns), "
                         f"not {found.shape}")  # fmt: skip
    return found.astype(np.int64).reshape(-1, *found.shape[-2:])


def factors(kernel: npt.ArrayLike) -> tuple[list[int], list[int]] | None:
    """(column, row) of integers whose outer product is the kernel; None where there are none.

    The column's numbers have no common divisor, and its first one that is not 0 is positive.
    """
    (found,) = check_kernels(kernel)
    rows = [_primitive(column) for column in found.T]
    columns = {tuple(column) for column, factor in rows if factor}
    if len(columns) > 1:
        return None
    column = next(iter(columns), (1,) + (0,) * (found.shape[0] - 1))
    return list(column), [factor for _, factor in rows]


def kernel_golden(patches: np.ndarray, kernels: npt.ArrayLike, bias: npt.ArrayLike = 0) -> np.ndarray:
    """(..., filters): sums of products of windows (..., rows, columns), plus the bias of each filter."""
    found = check_kernels(kernels)
    return np.tensordot(patches, found, axes=([-2, -1], [1, 2])) + np.asarray(bias)


def kernel_plan(
    kernels: npt.ArrayLike, pixel: Range, bias: npt.ArrayLike | None = None, depth: int | None = None
) -> ColumnPlan:
    """All filters of one window by columns, from pixels in the range `pixel`; `depth` as in `constant_sums`.

    Raises as `check_kernels` does, and ValueError for another number of biases than of filters.
    """
    return kernel_plans(kernels, pixel, bias, depth)[0]


def kernel_plans(
    kernels: npt.ArrayLike, pixel: Range, bias: npt.ArrayLike | None = None, depth: int | None = None
) -> list[ColumnPlan]:
    """`kernel_plan`; where columns have one sum, also with rows as cascades of one (1 1), of two, and so on.
    """
    found = check_kernels(kernels)
    filters, rows, columns = found.shape
    items: list[tuple[int, ...]] = []
    places: list[tuple[int, int, int, int]] = []
    for at in range(filters):
        for x in range(columns):
            column, factor = _primitive(found[at, :, x])
            if factor:
                if column not in items:
                    items.append(column)
                places.append((at, x, items.index(column), factor))
    count = max(1, len(items))
    weights = np.zeros((filters, columns * count), np.int64)
    for at, x, item, factor in places:
        weights[at, x * count + item] = factor
    biases = None if bias is None else [as_int(each, "bias") for each in np.atleast_1d(np.asarray(bias))]
    left = None if depth is None else max(0, depth - least_depth(weights.tolist(), biases))
    # All zero: one item, which no filter reads.
    column = constant_sums(items or [(1,) + (0,) * (rows - 1)], [pixel] * rows, depth=left)
    left = None if depth is None else max(0, depth - column.depth)
    ranges = column.output_ranges([pixel] * rows) * columns
    windows = [constant_sums(weights.tolist(), ranges, biases, left)]
    if len(items) == 1:
        windows += _cascades(weights.tolist(), ranges, biases, left)
    return [ColumnPlan(columns, column, window) for window in windows]


def _cascades(
    rows: list[list[int]], ranges: list[Range], bias: list[int] | None, depth: int | None
) -> list[Graph]:
    """Sums of products with `rows`, of neighbours added once, twice, ... as often as all rows allow."""
    found: list[Graph] = []
    builder, sums, rest = GraphBuilder(len(ranges)), list(range(len(ranges))), [_halved(row) for row in rows]
    while all(row is not None for row in rest):
        quotients = [row for row in rest if row is not None]
        sums = [builder.put(Node("add", a, b)) for a, b in pairwise(sums)]
        known = builder.graph(sums).output_ranges(ranges)
        left = None if depth is None else max(0, depth - len(found) - 1)
        outputs = builder.include(constant_sums(quotients, known, bias, left), sums)
        found.append(builder.graph(outputs).pruned())
        rest = [_halved(row) for row in quotients]
    return found


def _halved(row: Sequence[int]) -> list[int] | None:
    """What times (1 1) is the row, which is one shorter; None where there is none, or nothing to be added."""
    found = [0]
    for weight in row:
        found.append(weight - found[-1])
    return found[1:-1] if len(row) > 1 and found[-1] == 0 else None


def _primitive(column: np.ndarray) -> tuple[tuple[int, ...], int]:
    """A column without its common factor, and the factor, 0 for a column of zeros."""
    divisor = int(np.gcd.reduce(column))
    if not divisor:
        return tuple(map(int, column)), 0
    factor = divisor if column[np.flatnonzero(column)[0]] > 0 else -divisor
    return tuple(int(each) // factor for each in column), factor
