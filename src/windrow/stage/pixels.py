"""What a design with several pixels a beat can be: which numbers are legal, and what is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from windrow.operators.operator import Operator
from windrow.timing.folding import check_choice, legal_pe, legal_taps
from windrow.timing.group_schedule import MOST_PIXELS
from windrow.values.numerics import as_int
from windrow.window.window import by

__all__ = ["beats_of", "check_pixels", "one_pixel", "pixel_foldings", "whole_beats"]


def check_pixels(pixels: object) -> int:
    """`pixels` as an int.  Raises TypeError, ValueError for anything but 1 to `MOST_PIXELS`."""
    number = as_int(pixels, "pixels", 1)
    if number > MOST_PIXELS:
        raise ValueError(f"pixels must be in 1..{MOST_PIXELS}, not {number}")
    return number


def beats_of(shape: tuple[int, int, int], pixels: int, channels: int) -> int:
    """Beats of a frame (H, W, C), each of so many channels of `pixels` neighbours; rows begin with one."""
    height, width, depth = shape
    return height * -(-width // pixels) * (depth // channels)


def whole_beats(
    layer: Operator, pixels: int, lanes: int | None, pe: int | None, taps: int | None, runtime: object
) -> tuple[int, int, int]:
    """`lanes`, `pe` and `taps` for beats of several pixels, all of them where they are left out.

    Raises TypeError or ValueError for lanes that are not all of them, ValueError for a runtime and for a
    layer that reads no pixel.
    """
    if runtime is not None:
        raise ValueError(f"pixels must be 1 for a design with a runtime, not {pixels}")
    if any(axis.extent is None for axis in layer.window.axes):
        raise ValueError(f"pixels must be 1 for a layer whose windows all lie in padding, not {pixels}")
    if layer.fixed_taps not in (None, layer.window.taps):
        raise ValueError(f"pixels must be 1 for a window of {by(layer.kernel_size)}, whose pixels are "
                         f"accumulated one by one, not {pixels}")  # fmt: skip
    if layer.window.fractional:
        raise ValueError(f"pixels must be 1 for windows that advance by a part of a pixel, not {pixels}")
    every = layer.in_channels
    if lanes is not None:
        check_choice("lanes", lanes, [every], f"be all {every} input channels with pixels={pixels}")
    return every, layer.out_channels if pe is None else pe, layer.window.taps if taps is None else taps


def pixel_foldings(layer: Operator) -> Iterator[tuple[int, int]]:
    """Every legal `pe` and `taps` of beats of several pixels."""
    channels = layer.in_channels
    taps = legal_taps(layer.kernel_size) if layer.fixed_taps is None else [layer.fixed_taps]
    yield from product(legal_pe(channels, layer.out_channels, layer.groups, channels), taps)


def one_pixel(pixels: int, what: str) -> None:
    """Raise ValueError where `what` is asked for of a design with several pixels a beat."""
    if pixels > 1:
        raise ValueError(f"pixels must be 1 for {what}, not {pixels}; simulation, Verilog and synthesis take "
                         f"1 to {MOST_PIXELS}")  # fmt: skip
