"""Each operator of TFLite as an operator of a network: its scales as the reference kernels compute them.

Scales are float32 in the file.  Where the kernels multiply and divide them as double, so it is done here, and
where they do it as float, too: the last bit of a multiplier depends on it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from windrow.network.nodes import (
    Add,
    AveragePool,
    Concat,
    MaxPool,
    Mean,
    Multiply,
    Operator,
    Pad,
    Rescale,
    Reshape,
)
from windrow.network.readers.tflite_layers import convolution, fully_connected, transposed
from windrow.network.readers.tflite_place import Place, image
from windrow.network.softmax import Softmax
from windrow.network.upsampling import Nearest
from windrow.outputs.requantise import Requantize
from windrow.outputs.roundings import rule

__all__ = ["OPERATORS"]

_ADD_LEFT = 20  # bits by which the inputs of an addition are moved before they are scaled


def _pool(place: Place) -> Operator:
    height, width, _ = image(place)
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
    return Add((first.zero_points[0], second.zero_points[0]),
               (rule(scales[0] / twice, "double"), rule(scales[1] / twice, "double")), _ADD_LEFT,
               place.quantised(twice / ((1 << _ADD_LEFT) * after), "double"))


def _mean(place: Place) -> Operator:
    height, width, _ = image(place)
    axes = sorted(int(axis) % 4 for axis in place.constant(1, "INT32").flat)
    if axes != [1, 2]:
        raise ValueError(f"must be over the image, axes 1 and 2, not {axes}")
    scale = place.input(0).scales[0] / place.output.scales[0]
    output = Requantize(scale, place.output.zero_points[0], rounding="double", divisor=height * width)
    return Mean(place.input(0).zero_points[0], output, bool(place.option("KeepDims")))


def _nearest(place: Place) -> Operator:
    place.same_scale("resize")
    height, width, _ = image(place)
    size = place.constant(1, "INT32")
    if size.shape != (2,) or size.min() < 1 or size.max() > 1 << 12:
        raise ValueError(f"must have a size of 1 to 4096 pixels a side, not {size.tolist()}")
    corners, centres = bool(place.option("AlignCorners")), bool(place.option("HalfPixelCenters"))
    rows, columns = (_neighbours(n, int(new), corners, centres)
                     for n, new in zip((height, width), size, strict=True))
    return Nearest(rows, columns)


def _neighbours(size: int, new: int, corners: bool, centres: bool) -> tuple[int, ...]:
    """Which old pixel each new one is, in the kernel's own arithmetic: that of floats."""
    ends = (size - 1, new - 1) if corners and new > 1 else (size, new)
    scale = np.float32(ends[0]) / np.float32(ends[1])
    at = (np.arange(new, dtype=np.float32) + np.float32(0.5 if centres else 0)) * scale
    places = np.floor(at + np.float32(0.5) if corners else at).astype(np.int64)
    return tuple(np.clip(places, 0, size - 1).tolist())


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
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": convolution,
    "FULLY_CONNECTED": fully_connected,
    "MAX_POOL_2D": _pool,
    "MEAN": _mean,
    "MUL": _multiply,
    "PAD": _pad,
    "PADV2": _pad,
    "QUANTIZE": _quantise,
    "RELU": _relu,
    "RELU6": _relu,
    "RELU_N1_TO_1": _relu,
    "RESHAPE": _reshape,
    "RESIZE_NEAREST_NEIGHBOR": _nearest,
    "SOFTMAX": _softmax,
    "SQUEEZE": _reshape,
    "TRANSPOSE_CONV": transposed,
}
"""What makes an operator of each kind: the one table from a model's operators to Windrow's."""
