"""QLinear operators: integers on both sides, and in between what their float operators do.

    a, its scale and zero ─▶ real numbers ─▶ Conv, Add, ... ─▶ integers with the output's scale and zero

Those beyond `QLinearConv` and `QLinearMatMul` are onnxruntime's own, of the domain "com.microsoft".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from windrow.network.graph import Tensor
from windrow.network.readers.onnx_file import RawNode
from windrow.network.readers.onnx_reader import Fixed, Host, Pending, Reader, Stream

__all__ = ["integers", "qlinear", "qlinear_softmax"]

Handler = Callable[[Reader, RawNode], None]


def integers(reader: Reader, node: RawNode, at: int) -> Tensor:
    """Input `at`, whose scale and zero point are the two behind it; the model's input may be one."""
    name = node.inputs[at]
    if name in reader.file.inputs and name not in reader.values:
        reader.enter(name, reader.tensor_like(node, at + 1, name, reader.source(name)))
    found = reader.values.get(name)
    if not isinstance(found, Tensor):
        raise ValueError(f"input {name!r} must be integers that something computes")
    if found != reader.tensor_like(node, at + 1, found.name, found.shape):
        raise ValueError(f"input {name!r} must have the scale and zero point that it was quantised with")
    return found


def qlinear(kind: str, computes: Handler, streams: tuple[int, ...], output: int, *,
            weights: int | None = None, axis: int = 0, bias: int | None = None) -> Handler:
    """What takes a QLinear operator: `computes` takes the float operator `kind`.

    streams, weights, bias: places of these among the inputs;  axis: of the weights' scales
    output: the place of the output's scale
    """

    def handle(reader: Reader, node: RawNode) -> None:
        if node.whole("channels_last", 0):
            raise ValueError("must have its channels first, not last")
        tensors = [integers(reader, node, at) for at in streams]
        values: list[Stream | Fixed] = [Stream(tensor) for tensor in tensors]
        scales: tuple[float, ...] = ()
        if weights is not None:
            scales, zeros, _ = reader.quantisation(node, weights + 1)
            along = 0 if node.whole("transB", 0) else axis
            values.append(Fixed(reader.constant(node, weights, "the weights"), scales, zeros, along))
        if bias is not None and bias < len(node.inputs) and node.inputs[bias]:
            units = tuple(Stream(tensors[0]).scale * scale for scale in scales)
            values.append(Fixed(reader.constant(node, bias, "the bias"), units, (0,) * len(units), 0))
        names = tuple(f"{node.outputs[0]}, real {at}" for at in range(len(values)))
        reader.values.update(zip(names, values, strict=True))
        computes(reader, replace(node, kind=kind, inputs=names, outputs=(f"{node.outputs[0]}, real",)))
        pending = reader.values[f"{node.outputs[0]}, real"]
        assert isinstance(pending, Pending)
        reader.quantised(pending, reader.tensor_like(node, output, node.outputs[0], pending.shape))

    return handle


def qlinear_softmax(reader: Reader, node: RawNode) -> None:
    """Left to the host, at the end."""
    reader.values[node.outputs[0]] = Host(integers(reader, node, 0), "Softmax")
