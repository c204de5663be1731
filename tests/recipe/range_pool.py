"""RangePool2d: the range of each window, largest less smallest; the recipe in `docs/operators.md`.

    y[n, i, j, c] = max over r, s of x[n, i*sh - top + r*dh, j*sw - left + s*dw, c]  -  min over the same
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.operators.pool import Pool
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.extreme import extreme_plan
from windrow.values.numerics import IntType, UInt
from windrow.window.patches import patches
from windrow.window.window import PaddingLike, Pair

__all__ = ["RangePool2d"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class RangePool2d(Pool):
    """Largest less smallest value of each window. Arguments and errors: as `MaxPool2d`, without an element.

    Padding counts, as 0 by default: what never wins is not the same for the largest and the smallest.
    """

    kind: ClassVar[str] = "range-pool2d"
    reduction: ClassVar[str] = "range"

    def __init__(self, *, height: int, width: int, channels: int = 1, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: PaddingLike = 0, dilation: int | Pair = 1,
                 padding_mode: str = "constant", padding_value: int = 0,
                 input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        self._set_pool(height, width, channels, kernel_size, stride, padding, dilation, padding_mode,
                       padding_value, input_type)  # fmt: skip
        self._set_output(output)

    @property
    def identity(self) -> int:
        """0, for taps in the padding: each extreme replaces spare taps by an identity of its own."""
        return 0

    @property
    def result_type(self) -> IntType:
        """As wide as the input, without a sign."""
        return UInt(self.input_type.bits)

    @property
    def counts(self) -> np.ndarray:
        """(kh, kw) which taps count: all."""
        return np.ones(self.kernel_size, bool)

    def depth(self, operands: int, shared: bool = False) -> int:
        """That of one extreme, and one cycle for the difference."""
        if operands < self.window.taps:
            rows = tuple(map(tuple, self.counts.tolist()))
            return ChannelFold("maximum", rows, operands).depth + 1
        return 2 + extreme_plan("maximum", self.counts).whole().depth + 1

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, C) ranges."""
        found = np.empty((len(frames), *self.output_shape), np.int64)
        for frame, out in zip(frames, found, strict=True):
            out[...] = np.ptp(patches(frame, self.window, self.fill), axis=(3, 4))
        return found
