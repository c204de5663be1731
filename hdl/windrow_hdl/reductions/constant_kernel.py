"""Kernels with constant weights, a window a cycle, without multipliers: graphs of shifts and additions.

    whole windows       WindowFunction; any kernels, all channels of a window at once
    column by column    SharedColumns; kernels of one channel, what their columns share is summed once
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from windrow.reductions.mirror import Mirror
from windrow.reductions.separable import check_kernels, kernel_plan
from windrow.reductions.shift_add import constant_sums
from windrow.values.numerics import IntType
from windrow_hdl.reductions.shared_columns import SharedColumns
from windrow_hdl.reductions.window_function import WindowFunction

__all__ = ["kernel_columns", "kernel_window"]


def kernel_window(
    weights: npt.ArrayLike, bias: npt.ArrayLike | None, pixel: IntType, result: IntType, *, border: int = 0
) -> WindowFunction:
    """All filters of `weights` (filters, rows, columns, channels) on whole windows, as `MacArray` at fold 1.

    Sums, each as wide as `result`, come side by side, filter 0 in the low bits; `bias` has one number for
    each filter.  A cleared tap counts as `border`.  Raises TypeError for weights that are no integers,
    ValueError for another shape, another number of biases, and a result too narrow.
    """
    found = np.asarray(weights)
    if found.dtype.kind not in "iu":
        raise TypeError(f"weights must be an array of integers, not of {found.dtype}")
    if found.ndim != 4 or not found.size:
        raise ValueError(f"weights must have shape (filters, rows, columns, channels), not {found.shape}")
    filters, rows, columns, channels = found.shape
    flat = found.transpose(0, 2, 1, 3).reshape(filters, -1)
    biases = None if bias is None else np.asarray(bias).ravel().tolist()
    graph = constant_sums(flat.tolist(), [(pixel.min, pixel.max)] * flat.shape[1], biases)
    return WindowFunction(graph, pixel, result, taps=rows * columns, lanes=channels, channelwise=False,
                          border=border)  # fmt: skip


def kernel_columns(
    kernels: npt.ArrayLike,
    bias: npt.ArrayLike | None,
    pixel: IntType,
    result: IntType,
    *,
    lanes: int = 1,
    border: int | None = None,
    mirror: Mirror | None = None,
    offsets: Sequence[int] | None = None,
) -> SharedColumns:
    """All filters of `kernels` (filters, rows, columns) on windows that come column by column, for each lane.

    Sums come lane by lane, filter fastest; `border`, `mirror` and `offsets` are as in `SharedColumns`.
    Raises as `kernel_window` does.
    """
    plan = kernel_plan(check_kernels(kernels), (pixel.min, pixel.max), bias)
    return SharedColumns(plan, pixel, result, lanes=lanes, border=border, mirror=mirror, offsets=offsets)
