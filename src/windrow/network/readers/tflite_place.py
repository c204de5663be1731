"""A TFLite operator with its tensors, as those who map it ask for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.readers.tflite_file import File, RawOperator, RawTensor
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import Int
from windrow.window.window import Padding, Pair, same_padding

__all__ = ["Place", "image"]

_ACTIVATIONS: dict[int, tuple[float | None, float | None]] = {
    0: (None, None), 1: (0.0, None), 2: (-1.0, 1.0), 3: (0.0, 6.0)}
"""Ends of a fused activation by its number: none, ReLU, ReLU of -1 to 1, ReLU6."""

@dataclass(frozen=True, eq=False)
class Place:
    """An operator and its tensors; `shape` gives that of one frame."""

    file: File
    operator: RawOperator
    shape: Callable[[int], tuple[int, ...]]

    @property
    def streams(self) -> tuple[int, ...]:
        """The inputs that are no constants."""
        return tuple(number for number in self.operator.inputs
                     if number >= 0 and self.file.tensors[number].values is None)

    def input(self, at: int) -> RawTensor:
        """An input; ValueError if there is none."""
        inputs = self.operator.inputs
        if at >= len(inputs) or inputs[at] < 0:
            raise ValueError(f"must have an input {at}")
        return self.file.tensors[inputs[at]]

    def constant(self, at: int, *kinds: str) -> npt.NDArray[Any]:
        """The values of an input that must be constant, of one of some types."""
        raw = self.input(at)
        if raw.values is None or raw.kind not in kinds:
            legal = " or ".join(kind.lower() for kind in kinds)
            raise ValueError(f"input {at} must be a constant of {legal}, "
                             f"not {'a feature map' if raw.values is None else raw.kind.lower()}")
        return raw.values

    @property
    def frame(self) -> tuple[int, ...]:
        """The shape of one frame of the first input."""
        return self.shape(self.operator.inputs[0])

    @property
    def output(self) -> RawTensor:
        """The tensor that the operator computes."""
        return self.file.tensors[self.operator.outputs[0]]

    def option(self, name: str, default: int = 0) -> int:
        """A number of the operator's options."""
        return int(self.operator.options.get(name, default))

    def quantised(self, scale: float | list[float], rounding: str,
                  activation: int | None = None) -> Requantize:
        """The output map to the output tensor, with the fused activation."""
        low, high = self.ends(self.option("FusedActivationFunction") if activation is None else activation)
        return Requantize(scale, self.output.zero_points[0], Int(8), rounding, low, high)

    def ends(self, activation: int) -> Pair:
        """Where an activation leaves the output's integers."""
        if activation not in _ACTIVATIONS:
            raise ValueError(f"has activation {activation}: legal are none, ReLU, ReLU of -1 to 1 and ReLU6")
        scale, zero = np.float32(self.output.scales[0]), self.output.zero_points[0]
        low, high = (limit if end is None else zero + math.floor(float(np.float32(end) / scale) + 0.5)
                     for end, limit in zip(_ACTIVATIONS[activation], (-128, 127), strict=True))
        low, high = max(low, -128), min(high, 127)
        if low >= high:
            raise ValueError(f"has an activation that leaves {low}..{high}: nothing of it is left")
        return low, high

    def same_scale(self, what: str) -> None:
        """The kernels demand one scale on both sides here."""
        for number in self.streams:
            raw = self.file.tensors[number]
            if (raw.scales, raw.zero_points) != (self.output.scales, self.output.zero_points):
                raise ValueError(f"must have one scale and zero point before and after the {what}")

    def padding(self, size: Pair, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Padding:
        """Pixels around the image: of SAME, the odd one at the end."""
        if self.option("Padding") not in (0, 1):
            raise ValueError(f"has padding {self.option('Padding')}: legal are SAME (0) and VALID (1)")
        if self.option("Padding") == 1:
            return (0, 0), (0, 0)
        rows, columns = (same_padding(n, s, (k - 1) * d + 1)
                         for n, k, s, d in zip(size, kernel, stride, dilation, strict=True))  # fmt: skip
        return rows, columns

    def strides(self) -> Pair:
        """Rows and columns from window to window."""
        stride = (self.option("StrideH"), self.option("StrideW"))
        if min(stride) < 1:
            raise ValueError(f"must have a stride of at least 1, not {stride}")
        return stride


def image(place: Place) -> tuple[int, int, int]:
    """Height, width and channels of the first input; ValueError for what is no image."""
    if len(place.frame) != 3:
        raise ValueError(f"must get (1, H, W, C), not shape (1, {', '.join(map(str, place.frame))})")
    height, width, channels = place.frame
    return height, width, channels
