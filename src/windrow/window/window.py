"""Window: kernel, stride, dilation and padding on an image, and every size that follows, once for everybody.

    Ho = (H + top + bottom - keh) // sh + 1        keh = dh*(kh - 1) + 1        (theory.md, "Setting")
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from windrow.values.numerics import as_int
from windrow.window.axis import Axis
from windrow.window.borders import Sources, check_mode, sources
from windrow.window.open_windows import end_apart

__all__ = ["Padding", "PaddingLike", "Pair", "Window", "by", "pair", "shortest"]

Pair: TypeAlias = tuple[int, int]
Padding: TypeAlias = tuple[Pair, Pair]
PaddingLike: TypeAlias = "int | Pair | Padding | Literal['valid', 'same']"

_PADDING_FORMS = "an int, (h, w), ((top, bottom), (left, right)), 'valid' or 'same'"


@dataclass(frozen=True)
class Window:
    """A strided, dilated window of `kernel_size` taps over an image of `height` x `width` pixels.

    All pairs are (h, w), padding is ((top, bottom), (left, right)), all in pixels; `mode` says what lies in
    it (`windrow.window.borders`).  `Window.of` takes what people say; the fields hold one normal form.
    """

    height: int
    width: int
    kernel_size: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    mode: str = "constant"

    fractional: ClassVar[bool] = False
    """Do windows advance by a part of a pixel?  (`windrow.window.fractional`)"""

    @classmethod
    def of(
        cls,
        height: object,
        width: object,
        kernel_size: object,
        stride: object = 1,
        padding: object = 0,
        dilation: object = 1,
        mode: object = "constant",
    ) -> Window:
        """The window that these arguments of an operator describe.

        Raises TypeError for the wrong kind, ValueError for a value out of range, for a kernel that is larger
        than the padded image and for padding that is wider than what the image has to mirror.
        """
        size = (as_int(height, "height", 1), as_int(width, "width", 1))
        kernel = pair(kernel_size, "kernel_size", 1)
        strides, dilations = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
        unpadded = cls(*size, kernel, strides, dilations)
        pads = _padding(padding, unpadded)
        window = cls(*size, kernel, strides, dilations, pads, check_mode(mode, size, pads))
        effective, padded = window.effective_kernel, window.padded_size
        if effective[0] > padded[0] or effective[1] > padded[1]:
            dilated = f" (dilated to {by(effective)})" if effective != kernel else ""
            raise ValueError(f"kernel_size must fit the padded image of {by(padded)} (height x width), "
                             f"not be {by(kernel)}{dilated}")  # fmt: skip
        return window

    @property
    def phases(self) -> int:
        """Kinds of windows that have weights of their own."""
        return 1

    @property
    def size(self) -> Pair:
        """Rows and columns of the image."""
        return (self.height, self.width)

    @property
    def padded_size(self) -> Pair:
        """Rows and columns of the image with its padding."""
        (top, bottom), (left, right) = self.padding
        return (self.height + top + bottom, self.width + left + right)

    @property
    def taps(self) -> int:
        """Window positions: `kh*kw`."""
        return self.kernel_size[0] * self.kernel_size[1]

    @property
    def effective_kernel(self) -> Pair:
        """Rows and columns a window spans, holes included: (keh, kew), `keh = dh*(kh-1) + 1`."""
        (kh, kw), (dh, dw) = self.kernel_size, self.dilation
        return (dh * (kh - 1) + 1, dw * (kw - 1) + 1)

    @property
    def output_size(self) -> Pair:
        """Rows and columns of outputs: (Ho, Wo)."""
        (keh, kew), (sh, sw), (rows, columns) = self.effective_kernel, self.stride, self.padded_size
        return ((rows - keh) // sh + 1, (columns - kew) // sw + 1)

    def axis(self, number: int, *, dense: bool = False) -> Axis:
        """Rows (0) or columns (1) on their own; `dense` as in `Axis`."""
        return Axis(
            self.size[number],
            self.kernel_size[number],
            self.stride[number],
            self.dilation[number],
            *self.padding[number],
            dense=dense,
        )

    @cached_property
    def axes(self) -> tuple[Axis, Axis]:
        """Rows and columns, each with what its windows read."""
        return (self.axis(0), self.axis(1))

    @cached_property
    def sources(self) -> tuple[Sources, Sources]:
        """Of rows and of columns: which of a window's own taps each tap delivers. Raises as `sources`."""
        rows, columns = self.axes
        return (sources(rows, self.mode, "row"), sources(columns, self.mode, "column"))

    @cached_property
    def disjoint(self) -> bool:
        """Does every window have pixels, and every pixel one window at most, of which it is one tap?"""
        apart = all(axis.outputs == 1 or axis.stride >= span
                    for axis, span in zip(self.axes, self.effective_kernel, strict=True))  # fmt: skip
        mirrors = self.mode != "constant" and self.padded_size != self.size
        return apart and not mirrors and all(bool(axis.real.all()) for axis in self.axes)

    @cached_property
    def successive(self) -> bool:
        """Does every window have pixels, without holes, and do along each axis no two end together?"""
        mirrors = self.mode != "constant" and self.padded_size != self.size
        return not mirrors and all(map(end_apart, self.axes))

    @property
    def read_pixels(self) -> int:
        """Pixels that any window reads."""
        rows, columns = self.axes
        return rows.stored * columns.stored

    def check_sources(self) -> None:
        """Raise ValueError where a window lacks a pixel that one of its taps in the padding reads."""
        if self.mode != "constant":
            _ = self.sources


