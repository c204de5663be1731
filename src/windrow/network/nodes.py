"""Operators of networks as integers: what each makes of its inputs, exactly.

All take and give int64, frames in front: (N, H, W, C) or (N, features).  A `Layer` is any operator of Windrow
with its weights; the others are what quantised networks have between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from windrow.operators import operator as window
from windrow.outputs.requantise import Requantize
from windrow.outputs.roundings import Rule
from windrow.reductions.average import rounded_quotient
from windrow.window.window import Padding, Pair

__all__ = ["Add", "AveragePool", "Concat", "Layer", "MaxPool", "Mean", "Multiply", "Operator", "Pad",
           "Plain", "Pool", "Rescale", "Reshape", "same_shapes"]

Array = npt.NDArray[np.int64]
Shape = tuple[int, ...]


class Operator(Protocol):
    """What becomes of tensors, whatever computes them."""

    @property
    def title(self) -> str:
        """What it is called in a table."""
        ...

    @property
    def kernel_size(self) -> Pair | None: ...

    @property
    def stride(self) -> Pair | None: ...

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame."""
        ...

    @property
    def weight_count(self) -> int: ...

    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape of one frame after it; ValueError for shapes that it does not take."""
        ...

    def golden(self, *inputs: Array) -> Array:
        """What comes out, (N, *output)."""
        ...


class Plain:
    """No window, no weights."""

    kernel_size: Pair | None = None
    stride: Pair | None = None
    macs = 0
    weight_count = 0


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution, a pool or a rank with its constants: `output(layer(x - zero_point))`.

    `zero_point` is what stands for 0 in the input, in the padding, too; a fully connected layer (`flat`) is a
    convolution of one pixel that has all features as channels.  Weights (O, kh, kw, I/groups) and bias (O,)
    stay of the types that they came in; they are None where the operator has none.
    """

    layer: window.Operator
    weights: npt.NDArray[np.integer] | None = field(default=None, repr=False)
    bias: npt.NDArray[np.integer] | None = field(default=None, repr=False)
    zero_point: int = 0
    output: Requantize | None = None
    flat: bool = False

    @property
    def title(self) -> str:
        if self.flat:
            return "fully connected"
        if self.layer.weight_shape is None:
            return self.layer.kind.removesuffix("2d").replace("-", " ")
        return "depthwise" if 1 < self.layer.groups == self.layer.in_channels else "convolution"

    @property
    def kernel_size(self) -> Pair | None:
        return None if self.flat else self.layer.kernel_size

    @property
    def stride(self) -> Pair | None:
        return None if self.flat else self.layer.stride

    @property
    def macs(self) -> int:
        return 0 if self.layer.weight_shape is None else self.layer.macs

    @property
    def weight_count(self) -> int:
        return 0 if self.layer.weight_shape is None else math.prod(self.layer.weight_shape)

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if self.flat:
            if math.prod(shape) != self.layer.in_channels:
                raise ValueError(f"a fully connected layer of {self.layer.in_channels} features must not get "
                                 f"shape {shape}")
            return (self.layer.out_channels,)
        if shape != self.layer.input_shape:
            raise ValueError(f"a {self.title} of shape {self.layer.input_shape} must not get shape {shape}")
        return self.layer.output_shape

    def golden(self, *inputs: Array) -> Array:
        (x,) = inputs
        frames = x.reshape(len(x), *self.layer.input_shape) - self.zero_point
        sums = self.layer.golden(frames, self.weights, self.bias)
        y = sums if self.output is None else self.output.golden(sums)
        return y.reshape(len(x), -1) if self.flat else y


@dataclass(frozen=True)
class Pool:
    """A window over each channel; padding never counts."""

    kernel_size: Pair
    stride: Pair
    padding: Padding
    minimum: int
    maximum: int

    macs = 0
    weight_count = 0

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != 3:
            raise ValueError(f"a pool must get (H, W, C), not shape {shape}")
        rows, columns = ((size + sum(sides) - k) // s + 1 for size, sides, k, s in
                         zip(shape[:2], self.padding, self.kernel_size, self.stride, strict=True))
        return (rows, columns, shape[2])

    def _taps(self, x: Array, outside: int) -> list[Array]:
        """One array of outputs' shape for each position of the window; `outside` is in the padding."""
        rows, columns, _ = self.output_shape(x.shape[1:])
        (sh, sw), (kh, kw) = self.stride, self.kernel_size
        padded = np.pad(x, ((0, 0), *self.padding, (0, 0)), constant_values=outside)
        return [padded[:, r : r + (rows - 1) * sh + 1 : sh, c : c + (columns - 1) * sw + 1 : sw]
                for r in range(kh) for c in range(kw)]


