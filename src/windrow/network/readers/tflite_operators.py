"""Each operator of TFLite as an operator of a network: its scales as the reference kernels compute them.

Scales are float32 in the file.  Where the kernels multiply and divide them as double, so it is done here, and
where they do it as float, too: the last bit of a multiplier depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import (
    Add,
    AveragePool,
    Concat,
    Layer,
    MaxPool,
    Multiply,
    Operator,
    Pad,
    Rescale,
    Reshape,
)
from windrow.network.readers.tflite_file import File, RawOperator, RawTensor
from windrow.network.softmax import Softmax
from windrow.operators.conv2d import Conv2d, Padding, Pair
from windrow.outputs.requantise import Requantize
from windrow.outputs.roundings import rule
from windrow.values.numerics import Int

__all__ = ["OPERATORS", "Place"]

_ACTIVATIONS: dict[int, tuple[float | None, float | None]] = {
    0: (None, None), 1: (0.0, None), 2: (-1.0, 1.0), 3: (0.0, 6.0)}
"""Ends of a fused activation by its number: none, ReLU, ReLU of -1 to 1, ReLU6."""

_ADD_LEFT = 20  # bits by which the inputs of an addition are moved before they are scaled


@dataclass(frozen=True, eq=False)
class Place:
    """An operator and its tensors; `shape` gives that of one frame."""

    file: File
    operator: RawOperator
    shape: Callable[[int], tuple[int, ...]]

    @property
    def streams(self) -> tuple[int, ...]:
        """The inputs that are no constants."""
        return tuple(number for number in self.operator.inputs
                     if number >= 0 and self.file.tensors[number].values is None)

    def input(self, at: int) -> RawTensor:
        """An input; ValueError if there is none."""
        inputs = self.operator.inputs
        if at >= len(inputs) or inputs[at] < 0:
            raise ValueError(f"must have an input {at}")
        return self.file.tensors[inputs[at]]

    def constant(self, at: int, *kinds: str) -> npt.NDArray[Any]:
        """The values of an input that must be constant, of one of some types."""
        raw = self.input(at)
        if raw.values is None or raw.kind not in kinds:
            legal = " or ".join(kind.lower() for kind in kinds)
            raise ValueError(f"input {at} must be a constant of {legal}, "
                             f"not {'a feature map' if raw.values is None else raw.kind.lower()}")
        return raw.values

    @property
    def frame(self) -> tuple[int, ...]:
        """The shape of one frame of the first input."""
        return self.shape(self.operator.inputs[0])

    @property
    def output(self) -> RawTensor:
        return self.file.tensors[self.operator.outputs[0]]

    def option(self, name: str, default: int = 0) -> int:
        return int(self.operator.options.get(name, default))

    def quantised(self, scale: float | list[float], rounding: str,
                  activation: int | None = None) -> Requantize:
        """The output map to the output tensor, with the fused activation."""
        low, high = self.ends(self.option("FusedActivationFunction") if activation is None else activation)
        return Requantize(scale, self.output.zero_points[0], Int(8), rounding, low, high)

    def ends(self, activation: int) -> Pair:
        """Where an activation leaves the output's integers."""
        if activation not in _ACTIVATIONS:
            raise ValueError(f"has activation {activation}: legal are none, ReLU, ReLU of -1 to 1 and ReLU6")
        scale, zero = np.float32(self.output.scales[0]), self.output.zero_points[0]
        low, high = (limit if end is None else zero + math.floor(float(np.float32(end) / scale) + 0.5)
                     for end, limit in zip(_ACTIVATIONS[activation], (-128, 127), strict=True))
        low, high = max(low, -128), min(high, 127)
        if low >= high:
            raise ValueError(f"has an activation that leaves {low}..{high}: nothing of it is left")
        return low, high

    def same_scale(self, what: str) -> None:
        """The kernels demand one scale on both sides here."""
        for number in self.streams:
            raw = self.file.tensors[number]
            if (raw.scales, raw.zero_points) != (self.output.scales, self.output.zero_points):
                raise ValueError(f"must have one scale and zero point before and after the {what}")

    def padding(self, size: Pair, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Padding:
        """Pixels around the image: of SAME, the odd one at the end."""
        if self.option("Padding") not in (0, 1):
            raise ValueError(f"has padding {self.option('Padding')}: legal are SAME (0) and VALID (1)")
        sides = []
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
            total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0) if self.option("Padding") == 0 else 0
            sides.append((total // 2, total - total // 2))
        return sides[0], sides[1]

    def strides(self) -> Pair:
        stride = (self.option("StrideH"), self.option("StrideW"))
        if min(stride) < 1:
            raise ValueError(f"must have a stride of at least 1, not {stride}")
        return stride


def _image(place: Place) -> tuple[int, int, int]:
    if len(place.frame) != 3:
        raise ValueError(f"must get (1, H, W, C), not shape (1, {', '.join(map(str, place.frame))})")
    height, width, channels = place.frame
    return height, width, channels


def _weight_scales(place: Place, filters: int) -> list[float]:
    """The scale of the weights, or one for each filter."""
    raw = place.input(1)
    if any(raw.zero_points):
        raise ValueError("must have weights with zero point 0")
    if len(raw.scales) not in (1, filters):
        raise ValueError(f"must have one scale of weights, or one for each of {filters} filters, "
                         f"not {len(raw.scales)}")
    for scale in raw.scales:
        if not (math.isfinite(scale) and scale > 0):
            raise ValueError(f"must have positive, finite scales of weights, not {scale!r}")
    return list(raw.scales)


def _bias(place: Place, filters: int) -> npt.NDArray[np.int32] | None:
    if len(place.operator.inputs) < 3 or place.operator.inputs[2] < 0:
        return None
    bias = place.constant(2, "INT32")
    if bias.shape != (filters,):
        raise ValueError(f"must have {filters} biases, not shape {bias.shape}")
    return bias


def _convolution(place: Place) -> Operator:
    height, width, channels = _image(place)
    weights = place.constant(1, "INT8")
    depthwise = place.operator.kind == "DEPTHWISE_CONV_2D"
    if weights.ndim != 4 or (depthwise and weights.shape[0] != 1):
        raise ValueError(f"must have weights (O, kh, kw, C), or (1, kh, kw, O) if depthwise, "
                         f"not {weights.shape}")
    if depthwise:
        weights = weights.transpose(3, 1, 2, 0)
    filters, kh, kw, depth = weights.shape
    if not filters or not depth or channels % depth or (depthwise and filters % channels):
        raise ValueError(f"must have weights for {channels} channels, not of shape {weights.shape}")
    stride = place.strides()
    dilation = (place.option("DilationHFactor", 1), place.option("DilationWFactor", 1))
    if min(dilation) < 1:
        raise ValueError(f"must have a dilation of at least 1, not {dilation}")
    bias = _bias(place, filters)
    layer = Conv2d(
        height=height, width=width, in_channels=channels, out_channels=filters, kernel_size=(kh, kw),
        stride=stride, dilation=dilation, padding=place.padding((height, width), (kh, kw), stride, dilation),
        groups=channels // depth, input_type=Int(9), weight_type=Int(8), bias=bias is not None,
        bias_type=None if bias is None else Int(32))
    before, after = place.input(0).scales[0], place.output.scales[0]
    scales = [before * scale / after for scale in _weight_scales(place, filters)]
    return Layer(layer, weights, bias, place.input(0).zero_points[0],
                 place.quantised(scales if len(scales) > 1 else scales[0], "double"))


def _fully_connected(place: Place) -> Operator:
    weights = place.constant(1, "INT8")
    if place.option("WeightsFormat"):
        raise ValueError("must have weights in their plain order, not shuffled")
    if weights.ndim != 2 or math.prod(place.frame) != weights.shape[1]:
        raise ValueError(f"must have weights (O, {math.prod(place.frame)}), not {weights.shape}")
    filters, features = weights.shape
    bias = _bias(place, filters)
    layer = Conv2d(
        height=1, width=1, in_channels=features, out_channels=filters, kernel_size=1, input_type=Int(9),
        weight_type=Int(8), bias=bias is not None, bias_type=None if bias is None else Int(32))
    before, after = place.input(0).scales[0], place.output.scales[0]
    scales = _weight_scales(place, filters)
    if len(scales) == 1:  # of these two, the product is a float
        quantised = place.quantised(float(np.float32(before) * np.float32(scales[0])) / after, "single")
    else:
        quantised = place.quantised([before * scale / after for scale in scales], "single")
    return Layer(layer, weights.reshape(filters, 1, 1, features), bias, place.input(0).zero_points[0],
                 quantised, flat=True)


def _pool(place: Place) -> Operator:
    height, width, _ = _image(place)
    place.same_scale("pool")
    kernel, stride = (place.option("FilterHeight"), place.option("FilterWidth")), place.strides()
    padding = place.padding((height, width), kernel, stride)
    padded = (height + sum(padding[0]), width + sum(padding[1]))
    if not all(1 <= k <= n for k, n in zip(kernel, padded, strict=True)):
        raise ValueError(f"must have a window that fits {height}x{width}, not {kernel[0]}x{kernel[1]}")
    kind = AveragePool if place.operator.kind == "AVERAGE_POOL_2D" else MaxPool
    return kind(kernel, stride, padding, *place.ends(place.option("FusedActivationFunction")))


def _add(place: Place) -> Operator:
    if len(place.streams) != 2:
        raise ValueError("must add two feature maps, not a constant")
    first, second = (place.input(at) for at in (0, 1))
    scales = first.scales[0], second.scales[0]
    twice = 2 * max(scales)
    after = place.output.scales[0]
    low, high = place.ends(place.option("FusedActivationFunction"))
    return Add((first.zero_points[0], second.zero_points[0]),
               (rule(scales[0] / twice, "double"), rule(scales[1] / twice, "double")), _ADD_LEFT,
               rule(twice / ((1 << _ADD_LEFT) * after), "double"), place.output.zero_points[0], low, high)


def _multiply(place: Place) -> Operator:
    if len(place.streams) != 1 or len(place.operator.inputs) != 2:
        raise ValueError("must multiply a feature map by a constant, not by another feature map")
    stream = place.operator.inputs.index(place.streams[0])
    raw, source = place.input(1 - stream), place.input(stream)
    factor = place.constant(1 - stream, "INT8")
    if len(raw.scales) != 1 or len(raw.zero_points) != 1:
        raise ValueError("must have one scale and one zero point of its constant")
    batched = factor.ndim > len(place.shape(place.streams[0])) and factor.shape[0] == 1
    frame = factor.reshape(factor.shape[1:]) if batched else factor
    product = np.float32(source.scales[0]) * np.float32(raw.scales[0])
    scale = float(product / np.float32(place.output.scales[0]))
    return Multiply(source.zero_points[0], frame.astype(np.int64) - raw.zero_points[0],
                    place.quantised(scale, "double"))


def _concat(place: Place) -> Operator:
    if len(place.streams) != len(place.operator.inputs):
        raise ValueError("must join feature maps, not constants")
    place.same_scale("concatenation")
    if place.option("FusedActivationFunction"):
        raise ValueError("must have no activation of its own")
    axis, rank = place.option("Axis"), len(place.frame) + 1
    if not -rank <= axis < rank or axis % rank == 0:
        raise ValueError(f"must join along an axis of the frame, not {axis}")
    return Concat(axis % rank - 1)


def _pad(place: Place) -> Operator:
    place.same_scale("padding")
    sides = place.constant(1, "INT32", "INT64")
    value = place.output.zero_points[0]
    if place.operator.kind == "PADV2":
        given = place.constant(2, "INT8")
        if given.size != 1:
            raise ValueError(f"must have one value to pad with, not {given.size}")
        value = int(given.flat[0])
    if sides.shape != (len(place.frame) + 1, 2) or sides.min() < 0 or sides.max() > 1 << 16 or sides[0].any():
        raise ValueError(f"must pad each axis but the batch by 0 or more on both sides, not {sides.tolist()}")
    return Pad(tuple((int(before), int(after)) for before, after in sides[1:]), value)


def _relu(place: Place) -> Operator:
    activation = {"RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}[place.operator.kind]
    scale = float(np.float32(place.input(0).scales[0]) / np.float32(place.output.scales[0]))
    return Rescale(place.input(0).zero_points[0], place.quantised(scale, "double", activation),
                   place.operator.kind)


def _quantise(place: Place) -> Operator:
    scale = place.input(0).scales[0] / place.output.scales[0]
    return Rescale(place.input(0).zero_points[0], place.quantised(scale, "double", 0))


def _reshape(place: Place) -> Operator:
    place.same_scale("reshape")
    return Reshape(place.shape(place.operator.outputs[0]))


def _softmax(place: Place) -> Operator:
    if (place.output.scales[0], place.output.zero_points[0]) != (1 / 256, -128):
        raise ValueError(f"must have scale 1/256 and zero point -128 after it, "
                         f"not {place.output.scales[0]!r} and {place.output.zero_points[0]}")
    beta = float(place.operator.options.get("Beta", 0.0))
    scale = min(beta * place.input(0).scales[0] * (1 << 26), (1 << 31) - 1.0)
    if not scale >= 1:
        raise ValueError(f"must have a scale of at least 2**-26, not {scale / (1 << 26)!r}")
    chosen = rule(scale, "single") if scale < 1 << 30 else None
    if chosen is None:
        raise ValueError(f"must have a scale below 16, not {scale / (1 << 26)!r}")
    return Softmax(chosen.multiplier, 31 - chosen.shift)


OPERATORS: dict[str, Callable[[Place], Operator]] = {
    "ADD": _add,
    "AVERAGE_POOL_2D": _pool,
    "CONCATENATION": _concat,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _fully_connected,
    "MAX_POOL_2D": _pool,
    "MUL": _multiply,
    "PAD": _pad,
    "PADV2": _pad,
    "QUANTIZE": _quantise,
    "RELU": _relu,
    "RELU6": _relu,
    "RELU_N1_TO_1": _relu,
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
    "SQUEEZE": _reshape,
}
"""What makes an operator of each kind: the one table from a model's operators to Windrow's."""
