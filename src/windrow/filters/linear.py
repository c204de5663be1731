"""Any kernel: `filter2d`, and `sharpen`, which is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.filters.edges import result_map
from windrow.filters.picture import BYTE, Picture, one_of
from windrow.network.graph import Network
from windrow.outputs.requantise import Requantize
from windrow.outputs.roundings import EXACT
from windrow.values.numerics import Int, as_int

__all__ = ["filter2d", "sharpen"]

_SHARPER = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
_MOST = 31


def filter2d(height: int, width: int, *, kernel: npt.ArrayLike, scale: float = 1, offset: int = 0,
             rounding: str = "half_even", result: str = "saturated", stride: Any = 1, pixels: int = 1,
             border: str | None = None, channels: int = 1) -> Network:
    """The sum of each window under a kernel of whole numbers, times `scale`: OpenCV's `filter2D`.

    Parameters
    ----------
    kernel : (rows, columns) integers
        Up to 31x31, of at most 16 bits. Laid over the picture as it is, its middle (of even sizes the pixel
        below and right of it) on each pixel.
    scale : float
        Sums are multiplied by it and rounded.
    offset : int
        Added to the sums before they are scaled.
    rounding : str
        "half_even", as `filter2D` does, "half_up" or "floor".
    result : str
        "saturated": 0 to 255. "signed" and "absolute" as of `sobel`, for a scale of 1.
    height, width, stride, pixels, border, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for a kernel that is none
    """
    array = Int(64).check(kernel, "kernel")
    if array.ndim != 2 or not array.size or max(array.shape) > _MOST:
        raise ValueError(f"kernel must have rows and columns, 1 to {_MOST} of each, not shape {array.shape}")
    if not np.any(array):
        raise ValueError("kernel must hold a number other than 0, and holds none")
    one_of(rounding, "rounding", EXACT)
    output = result_map(result)
    if scale != 1:
        if result != "saturated":
            raise ValueError(f"result must be 'saturated' for a scale of {scale!r}, not {result!r}")
        output = Requantize(scale, type=BYTE, rounding=rounding)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    stage = picture.convolution([array], output=output, bias=as_int(offset, "offset"))
    return picture.network("filter2d", [stage], "OpenCV's filter2D")


def sharpen(height: int, width: int, *, stride: Any = 1, pixels: int = 1, border: str | None = None,
            channels: int = 1) -> Network:
    """Each pixel five times less its four neighbours, saturated: OpenCV's `filter2D` with that kernel.

    Arguments and errors: as `gaussian`, without kernel and sigma.
    """
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    stage = picture.convolution([_SHARPER], output=result_map("saturated"))
    return picture.network("sharpen", [stage], "OpenCV's filter2D")
