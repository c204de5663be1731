"""ConvTranspose2d: every pixel adds its products with the kernel to a window of outputs, `stride` apart.

    y[n, i, o] = bias[o] + sum over p, r with p*s + r*d = i + top  of  x[n, p] * weights[o, r]  columns alike

Seen from the outputs that is a window over real pixels alone: of the kernel's taps each output has those of
its phase, `(i + top) mod s`, `ceil(k / s)` at most.  With a dilation `d` that the stride divides they are `k`
taps of one phase, `d / s` pixels apart; else those of a kernel of `d*(k-1) + 1` taps, 0 in its holes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Array, OutputLike, Parameters
from windrow.values.numerics import MOST_BITS, Int, IntType, UInt, as_flag, as_int, int_type
from windrow.window.fractional import FractionalWindow, fractional_window
from windrow.window.window import Padding, Pair, by, pair, shortest

__all__ = ["ConvTranspose2d"]

_PADDING = "an int, (h, w) or ((top, bottom), (left, right))"


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class ConvTranspose2d(Conv2d):
    """A transposed convolution, as ONNX and PyTorch have it.

    Parameters
    ----------
    height, width, in_channels, out_channels, kernel_size, groups, bias, input_type, weight_type, bias_type
    output : an output map or a tuple of them, optional
        As of `Conv2d`; weights are (O, kh, kw, I/groups), too.
    stride : int or (h, w)
        Outputs from the window of one pixel to that of the next.
    padding : int, (h, w) or ((top, bottom), (left, right))
        Outputs at the edges that are left out.
    output_padding : int or (h, w)
        Outputs behind the last that are added; less than the stride.
    dilation : int or (h, w)
        Outputs from one tap of the kernel to the next.

    Raises
    ------
    TypeError, ValueError
        as `Conv2d` does; for an `output_padding` that is not less than the stride, and where nothing is left
    """

    kind: ClassVar[str] = "conv-transpose2d"
    output_padding: Pair

    def __init__(self, *, height: int, width: int, in_channels: int = 1, out_channels: int = 1,
                 kernel_size: int | Pair, stride: int | Pair = 1, padding: int | Pair | Padding = 0,
                 output_padding: int | Pair = 0, dilation: int | Pair = 1, groups: int = 1,
                 bias: bool = False,
                 input_type: IntType = UInt(8), weight_type: IntType = Int(8),  # noqa: B008 (immutable)
                 bias_type: IntType | None = None, output: OutputLike = None) -> None:  # fmt: skip
        self._set(
            height=as_int(height, "height", 1), width=as_int(width, "width", 1),
            in_channels=as_int(in_channels, "in_channels", 1),
            out_channels=as_int(out_channels, "out_channels", 1), groups=as_int(groups, "groups", 1),
            kernel_size=pair(kernel_size, "kernel_size", 1), stride=pair(stride, "stride", 1),
            padding=_padding(padding), output_padding=pair(output_padding, "output_padding", 0),
            dilation=pair(dilation, "dilation", 1), padding_mode="constant", padding_value=0,
            bias=as_flag(bias, "bias"),
            input_type=int_type(input_type, "input_type", MOST_BITS),
            weight_type=int_type(weight_type, "weight_type", MOST_BITS),
        )  # fmt: skip
        if any(more >= step for more, step in zip(self.output_padding, self.stride, strict=True)):
            raise ValueError(f"output_padding must be less than the stride {by(self.stride)}, "
                             f"not {by(self.output_padding)}")  # fmt: skip
        if min(self._size) < 1:
            raise ValueError(f"padding must leave outputs of {by(self._uncut)}, not be {by(self.padding)}")
        self._finish(bias_type, output)

    @property
    def effective_kernel(self) -> Pair:
        """Rows and columns that one pixel adds to, holes included."""
        (kh, kw), (dh, dw) = self.kernel_size, self.dilation
        return dh * (kh - 1) + 1, dw * (kw - 1) + 1

    @property
    def _uncut(self) -> Pair:
        """Outputs without padding."""
        rows, columns = ((size - 1) * step + span + more for size, step, span, more in zip(
            (self.height, self.width), self.stride, self.effective_kernel, self.output_padding, strict=True))
        return rows, columns

    @property
    def _size(self) -> Pair:
        (rows, columns), (vertical, horizontal) = self._uncut, self.padding
        return rows - sum(vertical), columns - sum(horizontal)

    @cached_property
    def window(self) -> FractionalWindow:
        """What each output reads."""
        (top, _), (left, _) = self.padding
        return fractional_window((self.height, self.width), self.kernel_size, self.stride, (top, left),
                                 self._size, self.dilation)  # fmt: skip

    @property
    def macs(self) -> int:
        """Products of pixels with the kernel, those that are left out at the edges included."""
        kh, kw = self.kernel_size
        return self.height * self.width * kh * kw * self.out_channels * (self.in_channels // self.groups)

    def by_phase(self, weights: Array) -> Array:
        """(phases, O, kh, kw, I/groups) the kernels of all phases, rows outer; 0 for taps that one lacks."""
        rows, columns = (self.window.axis(at).kernel_taps(self.kernel_size[at], self.dilation[at])
                         for at in (0, 1))  # fmt: skip
        whole = np.pad(weights, ((0, 0), (0, 1), (0, 1), (0, 0)))  # -1: the 0 behind the last
        split = whole[:, rows[:, None, :, None], columns[None, :, None, :]]
        found = split.transpose(1, 2, 0, 3, 4, 5)
        return found.reshape(self.window.phases, *found.shape[2:])

    def reach(self, parameters: Parameters | None) -> tuple[Array, Array]:
        """The range of every filter's sums: the widest of its phases."""
        if parameters is None:
            return super().reach(None)
        weights, bias = parameters
        assert weights is not None
        found = [super(ConvTranspose2d, self).reach((each, bias)) for each in self.by_phase(weights)]
        return np.min([low for low, _ in found], axis=0), np.max([high for _, high in found], axis=0)

    def check_programmable(self) -> None:
        """Raise ValueError: run-time hardware steps by whole pixels."""
        raise ValueError(f"stride must be left to hardware without a runtime, not {by(self.stride)} outputs")

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, O) sums: every pixel adds its products where they belong."""
        weights, bias = parameters
        assert weights is not None
        (kh, kw), (sh, sw), (dh, dw) = self.kernel_size, self.stride, self.dilation
        (top, _), (left, _) = self.padding
        rows, columns = self._uncut
        sums = np.zeros((len(frames), rows, columns, self.out_channels), np.int64)
        depth, each = self.in_channels // self.groups, self.out_channels // self.groups
        for group in range(self.groups):
            pixels = frames[..., group * depth : (group + 1) * depth]
            mine = slice(group * each, (group + 1) * each)
            for r, c in np.ndindex(kh, kw):
                row, column = r * dh, c * dw
                below, behind = row + (self.height - 1) * sh + 1, column + (self.width - 1) * sw + 1
                sums[:, row:below:sh, column:behind:sw, mine] += pixels @ weights[mine, r, c].T
        height, width = self._size
        found = sums[:, top : top + height, left : left + width]
        return found if bias is None else found + bias

    def _more_words(self) -> list[str]:
        more = [f"output_padding {by(shortest(self.output_padding))}"] if any(self.output_padding) else []
        return [*more, *super()._more_words()]


def _padding(value: object) -> Padding:
    """Outputs that are left out, in their normal form."""
    if isinstance(value, str):
        raise ValueError(f"padding must be {_PADDING}, not {value!r}")
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(
            isinstance(axis, (tuple, list)) for axis in value):  # fmt: skip
        return (pair(value[0], "padding[0]", 0, "(top, bottom)"),
                pair(value[1], "padding[1]", 0, "(left, right)"))  # fmt: skip
    h, w = pair(value, "padding", 0, _PADDING)
    return ((h, h), (w, w))
