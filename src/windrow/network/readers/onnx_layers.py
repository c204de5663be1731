"""ONNX's convolutions and matrix products: their windows, weights and biases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.graph import Tensor
from windrow.network.nodes import Layer, Operator
from windrow.network.readers.onnx_file import RawNode
from windrow.network.readers.onnx_reader import Fixed, Pending, Reader, Stream
from windrow.operators.conv2d import Conv2d
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import Int, smallest
from windrow.window.window import Padding, Pair, same_padding

__all__ = ["convolution", "dense", "window"]

_SAME_SCALE = 1e-5  # how far the scale of a bias may be from that of the sums, relatively


def window(node: RawNode, size: tuple[int, ...], kernel: tuple[int, ...],
           ceil: bool = False) -> tuple[Pair, Pair, Padding]:
    """Stride, dilation and padding of a node's window; with `ceil`, of windows that may begin as the last."""
    stride, dilation = (node.wholes(name, (1, 1)) for name in ("strides", "dilations"))
    for name, pair in (("kernel_shape", kernel), ("strides", stride), ("dilations", dilation)):
        if len(pair) != 2 or min(pair) < 1:
            raise ValueError(f"{name} must be two numbers of at least 1, not {pair}: "
                             "only images have hardware")
    pads = node.wholes("pads", (0, 0, 0, 0))
    if len(pads) != 4 or min(pads) < 0:
        raise ValueError(f"pads must be four numbers of at least 0, not {pads}")
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, not {auto!r}")
    sides = []
    for at, (n, k, s, d) in enumerate(zip(size, kernel, stride, dilation, strict=True)):
        span = (k - 1) * d + 1
        if auto.startswith("SAME"):
            small, large = same_padding(n, s, span)
            first, last = (small, large) if auto == "SAME_UPPER" else (large, small)
        else:
            first, last = (pads[at], pads[at + 2]) if auto == "NOTSET" else (0, 0)
        if ceil:
            outputs = -(-(n + first + last - span) // s) + 1
            outputs -= (outputs - 1) * s >= n + first  # a window of nothing but padding is none
            last = max(last, (outputs - 1) * s + span - n - first)
        if span > n + first + last:
            raise ValueError(f"must have a window that fits {size} with padding, not one of {span}")
        sides.append((first, last))
    return (stride[0], stride[1]), (dilation[0], dilation[1]), (sides[0], sides[1])


def convolution(reader: Reader, node: RawNode) -> Pending:
    """Conv between pairs."""
    bias = None
    if len(node.inputs) > 2 and node.inputs[2]:
        bias = reader.values.get(node.inputs[2], reader.file.constants.get(node.inputs[2]))
        if not isinstance(bias, (Fixed, np.ndarray)):
            raise ValueError("the bias must be a constant")
    return _convolved(node, reader.stream(node, 0), reader.fixed(node, 1, "the weights"), bias)


def dense(reader: Reader, node: RawNode) -> Pending:
    """Gemm and MatMul with constant weights."""
    stream, weights = reader.stream(node, 0), reader.fixed(node, 1, "the weights")
    attributes = node.attributes
    for name, wanted in (("alpha", 1.0), ("beta", 1.0), ("transA", 0)):
        if attributes.get(name, wanted) != wanted:
            raise ValueError(f"must have {name} = {wanted}, not {attributes[name]}")
    turned = bool(node.whole("transB", 0))
    values = weights.values if turned else weights.values.T
    if values.ndim != 2 or stream.tensor.shape != values.shape[1:]:
        raise ValueError(f"must get (N, {values.shape[-1]}), not (N, {stream.tensor.shape})")
    if len(weights.scales) > 1 and weights.axis != (0 if turned else 1):
        raise ValueError("must have its weights' scales along the outputs")
    filters, features = values.shape
    whole = Fixed(values.reshape(filters, features, 1, 1), weights.scales, weights.zero_points, 0)
    bias = None
    if len(node.inputs) > 2 and node.inputs[2]:
        bias = reader.values.get(node.inputs[2], reader.file.constants.get(node.inputs[2]))
        if not isinstance(bias, (Fixed, np.ndarray)):
            raise ValueError("the bias must be a constant")
    plain = RawNode(node.number, node.kind, node.name, node.inputs, node.outputs, {})
    return _convolved(plain, stream, whole, bias, flat=True)


def _convolved(node: RawNode, stream: Stream, weights: Fixed, bias: Fixed | npt.NDArray[Any] | None,
               flat: bool = False) -> Pending:
    """The sums of a convolution, with a bias or for one to come."""
    values = weights.values
    if values.ndim != 4 or not values.size or values.dtype.itemsize > 2:
        raise ValueError("must have int8 or uint8 weights (O, I, kh, kw), "
                         f"not {values.dtype} of {values.shape}")
    shape = (1, 1, *stream.tensor.shape) if flat else stream.tensor.shape
    if len(shape) != 3:
        raise ValueError(f"must get an image, not shape {shape}")
    height, width, channels = shape
    filters, depth, kh, kw = values.shape
    groups = node.whole("group", 1)
    if groups < 1 or depth * groups != channels or filters % groups:
        raise ValueError(f"must have weights for {channels} channels in {groups} groups, not {values.shape}")
    if len(weights.scales) not in (1, filters) or (len(weights.scales) > 1 and weights.axis != 0):
        raise ValueError(f"must have one scale of weights, or one for each of {filters} filters")
    given = node.wholes("kernel_shape", (kh, kw))
    if given != (kh, kw):
        raise ValueError(f"kernel_shape must be that of the weights, {(kh, kw)}, not {given}")
    zeros = np.array(weights.zero_points, np.int16).reshape(-1, 1, 1, 1)
    centred = (values.astype(np.int16) - zeros).transpose(0, 2, 3, 1)
    stride, dilation, padding = window(node, (height, width), (kh, kw))
    units = [stream.scale * scale for scale in weights.scales]
    constants = _bias(bias, units, filters)
    kind = smallest(min(int(centred.min()), -1), max(int(centred.max()), 0))
    layer = Conv2d(
        height=height, width=width, in_channels=channels, out_channels=filters, kernel_size=(kh, kw),
        stride=stride, dilation=dilation, padding=padding, groups=groups, input_type=Int(9),
        weight_type=Int(8) if kind.bits <= 8 else Int(9), bias=constants is not None,
        bias_type=None if constants is None else Int(32))

    def build(output: Tensor, low: int, high: int) -> Operator:
        assert output.scale is not None
        scales = [unit / output.scale for unit in units]
        quantise = Requantize(scales if len(scales) > 1 else scales[0], output.zero_point, output.type,
                              "half_even", low, high)
        return Layer(layer, centred, constants, stream.tensor.zero_point, quantise, flat)

    def more(added: Fixed | npt.NDArray[Any]) -> Pending:
        return _convolved(node, stream, weights, added, flat)

    def scaled(factor: npt.NDArray[Any], offset: npt.NDArray[Any]) -> Pending:
        signs = np.sign(factor).astype(np.int16).reshape(-1, 1, 1, 1)
        size = np.where(factor == 0, 1, np.abs(factor)) * np.array(weights.scales)
        own = Fixed((values.astype(np.int16) - zeros) * signs, tuple(size.tolist()), (0,), 0)
        before = 0 if constants is None else constants * np.array(units)
        return _convolved(node, stream, own, before * factor + offset, flat)

    return Pending(node, (stream,), (filters,) if flat else layer.output_shape, build,
                   more=more if bias is None else None, scaled=scaled)


def _bias(bias: Fixed | npt.NDArray[Any] | None, units: list[float], filters: int) -> npt.NDArray[Any] | None:
    """Biases in the units of the sums: as they are where they have these, else rounded to them."""
    if bias is None:
        return None
    values = bias.values if isinstance(bias, Fixed) else bias
    # Some write the biases of an image's channels as (O, 1, 1).
    if values.size != filters or max(values.shape, default=1) != filters:
        raise ValueError(f"must have {filters} biases, not shape {values.shape}")
    flat = values.ravel()
    if isinstance(bias, Fixed):
        if len(bias.scales) in (1, len(units)) and not any(bias.zero_points) and all(
                math.isclose(scale, unit, rel_tol=_SAME_SCALE) for scale, unit in
                zip(np.broadcast_to(bias.scales, (len(units),)), units, strict=True)):
            whole = flat.astype(np.int64)
        else:
            raise ValueError("must have the bias in the scale of input times weights, with zero point 0")
    else:
        if not np.isfinite(flat).all():
            raise ValueError("must have finite biases")
        whole = np.rint(flat.astype(np.float64) / np.array(units)).clip(-(1 << 40), 1 << 40).astype(np.int64)
    if whole.min() < Int(32).min or whole.max() > Int(32).max:
        raise ValueError("must have biases that fit int32 in the scale of input times weights")
    return whole.astype(np.int32)
