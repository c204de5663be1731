"""TFLite models as networks: int8, one graph, one input, one output.

    bytes ─ decode ─▶ File ─ one function for each operator ─▶ nodes and tensors ─▶ Network

The values are those of the interpreter with its reference kernels.  What cannot be mapped is refused with its
place in the graph and what would help; nothing is dropped in silence.
"""

from __future__ import annotations

import math
from collections import Counter

from windrow.network.graph import Network, Node, Tensor
from windrow.network.nodes import Operator
from windrow.network.readers.tflite_file import File, RawOperator, decode
from windrow.network.readers.tflite_operators import OPERATORS
from windrow.network.readers.tflite_place import Place
from windrow.values.numerics import Int

__all__ = ["read"]

CONTRACT = "those of TFLite's reference kernels"

_MOST_ELEMENTS = 1 << 24
_HELP = {
    "FLOAT32": "convert it with full integer quantisation (int8 weights and activations)",
    "INT16": "convert it with int8 activations, not int16",
    "UINT8": "convert it with int8 inputs and outputs, not uint8",
}
_ENDS = ("QUANTIZE", "DEQUANTIZE")


def read(data: bytes, name: str) -> Network:
    """The network in the bytes of a TFLite file.

    Raises ImportError without the package `tflite`, ValueError for a damaged file and what cannot be mapped.
    """
    return _Reader(decode(data)).network(name)


class _Reader:
    """One file on its way to a network."""

    def __init__(self, file: File) -> None:
        self.file = file
        names = [tensor.name or f"tensor {number}" for number, tensor in enumerate(file.tensors)]
        # Names are for people, and need not differ in a file.
        found = Counter(names)
        self.names = [name if found[name] == 1 else f"{name} ({number})" for number, name in enumerate(names)]
        self.tensors: dict[int, Tensor] = {}

    def network(self, name: str) -> Network:
        """The network, or ValueError."""
        source, operators = self._input()
        target, operators = self._output(operators)
        self._meet(source, "the input")
        nodes = [self._node(operator) for operator in operators]
        if target not in self.tensors:
            raise ValueError(f"the output is {self.names[target]!r}, and no operator computes it")
        return Network(name, list(self.tensors.values()), nodes, self.names[source], self.names[target],
                       CONTRACT)

    def _input(self) -> tuple[int, list[RawOperator]]:
        """The tensor that comes in, and the operators behind it: a float input is quantised on the host."""
        if len(self.file.inputs) != 1:
            raise ValueError(f"a model must have one input, not {len(self.file.inputs)}")
        (source,) = self.file.inputs
        operators = list(self.file.operators)
        readers = [each for each in operators if source in each.inputs]
        if self.file.tensors[source].kind == "FLOAT32" and [each.kind for each in readers] == ["QUANTIZE"]:
            operators.remove(readers[0])
            source = readers[0].outputs[0] if readers[0].outputs else source
        return source, operators

    def _output(self, operators: list[RawOperator]) -> tuple[int, list[RawOperator]]:
        """The tensor that leaves, and the operators before it: a float output is left to the host."""
        if len(self.file.outputs) != 1:
            raise ValueError(f"a model must have one output, not {len(self.file.outputs)}")
        (target,) = self.file.outputs
        makers = [each for each in operators if target in each.outputs]
        if self.file.tensors[target].kind == "FLOAT32" and [each.kind for each in makers] == ["DEQUANTIZE"]:
            operators = [each for each in operators if each is not makers[0]]
            target = makers[0].inputs[0] if makers[0].inputs else target
        return target, operators

    def _node(self, operator: RawOperator) -> Node:
        if operator.kind not in OPERATORS:
            ends = "it is left to the host behind a float input, and before a float output, alone"
            raise ValueError(
                f"{operator.place} has no hardware: legal are {', '.join(OPERATORS)}; "
                f"{ends if operator.kind in _ENDS else 'replace it, or cut the model before it'}")
        if len(operator.outputs) != 1:
            raise ValueError(f"{operator.place} must have one output, not {len(operator.outputs)}")
        place = Place(self.file, operator, self._shape)
        streams = place.streams
        if not streams:
            raise ValueError(f"{operator.place} reads constants only: fold it when converting the model")
        for number in (*streams, operator.outputs[0]):
            self._meet(number, operator.place)
        try:
            made: Operator = OPERATORS[operator.kind](place)
        except ValueError as error:
            raise ValueError(f"{operator.place}: {error}") from error
        return Node(f"{operator.kind} {self.names[operator.outputs[0]]!r}", made,
                    tuple(self.names[number] for number in streams), self.names[operator.outputs[0]])

    def _meet(self, number: int, place: str) -> None:
        """A tensor between operators, if it is new; or ValueError that names it and `place`."""
        if number not in self.tensors:
            self.tensors[number] = self._tensor(number, place)

    def _tensor(self, number: int, place: str) -> Tensor:
        raw = self.file.tensors[number]
        name = f"{place}: tensor {self.names[number]!r}"
        if raw.kind != "INT8":
            help_ = _HELP.get(raw.kind, "only int8 feature maps have hardware")
            raise ValueError(f"{name} is {raw.kind.lower()}: {help_}")
        if len(raw.scales) != 1 or len(raw.zero_points) != 1:
            raise ValueError(f"{name} must have one scale and one zero point, not {len(raw.scales)} and "
                             f"{len(raw.zero_points)}")
        scale, zero_point = raw.scales[0], raw.zero_points[0]
        if not (math.isfinite(scale) and scale > 0):
            raise ValueError(f"{name} must have a positive, finite scale, not {scale!r}")
        if not -128 <= zero_point <= 127:
            raise ValueError(f"{name} must have a zero point in -128..127, not {zero_point}")
        return Tensor(self.names[number], self._shape(number), Int(8), scale, zero_point)

    def _shape(self, number: int) -> tuple[int, ...]:
        """The shape of one frame."""
        raw = self.file.tensors[number]
        name = f"tensor {self.names[number]!r}"
        if any(size < 0 for size in (*raw.shape, *raw.signature[1:])):
            sizes = raw.signature or raw.shape
            raise ValueError(f"{name} has a dynamic shape {sizes}: only the batch may be; fix its sizes")
        if not raw.shape or raw.shape[0] != 1:
            raise ValueError(f"{name} must have a batch of 1, not shape {raw.shape}")
        if not 1 <= math.prod(raw.shape) <= _MOST_ELEMENTS:
            raise ValueError(f"{name} must have 1 to {_MOST_ELEMENTS:,} elements, not shape {raw.shape}")
        return raw.shape[1:]
