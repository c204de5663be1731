"""Operators of networks that are defined on real numbers: computed as such, rounded once, half to even."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import Array, Plain, Pool, Shape, same_shapes
from windrow.network.scaled_sum import rounded, scaled_tables
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import IntType, smallest
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
        total = rounded(parts[0] * factors[0] + parts[1] * factors[1], common)
        return np.clip((total + self.output_zero).astype(np.int64), self.minimum, self.maximum)

    def tables(self, kinds: Sequence[IntType]) -> tuple[tuple[Array, Array], Requantize]:
        """What becomes of every number of each input's type, and of the sum of two of these.

        Raises ValueError as `scaled_tables` does.
        """
        first, second = (np.arange(kind.min, kind.max + 1) for kind in kinds)
        pairs = self.golden(*np.broadcast_arrays(first[:, None], second))
        ends = self.minimum - self.output_zero, self.maximum - self.output_zero
        shift, *tables = scaled_tables(pairs - self.output_zero, self.scales, self.zero_points, kinds, ends)
        output = Requantize(2.0**-shift, self.output_zero, smallest(self.minimum, self.maximum), "half_even",
                            self.minimum, self.maximum)
        return (tables[0], tables[1]), output
