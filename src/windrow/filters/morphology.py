"""Filters with a structuring element: erosion, dilation, and both behind each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.filters.kernels import structuring_element
from windrow.filters.picture import Picture, Stage, kernel_pair, one_of
from windrow.network.graph import Network
from windrow.operators.max_pool import MaxPool2d, MinPool2d

__all__ = ["ELEMENTS", "closing", "dilate", "erode", "opening"]

_MOST = 15  # rows and columns of an element

ELEMENTS = ("rect", "cross", "ellipse")
"""Shapes of structuring elements."""


def erode(height: int, width: int, *, kernel_size: Any = 3, element: str = "rect", stride: Any = 1,
          pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """The least pixel under the element, OpenCV's `erode`.

    Parameters
    ----------
    kernel_size : int or (rows, columns)
        Of the element, 1 to 15.
    element : str
        "rect", "cross" or "ellipse", as OpenCV's `getStructuringElement` draws them.
    border : str, optional
        As of `gaussian`, but "constant", the default, never wins here.
    height, width, stride, pixels, channels
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for another element
    """
    return _morphology("erode", [MinPool2d], height, width, kernel_size, element, stride, pixels, border,
                       channels)


def dilate(height: int, width: int, *, kernel_size: Any = 3, element: str = "rect", stride: Any = 1,
           pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """The largest pixel under the element, OpenCV's `dilate`.

    Arguments and errors: as `erode`.
    """
    return _morphology("dilate", [MaxPool2d], height, width, kernel_size, element, stride, pixels, border,
                       channels)


def opening(height: int, width: int, *, kernel_size: Any = 3, element: str = "rect", stride: Any = 1,
            pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """An erosion, then a dilation: OpenCV's MORPH_OPEN.

    Arguments and errors: as `erode`.
    """
    both = [MinPool2d, MaxPool2d]
    return _morphology("open", both, height, width, kernel_size, element, stride, pixels, border, channels)


def closing(height: int, width: int, *, kernel_size: Any = 3, element: str = "rect", stride: Any = 1,
            pixels: int = 1, border: str | None = None, channels: int = 1) -> Network:
    """A dilation, then an erosion: OpenCV's MORPH_CLOSE.

    Arguments and errors: as `erode`.
    """
    both = [MaxPool2d, MinPool2d]
    return _morphology("close", both, height, width, kernel_size, element, stride, pixels, border, channels)


def _morphology(name: str, kinds: list[type[MaxPool2d]], height: int, width: int, kernel_size: Any,
                element: str, stride: Any, pixels: int, border: str | None, channels: int) -> Network:
    """Pools under the element behind each other; only the last of them has the stride."""
    rows, columns = kernel_pair(kernel_size, odd=False, most=_MOST)
    counts = structuring_element(one_of(element, "element", ELEMENTS), rows, columns)
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border,
                         default="constant")
    stages: list[Stage] = []
    for number, kind in enumerate(kinds, 1):
        here = picture if number == len(kinds) else picture.dense()
        stages.append(here.pool(kind, (rows, columns), element=_element(counts)))
    return picture.network(name, stages, f"OpenCV's {name}")


def _element(counts: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    """None for an element of which every pixel counts."""
    return None if counts.all() else counts
