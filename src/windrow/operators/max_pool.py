"""MaxPool2d and MinPool2d: the largest and the smallest value of a window, also under a structuring element.

    y[n, i, j, c] = max over r, s with element[r, s] of  x[n, i*sh - top + r*dh, j*sw - left + s*dw, c]

Taps in the padding never win, as in ONNX, PyTorch, TFLite and OpenCV; of a window that lies in padding
altogether the least value of the type is left. Padding that has a value or mirrors the image counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.operators.pool import KernelLike, Pool
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.extreme import extreme_plan
from windrow.reductions.partial import Partial
from windrow.values.numerics import IntType, UInt, as_array
from windrow.window.patches import patches
from windrow.window.window import PaddingLike, Pair, by

__all__ = ["MaxPool2d", "MinPool2d"]

Element = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class MaxPool2d(Pool):
    """The largest value of each window; dilation of grey pictures under a structuring element.

    Parameters
    ----------
    height, width, kernel_size, stride, padding, dilation, padding_mode
        As of `Conv2d`; a kernel_size of "global" is the whole image, which then has no padding.
    padding_value : int, optional
        What lies in the padding under "constant"; by default what never wins.
    channels : int
        Of the input, and of the output.
    element : (kh, kw) booleans, optional
        Which taps count; all by default. At least one.
    input_type : UInt or Int
        1 to 16 bits.
    output : an output map or a tuple of them, optional
        As of `Conv2d`.

    Raises
    ------
    TypeError, ValueError
        as `Conv2d` does; for an element that is not (kh, kw) booleans, or all false
    """

    kind: ClassVar[str] = "max-pool2d"
    reduction: ClassVar[str] = "extreme"
    largest: ClassVar[bool] = True
    shares_columns: ClassVar[bool] = True
    may_be_global: ClassVar[bool] = True

    element: Element | None

    def __init__(self, *, height: int, width: int, channels: int = 1, kernel_size: KernelLike,
                 stride: int | Pair = 1, padding: PaddingLike = 0, dilation: int | Pair = 1,
                 padding_mode: str = "constant", padding_value: int | None = None,
                 element: npt.ArrayLike | Sequence[Any] | None = None,
                 input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        self._set_pool(height, width, channels, kernel_size, stride, padding, dilation, padding_mode,
                       padding_value, input_type)  # fmt: skip
        self._set(element=None if element is None else _element(element, self.kernel_size))
        self._set_output(output)

    @property
    def identity(self) -> int:
        """The value that never wins."""
        return self.input_type.min if self.largest else self.input_type.max

    def depth(self, operands: int, shared: bool = False) -> int:
        """The operands and their register, and one cycle for each level of comparisons."""
        if operands < self.window.taps:
            rows = tuple(map(tuple, self.counts.tolist()))
            return ChannelFold(self.extreme, rows, operands).depth
        plan = extreme_plan(self.extreme, self.counts)
        return 2 + (plan.depth if shared else plan.whole().depth)

    @property
    def column_plan(self) -> ColumnPlan:
        """Columns first."""
        return extreme_plan(self.extreme, self.counts)

    @property
    def extreme(self) -> str:
        """"maximum" or "minimum"."""
        return "maximum" if self.largest else "minimum"

    @property
    def counts(self) -> npt.NDArray[np.bool_]:
        """(kh, kw) which taps count."""
        return np.ones(self.kernel_size, bool) if self.element is None else np.array(self.element)

    @property
    def partial(self) -> Partial | None:
        """An extreme that grows, where all taps count."""
        if not self.counts.all():
            return None
        return Partial(self.extreme, self.input_type, self.window.taps, 1, self.padding_value)

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, C) extremes."""
        better = np.maximum if self.largest else np.minimum
        best = np.full((len(frames), *self.output_shape), self.identity, np.int64)
        for frame, out in zip(frames, best, strict=True):
            windows = patches(frame, self.window, self.fill)
            for ky, kx in np.argwhere(self.counts):
                better(out, windows[..., ky, kx], out=out)
        return best


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class MinPool2d(MaxPool2d):
    """The smallest value of each window; erosion of grey pictures. Arguments and errors: as `MaxPool2d`."""

    kind: ClassVar[str] = "min-pool2d"
    largest: ClassVar[bool] = False


def _element(value: npt.ArrayLike | Sequence[Any], kernel_size: Pair) -> Element:
    array = as_array(value, "element")
    if array.dtype != np.bool_:
        raise TypeError(f"element must hold booleans, not {array.dtype}")
    if array.shape != kernel_size:
        raise ValueError(f"element must have the kernel's shape {by(kernel_size)}, not {by(array.shape)}")
    if not array.any():
        raise ValueError("element must have at least one tap that counts, not be all false")
    return tuple(tuple(row) for row in array.tolist())
