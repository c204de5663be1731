"""Canny's edges: where the gradient is steepest across an edge.

    stage 1   gx and gy, each twice: as magnitudes ax, ay and as signs          3x3
    stage 2   m = ax + ay; is it flat, is it steep, do signs differ, is m above the threshold?
    stage 3   m four times, and the answers as one code
    stage 4   m against its eight neighbours                                    3x3
    stage 5   a table of the code and the comparisons: an edge or none

A gradient is flat below 22.5 degrees, and is compared with its neighbours at left and right; steep above
67.5, and compared with those above and below; else with two of the corners, which the signs choose.  OpenCV
has 13573/2**15 and 2 + 13573/2**15 for these angles.  Of numbers up to 1020, no fraction is between the first
and 408/985, and none between the second and 985/408, so these decide as it does.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.filters.picture import BYTE, Picture, Stage
from windrow.network.graph import Network
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import UInt, as_int

__all__ = ["canny"]

Array = npt.NDArray[np.int64]

_STEEPEST = 2040  # |gx| + |gy| of 8 bits
_NEAR, _FAR = 408, 985
_YES = 2047  # what an answer is in stages 2 and 3, beside m
_SAID = 31  # what it is in stage 4, beside the code
_FLAT, _STEEP, _SIGNS, _ABOVE = 1, 2, 4, 12  # in the code: two flags, how many signs are negative, a flag
_CODES = 24

# Neighbours (row, column) and what m is to be more than them by, one pair for each direction.
_PAIRS = (((1, 0, 1), (1, 2, 0)), ((0, 1, 1), (2, 1, 0)), ((0, 0, 1), (2, 2, 1)), ((0, 2, 1), (2, 0, 1)))


def canny(height: int, width: int, *, threshold: int = 100, stride: Any = 1, pixels: int = 1,
          border: str | None = None) -> Network:
    """Edges, 255 on 0: OpenCV's `Canny` of a grey picture with both thresholds equal.

    Parameters
    ----------
    threshold : int
        0 to 2039; the sum of both magnitudes of the 3x3 Sobel gradient is above it.
    border : str, optional
        As of `gaussian`, for the gradient; "edge", the default, is all that OpenCV has.
    height, width, stride, pixels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for a threshold out of range
    """
    least = as_int(threshold, "threshold")
    if not 0 <= least < _STEEPEST:
        raise ValueError(f"threshold must be in 0..{_STEEPEST - 1}, not {least}")
    picture = Picture.of(height, width, stride=stride, pixels=pixels, border=border, default="edge")
    gradients = _gradients(picture.dense())
    answers = _answers(picture.after(gradients), least)
    code = _code(picture.after(answers))
    compared = _compared(picture.after(code, picture.stride, border="constant"))
    stages = [gradients, answers, code, compared, _edges(picture.after(compared))]
    return picture.network("canny", stages, "OpenCV's Canny")


def _gradients(picture: Picture) -> Stage:
    """|gx|, |gy|, and whether gx and gy are negative: halves of one table."""
    across = np.outer([1, 2, 1], [-1, 0, 1])
    values = np.arange(-1024, 1024)
    table = Lookup(np.concatenate([np.minimum(np.abs(values), 1020), values < 0]), UInt(10))
    return picture.convolution([across, across.T] * 2, bias=[1024, 1024, 3072, 3072],
                               output=(Clamp(0, 4095), table))


def _answers(picture: Picture, threshold: int) -> Stage:
    """m; flat? steep? how many signs; above?"""
    matrix = [[1, 1, 0, 0], [_NEAR, -_FAR, 0, 0], [-_FAR, _NEAR, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0]]
    sure = Requantize([1.0, _YES, _YES, 1.0, _YES], type=UInt(11), rounding="floor")
    return picture.mix(matrix, bias=[0, 1, 1, 0, -threshold], output=sure)


def _code(picture: Picture) -> Stage:
    """m, m, m, m, code."""
    matrix = [[1, 0, 0, 0, 0]] * 4 + [[0, _FLAT, _STEEP, _SIGNS * _YES, _ABOVE]]
    return picture.mix(matrix, output=Requantize([1.0] * 4 + [1 / _YES], type=UInt(11), rounding="half_up"))


def _compared(picture: Picture) -> Stage:
    """m against each neighbour, two of each m in the order of `_PAIRS`, and the code twice."""
    middle = np.zeros((3, 3), np.int64)
    middle[1, 1] = 1
    kernels, margins = [], []
    for row, column, margin in (each for pair in _PAIRS for each in pair):
        kernel = middle.copy()
        kernel[row, column] = -1
        kernels.append(kernel)
        margins.append(1 - margin)
    sure = Requantize([float(_SAID)] * 8 + [1.0] * 2, type=UInt(5), rounding="floor")
    return picture.depthwise([*kernels, middle, middle], bias=[*margins, 0, 0], output=sure)


def _edges(picture: Picture) -> Stage:
    """In base 3, how many of each pair of comparisons are right, below the code: a table says the rest."""
    weights = [3 ** (at // 2) for at in range(8)] + [81 * _SAID, 0]
    address = Requantize(1 / _SAID, type=UInt(11), rounding="half_up")
    return picture.mix([weights], output=(address, Lookup(_table(), BYTE)))


def _table() -> Array:
    """By address: 255 for an edge."""
    table = np.zeros(1 << 11, np.int64)
    for code, right in product(range(_CODES), range(81)):
        if code >= _ABOVE:
            signs, flat, steep = code % _ABOVE // _SIGNS, code & _FLAT, code & _STEEP
            pair = 0 if flat else 1 if steep else 2 if signs != 1 else 3
            table[81 * code + right] = 255 * (right // 3**pair % 3 == 2)
    return table
