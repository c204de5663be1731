"""Picture: what every filter is told, and the layers that it builds of it.

    picture = Picture.of(480, 640, channels=3, stride=2, pixels=1, border=None, default="reflect")
    layer = picture.convolution(kernels, output=...)       # (layer, weights, bias)
    net = picture.network("gaussian", [layer], "OpenCV's GaussianBlur")

A stride takes every s-th row and column of what the filter gives without one, beginning with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.graph import Network
from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator, OutputLike
from windrow.outputs.clamp import Clamp
from windrow.values.numerics import IntType, UInt, as_int, smallest
from windrow.window.borders import MODES
from windrow.window.window import Pair, pair

__all__ = ["BYTE", "Picture", "Stage", "kernel_pair", "one_of"]

Array = npt.NDArray[np.int64]
Stage = tuple[Operator, Array | None, Array | None]
"""An operator with its weights and bias, None where it has none."""

BYTE = UInt(8)
"""Type of a pixel of a picture."""

_MOST_PIXELS = 16
_MOST_CHANNELS = 16


def one_of(value: object, name: str, legal: Sequence[str]) -> str:
    """`value`, one of `legal`. Raises TypeError for what is no string, ValueError for another one."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {value!r}")
    if value not in legal:
        raise ValueError(f"{name} must be {', '.join(map(repr, legal[:-1]))} or {legal[-1]!r}, not {value!r}")
    return value


