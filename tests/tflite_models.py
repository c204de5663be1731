"""Small TFLite models made on the spot, and what the interpreter's reference kernels make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

interpreters = pytest.importorskip("ai_edge_litert.interpreter",
                                   reason="needs ai-edge-litert: pip install 'windrow-fpga[dev]'")
Builder = pytest.importorskip("benchmarks.tflite_builder").Builder

Array = NDArray[np.int64]


def reference(model: bytes, x: Array) -> dict[int, Array]:
    """Every tensor of every frame, by its number, as the reference kernels compute it; x (N, *input)."""
    interpreter = interpreters.Interpreter(
        model_content=model, experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=interpreters.OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    frames: list[dict[int, Array]] = []
    for frame in x:
        interpreter.set_tensor(source["index"], frame.reshape(source["shape"]).astype(source["dtype"]))
        interpreter.invoke()
        found = {}
        for detail in interpreter.get_tensor_details():
            try:
                found[detail["index"]] = interpreter.get_tensor(detail["index"]).copy()
            except ValueError:  # a tensor that nothing computes
                continue
        frames.append(found)
    return {index: np.stack([frame[index] for frame in frames]) for index in frames[0]}


def convolution(x: Any, weights: Array, bias: Array, *, scales: Any, in_scale: float, out_scale: float,
                in_zero: int, out_zero: int, kind: str = "CONV_2D", padding: int = 1, stride: int = 1,
                activation: int = 0) -> bytes:
    """A model of one convolution, depthwise or not, or fully connected layer; `x` is its input's shape."""
    builder = Builder()
    depthwise, dense = kind == "DEPTHWISE_CONV_2D", kind == "FULLY_CONNECTED"
    source = builder.tensor(x, scale=in_scale, zero_point=in_zero)
    factor = builder.tensor(weights.shape, scale=scales, data=weights, axis=3 if depthwise else 0)
    biases = builder.tensor(bias.shape, "int32", scale=np.asarray(scales, np.float32) * np.float32(in_scale),
                            data=bias)
    filters = weights.shape[3] if depthwise else weights.shape[0]
    if dense:
        target = builder.tensor((1, filters), scale=out_scale, zero_point=out_zero)
        builder.operator(kind, [source, factor, biases], [target], 4, "FullyConnectedOptions",
                         fusedActivationFunction=activation)
    else:
        kh, kw = weights.shape[1:3]
        rows, columns = (-(-size // stride) if padding == 0 else (size - k) // stride + 1
                         for size, k in zip(x[1:3], (kh, kw), strict=True))
        target = builder.tensor((1, rows, columns, filters), scale=out_scale, zero_point=out_zero)
        table = "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions"
        more = {"depthMultiplier": filters // x[3]} if depthwise else {}
        builder.operator(kind, [source, factor, biases], [target], 3, table, padding=padding, strideH=stride,
                         strideW=stride, fusedActivationFunction=activation, dilationHFactor=1,
                         dilationWFactor=1, **more)
    return builder.bytes([source], [target])
