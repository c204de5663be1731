"""A small network as a quantisation tool writes it, from float: onnxruntime's own, in all its forms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import windrow as wr
from onnx_models import runtime

FRAMES = 60


def network(random: np.random.Generator) -> Any:
    """Two branches, depthwise, pools, a dense layer, a softmax: all float."""
    shapes = {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (8, 1, 3, 3), "w3": (8, 8, 1, 1), "w4": (10, 8),
              "b4": (10,)}
    constants = {name: random.normal(0, 0.3, shape) for name, shape in shapes.items()}
    constants |= {"lo": np.array(0.0), "hi": np.array(6.0)}
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["a_relu"]),
        helper.make_node("Conv", ["a_relu", "w2"], ["d"], group=8, pads=[1, 1, 1, 1]),
        helper.make_node("Clip", ["d", "lo", "hi"], ["d_clip"]),
        helper.make_node("Conv", ["d_clip", "w3"], ["e"]),
        helper.make_node("Add", ["e", "a_relu"], ["s"]),
        helper.make_node("Relu", ["s"], ["s_relu"]),
        helper.make_node("MaxPool", ["s_relu"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["p"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("Gemm", ["f", "w4", "b4"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["y"]),
    ]
    values = [numpy_helper.from_array(np.float32(value), name) for name, value in constants.items()]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in (("x", [1, 3, 16, 16]), ("y", [1, 10]))]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


class Calibration(CalibrationDataReader):
    def __init__(self, random: np.random.Generator) -> None:
        self.frames: Iterator[Any] = iter(
            [{"x": random.normal(0, 1, (1, 3, 16, 16)).astype(np.float32)} for _ in range(8)])

    def get_next(self) -> Any:
        return next(self.frames, None)


@pytest.mark.parametrize(("form", "activations", "weights", "per_channel"), [
    ("QDQ", "QUInt8", "QInt8", False), ("QDQ", "QInt8", "QInt8", True), ("QDQ", "QUInt8", "QUInt8", False),
    ("QOperator", "QUInt8", "QInt8", False), ("QOperator", "QInt8", "QInt8", True)])
def test_quantised_by_onnxruntime(form: str, activations: str, weights: str, per_channel: bool,
                                  tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    onnx.save(network(random), tmp_path / "float.onnx")
    quantize_static(tmp_path / "float.onnx", tmp_path / "net.onnx", Calibration(random),
                    quant_format=getattr(QuantFormat, form), activation_type=getattr(QuantType, activations),
                    weight_type=getattr(QuantType, weights), per_channel=per_channel)
    net = wr.load(tmp_path / "net.onnx")
    assert isinstance(net, wr.Network)
    assert net.contract.endswith("; Softmax is left to the host")
    assert [node.operator.title for node in net.nodes] == [
        "convolution", "depthwise", "convolution", "add", "max pool", "average pool", "flatten",
        "fully connected"]

    model = onnx.load(tmp_path / "net.onnx")
    (softmax,) = [node for node in model.graph.node if node.op_type.endswith("Softmax")]
    integers = TensorProto.UINT8 if activations == "QUInt8" else TensorProto.INT8
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(
        softmax.input[0], TensorProto.FLOAT if form == "QDQ" else integers, None))
    x = random.normal(0, 1, (FRAMES, 3, 16, 16)).astype(np.float32)
    want = runtime(model.SerializeToString(), x)
    want = want if form == "QDQ" else net.dequantise(want)
    found = net.dequantise(net.golden(net.quantise(np.moveaxis(x, 1, -1))))
    # Their floats may round otherwise where exact arithmetic is close to a half.
    steps = np.abs(found - want) / np.float32(net.tensors[net.output].scale)
    assert steps.max() < 1.5
    assert (steps > 0.5).mean() < 0.01
    pipeline = wr.plan(net, multipliers=40)
    assert [step.operator.kind for step, _ in pipeline.stages] == [
        "conv2d", "conv2d", "conv2d", "add", "max-pool2d", "sum-pool2d", "conv2d"]
    frames = net.quantise(np.moveaxis(x[:3], 1, -1))
    run = wr.simulate(pipeline, frames, engine="verilator").check()
    np.testing.assert_array_equal(run.output.reshape(3, -1), net.golden(frames))
