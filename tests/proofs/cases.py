"""Small designs to prove: each reader, each kind of edge, each kind of folding."""

from __future__ import annotations

from typing import Any

import numpy as np

import windrow as wr


def design(height: int, width: int, kernel_size: int | tuple[int, int], *, lanes: int = 1, pe: int = 1,
           taps: int | None = None, in_channels: int = 1, pixels: int = 1, **geometry: Any) -> wr.Design:
    """A design that `Contract` can judge: pixels of one bit, weights up to the highest power of two."""
    size = int(np.prod(kernel_size)) if isinstance(kernel_size, tuple) else kernel_size**2
    layer = wr.Conv2d(height=height, width=width, kernel_size=kernel_size, in_channels=in_channels,
                      input_type=wr.UInt(1), weight_type=wr.UInt(size * in_channels), **geometry)
    return wr.Design(layer, lanes=lanes, pe=pe, taps=taps, pixels=pixels)


def pool(height: int, width: int, kernel_size: int | tuple[int, int], *, channels: int = 1,
         **geometry: Any) -> wr.Design:
    """A maximum whose pixels, of one bit, are accumulated, with one lane."""
    layer = wr.MaxPool2d(height=height, width=width, kernel_size=kernel_size, channels=channels,
                         input_type=wr.UInt(1), **geometry)
    return wr.Design(layer, lanes=1, taps=1)


DESIGNS = {
    "gather, a tap a cycle": design(2, 3, 2, taps=1),
    "gather, a kernel column a cycle, stride 2": design(3, 3, 2, taps=2, stride=2),
    "gather, a step over two kernel columns": design(3, 2, (3, 2), taps=2, padding=(1, 0)),
    "gather, two slices, two filter groups": design(2, 2, (2, 1), taps=2, in_channels=2, out_channels=2),
    "gather, two lanes, two filters at once": design(2, 2, (1, 2), taps=1, lanes=2, pe=2, in_channels=2,
                                                     out_channels=2),
    "gather, unread rows and columns": design(4, 4, 1, stride=3),
    "gather, first windows in padding": design(2, 2, 1, stride=1, padding=1),
    "shift, whole windows": design(3, 3, 2),
    "shift, padding and stride 2": design(2, 3, 2, stride=2, padding=((1, 0), (1, 0))),
    "shift, a window that lacks a column": design(2, 3, (1, 2), padding=((0, 0), (0, 1))),
    "store, two filter groups": design(2, 3, 2, out_channels=2),
    "store, two steps, padding and stride 2": design(2, 4, (1, 3), taps=2, stride=(1, 2),
                                                     padding=((0, 0), (1, 1))),
    "gather, mirrored rows and columns": design(2, 3, (3, 2), taps=1, padding=((1, 1), (1, 0)),
                                                padding_mode="symmetric"),
    "gather, mirrored rows in a step over two kernel columns": design(3, 2, (3, 2), taps=2, padding=(1, 0),
                                                                      padding_mode="reflect"),
    "gather, padding with a value": design(2, 2, 2, taps=2, padding=1, padding_value=1),
    "shift, mirrored rows and columns": design(2, 3, 2, padding=((1, 0), (1, 0)), padding_mode="edge"),
    "store, mirrored columns": design(2, 3, (1, 3), taps=2, padding=((0, 0), (1, 1)), padding_mode="reflect"),
    "shift, two pixels a beat": design(2, 4, 2, pixels=2),
    "shift, two pixels a beat, the last beat filled in part": design(2, 3, (2, 1), pixels=2),
    "shift, two pixels a beat, groups that trail a row": design(2, 4, (1, 3), pixels=2,
                                                                padding=((0, 0), (1, 1))),
    "shift, three pixels a beat, stride 2": design(2, 5, (1, 2), pixels=3, stride=(1, 2)),
    "shift, two pixels a beat, two steps": design(3, 4, (2, 1), pixels=2, taps=1, stride=(2, 1)),
    "shift, two pixels a beat, two filter groups, mirrored": design(2, 4, (2, 1), pixels=2, out_channels=2,
                                                                    padding=((1, 0), (0, 0)),
                                                                    padding_mode="edge"),
    "shift, five filters, operands through a tree": design(1, 3, (1, 2), pe=5, out_channels=5),
    "shift, constants, whole windows": design(2, 3, 2, padding=((1, 0), (1, 0))),
    "shift, constants, two pixels a beat": design(2, 4, 2, pixels=2, padding=((1, 0), (1, 0))),
    "shift, constants, two pixels a beat, mirrored columns kept": design(2, 4, (1, 3), pixels=2,
                                                                         padding=((0, 0), (1, 1)),
                                                                         padding_mode="reflect"),
    "store, dilation 2": design(3, 3, 2, out_channels=2, dilation=2, padding=((0, 0), (0, 1))),
    "grows, windows apart": pool(2, 4, 2, stride=2),
    "grows, windows apart, two slices": pool(2, 2, 2, stride=2, channels=2),
    "grows, pixels in common": pool(3, 3, 2),
    "grows, pixels in common, in memory": pool(2, 5, 2),
    "grows, pixels in common, stride 2 and padding": pool(3, 4, 3, stride=2, padding=1),
    "grows, pixels in common, two slices": pool(2, 3, 2, channels=2),
}
"""Designs by what they stand for; those of `constants` are built without DSP blocks."""


def in_dsp(name: str) -> bool:
    """Whether the design of this name multiplies; the others are graphs of shifts and additions."""
    return "constants" not in name
