"""Filters that make pictures smaller."""

from __future__ import annotations

import numpy as np

from windrow.filters.kernels import binomial
from windrow.filters.picture import BYTE, Picture
from windrow.network.graph import Network
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import as_int

__all__ = ["pyramid_down", "resize_area"]

_MOST = 8


def pyramid_down(height: int, width: int, *, pixels: int = 1, border: str | None = None,
                 channels: int = 1) -> Network:
    """Half the size: a 5x5 blur at every second row and column, OpenCV's `pyrDown`.

    Arguments and errors: as `gaussian`.
    """
    picture = Picture.of(height, width, channels=channels, stride=2, pixels=pixels, border=border)
    kernel = np.outer(binomial(5), binomial(5))
    halves = Requantize(1 / 256, type=BYTE, rounding="half_up")
    return picture.network("pyramid-down", [picture.convolution([kernel], output=halves)], "OpenCV's pyrDown")


def resize_area(height: int, width: int, *, factor: int = 2, pixels: int = 1, channels: int = 1) -> Network:
    """Each block of `factor` x `factor` pixels becomes their mean, OpenCV's `resize` with INTER_AREA.

    Parameters
    ----------
    factor : int
        2 to 8; divides height and width. Means are rounded half up for 2, half to even for the others.
    height, width, pixels, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for a factor that does not divide the picture
    """
    times = as_int(factor, "factor", 2)
    picture = Picture.of(height, width, channels=channels, stride=times, pixels=pixels)
    if times > _MOST or picture.height % times or picture.width % times:
        raise ValueError(f"factor must be in 2..{_MOST} and divide {height} and {width}, not {times}")
    rounding = "half_up" if times == 2 else "half_even"
    stage = picture.blocks(times, output=Requantize(1 / times**2, type=BYTE, rounding=rounding))
    return picture.network("resize-area", [stage], "OpenCV's resize, INTER_AREA")
