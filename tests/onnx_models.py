"""Small quantised ONNX models made on the spot, and what two strangers make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

Array = NDArray[Any]


class Builder:
    """A model of one graph: QDQ pairs around float operators, or QLinear operators."""

    def __init__(self, shape: list[Any], kind: str | None = None) -> None:
        element = TensorProto.FLOAT if kind is None else getattr(TensorProto, kind.upper())
        self.input = helper.make_tensor_value_info("x", element, shape)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: Any, kind: str = "float32") -> str:
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=f"n{len(self.nodes)}", **attributes))
        return name

    def quantise(self, name: str, scale: float, zero: int = 0, kind: str = "int8") -> str:
        return self.node("QuantizeLinear", [name, self.constant(scale), self.constant(zero, kind)])

    def dequantise(self, name: str, scale: Any, zero: Any = 0, kind: str = "int8", **attributes: Any) -> str:
        zeros = np.broadcast_to(zero, np.shape(scale))
        inputs = [name, self.constant(scale), self.constant(zeros, kind)]
        return self.node("DequantizeLinear", inputs, **attributes)

    def pair(self, name: str, scale: float, zero: int = 0, kind: str = "int8") -> str:
        """Quantised, and real again."""
        return self.dequantise(self.quantise(name, scale, zero, kind), scale, zero, kind)

    def weights(self, values: Any, scale: Any, zero: Any = 0, kind: str = "int8", axis: int = 0) -> str:
        return self.dequantise(self.constant(values, kind), scale, zero, kind,
                               **({"axis": axis} if np.ndim(scale) else {}))

    def bytes(self, output: str, kind: str = "float", opset: int = 19) -> bytes:
        element = getattr(TensorProto, kind.upper())
        result = helper.make_tensor_value_info(output, element, None)
        graph = helper.make_graph(self.nodes, "graph", [self.input], [result], self.constants)
        versions = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=9)
        return model.SerializeToString()


def runtime(model: bytes, x: Array) -> Array:
    """By onnxruntime, operator by operator as the model has them; frame by frame."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"x": frame[np.newaxis]})[0] for frame in x])


def evaluator(model: bytes, x: Array) -> Array:
    """By the reference evaluator of ONNX; frame by frame."""
    session = ReferenceEvaluator(model)
    return np.concatenate([session.run(None, {"x": frame[np.newaxis]})[0] for frame in x])
