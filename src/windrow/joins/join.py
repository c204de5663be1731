"""Join: what every operator of several feature maps is, pixel by pixel, without a window.

A join takes the beats of its inputs in the order of the stream and gives one output beat for each, or for
each few.  Which inputs a beat reads is all that its time depends on; what becomes of them is the join's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from windrow.values.numerics import IntType

__all__ = ["Array", "Join", "Shape"]

Array = npt.NDArray[np.int64]
Shape = tuple[int, int, int]


class Join(ABC):
    """Base of all joins: frozen values.

    input_shapes: (H, W, C) of each input; H and W are the same for all
    input_types: of every value of each input
    """

    kind: ClassVar[str]

    input_shapes: tuple[Shape, ...]
    input_types: tuple[IntType, ...]

    @property
    @abstractmethod
    def output_shape(self) -> Shape:
        """(H, W, O) of one frame."""

    @property
    @abstractmethod
    def output_type(self) -> IntType:
        """Type of every value of the output."""

    @property
    @abstractmethod
    def legal_lanes(self) -> list[int]:
        """Ascending numbers of channels that a beat may have, on every input and on the output."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """Cycles from the beats at the inputs to the beat that becomes of them."""

    @abstractmethod
    def requantisers(self, lanes: int) -> int:
        """Values that output maps scale in one cycle, of beats of `lanes` channels."""

    @abstractmethod
    def reads(self, lanes: int) -> npt.NDArray[np.bool_]:
        """(beats of a pixel, inputs) which inputs each output beat reads a beat of."""

    @abstractmethod
    def golden(self, *frames: Array) -> Array:
        """What comes out, (N, H, W, O), of inputs (N, H, W, C), all int64."""
