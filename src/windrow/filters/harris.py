"""Harris's response: large where a picture changes in every direction, at corners; negative at edges.

    R = A*C - B*B - k*(A + C)**2        A, B, C = sums of gx*gx, gx*gy, gy*gy over a block

No two pixels are multiplied where weights are constants; but squares are tables, and R is made of three:

    R = (1/4 - k)*T*T - (D*D + E*E)/4   T = A + C, D = A - C, E = 2*B

    stage 1   gx*gx, gy*gy, (gx + gy)**2, (gx - gy)**2, in 1/64             3x3
    stage 2   T and D of each pixel, and E, half the difference of the last two
    stage 3   their means over the block, in 12 bits; the squares of these, in 1/64
    stage 4   R

OpenCV has real numbers for all of it.  Here T, D and E are rounded to 12 bits, and nothing saturates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.filters.edges import result_map
from windrow.filters.picture import Picture
from windrow.network.graph import Network
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import Int, UInt, as_int, as_real

__all__ = ["harris"]

_BLOCKS = range(2, 8)
_LEAST, _MOST = 0.01, 0.24  # k
_SQUARES = 64  # what a square counts in
_MEANS = 16  # what T, D and E count in, beside that
_ONE = 4096  # of the weights of stage 4
_RESPONSE = 2048


def harris(height: int, width: int, *, block_size: int = 2, k: float = 0.04, result: str = "signed",
           stride: Any = 1, pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """Corners, near OpenCV's `cornerHarris` with a 3x3 Sobel, which is 2**25/1020**4 for 1 here.

    Parameters
    ----------
    block_size : int
        2 to 7: rows and columns whose gradients are summed.
    k : float
        0.01 to 0.24.
    result : str
        "signed": 16 bits. "saturated": 0 to 255, so corners alone. "absolute": the magnitude, up to 255.
    channels : int
        Each is filtered by itself.
    height, width, stride, pixels, border
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, for another result, and for a block or k out of range
    """
    size = as_int(block_size, "block_size")
    if size not in _BLOCKS:
        raise ValueError(f"block_size must be in {_BLOCKS[0]}..{_BLOCKS[-1]}, not {size}")
    if not _LEAST <= as_real(k, "k") <= _MOST:  # neither is NaN
        raise ValueError(f"k must be in {_LEAST}..{_MOST}, not {k!r}")
    shown = () if result == "signed" else result_map(result)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    across = np.outer([1, 2, 1], [-1, 0, 1])
    squares = picture.dense().convolution(
        [across, across.T, across + across.T, across - across.T], output=_squared())
    each = picture.after(squares).mix(
        [[1, 1, 0, 0], [1, -1, 0, 0], [0, 0, 1, -1]] * picture.channels, groups=picture.channels,
        output=Requantize([1.0, 1.0, 0.5] * picture.channels, type=Int(16), rounding="half_up"))
    mean = Requantize(1 / (_MEANS * size * size), type=Int(12), rounding="half_up")
    means = picture.after(each, picture.stride).convolution(
        [np.ones((size, size))], output=(mean, *_squared()))
    quarter = _ONE // 4
    response = Requantize(1 / _RESPONSE, type=Int(16), rounding="half_up")
    whole = picture.after(means).mix(
        [[quarter - round(k * _ONE), -quarter, -quarter]] * picture.channels, groups=picture.channels,
        output=(response, *shown))
    return picture.network("harris", [squares, each, means, whole], "Windrow's own")


def _squared() -> tuple[Clamp, Lookup]:
    """Squares of 12 bits."""
    numbers: npt.NDArray[np.int64] = np.arange(-2048, 2048)
    values = (numbers * numbers + _SQUARES // 2) // _SQUARES
    return Clamp(-2048, 2047), Lookup(np.minimum(values, UInt(16).max), UInt(16))