def kernel_pair(value: Any, name: str = "kernel_size", odd: bool = True, most: int = 31) -> Pair:
    """A kernel's rows and columns, from a number or (rows, columns). Raises TypeError, ValueError."""
    rows, columns = pair(value, name, 1)
    for size in (rows, columns):
        if size > most or (odd and size % 2 == 0):
            kind = "odd and " if odd else ""
            raise ValueError(f"{name} must be {kind}in 1..{most}, not {value!r}")
    return rows, columns


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Size of a picture, the grid of what is wanted of it, and what lies around it.

    type: of its values
    pixels: of a row in one beat
    """

    height: int
    width: int
    channels: int
    stride: Pair
    border: str
    pixels: int
    type: IntType = BYTE

    @staticmethod
    def of(height: object, width: object, *, channels: object = 1, stride: Any = 1, pixels: object = 1,
           border: object = None, default: str = "reflect") -> Picture:
        """The picture of a filter's arguments; `default` is the border for None.

        Raises TypeError for the wrong kind, ValueError for what is out of range and for more pixels in a beat
        than in a row.
        """
        rows, columns = as_int(height, "height", 1), as_int(width, "width", 1)
        count = as_int(channels, "channels", 1)
        if count > _MOST_CHANNELS:
            raise ValueError(f"channels must be in 1..{_MOST_CHANNELS}, not {count}")
        beat = as_int(pixels, "pixels", 1)
        if beat > min(columns, _MOST_PIXELS):
            raise ValueError(f"pixels must be in 1..{min(columns, _MOST_PIXELS)} for width={columns}, "
                             f"not {beat}")
        mode = default if border is None else one_of(border, "border", MODES)
        return Picture(height=rows, width=columns, channels=count, stride=pair(stride, "stride", 1),
                       border=mode, pixels=beat)

    def whole(self) -> dict[str, Any]:
        """The window's arguments for one pixel: no kernel, no border."""
        return {"height": self.height, "width": self.width, "kernel_size": 1, "stride": self.stride,
                "input_type": self.type}

    def around(self, kernel: Pair) -> dict[str, Any]:
        """The window's arguments with a kernel centred on each pixel of the grid."""
        sides = tuple((size // 2, size - 1 - size // 2) for size in kernel)
        return {**self.whole(), "kernel_size": kernel, "padding": sides, "padding_mode": self.border}

    def convolution(self, kernels: npt.ArrayLike, *, output: OutputLike = None,
                    bias: int | Sequence[int] = 0) -> Stage:
        """Each channel with each of `kernels` (filters, rows, columns): channel by channel, filters fastest.

        Kernels are laid over the picture as they are, centred, and summed (a correlation); `bias` is added,
        one number for all filters or one for each.
        """
        planes = np.asarray(kernels, np.int64)
        added = np.broadcast_to(np.asarray(bias, np.int64), len(planes))
        every = np.tile(planes, (self.channels, 1, 1))
        return self.depthwise(every, bias=np.tile(added, self.channels), output=output)

    def depthwise(self, kernels: npt.ArrayLike, *, bias: npt.ArrayLike, output: OutputLike = None) -> Stage:
        """Each channel with kernels of its own, of which all have equally many (filters, rows, columns)."""
        planes = _odd(np.asarray(kernels, np.int64))
        _, rows, columns = planes.shape
        return self._each_channel(planes, self.around((rows, columns)), output, np.asarray(bias, np.int64))

    def separable(self, column: Array, row: Array, output: OutputLike, bias: int = 0) -> list[Stage]:
        """The sums under `column` x `row`, first down, which 16 bits must hold, then across."""
        most = self.type.max * int(column.sum())
        first = Picture(**{**self.__dict__, "stride": (self.stride[0], 1)})
        down = first.convolution([column[:, np.newaxis]], output=Clamp(0, most))
        across = self.after(down, (1, self.stride[1]))
        return [down, across.convolution([row[np.newaxis]], output=output, bias=bias)]

    def blocks(self, size: int, *, output: OutputLike) -> Stage:
        """The sum of each block of `size` x `size` pixels, `size` being the stride, too."""
        window = {**self.whole(), "kernel_size": size}
        ones = np.ones((self.channels, size, size), np.int64)
        return self._each_channel(ones, window, output, np.zeros(self.channels, np.int64))

    def _each_channel(self, planes: Array, window: dict[str, Any], output: OutputLike, bias: Array) -> Stage:
        added = bias if bias.any() else None
        layer = Conv2d(
            **window, in_channels=self.channels, out_channels=len(planes), groups=self.channels,
            weight_type=smallest(int(planes.min()), int(planes.max())), bias=added is not None,
            bias_type=None if added is None else _holds(added), output=output)
        return layer, planes[..., np.newaxis], added

    def mix(self, matrix: npt.ArrayLike, *, output: OutputLike = None, bias: npt.ArrayLike | None = None,
            groups: int = 1) -> Stage:
        """`matrix` (outputs, channels / groups) applied to the channels of each pixel."""
        weights = np.asarray(matrix, np.int64)[:, np.newaxis, np.newaxis, :]
        added = None if bias is None else np.asarray(bias, np.int64)
        layer = Conv2d(
            **self.whole(), in_channels=self.channels, out_channels=len(weights), groups=groups,
            weight_type=smallest(int(weights.min()), int(weights.max())), bias=added is not None,
            bias_type=None if added is None else _holds(added), output=output)
        return layer, weights, added

    def pairs(self, output: OutputLike, filters: int = 1) -> Stage:
        """The sum of each two channels, `filters` times."""
        groups = self.channels // 2
        return self.mix(np.ones((groups * filters, 2)), groups=groups, output=output)

    def pool(self, kind: Callable[..., Operator], kernel: Pair, **more: Any) -> Stage:
        """Each channel under a pool or a rank, centred on each pixel."""
        return kind(**self.around(kernel), channels=self.channels, **more), None, None

    def after(self, stage: Stage, stride: int | Pair = 1, border: str | None = None) -> Picture:
        """The picture that comes out of a stage, for the next one with this stride, and the same border."""
        layer = stage[0]
        height, width, channels = layer.output_shape
        return Picture(height=height, width=width, channels=channels, stride=pair(stride, "stride", 1),
                       border=border or self.border, pixels=self.pixels, type=layer.output_type)

    def dense(self) -> Picture:
        """The same with no stride: what a first stage computes for a second one that has it."""
        return Picture(**{**self.__dict__, "stride": (1, 1)})

    def network(self, name: str, stages: Sequence[Stage], contract: str) -> Network:
        """The stages behind each other."""
        return Network.chain(stages, name=name, contract=contract, pixels=self.pixels)


def _holds(numbers: Array) -> IntType:
    """The smallest type of numbers and of 0."""
    return smallest(min(0, int(numbers.min())), max(0, int(numbers.max())))


def _odd(planes: Array) -> Array:
    """Kernels with a last row and column of zeros where sizes are even.

    The pixel that a mirrored border shows is then one of the window's own.
    """
    _, rows, columns = planes.shape
    return np.pad(planes, ((0, 0), (0, 1 - rows % 2), (0, 1 - columns % 2)))
