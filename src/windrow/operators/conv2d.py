"""Conv2d: the complete, validated description of one strided sliding-window layer.

Everything else in Windrow receives this object whole. It is frozen and hashable; once it exists, its
fields are legal and in one normal form, so nobody downstream checks or converts them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from windrow.operators.convolve import convolve
from windrow.values.keys import check_keys
from windrow.values.numerics import (
    MAX_BITS,
    MOST_BITS,
    Int,
    IntType,
    UInt,
    as_array,
    as_flag,
    as_int,
    smallest,
)

__all__ = ["Conv2d", "Padding", "Pair"]

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
Array = npt.NDArray[np.int64]

_DERIVED = ("output_shape", "macs")
# With one random stream for all, weights would be correlated with the input they meet.
_INPUT, _WEIGHTS, _BIAS = range(3)
_PADDING_FORMS = "an int, (h, w), ((top, bottom), (left, right)), 'valid' or 'same'"


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Conv2d:
    """A two-dimensional convolution of integers, as in ONNX, PyTorch and TFLite (sum of products).

    Parameters
    ----------
    height, width : int
        Size of the input feature map in pixels.
    in_channels, out_channels : int
        Channels of the input, and filters. Both are multiples of `groups`.
    kernel_size, stride, dilation : int or (h, w)
        Normalised to `(h, w)`.
    padding : int, (h, w), ((top, bottom), (left, right)), "valid" or "same"
        Zeros around the image, in pixels. "valid" is 0. "same" is ONNX SAME_UPPER: `Ho = ceil(H/sh)`,
        `total = max((Ho - 1)*sh + keh - H, 0)`, the odd pixel at the end. Normalised to
        `((top, bottom), (left, right))`.
    groups : int
        Groups of channels that do not see each other; `groups == in_channels` is depthwise.
    bias : bool
        Whether every filter has a constant added.
    input_type, weight_type : UInt or Int
        1 to 16 bits.
    bias_type : UInt or Int, optional
        By default a signed type as wide as `sum_type`. `None` if and only if there is no bias.

    Raises
    ------
    TypeError
        if an argument is of the wrong kind (booleans are not integers, NumPy integers are)
    ValueError
        if an argument is out of range, `groups` does not divide the channels, the kernel is larger than
        the padded image, or `bias_type` is given without a bias
    """

    height: int
    width: int
    in_channels: int
    out_channels: int
    kernel_size: Pair
    stride: Pair
    padding: Padding
    dilation: Pair
    groups: int
    bias: bool
    input_type: IntType
    weight_type: IntType
    bias_type: IntType | None

    # Written by hand because callers may say less than the fields hold: `stride=2` becomes (2, 2), and
    # a type checker should accept the first and know the second.
    def __init__(self, *, height: int, width: int, in_channels: int = 1, out_channels: int = 1,
                 kernel_size: int | Pair, stride: int | Pair = 1,
                 padding: int | Pair | Padding | Literal["valid", "same"] = 0,
                 dilation: int | Pair = 1, groups: int = 1, bias: bool = False,
                 input_type: IntType = UInt(8), weight_type: IntType = Int(8),  # noqa: B008 (immutable)
                 bias_type: IntType | None = None) -> None:
        self._set(
            height=as_int(height, "height", 1),
            width=as_int(width, "width", 1),
            in_channels=as_int(in_channels, "in_channels", 1),
            out_channels=as_int(out_channels, "out_channels", 1),
            kernel_size=_pair(kernel_size, "kernel_size", 1),
            stride=_pair(stride, "stride", 1),
            dilation=_pair(dilation, "dilation", 1),
            groups=as_int(groups, "groups", 1),
            bias=as_flag(bias, "bias"),
            input_type=_int_type(input_type, "input_type", MOST_BITS),
            weight_type=_int_type(weight_type, "weight_type", MOST_BITS),
        )
        size, kernel, effective = (self.height, self.width), self.kernel_size, self.effective_kernel
        self._set(padding=_padding(padding, size, effective, self.stride))
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                raise ValueError(f"groups must divide {name} = {getattr(self, name)}, not be {self.groups}")
        padded = (size[0] + sum(self.padding[0]), size[1] + sum(self.padding[1]))
        if effective[0] > padded[0] or effective[1] > padded[1]:
            dilated = f" (dilated to {_by(effective)})" if effective != kernel else ""
            raise ValueError(f"kernel_size must fit the padded image of {_by(padded)} (height x width), "
                             f"not be {_by(kernel)}{dilated}")
        self._check_sizes()
        if bias_type is not None and not self.bias:
            raise ValueError(f"bias_type must be None while bias is False, not {bias_type!r}")
        default = self._default_bias_type()
        self._set(bias_type=default if bias_type is None else _int_type(bias_type, "bias_type", MAX_BITS))
        lo, hi = self.accumulator_range
        if lo < Int(64).min or hi > Int(64).max:
            raise ValueError(f"bias_type must leave the sum within int64, not {lo}..{hi} as {bias_type!r}")

    def _check_sizes(self) -> None:
        """Beyond any hardware, and where models and planner would run out of memory instead of an answer."""
        (kh, kw), (rows, columns, _) = self.kernel_size, self.output_shape
        for name, size, most in (
            ("in_channels", self.in_channels, 1 << 16), ("out_channels", self.out_channels, 1 << 16),
            ("kernel_size", kh * kw, 1 << 12), ("height * width", self.height * self.width, 1 << 24),
            ("outputs per filter", rows * columns, 1 << 24),
        ):  # fmt: skip
            if size > most:
                raise ValueError(f"{name} must be at most {most:,}, not {size:,}")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)  # the only writes to a frozen object

    def _default_bias_type(self) -> IntType | None:
        return Int(self.sum_type.bits) if self.bias else None

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape of one input frame: (H, W, C)."""
        return (self.height, self.width, self.in_channels)

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """Shape of one output frame: (Ho, Wo, O); `Ho = (H + top + bottom - keh)//sh + 1`."""
        (keh, kew), (sh, sw) = self.effective_kernel, self.stride
        ho = (self.height + sum(self.padding[0]) - keh) // sh + 1
        wo = (self.width + sum(self.padding[1]) - kew) // sw + 1
        return (ho, wo, self.out_channels)

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Shape of the weights: (O, kh, kw, I/groups)."""
        return (self.out_channels, *self.kernel_size, self.in_channels // self.groups)

    @property
    def bias_shape(self) -> tuple[int]:
        """Shape of the bias: (O,)."""
        return (self.out_channels,)

    @property
    def effective_kernel(self) -> Pair:
        """Rows and columns a window spans, holes included: (keh, kew), `keh = dh*(kh-1) + 1`."""
        (kh, kw), (dh, dw) = self.kernel_size, self.dilation
        return (dh * (kh - 1) + 1, dw * (kw - 1) + 1)

    @property
    def products(self) -> int:
        """Products summed in one output: `kh*kw*C/groups`."""
        _, kh, kw, depth = self.weight_shape
        return kh * kw * depth

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame, taps in the padding included: `Ho*Wo*O*kh*kw*C/groups`."""
        ho, wo, filters = self.output_shape
        return ho * wo * filters * self.products

    @property
    def product_range(self) -> Pair:
        """Smallest and largest product of an input and a weight."""
        corners = [a * b for a in (self.input_type.min, self.input_type.max)
                   for b in (self.weight_type.min, self.weight_type.max)]
        return (min(corners), max(corners))

    @property
    def product_type(self) -> IntType:
        """Smallest type of one product."""
        return smallest(*self.product_range)

    @property
    def sum_range(self) -> Pair:
        """Smallest and largest sum of all products of a window, without bias."""
        lo, hi = self.product_range
        return (self.products * lo, self.products * hi)

    @property
    def sum_type(self) -> IntType:
        """Smallest type of the sum of products, without bias."""
        return smallest(*self.sum_range)

    @property
    def accumulator_range(self) -> Pair:
        """Smallest and largest output: sum of products plus bias.

        Both ranges contain 0, so every partial sum, in any order, is inside too.
        """
        lo, hi = self.sum_range
        return (lo + self.bias_type.min, hi + self.bias_type.max) if self.bias_type is not None else (lo, hi)

    @property
    def accumulator_type(self) -> IntType:
        """Smallest type of the output: no weights, bias or input can overflow it."""
        return smallest(*self.accumulator_range)

    def check_input(self, x: npt.ArrayLike) -> Array:
        """`x`, (H, W, C) or (N, H, W, C), as (N, H, W, C) int64.

        Raises `TypeError` if not integers, `ValueError` for a wrong shape or a value outside `input_type`.
        """
        array = as_array(x, "x")
        frames = array if array.ndim == 4 else array[np.newaxis]
        if frames.shape[1:] != self.input_shape or not len(frames):
            raise ValueError(f"x must have shape (H, W, C) = {self.input_shape} or (N, H, W, C) with N >= 1, "
                             f"not {array.shape}")
        return self.input_type.check(array, "x").reshape(frames.shape)

    def check_weights(self, weights: npt.ArrayLike) -> Array:
        """`weights`, (O, kh, kw, I/groups), as int64.

        Raises `TypeError` if not integers, `ValueError` for a wrong shape or a value outside `weight_type`.
        """
        array, legal = as_array(weights, "weights"), self.weight_shape
        shape = array.shape
        if shape != legal:
            theirs = shape == (legal[0], legal[3], *legal[1:3])
            hint = ", PyTorch's order: weights.transpose(0, 2, 3, 1) has ours" if theirs else ""
            raise ValueError(f"weights must have shape (O, kh, kw, I/groups) = {legal}, not {shape}{hint}")
        return self.weight_type.check(array, "weights")

    def check_bias(self, bias: npt.ArrayLike | None) -> Array | None:
        """`bias`, (O,), as int64; `None` for a layer without bias.

        Raises `TypeError` if not integers, `ValueError` if missing or superfluous, for a wrong shape or a
        value outside `bias_type`.
        """
        if self.bias_type is None:
            if bias is not None:
                raise ValueError(f"bias must be None for a layer with bias=False, not {bias!r}")
            return None
        shape = None if bias is None else as_array(bias, "bias").shape
        if bias is None or shape != self.bias_shape:
            raise ValueError(f"bias must have shape (O,) = {self.bias_shape}, not {shape}")
        return self.bias_type.check(bias, "bias")

    def golden(self, x: npt.ArrayLike, weights: npt.ArrayLike, bias: npt.ArrayLike | None = None) -> Array:
        """What comes out, exactly, in int64: (N, Ho, Wo, O) for (N, H, W, C), (Ho, Wo, O) for one (H, W, C).

        Raises as `check_input`, `check_weights` and `check_bias` do. Formula: `windrow.golden`.
        """
        y = convolve(self.check_input(x), self.check_weights(weights), self.check_bias(bias),
                     stride=self.stride, padding=self.padding, dilation=self.dilation, groups=self.groups)
        return y[0] if np.ndim(x) == 3 else y

    def random_input(self, seed: int, frames: int | None = None) -> Array:
        """Reproducible input over the full range of `input_type`: (H, W, C), or (frames, H, W, C)."""
        shape = self.input_shape if frames is None else (as_int(frames, "frames", 1), *self.input_shape)
        return self.input_type.random(shape, seed, _INPUT)

    def random_weights(self, seed: int) -> Array:
        """Reproducible weights over the full range of `weight_type`: (O, kh, kw, I/groups)."""
        return self.weight_type.random(self.weight_shape, seed, _WEIGHTS)

    def random_bias(self, seed: int) -> Array | None:
        """Reproducible bias over the full range of `bias_type`: (O,); `None` for a layer without bias."""
        return None if self.bias_type is None else self.bias_type.random(self.bias_shape, seed, _BIAS)

    def replace(self, **changes: Any) -> Conv2d:
        """A copy with other arguments, e.g. `layer.replace(stride=2)`.

        Unlike with `dataclasses.replace`, a `bias_type` that was derived is derived anew. Padding stays the
        number of pixels that it became: say `padding="same"` again if need be. Raises as `Conv2d` does.
        """
        return Conv2d(**{**self._words(), **changes})

    def to_dict(self) -> dict[str, Any]:
        """The layer in JSON types: every field, plus the derived `output_shape` and `macs`."""
        return {
            "height": self.height, "width": self.width,
            "in_channels": self.in_channels, "out_channels": self.out_channels,
            "kernel_size": list(self.kernel_size), "stride": list(self.stride),
            "padding": [list(side) for side in self.padding], "dilation": list(self.dilation),
            "groups": self.groups, "bias": self.bias,
            "input_type": str(self.input_type), "weight_type": str(self.weight_type),
            "bias_type": None if self.bias_type is None else str(self.bias_type),
            "output_shape": list(self.output_shape), "macs": self.macs,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Conv2d:
        """The layer that `to_dict` wrote, or that a person wrote with the same keys and any legal values.

        Raises
        ------
        TypeError
            if `data` is not a mapping, or a value is of the wrong kind
        ValueError
            for unknown or missing keys, illegal values, and derived values (`output_shape`, `macs`) that
            are not those of this layer
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"layer must be a mapping, not {data!r}")
        names = [*(field.name for field in fields(cls)), *_DERIVED]
        check_keys(data, names, "layer", required=("height", "width", "kernel_size"))
        arguments = {name: value for name, value in data.items() if name not in _DERIVED}
        for name, most in (("input_type", MOST_BITS), ("weight_type", MOST_BITS), ("bias_type", MAX_BITS)):
            if arguments.get(name) is not None:
                arguments[name] = IntType.parse(arguments[name], name, most)
        layer = cls(**arguments)
        derived = layer.to_dict()
        for name in _DERIVED:
            value = data.get(name, derived[name])
            if (list(value) if isinstance(value, tuple) else value) != derived[name]:
                raise ValueError(f"{name} must be {derived[name]} for this layer, not {value!r}")
        return layer

    def _words(self) -> dict[str, Any]:
        """The constructor's arguments as a person would say them: `stride=2`, not `stride=(2, 2)`."""
        (top, bottom), (left, right) = self.padding
        words: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("kernel_size", "stride", "dilation"):
            words[name] = _shortest(words[name])
        if top == bottom and left == right:
            words["padding"] = _shortest((top, left))
        if self.bias_type == self._default_bias_type():
            words["bias_type"] = None
        return words

    def __repr__(self) -> str:
        defaults = Conv2d.__init__.__kwdefaults__ or {}
        said = [f"{name}={value!r}" for name, value in self._words().items() if value != defaults.get(name)]
        return f"Conv2d({', '.join(said)})"

    def __str__(self) -> str:
        words = self._words()
        said = [f"{_by(self.input_shape)} -> {_by(self.output_shape)}", f"kernel {_by(self.kernel_size)}"]
        said += [f"{name} {_by(words[name])}" for name, default in
                 (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1)) if words[name] != default]
        said += [f"bias {self.bias_type}"] if self.bias else []
        return f"Conv2d({', '.join(said)}, {self.input_type} x {self.weight_type})"


