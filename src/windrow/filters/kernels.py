"""The integer kernels of image filters, as OpenCV has them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["binomial", "derivative_kernel", "gaussian_kernel", "structuring_element"]

Array = npt.NDArray[np.int64]

_SMALL = {3: [64, 128, 64], 5: [16, 64, 96, 64, 16], 7: [8, 28, 56, 72, 56, 28, 8],
          9: [4, 13, 30, 51, 60, 51, 30, 13, 4]}
"""Gaussians of sigma 0."""

ONE = 256
"""What the weights of a Gaussian add up to."""


def gaussian_kernel(size: int, sigma: float) -> Array:
    """(size,) weights in 1/256. Sigma 0 is the one that suits the size.

    Each weight is rounded together with what was lost before it, from both ends to the middle, which takes
    the rest: they add up to 1.
    """
    if sigma == 0 and size in _SMALL:
        return np.array(_SMALL[size])
    width = sigma or 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    bell = [math.exp(-((at - (size - 1) / 2) ** 2) / (2 * width * width)) for at in range(size)]
    total, found, lost = math.fsum(bell), np.zeros(size, np.int64), 0.0
    for at in range(size // 2):
        wanted = bell[at] / total * ONE + lost
        found[at] = found[-1 - at] = round(wanted)
        lost = wanted - int(found[at])
    found[size // 2] = ONE - found.sum()
    return found


def binomial(size: int) -> Array:
    """(size,) a row of Pascal's triangle."""
    return np.array([math.comb(size - 1, at) for at in range(size)])


def derivative_kernel(size: int, order: int) -> Array:
    """(size,) the Sobel kernel of a derivative: smoothing for order 0, differences for 1 and 2."""
    found = binomial(size - order)
    for _ in range(order):
        found = np.convolve(found, [-1, 1])
    return found


def structuring_element(shape: str, rows: int, columns: int) -> npt.NDArray[np.bool_]:
    """(rows, columns) which pixels count: of a "rect", a "cross" or an "ellipse"."""
    if shape == "rect":
        return np.ones((rows, columns), bool)
    found = np.zeros((rows, columns), bool)
    middle, across = rows // 2, columns // 2
    if shape == "cross":
        found[middle], found[:, across] = True, True
        return found
    for row in range(rows):
        above = row - middle
        if abs(above) <= middle:
            half = round(across * math.sqrt((middle**2 - above**2) / middle**2)) if middle else 0
            found[row, max(across - half, 0) : across + half + 1] = True
    return found
