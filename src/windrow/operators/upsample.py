"""Upsample2d: every pixel `factor` times in a row, every row `factor` times: nearest neighbours.

    y[n, i, j, c] = x[n, i // fh, j // fw, c]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.operators.pool import Pool
from windrow.values.numerics import MOST_BITS, IntType, UInt, as_int, int_type
from windrow.window.fractional import FractionalWindow, fractional_window
from windrow.window.window import Pair, by, pair

__all__ = ["Upsample2d"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Upsample2d(Pool):
    """An image whose pixels are repeated; each output pixel is a window of one pixel.

    Parameters
    ----------
    height, width : int
        Size of the image, in pixels, at least 1.
    channels : int
        Of the input, and of the output.
    factor : int or (h, w)
        How often each pixel is repeated, in a column and in a row; at least 1.
    input_type : UInt or Int
        1 to 16 bits.
    output : an output map or a tuple of them, optional
        As of `Conv2d`.

    Raises
    ------
    TypeError, ValueError
        for a value of the wrong kind or out of range
    """

    kind: ClassVar[str] = "upsample2d"
    reduction: ClassVar[str] = "copy"
    required: ClassVar[tuple[str, ...]] = ("height", "width", "factor")

    factor: Pair

    def __init__(self, *, height: int, width: int, channels: int = 1, factor: int | Pair,
                 input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        count = as_int(channels, "channels", 1)
        self._set(channels=count, in_channels=count, out_channels=count, groups=count,
                  input_type=int_type(input_type, "input_type", MOST_BITS),
                  height=as_int(height, "height", 1), width=as_int(width, "width", 1), kernel_size=(1, 1),
                  stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), padding_mode="constant",
                  padding_value=None, factor=pair(factor, "factor", 1))  # fmt: skip
        self._check_sizes()
        self._set_output(output)

    @cached_property
    def window(self) -> FractionalWindow:
        """Windows of one pixel, `factor` of them for each."""
        (height, width), (down, across) = (self.height, self.width), self.factor
        return fractional_window((height, width), self.factor, self.factor, (0, 0),
                                 (height * down, width * across))  # fmt: skip

    @property
    def identity(self) -> int:
        """0, which is never read: no tap is in the padding or spare."""
        return 0

    def depth(self, operands: int, shared: bool = False) -> int:
        """A register."""
        return 2

    def check_programmable(self) -> None:
        """Raise ValueError: run-time hardware steps by whole pixels."""
        raise ValueError(f"factor must be left to hardware without a runtime, not {by(self.factor)}")

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, C) repeated pixels."""
        return frames.repeat(self.factor[0], axis=1).repeat(self.factor[1], axis=2)

    def _more_words(self) -> list[str]:
        return [f"factor {by(self.factor)}", *super()._more_words()]
