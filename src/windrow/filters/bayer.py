"""Colours from a sensor that sees one colour in each pixel.

A block of 2x2 pixels has all colours, so one window of 4x4 at stride 2 gives the twelve numbers of a block:
that is the hardware, whose beats are blocks.  `Mosaic` lays them out as a picture, which costs nothing where
they are stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.filters.picture import BYTE, Picture, one_of
from windrow.network.graph import Network, Node, Tensor
from windrow.network.nodes import Layer, Plain
from windrow.operators.conv2d import Conv2d
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import UInt

__all__ = ["PATTERNS", "Mosaic", "bayer"]

Array = npt.NDArray[np.int64]

PATTERNS = ("rggb", "grbg", "gbrg", "bggr")
"""The colours of the first block, row by row."""


@dataclass(frozen=True)
class Mosaic(Plain):
    """(H, W, 4*C) blocks as (2*H, 2*W, C) pixels; the outermost ones are those beside them."""

    title = "mosaic"

    def output_shape(self, *inputs: tuple[int, ...]) -> tuple[int, ...]:
        (shape,) = inputs
        if len(shape) != 3 or shape[2] % 4:
            raise ValueError(f"a mosaic must get (H, W, 4*C), not shape {shape}")
        return (2 * shape[0], 2 * shape[1], shape[2] // 4)

    def golden(self, *inputs: Array) -> Array:
        (x,) = inputs
        count, rows, columns, channels = x.shape
        blocks = x.reshape(count, rows, columns, 2, 2, channels // 4)
        found = blocks.transpose(0, 1, 3, 2, 4, 5).reshape(count, *self.output_shape(x.shape[1:]))
        inner = found[:, 1:-1, 1:-1]
        return np.pad(inner, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")


def bayer(height: int, width: int, *, pattern: str = "rggb", order: str = "bgr", pixels: int = 1) -> Network:
    """A colour picture from a sensor's, OpenCV's `cvtColor` with COLOR_BayerRGGB2BGR and the like.

    What a pixel lacks is the rounded mean of the two or four nearest that have it.  Of the outermost rows and
    columns, where neighbours are missing, it is a copy of the one inside.

    Parameters
    ----------
    height, width : int
        Even, and at least 4.
    pattern : str
        "rggb", "grbg", "gbrg" or "bggr": the colours of the first two pixels of the first row and of the
        second.
    order : str
        "bgr" or "rgb", of the channels that come out.
    pixels : int
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for odd sizes, another pattern or order
    """
    colours = one_of(pattern, "pattern", PATTERNS)
    wanted = one_of(order, "order", ("bgr", "rgb"))
    picture = Picture.of(height, width, pixels=pixels)
    for name, size in (("height", picture.height), ("width", picture.width)):
        if size < 4 or size % 2:
            raise ValueError(f"{name} must be even and at least 4, not {size}")
    kernels = np.stack([_kernel(colours, row, column, colour) for row in range(2) for column in range(2)
                        for colour in wanted])
    layer = Conv2d(
        height=picture.height, width=picture.width, out_channels=len(kernels), kernel_size=4, stride=2,
        padding=1, weight_type=UInt(3), output=Requantize(0.25, type=BYTE, rounding="half_up"))
    mosaic = Mosaic()
    tensors = [Tensor("input", layer.input_shape, BYTE), Tensor("blocks", layer.output_shape, BYTE),
               Tensor("picture", mosaic.output_shape(layer.output_shape), BYTE)]
    nodes = [Node("blocks", Layer(layer, kernels[..., np.newaxis]), ("input",), "blocks"),
             Node("picture", mosaic, ("blocks",), "picture")]
    return Network("bayer", tensors, nodes, "input", "picture", "OpenCV's cvtColor, bilinear", picture.pixels)


def _kernel(colours: str, row: int, column: int, colour: str) -> Array:
    """(4, 4) weights in quarters for a colour at one pixel of a block: the nearest that have it."""
    around = [(0, 0)], [(0, -1), (0, 1)], [(-1, 0), (1, 0)], [(-1, 0), (1, 0), (0, -1), (0, 1)], [
        (-1, -1), (-1, 1), (1, -1), (1, 1)]
    # Green has neighbours on all four sides of a red or blue pixel; the others are in every second row.
    order = (around[0], around[3]) if colour == "g" else (around[0], around[1], around[2], around[4])
    for places in order:
        if all(colours[2 * ((row + y) % 2) + (column + x) % 2] == colour for y, x in places):
            kernel = np.zeros((4, 4), np.int64)
            for y, x in places:
                kernel[1 + row + y, 1 + column + x] = 4 // len(places)
            return kernel
    raise AssertionError(f"no {colour} around {row}, {column} of {colours}")