def _pair(value: object, name: str, least: int, legal: str = "an int or (h, w)") -> Pair:
    """An int or (h, w) as (h, w). Lists are as good as tuples: JSON and TOML have no tuples."""
    if not isinstance(value, (tuple, list)):
        number = as_int(value, name, least, legal)
        return (number, number)
    if len(value) != 2:
        raise ValueError(f"{name} must be {legal}, not {value!r}")
    return (as_int(value[0], f"{name}[0]", least), as_int(value[1], f"{name}[1]", least))


def _padding(value: object, size: Pair, effective: Pair, stride: Pair) -> Padding:
    if isinstance(value, str):
        word = value.lower()
        if word not in ("valid", "same"):
            raise ValueError(f"padding must be {_PADDING_FORMS}, not {value!r}")
        total = [max((-(-n // s) - 1) * s + ke - n, 0) if word == "same" else 0
                 for n, s, ke in zip(size, stride, effective, strict=True)]
        return ((total[0] // 2, total[0] - total[0] // 2), (total[1] // 2, total[1] - total[1] // 2))
    if isinstance(value, (tuple, list)) and len(value) == 2:
        nested = [isinstance(axis, (tuple, list)) for axis in value]
        if all(nested):
            vertical, horizontal = value
            return (_pair(vertical, "padding[0]", 0, "(top, bottom)"),
                    _pair(horizontal, "padding[1]", 0, "(left, right)"))
        if any(nested):
            raise TypeError(f"padding must be {_PADDING_FORMS}, not {value!r}")
    h, w = _pair(value, "padding", 0, _PADDING_FORMS)
    return ((h, h), (w, w))


def _int_type(value: object, name: str, most: int) -> IntType:
    if not isinstance(value, IntType):
        raise TypeError(f"{name} must be UInt(bits) or Int(bits), not {value!r}")
    if value.bits > most:
        raise ValueError(f"{name} must have 1 to {most} bits, not be {value!r}")
    return value


def _shortest(pair: Pair) -> int | Pair:
    return pair[0] if pair[0] == pair[1] else pair


def _by(size: int | tuple[Any, ...]) -> str:
    """Sizes as on the command line: `3`, `HxW`, and `T,B,L,R` for padding that differs between sides."""
    if isinstance(size, int):
        return str(size)
    if isinstance(size[0], tuple):
        return ",".join(str(side) for axis in size for side in axis)
    return "x".join(map(str, size))
