"""Streamed: what a stage and a whole pipeline have in common, frames that go in and frames that come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from windrow.timing.timing import Timing
from windrow.values.numerics import IntType

__all__ = ["Streamed"]


class Streamed(Protocol):
    """Hardware with a stream in and a stream out; its models say what leaves it, and when.

    lanes, pe: channels of an input beat, and of an output beat
    pixels, output_pixels: neighbours of a row in either
    beat_bits, output_bits: bits of either
    input_shape, output_shape: (H, W, C) of a frame
    computes: what, in a line
    silence: cycles in which nothing need move on either stream while all is well, at the most
    golden: frames (N, H, W, C), and constants where it takes some, to (N, Ho, Wo, O)
    timing: as `Design.timing`
    """

    @property
    def lanes(self) -> int: ...

    @property
    def pe(self) -> int: ...

    @property
    def pixels(self) -> int: ...

    @property
    def output_pixels(self) -> int: ...

    @property
    def beat_bits(self) -> int: ...

    @property
    def output_bits(self) -> int: ...

    @property
    def input_shape(self) -> tuple[int, int, int]: ...

    @property
    def input_type(self) -> IntType: ...

    @property
    def output_shape(self) -> tuple[int, int, int]: ...

    @property
    def output_type(self) -> IntType: ...

    @property
    def computes(self) -> str: ...

    @property
    def silence(self) -> int: ...

    @property
    def golden(self) -> Callable[..., npt.NDArray[np.int64]]: ...

    @property
    def timing(self) -> Callable[..., Timing]: ...
