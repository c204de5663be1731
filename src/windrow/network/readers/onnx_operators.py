"""Each operator of ONNX: what its outputs stand for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from windrow.network.exact import Average, Flatten, Sum
from windrow.network.graph import Tensor
from windrow.network.nodes import Concat, MaxPool, Mean, Operator, Rescale, Reshape
from windrow.network.readers.onnx_file import RawNode
from windrow.network.readers.onnx_layers import convolution, dense, window
from windrow.network.readers.onnx_qlinear import qlinear, qlinear_softmax
from windrow.network.readers.onnx_reader import Fixed, Host, Pending, Reader, Stream, with_ends
from windrow.outputs.requantise import Requantize

__all__ = ["OPERATORS"]


def _quantise(reader: Reader, node: RawNode) -> None:
    name, output = node.inputs[0], node.outputs[0]
    if name in reader.file.inputs and name not in reader.values:
        tensor = reader.tensor_like(node, 1, output, reader.source(name))
        reader.enter(name, tensor)
        reader.values[output] = tensor
        return
    found = reader.values.get(name)
    if isinstance(found, Host):
        reader.values[output] = found
    elif isinstance(found, Pending):
        reader.quantised(found, reader.tensor_like(node, 1, output, found.shape))
    elif isinstance(found, Stream):
        like = reader.tensor_like(node, 1, found.tensor.name, found.tensor.shape)
        if like == found.tensor:
            reader.values[output] = found.tensor  # the same integers again
        else:
            reader.rescaled(node, found, reader.tensor_like(node, 1, output, found.tensor.shape))
    elif name in reader.file.constants:
        raise ValueError("must not quantise a constant: store its integers")
    else:
        raise ValueError(f"input {name!r} must be real numbers that something computes")


def _dequantise(reader: Reader, node: RawNode) -> None:
    name, output = node.inputs[0], node.outputs[0]
    scales, zeros, _ = reader.quantisation(node, 1)
    if name in reader.file.constants:
        values = reader.file.constants[name]
        if not np.issubdtype(values.dtype, np.integer):
            raise ValueError(f"constant {name!r} must hold integers, not {values.dtype}")
        axis = node.whole("axis", 1)
        if len(scales) > 1 and not (-values.ndim <= axis < values.ndim and values.shape[axis] == len(scales)):
            raise ValueError(f"constant {name!r} must have {len(scales)} channels on axis {axis}, "
                             "as it has scales")
        reader.values[output] = Fixed(values, scales, zeros, axis % max(values.ndim, 1))
        return
    if name in reader.file.inputs and name not in reader.values:
        reader.enter(name, reader.tensor_like(node, 1, name, reader.source(name)))
    found = reader.values.get(name)
    if isinstance(found, Host):
        reader.values[output] = found
        return
    if not isinstance(found, Tensor):
        raise ValueError(f"input {name!r} must be integers that something computes")
    if (found.scale, found.zero_point) != (scales[0], zeros[0]) or len(scales) > 1:
        raise ValueError(f"input {name!r} must have the scale and zero point that it was quantised with")
    reader.values[output] = Stream(found)


def _relu(reader: Reader, node: RawNode) -> None:
    low, high = 0.0, math.inf
    if node.kind == "Clip":
        ends = [node.attributes.get("min"), node.attributes.get("max")]
        for at, name in enumerate(node.inputs[1:3]):
            if name:
                end = reader.constant(node, at + 1, "an end of Clip")
                ends[at] = float(end.ravel()[0]) if end.size == 1 and end.dtype.kind in "fiu" else math.nan
        if not all(end is None or (isinstance(end, float) and not math.isnan(end)) for end in ends):
            raise ValueError(f"must have ends that are one number each, not {ends}")
        low, high = (-math.inf if ends[0] is None else ends[0]), (math.inf if ends[1] is None else ends[1])
    found = reader.values.get(node.inputs[0])
    if not isinstance(found, Pending):
        stream = reader.stream(node, 0)
        found = _same(node, stream)
    reader.values[node.outputs[0]] = with_ends(found, low, high)


def _same(node: RawNode, stream: Stream) -> Pending:
    """Real numbers as they are, to be clamped and quantised again."""
    def build(output: Tensor, low: int, high: int) -> Operator:
        quantise = _requantise(stream.scale, output, low, high)
        return Rescale(stream.tensor.zero_point, quantise, node.kind.lower())

    return Pending(node, (stream,), stream.tensor.shape, build)


def _requantise(scale: float | list[float], output: Tensor, low: int, high: int) -> Requantize:
    """Sums in steps of `scale` as numbers of `output`."""
    assert output.scale is not None
    after = output.scale
    scales = [each / after for each in scale] if isinstance(scale, list) else scale / after
    return Requantize(scales, output.zero_point, output.type, "half_even", low, high)


def _convolution(reader: Reader, node: RawNode) -> None:
    reader.values[node.outputs[0]] = convolution(reader, node)


def _normalise(reader: Reader, node: RawNode) -> None:
    """Into weights and bias of the layer in front of it."""
    found = reader.values.get(node.inputs[0])
    if not isinstance(found, Pending) or found.scaled is None:
        raise ValueError("must stand right behind a convolution or a matrix product")
    if node.whole("training_mode", 0):
        raise ValueError("must not be in training mode")
    channels = found.shape[-1]
    gamma, beta, mean, variance = (
        np.asarray(reader.constant(node, at, what), np.float64)
        for at, what in enumerate(("the scale", "the bias", "the mean", "the variance"), 1))
    for values in (gamma, beta, mean, variance):
        if values.shape != (channels,) or not np.isfinite(values).all():
            raise ValueError(f"must have {channels} finite numbers of each kind, not shape {values.shape}")
    spread = variance + node.real("epsilon", 1e-5)
    if not (spread > 0).all():
        raise ValueError(f"must have variances above 0, not {float(spread.min())}")
    factor = gamma / np.sqrt(spread)
    reader.values[node.outputs[0]] = found.scaled(factor, beta - mean * factor)


def _dense(reader: Reader, node: RawNode) -> None:
    reader.values[node.outputs[0]] = dense(reader, node)


def _add(reader: Reader, node: RawNode) -> None:
    if len(node.inputs) != 2:
        raise ValueError("must have two inputs")
    for at in (0, 1):
        found, other = reader.values.get(node.inputs[at]), node.inputs[1 - at]
        if isinstance(found, Pending) and found.more is not None:
            bias = reader.values.get(other, reader.file.constants.get(other))
            if isinstance(bias, (Fixed, np.ndarray)):
                reader.values[node.outputs[0]] = found.more(bias)
                return
    first, second = reader.stream(node, 0), reader.stream(node, 1)

    def build(output: Tensor, low: int, high: int) -> Operator:
        assert output.scale is not None
        after = Fraction(output.scale)
        scales = Fraction(first.scale) / after, Fraction(second.scale) / after
        zeros = first.tensor.zero_point, second.tensor.zero_point
        return Sum(zeros, scales, output.zero_point, low, high)

    if first.tensor.shape != second.tensor.shape:
        raise ValueError(f"must add two of one shape, not {first.tensor.shape} and {second.tensor.shape}")
    reader.values[node.outputs[0]] = Pending(node, (first, second), first.tensor.shape, build)


def _image(stream: Stream) -> tuple[int, ...]:
    """The shape (H, W, C) of an image."""
    if len(stream.tensor.shape) != 3:
        raise ValueError(f"must get an image, not shape {stream.tensor.shape}")
    return stream.tensor.shape


def _pool(reader: Reader, node: RawNode) -> None:
    found = reader.values.get(node.inputs[0])
    whole_numbers = isinstance(found, Tensor) and node.kind == "MaxPool"
    stream = Stream(found) if isinstance(found, Tensor) and whole_numbers else reader.stream(node, 0)
    shape = _image(stream)
    whole = node.kind.startswith("Global")
    kernel = shape[:2] if whole else node.wholes("kernel_shape", ())
    ceil = bool(node.whole("ceil_mode", 0))
    stride, dilation, padding = window(node, shape[:2], kernel, ceil)
    if dilation != (1, 1):
        raise ValueError(f"must have no dilation, not {dilation}")
    kernel = (kernel[0], kernel[1])
    if node.kind == "MaxPool":
        def build(output: Tensor, low: int, high: int) -> Operator:
            if (output.scale, output.zero_point, output.type) != (
                    stream.scale, stream.tensor.zero_point, stream.tensor.type):
                raise ValueError("must have one scale, zero point and type before and after a MaxPool")
            return MaxPool(kernel, stride, padding, low, high)
    else:
        if any(any(sides) for sides in padding) and not node.whole("count_include_pad", 0):
            raise ValueError("an average over real taps alone (count_include_pad=0) must have no padding: "
                             "its windows would differ in what they divide by")

        def build(output: Tensor, low: int, high: int) -> Operator:
            quantise = _requantise(stream.scale / math.prod(kernel), output, low, high)
            return Average(kernel, stride, padding, low, high, stream.tensor.zero_point, quantise)

    like = MaxPool(kernel, stride, padding, 0, 1).output_shape(shape)
    pending = Pending(node, (stream,), like, build)
    if whole_numbers:
        reader.quantised(pending, replace(stream.tensor, name=node.outputs[0], shape=like))
    else:
        reader.values[node.outputs[0]] = pending


def _mean(reader: Reader, node: RawNode) -> None:
    """Over the image; axes are an input since version 18."""
    stream = reader.stream(node, 0)
    shape = _image(stream)
    given = len(node.inputs) > 1 and node.inputs[1]
    axes = reader.constant(node, 1, "the axes").ravel().tolist() if given else list(node.wholes("axes", ()))
    numbers = all(isinstance(axis, (int, float)) for axis in axes)
    if not numbers or sorted(axis % 4 for axis in axes) != [2, 3]:
        raise ValueError(f"must be over the image, axes 2 and 3, not {axes}")
    keeps = bool(node.whole("keepdims", 1))

    def build(output: Tensor, low: int, high: int) -> Operator:
        quantise = _requantise(stream.scale / math.prod(shape[:2]), output, low, high)
        return Mean(stream.tensor.zero_point, quantise, keeps)

    like = (1, 1, shape[2]) if keeps else (shape[2],)
    reader.values[node.outputs[0]] = Pending(node, (stream,), like, build)


def _elsewhere(reader: Reader, node: RawNode) -> None:
    """Numbers in another shape: they keep scale and zero point, so a pair around may as well not be there."""
    found = reader.values.get(node.inputs[0])
    tensor = found if isinstance(found, Tensor) else reader.stream(node, 0).tensor
    shape = tensor.shape
    size = math.prod(shape)
    if node.kind == "Flatten":
        flat = node.whole("axis", 1) == 1
    elif node.kind == "Reshape":
        wanted = reader.constant(node, 1, "the shape").ravel().tolist()
        flat = len(wanted) == 2 and (wanted[1] in (size, -1)) and wanted[0] in (0, 1, -1)
    else:
        flat = len(shape) == 3 and shape[:2] == (1, 1)
    if not flat:
        raise ValueError("must make (N, features) of its input: no other shape is supported")
    output = Tensor(node.outputs[0], (size,), tensor.type, tensor.scale, tensor.zero_point)
    reader.add(node, Flatten() if len(shape) == 3 else Reshape((size,)), (tensor,), output)
    if not isinstance(found, Tensor):
        reader.values[node.outputs[0]] = Stream(output)


def _concat(reader: Reader, node: RawNode) -> None:
    streams = tuple(reader.stream(node, at) for at in range(len(node.inputs)))
    axis = node.whole("axis", 1)
    rank = len(streams[0].tensor.shape) + 1
    if axis % rank == 0 or not -rank <= axis < rank:
        raise ValueError(f"must join along an axis of the frame, not {axis}")
    # Channels come first there, and last here.
    own = {1: rank - 2, 2: 0, 3: 1}[axis % rank] if rank == 4 else axis % rank - 1

    def build(output: Tensor, low: int, high: int) -> Operator:
        for each in streams:
            if (each.scale, each.tensor.zero_point, each.tensor.type) != (
                    output.scale, output.zero_point, output.type):
                raise ValueError("must have one scale, zero point and type before and after a Concat")
        return Concat(own)

    shape = Concat(own).output_shape(*(each.tensor.shape for each in streams))
    reader.values[node.outputs[0]] = Pending(node, streams, shape, build)


def _softmax(reader: Reader, node: RawNode) -> None:
    """Left to the host, at the end; a pair behind it may stay."""
    reader.values[node.outputs[0]] = Host(reader.stream(node, 0).tensor, node.kind)


def _identity(reader: Reader, node: RawNode) -> None:
    name = node.inputs[0]
    if name in reader.file.constants:
        reader.file.constants[node.outputs[0]] = reader.file.constants[name]
    elif name in reader.values:
        reader.values[node.outputs[0]] = reader.values[name]
    else:
        raise ValueError(f"input {name!r} must be something that comes before")


OPERATORS: dict[str, Callable[[Reader, RawNode], None]] = {
    "Add": _add,
    "AveragePool": _pool,
    "BatchNormalization": _normalise,
    "Clip": _relu,
    "Concat": _concat,
    "Conv": _convolution,
    "DequantizeLinear": _dequantise,
    "Flatten": _elsewhere,
    "Gemm": _dense,
    "GlobalAveragePool": _pool,
    "Identity": _identity,
    "MatMul": _dense,
    "MaxPool": _pool,
    "QLinearConv": qlinear("Conv", _convolution, (0,), 6, weights=3, bias=8),
    "QLinearMatMul": qlinear("MatMul", _dense, (0,), 6, weights=3, axis=1),
    "QuantizeLinear": _quantise,
    "ReduceMean": _mean,
    "Relu": _relu,
    "Reshape": _elsewhere,
    "Softmax": _softmax,
    "Squeeze": _elsewhere,
    "com.microsoft.QGemm": qlinear("Gemm", _dense, (0,), 7, weights=3, axis=1, bias=6),
    "com.microsoft.QLinearAdd": qlinear("Add", _add, (0, 3), 6),
    "com.microsoft.QLinearAveragePool": qlinear("AveragePool", _pool, (0,), 3),
    "com.microsoft.QLinearGlobalAveragePool": qlinear("GlobalAveragePool", _pool, (0,), 3),
    "com.microsoft.QLinearSoftmax": qlinear_softmax,
}
"""What takes each kind of node: the one table from ONNX's operators to Windrow's."""
