"""Pool: base of the operators that reduce every channel on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.operators.operator import Array, Operator, Parameters
from windrow.reductions.extreme import MOST_SIDE
from windrow.values.numerics import MOST_BITS, IntType, as_int, int_type
from windrow.window.patches import patches
from windrow.window.window import Pair, by

__all__ = ["KernelLike", "Pool"]

KernelLike: TypeAlias = "int | Pair | Literal['global']"
_GLOBAL = "global"


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Pool(Operator):
    """Windows of one channel each; no weights, no bias.

    channels: of the input and of the output
    """

    channelwise: ClassVar[bool] = True
    may_be_global: ClassVar[bool] = False
    """May `kernel_size` be "global"?"""
    most_side: ClassVar[int] = MOST_SIDE
    """Rows and columns of the largest window that is read from a line buffer."""
    most_taps: ClassVar[int] = 1 << 16
    channels: int

    def _set_pool(
        self, height: object, width: object, channels: object, kernel_size: object, stride: object,
        padding: object, dilation: object, padding_mode: object, padding_value: object, input_type: IntType,
    ) -> None:  # fmt: skip
        """The fields in their normal form. Raises as the classes do."""
        count = as_int(channels, "channels", 1)
        self._set(channels=count, in_channels=count, out_channels=count, groups=count,
                  input_type=int_type(input_type, "input_type", MOST_BITS))  # fmt: skip
        whole = self.may_be_global and self._is_global(kernel_size)
        kernel = (height, width) if whole else kernel_size
        self._set_window(height, width, kernel, stride, padding, dilation, padding_mode, padding_value)
        if whole and self.window.padded_size != self.window.size:
            raise ValueError(f"padding must be 0 for kernel_size {_GLOBAL!r}, not {by(self.padding)}")
        self._check_sizes()

    @staticmethod
    def _is_global(kernel_size: object) -> bool:
        """Is it said in a word?  ValueError for any other word."""
        if isinstance(kernel_size, str) and kernel_size != _GLOBAL:
            raise ValueError(f"kernel_size must be an int, (h, w) or {_GLOBAL!r}, not {kernel_size!r}")
        return isinstance(kernel_size, str)

    def _set_output(self, output: object) -> None:
        """The same; and what was said before makes a window that there is hardware for, or a ValueError."""
        if self._is_large and not self.accumulates(1):
            most, kind = by((self.most_side, self.most_side)), type(self).__name__
            apart = " unless its windows end one at a time" if self.may_be_global else ""
            raise ValueError(f"kernel_size must be at most {most} for {kind}{apart}, "
                             f"not {by(self.kernel_size)}")  # fmt: skip
        super()._set_output(output)

    def _sums(self, frames: Array) -> Array:
        """(N, Ho, Wo, C) the sum of each window's taps."""
        sums = np.zeros((len(frames), *self.output_shape), np.int64)
        for frame, out in zip(frames, sums, strict=True):
            windows = patches(frame, self.window, self.fill)
            for ky in range(self.kernel_size[0]):
                for kx in range(self.kernel_size[1]):
                    out += windows[..., ky, kx]
        return sums

    @property
    def _is_large(self) -> bool:
        return max(self.kernel_size) > self.most_side

    @property
    def fixed_taps(self) -> int | None:
        """One, of windows that no line buffer serves."""
        return 1 if self._is_large else super().fixed_taps

    @property
    def result_type(self) -> IntType:
        """That of the input, unless the operator says otherwise."""
        return self.input_type

    def check_parameters(self, weights: npt.ArrayLike | None, bias: npt.ArrayLike | None) -> Parameters:
        """None and None. Raises ValueError for anything else."""
        for name, value in (("weights", weights), ("bias", bias)):
            if value is not None:
                raise ValueError(f"{name} must be None for {type(self).__name__}, not {value!r}")
        return None, None
