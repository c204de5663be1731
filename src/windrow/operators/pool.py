"""Pool: base of the operators that reduce every channel on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy.typing as npt

from windrow.operators.operator import Operator, Parameters, int_type
from windrow.reductions.extreme import MOST_SIDE
from windrow.values.numerics import MOST_BITS, IntType, as_int
from windrow.window.window import by

__all__ = ["Pool"]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Pool(Operator):
    """Windows of one channel each; no weights, no bias.

    channels: of the input and of the output
    """

    channelwise: ClassVar[bool] = True
    most_side: ClassVar[int] = MOST_SIDE
    """Rows and columns of the largest window."""
    channels: int

    def _set_pool(
        self, height: object, width: object, channels: object, kernel_size: object, stride: object,
        padding: object, dilation: object, padding_mode: object, padding_value: object, input_type: IntType,
    ) -> None:  # fmt: skip
        """The fields in their normal form. Raises as the classes do."""
        count = as_int(channels, "channels", 1)
        self._set(channels=count, in_channels=count, out_channels=count, groups=count,
                  input_type=int_type(input_type, "input_type", MOST_BITS))  # fmt: skip
        self._set_window(height, width, kernel_size, stride, padding, dilation, padding_mode, padding_value)
        if max(self.kernel_size) > self.most_side:
            most, kind = by((self.most_side, self.most_side)), type(self).__name__
            raise ValueError(f"kernel_size must be at most {most} for {kind}, not {by(self.kernel_size)}")
        self._check_sizes()

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
