"""Golden model: exact integer convolution, the definition of what comes out.

    y[n, i, j, o] = b[o] + sum over r, c, k of  w[o, r, c, k]
                           * x[n, i*sh - top + r*dh, j*sw - left + c*dw, g*I + k]

with `g = o // (O/groups)` the group of filter `o`, `I = C/groups` its channels, and `x = 0` in the
padding. This is a sum of products, not a mirrored convolution: the `Conv` of ONNX, PyTorch and TFLite.

    x ─▶ zero-pad ─▶ windows of a block of rows ─▶ (G, P, K) matrix ─┐
                                                                     ├─▶ (G, P, O/G) ─▶ + b ─▶ y
    w ──────────────────────────────────────────▶ (G, K, O/G) matrix ┘

`P` window positions, `K = kh*kw*I` products per window. Only one block of rows is ever laid out as a
matrix, so memory stays bounded however large the image.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["convolve"]

_EXACT_FLOAT = 1 << 53
"""Integers below this magnitude, and sums of them that stay below it, are exact in float64."""

_BLOCK_ELEMENTS = 1 << 22
"""Elements of one block's window matrix, 8 bytes each (at least one row of outputs is always taken)."""

Array = npt.NDArray[np.int64]
Pair = tuple[int, int]


def convolve(x: Array, weights: Array, bias: Array | None = None, *, stride: Pair = (1, 1),
             padding: tuple[Pair, Pair] = ((0, 0), (0, 0)), dilation: Pair = (1, 1),
             groups: int = 1) -> Array:
    """Exact strided convolution in `int64`.

    `Conv2d.golden` is the checked door to this function; here arguments are taken as `Conv2d` has
    normalised and checked them, and only have to be such that the exact result fits `int64`.

    Parameters
    ----------
    x : (N, H, W, C) int64
    weights : (O, kh, kw, C/groups) int64
    bias : (O,) int64, optional
    stride, dilation : (h, w)
    padding : ((top, bottom), (left, right)) in pixels
    groups : divides C and O

    Returns
    -------
    (N, Ho, Wo, O) int64, with `Ho = (H + top + bottom - keh) // sh + 1` and `keh = dh*(kh-1) + 1`
    (theory, Setting)
    """
    frames, height, width, channels = x.shape
    filters, kh, kw, depth = weights.shape
    (sh, sw), (dh, dw), ((top, bottom), (left, right)) = stride, dilation, padding
    keh, kew = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    padded_height, padded_width = height + top + bottom, width + left + right
    ho, wo = (padded_height - keh) // sh + 1, (padded_width - kew) // sw + 1
    products = kh * kw * depth

    # BLAS is some hundred times faster than NumPy's integer matmul, and exact as long as no partial
    # sum, in whatever order BLAS adds, can leave the integers that float64 represents.
    bound = products * _magnitude(x) * _magnitude(weights)
    dtype = np.float64 if bound < _EXACT_FLOAT else np.int64

    matrix = weights.astype(dtype).reshape(groups, filters // groups, products).transpose(0, 2, 1)
    rows_per_block = max(1, _BLOCK_ELEMENTS // (wo * products * groups))
    y = np.empty((frames, ho, wo, filters), dtype=np.int64)
    padded = np.zeros((padded_height, padded_width, channels), dtype=dtype)
    for n in range(frames):
        padded[top:top + height, left:left + width] = x[n]
        view = np.lib.stride_tricks.sliding_window_view(
            padded.reshape(padded_height, padded_width, groups, depth), (keh, kew), axis=(0, 1))
        # (Ho, Wo, G, I, kh, kw): windows on the stride grid, taps on the dilation grid; nothing copied yet.
        windows = view[::sh, ::sw, :, :, ::dh, ::dw]
        for first in range(0, ho, rows_per_block):
            block = windows[first:first + rows_per_block].transpose(2, 0, 1, 4, 5, 3)
            rows = block.shape[1]
            sums = block.reshape(groups, rows * wo, products) @ matrix
            y[n, first:first + rows] = sums.transpose(1, 0, 2).reshape(rows, wo, filters)
    if bias is not None:
        y += bias
    return y


def _magnitude(array: Array) -> int:
    """Largest absolute value, as a Python int (`np.abs` overflows at the most negative int64)."""
    return max(abs(int(array.min())), abs(int(array.max()))) if array.size else 0
