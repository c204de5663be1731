"""TFLite's convolutions and fully connected layers: their weights, and the scale of each filter."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import Layer, Operator
from windrow.network.readers.tflite_place import Place, image
from windrow.network.upsampling import TransposedConvolution
from windrow.operators.conv2d import Conv2d
from windrow.values.numerics import Int

__all__ = ["convolution", "fully_connected", "transposed"]


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


def _bias(place: Place, filters: int, at: int = 2) -> npt.NDArray[np.int32] | None:
    if len(place.operator.inputs) <= at or place.operator.inputs[at] < 0:
        return None
    bias = place.constant(at, "INT32")
    if bias.shape != (filters,):
        raise ValueError(f"must have {filters} biases, not shape {bias.shape}")
    return bias


def convolution(place: Place) -> Operator:
    """A convolution, depthwise or not."""
    height, width, channels = image(place)
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


def fully_connected(place: Place) -> Operator:
    """A fully connected layer."""
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


def transposed(place: Place) -> Operator:
    """A transposed convolution."""
    if len(place.operator.inputs) < 3 or place.streams != (place.operator.inputs[2],):
        raise ValueError("must get a constant shape, constant weights and a feature map, in this order")
    weights = place.constant(1, "INT8")
    shape, frame = place.constant(0, "INT32"), place.shape(place.operator.inputs[2])
    if weights.ndim != 4 or len(frame) != 3 or weights.shape[3] != frame[2] or not weights.size:
        raise ValueError(f"must have weights (O, kh, kw, C) for {frame}, not {weights.shape}")
    filters, kernel, stride = weights.shape[0], weights.shape[1:3], place.strides()
    sized = shape.shape == (4,) and (shape[0], shape[3]) == (1, filters)
    if not sized or not all(1 <= extent <= 1 << 12 for extent in shape):
        raise ValueError(f"must have an output shape (1, H, W, {filters}) of at most 4096 a side, "
                         f"not {shape.tolist()}")
    size = (int(shape[1]), int(shape[2]))
    before = tuple(max((n - 1) * s + k - new, 0) // 2 if place.option("Padding") == 0 else 0
                   for n, s, k, new in zip(frame[:2], stride, kernel, size, strict=True))
    scale_in, scale_out = place.input(2).scales[0], place.output.scales[0]
    scales = [scale_in * scale / scale_out for scale in _weight_scales(place, filters)]
    return TransposedConvolution(
        size, (int(kernel[0]), int(kernel[1])), stride, (before[0], before[1]), weights,
        _bias(place, filters, 3), place.input(2).zero_points[0],
        place.quantised(scales if len(scales) > 1 else scales[0], "double"), (frame[0], frame[1]))
