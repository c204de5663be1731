"""Concat: channels of several feature maps behind each other, pixel by pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Array, Join, Shape
from windrow.timing.folding import divisors
from windrow.values.numerics import IntType

__all__ = ["Concat"]


@dataclass(frozen=True, init=False)
class Concat(Join):
    """The channels of all inputs, those of the first input first.

    Raises ValueError for fewer than two inputs, images of different sizes, or types that are not one.
    """

    kind: ClassVar[str] = "concat"

    input_shapes: tuple[Shape, ...]
    input_types: tuple[IntType, ...]

    def __init__(self, input_shapes: Sequence[Shape], input_types: Sequence[IntType]) -> None:
        shapes, types = tuple(input_shapes), tuple(input_types)
        if len(shapes) < 2 or len({shape[:2] for shape in shapes}) > 1:
            raise ValueError(f"input_shapes must be two or more (H, W, C) of one height and width, "
                             f"not {shapes}")
        if len(types) != len(shapes) or len(set(types)) > 1:
            raise ValueError(f"input_types must be one type for all {len(shapes)} inputs, not {types}")
        object.__setattr__(self, "input_shapes", shapes)  # the only writes to a frozen object
        object.__setattr__(self, "input_types", types)

    @property
    def output_shape(self) -> Shape:
        height, width, _ = self.input_shapes[0]
        return (height, width, sum(shape[2] for shape in self.input_shapes))

    @property
    def output_type(self) -> IntType:
        return self.input_types[0]

    @property
    def legal_lanes(self) -> list[int]:
        return divisors(math.gcd(*(shape[2] for shape in self.input_shapes)))

    @property
    def depth(self) -> int:
        return 1

    def requantisers(self, lanes: int) -> int:
        return 0

    def reads(self, lanes: int) -> npt.NDArray[np.bool_]:
        turns = [shape[2] // lanes for shape in self.input_shapes]
        return np.repeat(np.eye(len(turns), dtype=np.bool_), turns, axis=0)

    def golden(self, *frames: Array) -> Array:
        return np.concatenate(frames, axis=-1)
