"""Small TFLite models made on the spot, and what the interpreter's reference kernels make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

schema = pytest.importorskip("ai_edge_litert.schema_py_generated",
                             reason="needs ai-edge-litert: pip install 'windrow-fpga[dev]'")
flatbuffers = pytest.importorskip("flatbuffers")
interpreters = pytest.importorskip("ai_edge_litert.interpreter")

Array = NDArray[np.int64]

_TYPES = {"float32": np.float32, "int32": np.int32, "uint8": np.uint8, "int64": np.int64, "int8": np.int8,
          "int16": np.int16}


class Builder:
    """A model of one subgraph, tensor by tensor and operator by operator."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, shape: Any, kind: str = "int8", scale: Any = None, zero_point: int = 0, *,
               data: Any = None, axis: int = 0, name: str | None = None) -> int:
        """Its number; a constant if there is `data`, quantised if there is a `scale` (or one per channel)."""
        tensor = schema.TensorT()
        tensor.shape, tensor.type = [int(size) for size in shape], getattr(schema.TensorType, kind.upper())
        tensor.name = name or f"tensor{len(self.graph.tensors)}"
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, _TYPES[kind]).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = np.full(len(scales), zero_point, np.int64)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, name: str, inputs: list[int], outputs: list[int], version: int = 3,
                 table: str | None = None, **options: Any) -> None:
        """An operator called as TFLite calls it; `options` are the fields of its options `table`."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(code)
        operator.inputs, operator.outputs = inputs, outputs
        if table is not None:
            fields = getattr(schema, f"{table}T")()
            for field, value in options.items():
                assert hasattr(fields, field), field
                setattr(fields, field, value)
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            operator.builtinOptions = fields
        self.graph.operators.append(operator)

    def bytes(self, inputs: list[int], outputs: list[int]) -> bytes:
        """The file."""
        self.graph.inputs, self.graph.outputs = inputs, outputs
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


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
