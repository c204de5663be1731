"""Windows that advance by a part of a pixel: what transposed convolution and upsampling are, seen from their
outputs.

    stride 2, kernel 3          output   0  1  2  3  4  5  6           phase: which of the kernel's taps a
    pixel p adds to outputs     reads    0  0  0  1  1  2  2           window has; there are `repeat` of them
    2p, 2p + 1, 2p + 2                         1     2
                                phase    0  1  0  1  0  1  0

Window `o` reads real pixels up to `q = (o + before) // repeat`; its tap `t` is pixel `q - (kernel - 1) + t`.
Between pixels lies nothing: no zero is inserted, and none is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from windrow.window.axis import Axis
from windrow.window.window import Pair, Window

__all__ = ["FractionalAxis", "FractionalWindow", "fractional_window"]


@dataclass(frozen=True)
class FractionalAxis(Axis):
    """An axis on which `repeat` windows follow each other for each step of a pixel.

    kernel: taps of the phase with the most;  before: outputs in front of the first that are left out
    count: windows;  stride, dilation, after: 1, 1, 0
    """

    repeat: int = 1
    count: int = 1

    @property
    def outputs(self) -> int:
        return self.count

    @cached_property
    def phase(self) -> np.ndarray:
        """(outputs,) of each window."""
        return (np.arange(self.count) + self.before) % self.repeat

    @cached_property
    def positions_of_taps(self) -> np.ndarray:
        """(outputs,) position of the first tap of each window; negative or beyond the end in padding."""
        return (np.arange(self.count) + self.before) // self.repeat - (self.kernel - 1)

    def _taps_below(self, position: int) -> np.ndarray:
        return np.clip(position - self.positions_of_taps, 0, self.kernel)

    @cached_property
    def extent(self) -> tuple[int, int] | None:
        where = np.flatnonzero(self.real)
        if not where.size:
            return None
        base = self.positions_of_taps[where]
        return int((base + self.first_tap[where]).min()), int((base + self.end_tap[where] - 1).max())

    @cached_property
    def starts(self) -> np.ndarray:
        low = 0 if self.extent is None else self.extent[0]
        return self.positions_of_taps - low

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        return tuple(range(int(self.starts[0]), int(self.starts[0]) + self.kernel))


@dataclass(frozen=True)
class FractionalWindow(Window):
    """Windows of `kernel_size` taps over an image, `repeat` (h, w) of them for each pixel.

    before: outputs (rows, columns) in front of the first that are left out;  count: outputs (Ho, Wo)
    """

    fractional: ClassVar[bool] = True

    repeat: Pair = (1, 1)
    before: Pair = (0, 0)
    count: Pair = (1, 1)

    @property
    def phases(self) -> int:
        return self.repeat[0] * self.repeat[1]

    @property
    def output_size(self) -> Pair:
        return self.count

    def axis(self, number: int, *, dense: bool = False) -> Axis:
        assert not dense
        return FractionalAxis(self.size[number], self.kernel_size[number], 1, 1, self.before[number], 0,
                              repeat=self.repeat[number], count=self.count[number])  # fmt: skip

    @property
    def disjoint(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Never: pixels are in several windows."""
        return False


def fractional_window(
    size: Pair, kernel: Pair, stride: Pair, before: Pair, count: Pair
) -> FractionalWindow:
    """The windows of a transposed convolution with this kernel and stride, by outputs."""
    taps = (-(-kernel[0] // stride[0]), -(-kernel[1] // stride[1]))
    return FractionalWindow(*size, taps, repeat=stride, before=before, count=count)
