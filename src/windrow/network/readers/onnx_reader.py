"""ONNX models as networks: quantised by pairs around float operators (QDQ), or with QLinear operators.

    DequantizeLinear ─▶ Conv ─▶ Relu ─▶ QuantizeLinear        one node: integers before and behind

Between the pairs are real numbers, in the mind of the model; here they are exact: each result is computed as
a fraction and rounded once, half to even, as `QuantizeLinear` does.  Tensors are turned to NHWC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.graph import Network, Node, Tensor
from windrow.network.nodes import Operator, Rescale
from windrow.network.readers.onnx_file import File, RawNode
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import Int, IntType, UInt

__all__ = ["Fixed", "Host", "Pending", "Reader", "Stream", "with_ends"]

CONTRACT = "those of ONNX in exact arithmetic, rounded once, half to even"

_TYPES: dict[str, IntType] = {"int8": Int(8), "uint8": UInt(8)}
_MOST_ELEMENTS = 1 << 24


@dataclass(frozen=True)
class Stream:
    """Real numbers that a tensor of integers stands for."""

    tensor: Tensor

    @property
    def scale(self) -> float:
        assert self.tensor.scale is not None
        return self.tensor.scale


@dataclass(frozen=True)
class Host:
    """What the host makes of a tensor, at the end: nothing else may read it."""

    tensor: Tensor
    what: str


@dataclass(frozen=True, eq=False)
class Fixed:
    """Constant integers that stand for real numbers: `(values - zero_points) * scales` along `axis`."""

    values: npt.NDArray[Any] = field(repr=False)
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int


@dataclass(frozen=True, eq=False)
class Pending:
    """A float operator that waits to be quantised: `build` makes it, given the tensor behind and its ends."""

    node: RawNode
    inputs: tuple[Stream, ...]
    shape: tuple[int, ...]
    build: Callable[[Tensor, int, int], Operator]
    low: float = -math.inf
    high: float = math.inf
    more: Callable[[Fixed | npt.NDArray[Any]], Pending] | None = None  # with a bias that is added behind
    scaled: Callable[[npt.NDArray[Any], npt.NDArray[Any]], Pending] | None = None  # times, plus, by channel


class Reader:
    """One file on its way to a network: what each name in it stands for so far."""

    def __init__(self, file: File, operators: Mapping[str, Callable[[Reader, RawNode], None]]) -> None:
        self.file, self.operators = file, operators
        self.values: dict[str, Stream | Fixed | Pending | Tensor | Host] = {}
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}

    def network(self, name: str) -> Network:
        """The network, or ValueError."""
        if len(self.file.inputs) != 1 or len(self.file.outputs) != 1:
            raise ValueError(f"a model must have one input and one output, not {len(self.file.inputs)} and "
                             f"{len(self.file.outputs)}")
        for node in self.file.nodes:
            if node.kind not in self.operators:
                legal = ", ".join(self.operators)
                raise ValueError(f"{node.place} has no hardware: legal are {legal}; replace it, or cut the "
                                 "model before it")
            if not node.inputs or not node.outputs or any(node.outputs[1:]):
                raise ValueError(f"{node.place} must have inputs and one output, not {len(node.inputs)} and "
                                 f"{len(node.outputs)}")
            try:
                self.operators[node.kind](self, node)
            except ValueError as error:
                raise ValueError(f"{node.place}: {error}") from error
        (source,), (target,) = self.file.inputs, self.file.outputs
        first = self.values.get(source)
        if not isinstance(first, Tensor):
            raise ValueError(f"the input {source!r} must be quantised first, by a QuantizeLinear, or be int8 "
                             "or uint8 in a QLinear operator")
        last = self.values.get(target)
        contract = f"{CONTRACT}; {last.what} is left to the host" if isinstance(last, Host) else CONTRACT
        last = last.tensor if isinstance(last, (Stream, Host)) else last
        if not isinstance(last, Tensor):
            raise ValueError(f"the output {target!r} must be quantised: put a QuantizeLinear behind the last "
                             "layer")
        return Network(name, list(self.tensors.values()), self.nodes, first.name, last.name, contract)

    # What names stand for -----------------------------------------------------------------------

    def stream(self, node: RawNode, at: int) -> Stream:
        """An input that must be real numbers behind integers."""
        name = node.inputs[at] if at < len(node.inputs) else ""
        found = self.values.get(name)
        if isinstance(found, Stream):
            return found
        if isinstance(found, Host):
            raise ValueError(f"input {name!r} comes from {found.what}, which the host does: only at the end")
        if isinstance(found, Pending):
            raise ValueError(f"input {name!r} is float: quantise what is behind {found.node.place}")
        raise ValueError(f"input {name!r} must come from a DequantizeLinear: quantise the model to int8 or "
                         "uint8")

    def constant(self, node: RawNode, at: int, what: str) -> npt.NDArray[Any]:
        """An input that must be constant."""
        name = node.inputs[at] if at < len(node.inputs) else ""
        if name not in self.file.constants:
            raise ValueError(f"{what} must be a constant")
        return self.file.constants[name]

    def fixed(self, node: RawNode, at: int, what: str) -> Fixed:
        """An input that must be constant integers with a scale."""
        found = self.values.get(node.inputs[at] if at < len(node.inputs) else "")
        if not isinstance(found, Fixed):
            raise ValueError(f"{what} must be constant integers behind a DequantizeLinear")
        return found

    def quantisation(self, node: RawNode,
                     at: int) -> tuple[tuple[float, ...], tuple[int, ...], IntType | None]:
        """Scales and zero points of inputs `at` and `at + 1`, and the type of the zero points."""
        scales = np.atleast_1d(self.constant(node, at, "the scale"))
        if scales.ndim != 1 or not np.issubdtype(scales.dtype, np.floating):
            raise ValueError("the scale must be a float or a list of them")
        values = tuple(float(scale) for scale in scales)
        for scale in values:
            if not (math.isfinite(scale) and scale > 0):
                raise ValueError(f"the scale must be positive and finite, not {scale!r}")
        if at + 1 >= len(node.inputs) or not node.inputs[at + 1]:
            return values, (0,) * len(values), UInt(8)
        zeros = np.atleast_1d(self.constant(node, at + 1, "the zero point"))
        if zeros.shape != scales.shape or not np.issubdtype(zeros.dtype, np.integer):
            raise ValueError("there must be as many zero points, integers, as scales")
        return values, tuple(int(zero) for zero in zeros), _TYPES.get(str(zeros.dtype))

    def tensor_like(self, node: RawNode, at: int, name: str, shape: tuple[int, ...]) -> Tensor:
        """A tensor with the scale and zero point of inputs `at` and `at + 1`."""
        scales, zeros, kind = self.quantisation(node, at)
        if len(scales) != 1:
            raise ValueError(f"a feature map must have one scale, not {len(scales)}")
        if kind is None:
            raise ValueError("a feature map must be int8 or uint8, as its zero point is")
        return Tensor(name, shape, kind, scales[0], zeros[0])

    # What is made -------------------------------------------------------------------------------

    def source(self, name: str) -> tuple[int, ...]:
        """The shape of one frame of the model's input, NHWC; ValueError if it is not fixed."""
        shape = self.file.inputs[name]
        if len(shape) not in (2, 4) or any(size is None or size < 1 for size in shape[1:]):
            raise ValueError(f"the input {name!r} must have a fixed shape (N, C, H, W) or (N, features), not "
                             f"{tuple('?' if size is None else size for size in shape)}")
        sizes = [int(size or 0) for size in shape[1:]]
        if shape[0] not in (None, 0, 1) or math.prod(sizes) > _MOST_ELEMENTS:
            raise ValueError(f"the input {name!r} must have a batch of 1 or any, and at most "
                             f"{_MOST_ELEMENTS:,} elements, not shape {shape}")
        return (sizes[1], sizes[2], sizes[0]) if len(sizes) == 3 else tuple(sizes)

    def enter(self, name: str, tensor: Tensor) -> None:
        """The model's input `name` is `tensor`."""
        self.values[name] = tensor
        self.tensors[tensor.name] = tensor

    def add(self, node: RawNode, operator: Operator, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        """A node of the network, and the tensor behind it."""
        self.nodes.append(Node(f"{node.kind} {output.name!r}", operator, tuple(each.name for each in inputs),
                               output.name))
        self.tensors[output.name] = output
        self.values[output.name] = output

    def quantised(self, pending: Pending, output: Tensor) -> None:
        """What was pending is computed into `output`."""
        assert output.scale is not None
        ends = []
        for end, limit in ((pending.low, output.type.min), (pending.high, output.type.max)):
            # round() is half to even, and what rises stays in order when rounded.
            steps = limit if math.isinf(end) else round(end / output.scale) + output.zero_point
            ends.append(min(max(steps, output.type.min), output.type.max))
        if ends[0] >= ends[1]:
            raise ValueError(f"nothing is left between {ends[0]} and {ends[1]}")
        self.add(pending.node, pending.build(output, ends[0], ends[1]),
                 tuple(each.tensor for each in pending.inputs), output)

    def rescaled(self, node: RawNode, stream: Stream, output: Tensor) -> None:
        """The same numbers with another scale."""
        assert output.scale is not None
        quantise = Requantize(stream.scale / output.scale, output.zero_point, output.type, "half_even")
        self.add(node, Rescale(stream.tensor.zero_point, quantise), (stream.tensor,), output)


def with_ends(pending: Pending, low: float, high: float) -> Pending:
    """The same, clamped to real ends; neither bias nor factor can follow any more."""
    return replace(pending, low=max(pending.low, low), high=min(pending.high, high), more=None,
                   scaled=None)
