"""Rank2d and Median2d: the number `rank` of a window's values in ascending order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.operators.pool import Pool
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.rank import RankPlan, check_rank, median_rank, plan_rank
from windrow.values.numerics import IntType, UInt
from windrow.window.patches import patches
from windrow.window.window import PaddingLike, Pair, pair

__all__ = ["Median2d", "Rank2d"]

_BLOCK = 1 << 20  # values that are sorted at a time, windows laid side by side


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Rank2d(Pool):
    """The `rank`-th smallest value of each window, counted from 0.

    Parameters
    ----------
    height, width, stride, padding, dilation, padding_mode, padding_value
        As of `Conv2d`.
    kernel_size : int or (h, w)
        Up to 7x7.
    channels : int
        Of the input, and of the output.
    rank : int
        0 (the smallest) to `kh*kw - 1` (the largest).
    input_type : UInt or Int
        1 to 16 bits.
    output : an output map or a tuple of them, optional
        As of `Conv2d`.

    Raises
    ------
    TypeError, ValueError
        as `Conv2d` does; for a kernel beyond 7x7 and a rank outside the window
    """

    kind: ClassVar[str] = "rank2d"
    reduction: ClassVar[str] = "rank"
    foldable: ClassVar[bool] = False
    shares_columns: ClassVar[bool] = True
    most_side: ClassVar[int] = 7

    required: ClassVar[tuple[str, ...]] = ("height", "width", "kernel_size", "rank")

    rank: int

    def __init__(self, *, height: int, width: int, channels: int = 1, kernel_size: int | Pair, rank: int,
                 stride: int | Pair = 1, padding: PaddingLike = 0, dilation: int | Pair = 1,
                 padding_mode: str = "constant", padding_value: int = 0,
                 input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        self._set_pool(height, width, channels, kernel_size, stride, padding, dilation, padding_mode,
                       padding_value, input_type)  # fmt: skip
        self._set(rank=check_rank(rank, self.window.taps))
        self._set_output(output)

    @property
    def identity(self) -> int:
        """0, for taps in the padding: no tap is ever spare, since windows are not folded."""
        return 0

    def plan(self, shared: bool) -> RankPlan:
        """How the hardware finds it, of columns that come one by one (`shared`) or of whole windows."""
        return plan_rank(*self.kernel_size, self.rank, self.input_type, shared=shared)

    @property
    def column_plan(self) -> ColumnPlan | None:
        """Columns sorted first, where that is smaller than counting."""
        return self.plan(shared=True).network

    def depth(self, operands: int, shared: bool = False) -> int:
        """That of the plan."""
        return self.plan(shared).depth

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, C) values."""
        found = np.empty((len(frames), *self.output_shape), np.int64)
        rows = max(1, _BLOCK // (self.output_shape[1] * self.channels * self.window.taps))
        for frame, out in zip(frames, found, strict=True):
            windows = patches(frame, self.window, self.fill)
            for first in range(0, len(out), rows):
                block = windows[first : first + rows]
                flat = block.reshape(*block.shape[:3], -1)
                out[first : first + rows] = np.partition(flat, self.rank, axis=-1)[..., self.rank]
        return found


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Median2d(Rank2d):
    """The median of each window, the lower middle of an even one. Arguments and errors: as `Rank2d`."""

    kind: ClassVar[str] = "median2d"
    required: ClassVar[tuple[str, ...]] = ("height", "width", "kernel_size")

    def __init__(self, *, height: int, width: int, channels: int = 1, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: PaddingLike = 0, dilation: int | Pair = 1,
                 padding_mode: str = "constant", padding_value: int = 0,
                 input_type: IntType = UInt(8),  # noqa: B008 (immutable)
                 output: OutputLike = None) -> None:  # fmt: skip
        kh, kw = pair(kernel_size, "kernel_size", 1)
        super().__init__(height=height, width=width, channels=channels, kernel_size=kernel_size,
                         rank=median_rank(kh * kw), stride=stride, padding=padding, dilation=dilation,
                         padding_mode=padding_mode, padding_value=padding_value, input_type=input_type,
                         output=output)  # fmt: skip
