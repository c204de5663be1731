"""Ends: the streams at both ends of a stage, as `Streamed` asks for them."""

from __future__ import annotations

from abc import abstractmethod

import numpy.typing as npt

from windrow.operators.operator import Array, Operator
from windrow.values.numerics import IntType

__all__ = ["Ends"]


class Ends:
    """What goes into the hardware of `layer`, and what comes out."""

    layer: Operator

    @property
    @abstractmethod
    def fold(self) -> int:
        """Cycles per window."""

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of an input frame."""
        return self.layer.input_shape

    @property
    def input_type(self) -> IntType:
        """Type of every value of the input."""
        return self.layer.input_type

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(Ho, Wo, O) of an output frame."""
        return self.layer.output_shape

    @property
    def output_type(self) -> IntType:
        """Type of every value of the output."""
        return self.layer.output_type

    @property
    def computes(self) -> str:
        """What, in a line."""
        return str(self.layer)

    @property
    def silence(self) -> int:
        """Cycles in which nothing need move on either stream while all is well: some windows, at the most."""
        ho, wo, filters = self.output_shape
        return 8 * (self.fold + self.layer.macs // (ho * wo * filters))

    def check_input(self, x: npt.ArrayLike) -> Array:
        """`x` (N, H, W, C) or (H, W, C) as (N, H, W, C), as `layer.check_input`."""
        return self.layer.check_input(x)

    def random_input(self, seed: int, frames: int | None = None) -> Array:
        """Reproducible input, as `layer.random_input`."""
        return self.layer.random_input(seed, frames)

    def golden(self, x: npt.ArrayLike, weights: npt.ArrayLike | None = None,
               bias: npt.ArrayLike | None = None) -> Array:
        """What comes out, exactly, as `layer.golden`."""
        return self.layer.golden(x, weights, bias)
