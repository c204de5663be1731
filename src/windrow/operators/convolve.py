"""Golden model of a convolution: exact integers, the definition of what comes out.

    y[n, i, j, o] = b[o] + sum over r, c, k of  w[o, r, c, k]
                           * x[n, i*sh - top + r*dh, j*sw - left + c*dw, g*I + k]

with `g = o // (O/groups)` the group of filter `o`, `I = C/groups` its channels, and `x` in the padding
what the window's mode says. This is a sum of products, not a mirrored convolution: the `Conv` of ONNX,
PyTorch and TFLite.

    x ─▶ windows of a block of rows ─▶ (G, P, K) matrix ─┐
                                                         ├─▶ (G, P, O/G) ─▶ + b ─▶ y
    w ──────────────────────────────▶ (G, K, O/G) matrix ┘

`P` window positions, `K = kh*kw*I` products per window. Only one block of rows is ever laid out as a
matrix, so memory stays bounded however large the image.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windrow.window.patches import patches
from windrow.window.window import Window

__all__ = ["convolve"]

_EXACT_FLOAT = 1 << 53
"""Integers below this magnitude, and sums of them that stay below it, are exact in float64."""

_BLOCK_ELEMENTS = 1 << 22
"""Elements of one block's window matrix, 8 bytes each (at least one row of outputs is always taken)."""

Array = npt.NDArray[np.int64]


def convolve(
    x: Array, weights: Array, bias: Array | None = None, *, window: Window, groups: int = 1, fill: int = 0
) -> Array:
    """Exact strided convolution in `int64`.

    `Conv2d.golden` is the checked door to this function; here arguments are taken as `Conv2d` has
    normalised and checked them, and only have to be such that the exact result fits `int64`.

    Parameters
    ----------
    x : (N, H, W, C) int64
    weights : (O, kh, kw, C/groups) int64
    bias : (O,) int64, optional
    window : sizes, kernel, stride, dilation, padding
    groups : divides C and O
    fill : what taps in the padding read

    Returns
    -------
    (N, Ho, Wo, O) int64
    """
    frames, (ho, wo) = len(x), window.output_size
    filters, kh, kw, depth = weights.shape
    products = kh * kw * depth

    # BLAS is some hundred times faster than NumPy's integer matmul, and exact as long as no partial
    # sum, in whatever order BLAS adds, can leave the integers that float64 represents.
    bound = products * max(_magnitude(x), abs(fill)) * _magnitude(weights)
    dtype = np.float64 if bound < _EXACT_FLOAT else np.int64

    matrix = weights.astype(dtype).reshape(groups, filters // groups, products).transpose(0, 2, 1)
    rows_per_block = max(1, _BLOCK_ELEMENTS // (wo * products * groups))
    y = np.empty((frames, ho, wo, filters), dtype=np.int64)
    for n in range(frames):
        windows = patches(x[n].astype(dtype, copy=False), window, fill)
        for first in range(0, ho, rows_per_block):
            block = windows[first : first + rows_per_block]
            rows = len(block)
            apart = block.reshape(rows, wo, groups, depth, kh, kw).transpose(2, 0, 1, 4, 5, 3)
            sums = apart.reshape(groups, rows * wo, products) @ matrix
            y[n, first : first + rows] = sums.transpose(1, 0, 2).reshape(rows, wo, filters)
    if bias is not None:
        y += bias
    return y


def _magnitude(array: Array) -> int:
    """Largest absolute value, as a Python int (`np.abs` overflows at the most negative int64)."""
    return max(abs(int(array.min())), abs(int(array.max()))) if array.size else 0
