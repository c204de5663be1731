"""Filters that look at single pixels, or compare them: thresholds, grey."""

from __future__ import annotations

from typing import Any

import numpy as np

from windrow.filters.picture import BYTE, Picture, kernel_pair, one_of
from windrow.network.graph import Network
from windrow.operators.max_pool import MaxPool2d
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import as_int

__all__ = ["ADAPTIVE", "KINDS", "ORDERS", "adaptive_threshold", "grey", "threshold"]

KINDS = ("binary", "binary_inv", "trunc", "tozero", "tozero_inv")
"""What a threshold does with what is above it and what is not."""

ADAPTIVE = KINDS[:2]

ORDERS = {"bgr": (3735, 19235, 9798), "rgb": (9798, 19235, 3735)}
"""How bright each channel is, in 1/2**15."""


def threshold(height: int, width: int, *, level: int = 127, maximum: int = 255, kind: str = "binary",
              stride: Any = 1, pixels: int = 1, channels: int = 1) -> Network:
    """Each pixel by whether it is above `level`, OpenCV's `threshold`.

    Parameters
    ----------
    level, maximum : int
        0 to 255.
    kind : str
        What becomes of a pixel above the level, and of another: "binary": maximum and 0; "binary_inv": 0 and
        maximum; "trunc": the level and the pixel; "tozero": the pixel and 0; "tozero_inv": 0 and the pixel.
    height, width, stride, pixels, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for a level or maximum out of range, and another kind
    """
    edge, top = _byte(level, "level"), _byte(maximum, "maximum")
    values = np.arange(256)
    above, others = {"binary": (top, 0), "binary_inv": (0, top), "trunc": (edge, values),
                     "tozero": (values, 0), "tozero_inv": (0, values)}[one_of(kind, "kind", KINDS)]
    table = Lookup(np.where(values > edge, above, others), BYTE)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels)
    return picture.network("threshold", [picture.pool(MaxPool2d, (1, 1), output=table)], "OpenCV's threshold")


def adaptive_threshold(height: int, width: int, *, kernel_size: Any = 5, offset: int = 3, maximum: int = 255,
                       kind: str = "binary", stride: Any = 1, pixels: int = 1, border: str | None = None,
                       channels: int = 1) -> Network:
    """Each pixel by whether it is above the mean around it less `offset`, OpenCV's `adaptiveThreshold`.

    Means are rounded.

    Parameters
    ----------
    kernel_size : int or (rows, columns)
        Of the mean: odd, 1 to 31.
    offset : int
        -255 to 255, what OpenCV calls C.
    maximum : int
        0 to 255.
    kind : str
        "binary" or "binary_inv", as of `threshold`.
    border : str, optional
        As of `gaussian`; "edge" by default, which is all that OpenCV has.
    height, width, stride, pixels, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for an offset or maximum out of range, and another kind
    """
    rows, columns = kernel_pair(kernel_size)
    less, top = as_int(offset, "offset"), _byte(maximum, "maximum")
    if abs(less) > 255:
        raise ValueError(f"offset must be in -255..255, not {less}")
    ends = (0, top) if one_of(kind, "kind", ADAPTIVE) == "binary" else (top, 0)
    # With an odd area n no mean ends in a half: x > round(sum/n) - offset is n*(2x + 2*offset - 1) > 2*sum.
    area = rows * columns
    kernel = np.full((1, rows, columns), -2)
    kernel[0, rows // 2, columns // 2] += 2 * area
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border,
                         default="edge")
    stage = picture.convolution(kernel, bias=area * (2 * less - 1), output=(Clamp(0, 1), Lookup(ends, BYTE)))
    return picture.network("adaptive-threshold", [stage], "OpenCV's adaptiveThreshold, of means")


def grey(height: int, width: int, *, order: str = "bgr", stride: Any = 1, pixels: int = 1) -> Network:
    """A colour picture in grey, OpenCV's `cvtColor` with COLOR_BGR2GRAY.

    With `order="rgb"` red comes first, RGB2GRAY.  Other arguments and errors: as `gaussian`.
    """
    weights = ORDERS[one_of(order, "order", tuple(ORDERS))]
    picture = Picture.of(height, width, channels=3, stride=stride, pixels=pixels)
    halves = Requantize(1 / (1 << 15), type=BYTE, rounding="half_up")
    return picture.network("grey", [picture.mix([weights], output=halves)], "OpenCV's cvtColor")


def _byte(value: object, name: str) -> int:
    number = as_int(value, name)
    if not 0 <= number <= 255:
        raise ValueError(f"{name} must be in 0..255, not {number}")
    return number
