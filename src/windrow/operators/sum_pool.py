"""SumPool2d: the sum of a window, each pixel less what stands for 0.

    y[n, i, j, c] = sum over r, s of  x[n, i*sh - top + r*dh, j*sw - left + s*dw, c] - zero_point

With `Requantize` behind it, the mean of quantised numbers as a framework computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.operators.pool import KernelLike, Pool
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.partial import Partial
from windrow.values.numerics import IntType, UInt, as_int, smallest
from windrow.window.window import PaddingLike, Pair

__all__ = ["SumPool2d"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class SumPool2d(Pool):
    """The sum of each window.

    Parameters
    ----------
    height, width, kernel_size, stride, padding, dilation, padding_mode
        As of `Conv2d`; a kernel_size of "global" is the whole image, which then has no padding.
    padding_value : int, optional
        What lies in the padding under "constant"; by default `zero_point`, which adds nothing.
    channels : int
        Of the input, and of the output.
    zero_point : int
        What is taken from every pixel, a value of `input_type`.
    input_type : UInt or Int
        1 to 16 bits.
    output : an output map or a tuple of them, optional
        As of `Conv2d`.

    Raises
    ------
    TypeError, ValueError
        as `Conv2d` does; for a zero point that is no pixel
    """

    kind: ClassVar[str] = "sum-pool2d"
    reduction: ClassVar[str] = "sum"
    may_be_global: ClassVar[bool] = True

    zero_point: int

    def __init__(self, *, height: int, width: int, channels: int = 1, kernel_size: KernelLike,
                 stride: int | Pair = 1, padding: PaddingLike = 0, dilation: int | Pair = 1,
                 padding_mode: str = "constant", padding_value: int | None = None, zero_point: int = 0,
                 input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        self._set_pool(height, width, channels, kernel_size, stride, padding, dilation, padding_mode,
                       padding_value, input_type)  # fmt: skip
        zero, pixel = as_int(zero_point, "zero_point"), self.input_type
        if not pixel.min <= zero <= pixel.max:
            raise ValueError(f"zero_point must be in {pixel.min}..{pixel.max} ({pixel}), not {zero}")
        self._set(zero_point=zero)
        self._set_output(output)

    @property
    def identity(self) -> int:
        """What stands for 0."""
        return self.zero_point

    @property
    def result_type(self) -> IntType:
        """The smallest that holds every sum."""
        pixel, taps = self.input_type, self.window.taps
        return smallest(taps * (pixel.min - self.zero_point), taps * (pixel.max - self.zero_point))

    def fold(self, taps: int) -> ChannelFold:
        """The sum, `taps` taps a step: zero points are taken from it beforehand."""
        rows, columns = self.kernel_size
        return ChannelFold("sum", ((True,) * columns,) * rows, taps, self._offset)

    def depth(self, operands: int, shared: bool = False) -> int:
        """The sum."""
        return self.fold(operands).depth

    @property
    def partial(self) -> Partial:
        """A sum that grows."""
        taps = self.window.taps
        return Partial("sum", self.input_type, taps, taps, self.fill, offset=self._offset)

    @property
    def _offset(self) -> int:
        return -self.zero_point * self.window.taps

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, C) sums."""
        return self._sums(frames) + self._offset
