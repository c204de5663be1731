"""Windows that advance by a part of a pixel: what transposed convolution and upsampling are, seen from their
outputs.

    stride 2, kernel 3          output   0  1  2  3  4  5  6           phase: which of the kernel's taps a
    pixel p adds to outputs     reads    0  0  0  1  1  2  2           window has; there are `repeat` of them
    2p, 2p + 1, 2p + 2                         1     2
                                phase    0  1  0  1  0  1  0

Window `o` reads real pixels up to `q = (o + before) // repeat`; its tap `t` is pixel
`q - (kernel - 1 - t)*dilation`.  Between pixels lies nothing: no zero is inserted, and none is read.
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
    count: windows;  stride, after: 1, 0
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
        reach = (self.kernel - 1) * self.dilation
        return (np.arange(self.count) + self.before) // self.repeat - reach

    def kernel_taps(self, kernel: int, dilation: int) -> np.ndarray:
        """(repeat, taps) which tap of the kernel each tap of a window is in each phase; -1: none.

        kernel, dilation: the taps of a pixel, and outputs from one to the next
        """
        phases, taps = np.indices((self.repeat, self.kernel))
        distance = phases + (self.kernel - 1 - taps) * self.dilation * self.repeat
        found, rest = np.divmod(distance, dilation)
        return np.where((rest == 0) & (found < kernel), found, -1)

    def _taps_below(self, position: int) -> np.ndarray:
        return np.clip(-(-(position - self.positions_of_taps) // self.dilation), 0, self.kernel)

    @cached_property
    def extent(self) -> tuple[int, int] | None:
        where = np.flatnonzero(self.real)
        if not where.size:
            return None
        base = self.positions_of_taps[where]
        first, last = self.first_tap[where] * self.dilation, (self.end_tap[where] - 1) * self.dilation
        return int((base + first).min()), int((base + last).max())

    @cached_property
    def starts(self) -> np.ndarray:
        low = 0 if self.extent is None else self.extent[0]
        return self.positions_of_taps - low

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        return tuple(int(self.starts[0]) + tap * self.dilation for tap in range(self.kernel))


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

    def axis(self, number: int, *, dense: bool = False) -> FractionalAxis:
        assert not dense
        return FractionalAxis(self.size[number], self.kernel_size[number], 1, self.dilation[number],
                              self.before[number], 0, repeat=self.repeat[number], count=self.count[number])

    @property
    def disjoint(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Never: pixels are in several windows."""
        return False


def fractional_window(
    size: Pair, kernel: Pair, stride: Pair, before: Pair, count: Pair, dilation: Pair = (1, 1)
) -> FractionalWindow:
    """The windows of a transposed convolution with this kernel, stride and dilation, by outputs."""
    (rows, down), (columns, across) = map(_taps, kernel, stride, dilation)
    return FractionalWindow(*size, (rows, columns), dilation=(down, across), repeat=stride, before=before,
                            count=count)  # fmt: skip


def _taps(kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Taps of a window along an axis, and pixels from one to the next.

    Where the taps of a pixel are whole pixels apart they are those of one phase.  Else they are dealt to the
    phases, with holes between them.
    """
    if dilation % stride == 0:
        return kernel, dilation // stride
    return -(-(dilation * (kernel - 1) + 1) // stride), 1