class AveragePool(Pool):
    """The average of the real taps, rounded half away from zero."""

    title = "average pool"

    def golden(self, *inputs: Array) -> Array:
        (x,) = inputs
        ones = np.ones((1, *x.shape[1:3], 1), np.int64)
        total, count = (sum(taps[1:], taps[0]) for taps in (self._taps(x, 0), self._taps(ones, 0)))
        return np.clip(rounded_quotient(total, count), self.minimum, self.maximum)


class MaxPool(Pool):
    """The largest of the real taps."""

    title = "max pool"

    def golden(self, *inputs: Array) -> Array:
        (x,) = inputs
        return np.clip(np.maximum.reduce(self._taps(x, np.iinfo(np.int64).min)), self.minimum, self.maximum)


@dataclass(frozen=True)
class Add(Plain):
    """`output(sum of round((x - zero_point) << left))`, each input with a rule of its own."""

    zero_points: Pair
    rules: tuple[Rule, Rule]
    left: int
    output: Requantize

    title = "add"

    def output_shape(self, *inputs: Shape) -> Shape:
        return same_shapes(self.title, inputs)

    def scaled(self, at: int, x: Array) -> Array:
        """What is added of input `at`."""
        return self.rules[at].values((x - self.zero_points[at]) << self.left)

    def golden(self, *inputs: Array) -> Array:
        return self.output.golden(self.scaled(0, inputs[0]) + self.scaled(1, inputs[1]))


@dataclass(frozen=True)
class Concat(Plain):
    """Tensors behind each other along an axis of the frame."""

    axis: int

    title = "concat"

    def output_shape(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        if not -len(first) <= self.axis < len(first):
            raise ValueError(f"a concat along axis {self.axis} must not get shape {first}")
        axis = self.axis % len(first)
        for shape in inputs:
            if len(shape) != len(first) or any(a != b for at, (a, b) in
                                               enumerate(zip(shape, first, strict=True)) if at != axis):
                raise ValueError(f"a concat along axis {axis} must get like shapes, not {first} and {shape}")
        return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :])

    def golden(self, *inputs: Array) -> Array:
        return np.concatenate(inputs, axis=self.axis % (inputs[0].ndim - 1) + 1)


@dataclass(frozen=True)
class Mean(Plain):
    """`output` of the sum of `x - zero_point` over the image, which divides by the number of pixels, too."""

    zero_point: int
    output: Requantize
    keeps: bool  # whether the axes of the image stay, with size 1

    title = "mean"

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != 3:
            raise ValueError(f"a mean over the image must get (H, W, C), not shape {shape}")
        return (1, 1, shape[2]) if self.keeps else (shape[2],)

    def golden(self, *inputs: Array) -> Array:
        return self.output.golden((inputs[0] - self.zero_point).sum(axis=(1, 2), keepdims=self.keeps))


@dataclass(frozen=True, eq=False)
class Multiply(Plain):
    """`output((x - zero_point) * factor)` with a constant `factor` that is spread over the frame."""

    zero_point: int
    factor: Array = field(repr=False)
    output: Requantize

    title = "multiply"

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = np.broadcast_shapes(inputs[0], self.factor.shape)
        if shape != inputs[0]:
            raise ValueError(f"a multiply by {self.factor.shape} must not get shape {inputs[0]}")
        return shape

    def golden(self, *inputs: Array) -> Array:
        return self.output.golden((inputs[0] - self.zero_point) * self.factor)


@dataclass(frozen=True)
class Pad(Plain):
    """`value` around the frame."""

    sides: tuple[Pair, ...]
    value: int

    title = "pad"

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != len(self.sides):
            raise ValueError(f"a pad of {len(self.sides)} axes must not get shape {shape}")
        return tuple(size + before + after for size, (before, after) in zip(shape, self.sides, strict=True))

    def golden(self, *inputs: Array) -> Array:
        return np.pad(inputs[0], ((0, 0), *self.sides), constant_values=self.value)


@dataclass(frozen=True)
class Rescale(Plain):
    """`output(x - zero_point)`: the same numbers with another scale, or ReLU on its own."""

    zero_point: int
    output: Requantize
    title: str = "rescale"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def golden(self, *inputs: Array) -> Array:
        return self.output.golden(inputs[0] - self.zero_point)


@dataclass(frozen=True)
class Reshape(Plain):
    """The same numbers in another shape."""

    shape: Shape

    title = "reshape"

    def output_shape(self, *inputs: Shape) -> Shape:
        if math.prod(inputs[0]) != math.prod(self.shape):
            raise ValueError(f"a reshape to {self.shape} must not get shape {inputs[0]}")
        return self.shape

    def golden(self, *inputs: Array) -> Array:
        return inputs[0].reshape(len(inputs[0]), *self.shape)


def same_shapes(title: str, shapes: tuple[Shape, ...]) -> Shape:
    """The one shape of two inputs; ValueError if they differ."""
    if shapes[0] != shapes[1]:
        raise ValueError(f"an {title} must get two of one shape, not {shapes[0]} and {shapes[1]}")
    return shapes[0]
