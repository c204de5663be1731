"""Filters that make pictures calm: Gaussian, box, median."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from windrow.filters.kernels import ONE, gaussian_kernel
from windrow.filters.picture import BYTE, Picture, kernel_pair
from windrow.network.graph import Network
from windrow.operators.rank import Median2d
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import as_flag, as_real

__all__ = ["box", "gaussian", "median"]

_NARROW = 256
"""Largest area of a box that OpenCV sums in 16 bits, with a division of its own."""


def gaussian(height: int, width: int, *, kernel_size: Any = 3, sigma: Any = 0, separable: bool = False,
             stride: Any = 1, pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """A Gaussian blur, OpenCV's `GaussianBlur`: rounded once, half up.

    Parameters
    ----------
    height, width : int
        Of the picture.
    kernel_size : int or (rows, columns)
        Odd, 1 to 31.
    sigma : float or (down, across)
        0: what suits the size.
    separable : bool
        Two stages, down and across, with the same values: fewer multipliers, where these are not built from
        logic, which shares what columns have in common anyway.
    stride : int or (down, across)
        Every s-th row and column of the blurred picture; nothing else is computed.
    pixels : int
        Of a row in one beat, 1 to 16, at most the width.
    border : str, optional
        What lies around the picture, a name of `numpy.pad`: "constant" (zeros), "edge", "reflect" or
        "symmetric". OpenCV's default for this filter is "reflect".
    channels : int
        1 for grey, 3 for colour; each is filtered by itself.

    Raises
    ------
    TypeError, ValueError
        for an argument of the wrong kind or out of range, and a border that is wider than the picture
    """
    rows, columns = kernel_pair(kernel_size)
    down, across = _sigmas(sigma)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    kernels = [gaussian_kernel(rows, down), gaussian_kernel(columns, across)]
    common = [math.gcd(*kernel.tolist(), ONE) for kernel in kernels]  # bits that no weight has
    column, row = (kernel // each for kernel, each in zip(kernels, common, strict=True))
    halves = Requantize(math.prod(common) / ONE**2, type=BYTE, rounding="half_up")
    stages = picture.separable(column, row, halves) if as_flag(separable, "separable") else [
        picture.convolution([np.outer(column, row)], output=halves)]
    return picture.network("gaussian", stages, "OpenCV's GaussianBlur")


def box(height: int, width: int, *, kernel_size: Any = 3, normalise: bool = True, separable: bool = False,
        stride: Any = 1, pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """The mean of each window, OpenCV's `blur`.

    With `normalise=False` it is the sum, OpenCV's `boxFilter`.  Means of up to 256 pixels are rounded as
    OpenCV's integers are: half up, but where the area is a power of two; of more, half to even.  Even sizes
    have their middle below and right of the centre.  Arguments and errors: as `gaussian`, without sigma.
    """
    rows, columns = kernel_pair(kernel_size, odd=False)
    whole = as_flag(normalise, "normalise")
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    area = rows * columns
    output, bias = None, 0
    if whole and area > _NARROW:
        output = Requantize(1 / area, type=BYTE, rounding="half_even")
    elif whole and area > 1:
        scale, rest = divmod(1 << 23, area)
        below = 2 * rest < area
        bias = area // 2 + below
        output = Requantize((scale + (not below)) / (1 << 23), type=BYTE, rounding="floor")
    column, row = np.ones(rows, np.int64), np.ones(columns, np.int64)
    stages = picture.separable(column, row, output, bias) if as_flag(separable, "separable") else [
        picture.convolution([np.outer(column, row)], output=output, bias=bias)]
    return picture.network("box", stages, "OpenCV's blur" if whole else "OpenCV's boxFilter")


def median(height: int, width: int, *, kernel_size: Any = 3, stride: Any = 1, pixels: int = 1,
           border: str | None = None, channels: int = 1) -> Network:
    """The median of each window, OpenCV's `medianBlur`, whose border is always "edge".

    Kernels are 1, 3, 5 or 7.  Arguments and errors: as `gaussian`, without sigma.
    """
    kernel = kernel_pair(kernel_size, most=7)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border,
                         default="edge")
    return picture.network("median", [picture.pool(Median2d, kernel)], "OpenCV's medianBlur")


def _sigmas(value: Any) -> tuple[float, float]:
    several = value if isinstance(value, (tuple, list)) else (value, value)
    if len(several) != 2:
        raise ValueError(f"sigma must be a number or (down, across), not {value!r}")
    for each in several:
        if not 0 <= as_real(each, "sigma", "a number or (down, across)") < 1000:  # neither is NaN
            raise ValueError(f"sigma must be at least 0 and below 1000, not {value!r}")
    return float(several[0]), float(several[1])
