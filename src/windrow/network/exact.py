"""Operators of networks that are defined on real numbers: computed as such, rounded once, half to even."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import Array, Plain, Pool, Shape, same_shapes
from windrow.outputs.requantise import Requantize
from windrow.window.window import Pair

__all__ = ["Average", "Flatten", "Sum"]


@dataclass(frozen=True)
class Average(Pool):
    """`output` of the sum of `x - zero_point` over a window; what the padding adds is 0."""

    zero_point: int
    output: Requantize

    title = "average pool"

    def golden(self, *inputs: Array) -> Array:
        taps = self._taps(inputs[0] - self.zero_point, 0)
        return self.output.golden(sum(taps[1:], taps[0]))


@dataclass(frozen=True)
class Flatten(Plain):
    """The numbers of an image as features, channel by channel, as where channels come first."""

    title = "flatten"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (math.prod(inputs[0]),)

    def golden(self, *inputs: Array) -> Array:
        return np.moveaxis(inputs[0], -1, 1).reshape(len(inputs[0]), -1)


@dataclass(frozen=True)
class Sum(Plain):
    """`clamp(round(sum of (x - zero_point) * scale) + output_zero)`, half to even."""

    zero_points: Pair
    scales: tuple[Fraction, Fraction]
    output_zero: int
    minimum: int
    maximum: int

    title = "add"

    def output_shape(self, *inputs: Shape) -> Shape:
        return same_shapes(self.title, inputs)

    def golden(self, *inputs: Array) -> Array:
        common = math.lcm(*(scale.denominator for scale in self.scales))
        factors = [int(scale * common) for scale in self.scales]
        # 16 bits of each difference, and a few to double it.
        exact = np.int64 if max(*factors, common) < 1 << 44 else np.object_
        parts: list[npt.NDArray[Any]] = [(x - zero).astype(exact) for x, zero in
                                         zip(inputs, self.zero_points, strict=True)]
        total = parts[0] * factors[0] + parts[1] * factors[1]
        below = total // common
        twice = 2 * (total - below * common)
        odd = below % 2 == 1
        rounded = below + ((twice > common) | ((twice == common) & odd))
        return np.clip((rounded + self.output_zero).astype(np.int64), self.minimum, self.maximum)
