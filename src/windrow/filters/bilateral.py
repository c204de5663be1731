"""A bilateral filter: neighbours count the less, the further away and the more different they are.

    y = x + sum of s*w(d)*d / sum of s*w(d)          d = neighbour - x, over a disc

In integers, as four stages; the quotient is a difference of logarithms:

    stage 1   w(d)*d and w(d) of every neighbour, through a table; and x
    stage 2   N = sum of s*w(d)*d, and -N, and D = sum of s*w(d), as logarithms; x
    stage 3   log N - log D and log(-N) - log D, as quotients in 1/16; x in 1/16
    stage 4   their sum, rounded down, as OpenCV 5 does

Whatever is negative has no logarithm and a quotient of 0.  OpenCV sums floats, in an order that depends on
the machine, so no integers equal it; in all pictures of the tests this is at most 1 away from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.filters.picture import BYTE, Picture, Stage
from windrow.network.graph import Network
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import Int, UInt, as_int, as_real

__all__ = ["bilateral"]

Array = npt.NDArray[np.int64]

_SIZES = (3, 5)
_ONE = 256  # of w(d) and of s
_NUMERATORS = 1536  # N in the table of stage 2: -1536 to 1535
_DENOMINATORS = 768
_OCTAVE = 190  # steps of a logarithm from a number to its double
_QUOTIENTS = (1 << 12) - 256  # differences of logarithms in the table of stage 3; behind them x
_PART = 16
_NOTHING = -(1 << 12)  # the logarithm of what is not positive: below any that is


def bilateral(height: int, width: int, *, kernel_size: int = 5, sigma_color: float = 30,
              sigma_space: float = 3, stride: Any = 1, pixels: int = 1, border: str | None = None,
              channels: int = 1) -> Network:
    """A blur that stops at edges, near OpenCV's `bilateralFilter`: at most 1 away in the tests' pictures.

    Parameters
    ----------
    kernel_size : int
        3 or 5: the disc has 5 or 13 pixels.
    sigma_color : float
        1 to 100: how different neighbours may be.
    sigma_space : float
        At least 0.5: how far away.
    channels : int
        Each is filtered by itself, where OpenCV takes the difference of colours.
    height, width, stride, pixels, border
        As of `gaussian`.

    Raises
    ------
    TypeError, ValueError
        as `gaussian` does, and for a sigma out of range
    """
    size = as_int(kernel_size, "kernel_size")
    if size not in _SIZES:
        raise ValueError(f"kernel_size must be 3 or 5, not {size}")
    weights = _Weights(size, _number(sigma_color, "sigma_color", 1, 100),
                       _number(sigma_space, "sigma_space", 0.5, 1000))
    picture = Picture.of(height, width, channels=channels, stride=stride, pixels=pixels, border=border)
    differences = picture.convolution(
        weights.kernels, bias=[256] * weights.count + [768] * weights.count + [1024],
        output=(Clamp(0, 2047), Lookup(weights.of_differences())))
    logarithms = weights.sums(picture.after(differences), picture.channels)
    quotients = picture.after(logarithms).mix(
        [[1, 0, -1, 0], [0, 1, -1, 0], [0, 0, 0, 1]] * picture.channels, groups=picture.channels,
        bias=[weights.zero, weights.zero, _QUOTIENTS] * picture.channels,
        output=(Clamp(0, 4095), Lookup(weights.of_quotients())))
    sums = picture.after(quotients).mix(
        [[1, -1, 1]] * picture.channels, groups=picture.channels,
        output=Requantize(1 / _PART, type=BYTE, rounding="floor"))
    return picture.network("bilateral", [differences, logarithms, quotients, sums], "Windrow's own")


@dataclass(frozen=True)
class _Weights:
    """Integers of a size and two sigmas."""

    size: int
    color: float
    space: float

    @property
    def places(self) -> list[tuple[int, int]]:
        """Neighbours (row, column) from the middle, in the disc."""
        far = self.size // 2
        span = range(-far, far + 1)
        return [(y, x) for y in span for x in span if 0 < y * y + x * x <= far * far]

    @property
    def count(self) -> int:
        return len(self.places)

    @property
    def near(self) -> list[int]:
        """s of every neighbour."""
        return [round(_ONE * math.exp(-(y * y + x * x) / (2 * self.space**2))) for y, x in self.places]

    @property
    def alike(self) -> Array:
        """w(d) for d from -256 to 255."""
        d = np.arange(-256, 256)
        return np.rint(_ONE * np.exp(-(d * d) / (2 * self.color**2))).astype(np.int64)

    @property
    def kernels(self) -> Array:
        """The differences twice, and the pixel itself."""
        middle = self.size // 2
        planes = np.zeros((2 * self.count + 1, self.size, self.size), np.int64)
        planes[:-1, middle, middle] = -1
        for at, (y, x) in enumerate(self.places * 2):
            planes[at, middle + y, middle + x] = 1
        planes[-1, middle, middle] = 1
        return planes

    def of_differences(self) -> Array:
        """The table of stage 1: w(d)*d, w(d), x."""
        return np.concatenate([self.alike * np.arange(-256, 256), self.alike, np.arange(256),
                               np.zeros(768, np.int64)])

    @property
    def scales(self) -> tuple[float, float]:
        """Of N and of D, so that the largest there are fit the table of stage 2."""
        peak = int(np.abs(self.alike * np.arange(-256, 256)).max())
        return ((_NUMERATORS - 1) / (peak * sum(self.near)),
                (_DENOMINATORS - 1) / (_ONE * (sum(self.near) + _ONE)))

    @property
    def zero(self) -> int:
        """Where in the table of stage 3 equal logarithms are."""
        return math.ceil(_OCTAVE * math.log2(_DENOMINATORS))

    def sums(self, picture: Picture, groups: int) -> Stage:
        """Stage 2."""
        none = [0] * self.count
        matrix = [[*self.near, *none, 0], [*(-each for each in self.near), *none, 0], [*none, *self.near, 0],
                  [*none, *none, 1]]
        numerator, denominator = self.scales
        # Each is moved to its range of the table before it is scaled.
        places = [_NUMERATORS, _NUMERATORS, 2 * _NUMERATORS, 2 * _NUMERATORS + _DENOMINATORS]
        scales = [numerator, numerator, denominator, 1.0]
        own = [0, 0, _ONE * _ONE, 0]
        bias = [round(place / scale) + more for place, scale, more in zip(places, scales, own, strict=True)]
        steps = np.arange(_NUMERATORS)
        logs = np.full(4096, _NOTHING, np.int64)
        logs[_NUMERATORS + 1 : 2 * _NUMERATORS] = np.rint(_OCTAVE * np.log2(steps[1:]))
        logs[2 * _NUMERATORS : 2 * _NUMERATORS + _DENOMINATORS] = np.rint(
            _OCTAVE * np.log2(np.maximum(steps[:_DENOMINATORS], 1)))
        logs[2 * _NUMERATORS + _DENOMINATORS :] = np.arange(256)
        return picture.mix(
            matrix * groups, groups=groups, bias=bias * groups,
            output=(Requantize(scales * groups, type=UInt(12), rounding="half_up"), Lookup(logs, Int(13))))

    def of_quotients(self) -> Array:
        """The table of stage 3: N/D in 1/16, and x in 1/16."""
        numerator, denominator = self.scales
        exponents = (np.arange(_QUOTIENTS) - self.zero) / _OCTAVE
        found = np.rint(_PART * denominator / numerator * np.exp2(exponents)).astype(np.int64)
        found[0] = 0  # of what has no logarithm
        return np.concatenate([np.minimum(found, 255 * _PART), _PART * np.arange(256)])


def _number(value: object, name: str, least: float, most: float) -> float:
    number = as_real(value, name)
    if not least <= number <= most:  # neither is NaN
        raise ValueError(f"{name} must be in {least:g}..{most:g}, not {value!r}")
    return number