def pair(value: object, name: str, least: int, legal: str = "an int or (h, w)") -> Pair:
    """An int or (h, w) as (h, w). Lists are as good as tuples: JSON and TOML have no tuples."""
    if not isinstance(value, (tuple, list)):
        number = as_int(value, name, least, legal)
        return (number, number)
    if len(value) != 2:
        raise ValueError(f"{name} must be {legal}, not {value!r}")
    return (as_int(value[0], f"{name}[0]", least), as_int(value[1], f"{name}[1]", least))


def _padding(value: object, window: Window) -> Padding:
    if isinstance(value, str):
        word = value.lower()
        if word not in ("valid", "same"):
            raise ValueError(f"padding must be {_PADDING_FORMS}, not {value!r}")
        axes = zip(window.size, window.stride, window.effective_kernel, strict=True)
        rows, columns = ((0, 0) if word == "valid" else same_padding(*axis) for axis in axes)
        return rows, columns
    if isinstance(value, (tuple, list)) and len(value) == 2:
        nested = [isinstance(axis, (tuple, list)) for axis in value]
        if all(nested):
            vertical, horizontal = value
            return (pair(vertical, "padding[0]", 0, "(top, bottom)"),
                    pair(horizontal, "padding[1]", 0, "(left, right)"))  # fmt: skip
        if any(nested):
            raise TypeError(f"padding must be {_PADDING_FORMS}, not {value!r}")
    h, w = pair(value, "padding", 0, _PADDING_FORMS)
    return ((h, h), (w, w))


def same_padding(size: int, stride: int, span: int) -> Pair:
    """Padding before and behind `size` pixels so that there are `ceil(size / stride)` windows of `span`.

    An odd pixel goes behind them.
    """
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def shortest(pair_: Pair) -> int | Pair:
    """A pair as a person would say it."""
    return pair_[0] if pair_[0] == pair_[1] else pair_


def by(size: int | tuple[object, ...]) -> str:
    """Sizes as on the command line: `3`, `HxW`, and `T,B,L,R` for padding that differs between sides."""
    if isinstance(size, int):
        return str(size)
    if isinstance(size[0], tuple):
        return ",".join(str(side) for axis in size for side in axis)  # type: ignore[attr-defined]
    return "x".join(map(str, size))
