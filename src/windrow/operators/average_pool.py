"""AvgPool2d: the average of a window, rounded half away from zero, as TFLite's reference kernel does.

    y = round(sum of x over the window / number of pixels)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.operators.pool import KernelLike, Pool
from windrow.reductions.average import Division, division, rounded_quotient
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.partial import Partial
from windrow.values.numerics import IntType, UInt, as_flag
from windrow.window.window import PaddingLike, Pair

__all__ = ["AvgPool2d"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class AvgPool2d(Pool):
    """The average of each window, halves rounded away from zero.

    Parameters
    ----------
    height, width, kernel_size, stride, padding, dilation, padding_mode, padding_value
        As of `Conv2d`; a kernel_size of "global" is the whole image, which then has no padding.
    channels : int
        Of the input, and of the output.
    count_include_pad : bool
        Whether taps in the padding count; else the sum is divided by the number of pixels. Those that mirror
        the image always do; a `padding_value` has a meaning only where they do.
    input_type : UInt or Int
        1 to 16 bits.
    output : an output map or a tuple of them, optional
        As of `Conv2d`.

    Raises
    ------
    TypeError, ValueError
        as `Conv2d` does; for padding that leaves a window without a pixel to average
    """

    kind: ClassVar[str] = "avg-pool2d"
    reduction: ClassVar[str] = "average"
    may_be_global: ClassVar[bool] = True
    products_of_sums: ClassVar[bool] = True
    """Several numbers of pixels share a multiplier."""

    count_include_pad: bool

    def __init__(self, *, height: int, width: int, channels: int = 1, kernel_size: KernelLike,
                 stride: int | Pair = 1, padding: PaddingLike = 0, dilation: int | Pair = 1,
                 padding_mode: str = "constant", padding_value: int = 0,
                 count_include_pad: bool = False, input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        self._set_pool(height, width, channels, kernel_size, stride, padding, dilation, padding_mode,
                       padding_value, input_type)  # fmt: skip
        self._set(count_include_pad=as_flag(count_include_pad, "count_include_pad"))
        if self.padding_value and not self.count_include_pad:
            raise ValueError(f"padding_value must be 0 where count_include_pad is False, "
                             f"not {self.padding_value}")  # fmt: skip
        if not self.counts.all():
            raise ValueError(f"padding must leave a pixel in every window, not be {self.padding}; "
                             "or count_include_pad=True")  # fmt: skip
        self._set_output(output)

    @cached_property
    def counts(self) -> np.ndarray:
        """(Ho, Wo) by what each sum is divided."""
        if self.count_include_pad or self.padding_mode != "constant":
            return np.full(self.window.output_size, self.window.taps)
        rows, columns = (axis.end_tap - axis.first_tap for axis in self.window.axes)
        return rows[:, None] * columns

    @cached_property
    def division(self) -> Division:
        """Multipliers for every number of pixels."""
        return division(self.input_type, np.unique(self.counts)[::-1].tolist())

    def fold(self, taps: int) -> ChannelFold:
        """The sum, `taps` taps a step."""
        rows, columns = self.kernel_size
        return ChannelFold("sum", ((True,) * columns,) * rows, taps)

    @property
    def identity(self) -> int:
        """0."""
        return 0

    def depth(self, operands: int, shared: bool = False) -> int:
        """The sum and its division."""
        return self.fold(operands).depth + self.division.depth(self.products_of_sums)

    def check_programmable(self) -> None:
        """The counts of pixels, and so the multipliers, would change with every setting."""
        if not self.count_include_pad:
            raise ValueError("count_include_pad must be True for run-time hardware, not False")

    @property
    def partial(self) -> Partial:
        """A sum that grows, and its division."""
        fill = self.fill if self.count_include_pad else None
        return Partial("sum", self.input_type, self.window.taps, int(self.counts.max()), fill,
                       self.division.depth(self.products_of_sums))  # fmt: skip

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, C) averages."""
        return rounded_quotient(self._sums(frames), self.counts[:, :, None])
