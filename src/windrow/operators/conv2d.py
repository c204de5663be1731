"""Conv2d: sums of products over strided windows, the `Conv` of ONNX, PyTorch and TFLite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from windrow.operators.convolve import convolve
from windrow.operators.operator import BIAS, WEIGHTS, Array, Operator, OutputLike, Parameters
from windrow.values.numerics import (
    MAX_BITS,
    MOST_BITS,
    Int,
    IntType,
    UInt,
    as_array,
    as_flag,
    as_int,
    int_type,
    smallest,
)
from windrow.window.window import PaddingLike, Pair

__all__ = ["Conv2d"]

_MULTIPLY = 4
"""Cycles from a step to its products: operands, and the multiplier's three."""


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Conv2d(Operator):
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
        Pixels around the image, zeros by default. "valid" is 0. "same" is ONNX SAME_UPPER: `Ho = ceil(H/sh)`,
        `total = max((Ho - 1)*sh + keh - H, 0)`, the odd pixel at the end. Normalised to
        `((top, bottom), (left, right))`.
    padding_mode : "constant", "edge", "reflect" or "symmetric"
        What lies in the padding, under the names of `numpy.pad`.
    padding_value : int
        What lies there under "constant": of the input's type, the zero point of a quantised layer.
    groups : int
        Groups of channels that do not see each other; `groups == in_channels` is depthwise.
    bias : bool
        Whether every filter has a constant added.
    input_type, weight_type : UInt or Int
        1 to 16 bits.
    bias_type : UInt or Int, optional
        By default a signed type as wide as `sum_type`. `None` if and only if there is no bias.
    output : an output map or a tuple of them, optional
        What every sum goes through: `Requantize`, `Lookup`, `Clamp`.

    Raises
    ------
    TypeError
        if an argument is of the wrong kind (booleans are not integers, NumPy integers are)
    ValueError
        if an argument is out of range, `groups` does not divide the channels, the kernel is larger than
        the padded image, the padding is wider than what the image has to mirror, `padding_value` is given for
        another mode, or `bias_type` is given without a bias
    """

    kind: ClassVar[str] = "conv2d"
    reduction: ClassVar[str] = "multiply-accumulate"
    operands: ClassVar[str] = "multipliers"
    channelwise: ClassVar[bool] = False

    bias: bool
    weight_type: IntType
    bias_type: IntType | None

    # Written by hand because callers may say less than the fields hold: `stride=2` becomes (2, 2), and
    # a type checker should accept the first and know the second.
    def __init__(self, *, height: int, width: int, in_channels: int = 1, out_channels: int = 1,
                 kernel_size: int | Pair, stride: int | Pair = 1, padding: PaddingLike = 0,
                 dilation: int | Pair = 1, padding_mode: str = "constant", padding_value: int = 0,
                 groups: int = 1, bias: bool = False,
                 input_type: IntType = UInt(8), weight_type: IntType = Int(8),  # noqa: B008 (immutable)
                 bias_type: IntType | None = None, output: OutputLike = None) -> None:  # fmt: skip
        self._set(
            in_channels=as_int(in_channels, "in_channels", 1),
            out_channels=as_int(out_channels, "out_channels", 1),
            groups=as_int(groups, "groups", 1),
            bias=as_flag(bias, "bias"),
            input_type=int_type(input_type, "input_type", MOST_BITS),
            weight_type=int_type(weight_type, "weight_type", MOST_BITS),
        )
        self._set_window(height, width, kernel_size, stride, padding, dilation, padding_mode, padding_value)
        self._finish(bias_type, output)

    def _finish(self, bias_type: object, output: OutputLike) -> None:
        """What follows the window: sizes, the type of the bias, output maps. Raises as the class does."""
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                raise ValueError(f"groups must divide {name} = {getattr(self, name)}, not be {self.groups}")
        self._check_sizes()
        if bias_type is not None and not self.bias:
            raise ValueError(f"bias_type must be None while bias is False, not {bias_type!r}")
        default = self._default_bias_type()
        self._set(bias_type=default if bias_type is None else int_type(bias_type, "bias_type", MAX_BITS))
        lo, hi = self.accumulator_range
        if lo < Int(64).min or hi > Int(64).max:
            raise ValueError(f"bias_type must leave the sum within int64, not {lo}..{hi} as {bias_type!r}")
        self._set_output(output)

    def _default_bias_type(self) -> IntType | None:
        return Int(self.sum_type.bits) if self.bias else None

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Shape of the weights: (O, kh, kw, I/groups)."""
        return (self.out_channels, *self.kernel_size, self.in_channels // self.groups)

    @property
    def bias_shape(self) -> tuple[int]:
        """Shape of the bias: (O,)."""
        return (self.out_channels,)

    # Ranges and types ---------------------------------------------------------------------------

    @property
    def product_range(self) -> Pair:
        """Smallest and largest product of an input and a weight."""
        corners = [a * b for a in (self.input_type.min, self.input_type.max)
                   for b in (self.weight_type.min, self.weight_type.max)]  # fmt: skip
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

    @property
    def result_type(self) -> IntType:
        """`accumulator_type`."""
        return self.accumulator_type

    @property
    def identity(self) -> int:
        """0: a product that adds nothing."""
        return 0

    def depth(self, operands: int, shared: bool = False) -> int:
        """The multipliers, and one cycle for each level of the adder tree."""
        return _MULTIPLY + (operands - 1).bit_length()

    def reach(self, parameters: Parameters | None) -> tuple[Array, Array]:
        """(O,) least and largest sum of every filter with these weights, or any, over all inputs.

        Exact where `fill` is a value of the input; a tap in the padding is one more value else.
        """
        if parameters is None:
            return super().reach(None)
        weights, bias = parameters
        assert weights is not None
        low, high = min(self.input_type.min, self.fill), max(self.input_type.max, self.fill)
        taps = weights.reshape(self.out_channels, -1)
        ups, downs = np.maximum(taps, 0).sum(axis=1), np.minimum(taps, 0).sum(axis=1)
        offset = np.zeros(self.out_channels, np.int64) if bias is None else bias
        return low * ups + high * downs + offset, high * ups + low * downs + offset

    # Data ---------------------------------------------------------------------------------------

    def check_weights(self, weights: npt.ArrayLike | None) -> Array:
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

    def check_parameters(self, weights: npt.ArrayLike | None, bias: npt.ArrayLike | None) -> Parameters:
        """`check_weights` and `check_bias`."""
        return self.check_weights(weights), self.check_bias(bias)

    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, O) sums of products. Formula: `windrow.operators.convolve`."""
        weights, bias = parameters
        assert weights is not None
        return convolve(frames, weights, bias, window=self.window, groups=self.groups, fill=self.fill)

    def random_weights(self, seed: int) -> Array:
        """Reproducible weights over the full range of `weight_type`: (O, kh, kw, I/groups)."""
        return self.weight_type.random(self.weight_shape, seed, WEIGHTS)

    def random_bias(self, seed: int) -> Array | None:
        """Reproducible bias over the full range of `bias_type`: (O,); `None` for a layer without bias."""
        return None if self.bias_type is None else self.bias_type.random(self.bias_shape, seed, BIAS)

    # Other forms --------------------------------------------------------------------------------

    def _words(self) -> dict[str, Any]:
        words = super()._words()
        if self.bias_type == self._default_bias_type():
            words["bias_type"] = None
        return words

    def _more_words(self) -> list[str]:
        bias = [f"bias {self.bias_type}"] if self.bias else []
        return [*bias, f"{self.input_type} x {self.weight_type}"]
