"""Operators of networks that make images larger: nearest neighbours, transposed convolution."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import Array, Plain, Shape
from windrow.outputs.requantise import Requantize
from windrow.window.window import Pair

__all__ = ["Nearest", "TransposedConvolution"]


@dataclass(frozen=True)
class Nearest(Plain):
    """Output pixel (i, j) is input pixel (rows[i], columns[j])."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]

    title = "nearest"

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != 3 or max(self.rows) >= shape[0] or max(self.columns) >= shape[1]:
            raise ValueError(f"a resize of {max(self.rows) + 1}x{max(self.columns) + 1} pixels must not get "
                             f"shape {shape}")
        return (len(self.rows), len(self.columns), shape[2])

    def golden(self, *inputs: Array) -> Array:
        return inputs[0][:, list(self.rows)][:, :, list(self.columns)]


@dataclass(frozen=True, eq=False)
class TransposedConvolution:
    """Each input pixel adds `(x - zero_point) * weights` to a window of outputs, `stride` apart.

    Weights (O, kh, kw, I), bias (O,); the first window begins `before` (rows, columns) above and left of the
    outputs, which are `size`.  What falls outside is dropped.
    """

    size: Pair
    kernel_size: Pair
    stride: Pair
    before: Pair
    weights: npt.NDArray[np.integer] = field(repr=False)
    bias: npt.NDArray[np.integer] | None = field(repr=False)
    zero_point: int
    output: Requantize
    input_size: Pair

    title = "transposed convolution"

    @property
    def macs(self) -> int:
        return math.prod(self.input_size) * self.weight_count

    @property
    def weight_count(self) -> int:
        return self.weights.size

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        wanted = (*self.input_size, self.weights.shape[3])
        if shape != wanted:
            raise ValueError(f"a transposed convolution of shape {wanted} must not get shape {shape}")
        return (*self.size, self.weights.shape[0])

    def golden(self, *inputs: Array) -> Array:
        (x,) = inputs
        (sh, sw), (kh, kw) = self.stride, self.kernel_size
        rows, columns = x.shape[1:3]
        whole = [max((n - 1) * s + k, b + size) for n, s, k, b, size in
                 zip((rows, columns), (sh, sw), (kh, kw), self.before, self.size, strict=True)]
        sums = np.zeros((len(x), *whole, len(self.weights)), np.int64)
        for r in range(kh):
            for c in range(kw):
                products = (x - self.zero_point) @ self.weights[:, r, c].astype(np.int64).T
                sums[:, r : r + (rows - 1) * sh + 1 : sh, c : c + (columns - 1) * sw + 1 : sw] += products
        (top, left), (height, width) = self.before, self.size
        cut = sums[:, top : top + height, left : left + width]
        return self.output.golden(cut if self.bias is None else cut + self.bias)
