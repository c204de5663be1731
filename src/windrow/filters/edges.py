"""Filters that find edges: derivatives, and the magnitude of the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.filters.kernels import derivative_kernel
from windrow.filters.picture import Picture, one_of
from windrow.filters.square_root import root_of_sums
from windrow.network.graph import Network
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.values.numerics import Int, as_int

__all__ = ["RESULTS", "gradient_magnitude", "laplacian", "scharr", "sobel"]

Array = npt.NDArray[np.int64]

RESULTS = ("signed", "saturated", "absolute")
"""What is left of a sum: 16 bits with a sign; 0 to 255, negative ones black; the magnitude, up to 255."""

_SIZES = (1, 3, 5, 7)

_LIMITED = np.minimum(np.arange(257), 255)
"""What becomes of a magnitude of 0 to 256, which stands for all above."""


def result_map(result: object) -> tuple[Clamp | Lookup, ...]:
    """The output maps of a sum for one of `RESULTS`."""
    wanted = one_of(result, "result", RESULTS)
    if wanted == "saturated":
        return (Clamp(0, 255),)
    if wanted == "absolute":
        return _magnitudes(_LIMITED)
    return (Clamp(Int(16).min, Int(16).max),)


def sobel(height: int, width: int, *, dx: int = 1, dy: int = 0, kernel_size: int = 3, result: str = "signed",
          stride: Any = 1, pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """A derivative, OpenCV's `Sobel`.

    Parameters
    ----------
    dx, dy : int
        Order of the derivative across and down, 0 to 2 each, not both 0.
    kernel_size : int
        1, 3, 5 or 7. Of 1, the derivative is 3 pixels long and not smoothed.
    result : str
        "signed": 16 bits, OpenCV's CV_16S. "saturated": 0 to 255, its CV_8U. "absolute": the magnitude, up to
        255, as `convertScaleAbs` makes of the first.
    height, width, stride, pixels, border, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for an order that the kernel is too small for
    """
    size = _size(kernel_size)
    orders = as_int(dy, "dy", 0), as_int(dx, "dx", 0)
    if max(orders) > 2 or not any(orders):
        raise ValueError(f"dx and dy must be 0, 1 or 2, not both 0, not {orders[1]} and {orders[0]}")
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    stage = picture.convolution([_sobel(size, *orders)], output=result_map(result))
    return picture.network("sobel", [stage], "OpenCV's Sobel")


def scharr(height: int, width: int, *, dx: int = 1, dy: int = 0, result: str = "signed", stride: Any = 1,
           pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """A first derivative of 3x3 that is fairer to slanted edges, OpenCV's `Scharr`.

    One of `dx` and `dy` is 1, the other 0.  Arguments and errors: as `sobel`.
    """
    orders = as_int(dy, "dy", 0), as_int(dx, "dx", 0)
    if sorted(orders) != [0, 1]:
        raise ValueError(f"dx and dy must be 1 and 0 or 0 and 1, not {orders[1]} and {orders[0]}")
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    stage = picture.convolution([_scharr(*orders)], output=result_map(result))
    return picture.network("scharr", [stage], "OpenCV's Scharr")


def laplacian(height: int, width: int, *, kernel_size: int = 1, result: str = "signed", stride: Any = 1,
              pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """The sum of both second derivatives, OpenCV's `Laplacian`.

    `kernel_size` is 1, 3, 5 or 7; of 1, the kernel has 3x3 pixels, four of them in the corners unused.
    Arguments and errors: as `sobel`.
    """
    size = _size(kernel_size)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    stage = picture.convolution([_sobel(size, 0, 2) + _sobel(size, 2, 0)], output=result_map(result))
    return picture.network("laplacian", [stage], "OpenCV's Laplacian")


def gradient_magnitude(height: int, width: int, *, norm: str = "l1", derivative: str = "sobel",
                       stride: Any = 1, pixels: int = 1, border: str | None = None,
                       channels: int = 1) -> Network:
    """How steep the picture is, 0 to 255.

    Parameters
    ----------
    norm : str
        "l1": the sum of both magnitudes, OpenCV's `add(convertScaleAbs(gx), convertScaleAbs(gy))`. "l2": the
        square root of `gx*gx + gy*gy`, rounded, its `convertScaleAbs(magnitude(gx, gy))`.
    derivative : str
        What gx and gy are: "sobel" (3x3) or "scharr".
    height, width, stride, pixels, border, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for another norm or derivative
    """
    wanted = one_of(norm, "norm", ("l1", "l2"))
    slopes = [_sobel(3, 0, 1), _sobel(3, 1, 0)]
    if one_of(derivative, "derivative", ("sobel", "scharr")) == "scharr":
        slopes = [_scharr(0, 1), _scharr(1, 0)]
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    power = 1 if wanted == "l1" else 2
    gradients = picture.convolution(slopes, output=_magnitudes(_LIMITED**power))
    later = picture.after(gradients)
    rest = [later.pairs(Clamp(0, 255))] if wanted == "l1" else root_of_sums(later)
    contract = f"OpenCV's magnitude of {derivative}, {wanted}"
    return picture.network("gradient-magnitude", [gradients, *rest], contract)


def _size(value: object) -> int:
    size = as_int(value, "kernel_size", 1)
    if size not in _SIZES:
        raise ValueError(f"kernel_size must be 1, 3, 5 or 7, not {size}")
    return size


def _sobel(size: int, dy: int, dx: int) -> Array:
    """(rows, columns) of orders dy and dx; with size 1, 3x3 where nothing is smoothed."""
    still = np.array([0, 1, 0])
    down, across = (still if size == 1 and not order else derivative_kernel(max(size, 3), order)
                    for order in (dy, dx))
    return np.outer(down, across)


def _scharr(dy: int, dx: int) -> Array:
    kernel = np.outer([3, 10, 3], [-1, 0, 1])
    return kernel.T if dy else kernel


def _magnitudes(values: Array) -> tuple[Clamp, Lookup]:
    """`values[min(abs(sum), 256)]`."""
    return Clamp(-256, 255), Lookup(np.concatenate([values[256:0:-1], values[:256]]))
