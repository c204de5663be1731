"""Feature maps as the numbers of beats, one behind the other: what goes in, and what comes out.

    (N, H, W, C) ─▶ (beats, pixels * lanes)        the leftmost pixel first, of each its channels

Beats of several pixels begin anew with every row.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windrow.timing.streamed import Streamed

__all__ = ["given", "side_by_side", "taken"]

Array = npt.NDArray[np.int64]


def side_by_side(x: Array, design: Streamed) -> Array:
    """(beats, fields) the frames `x` (N, H, W, C) as the numbers of input beats.

    What a last beat has no pixel for is all ones: hardware that read it would show.
    """
    return _filled(x, design.pixels, -1).reshape(-1, design.pixels * design.lanes)


def given(y: Array, design: Streamed) -> Array:
    """(beats, fields) what comes out, (N, Ho, Wo, O), as the numbers of output beats.

    What a last beat has no pixel for is 0; the hardware gives anything there.
    """
    wide, channels = design.output_pixels, design.pe
    whole = _filled(y, wide, 0)
    parts = whole.reshape(-1, wide, whole.shape[3] // channels, channels)
    return parts.swapaxes(1, 2).reshape(-1, wide * channels)


def taken(numbers: Array, shape: tuple[int, int, int], pixels: int, channels: int) -> Array:
    """(N, H, W, C) the frames of `shape` in the numbers of their beats, each of so many channels of `pixels`
    neighbours; what a last beat has no pixel for is left out.
    """
    height, width, depth = shape
    groups = -(-width // pixels)
    parts = numbers.reshape(-1, height, groups, depth // channels, pixels, channels).swapaxes(3, 4)
    return np.ascontiguousarray(parts.reshape(-1, height, groups * pixels, depth)[:, :, :width])


def _filled(frames: Array, pixels: int, value: int) -> Array:
    """Frames with rows of whole beats."""
    numbers, missing = np.ascontiguousarray(frames, np.int64), -frames.shape[2] % pixels
    if not missing:
        return numbers
    return np.pad(numbers, ((0, 0), (0, 0), (0, missing), (0, 0)), constant_values=value)
