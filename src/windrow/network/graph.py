"""Network: operators in the order in which they run, and the tensors between them.

    net = wr.load("model.tflite")
    y = net.golden(x)                    # exact integers
    every = net.golden(x, every=True)    # of every tensor, by its name
    print(net)                           # a table

Tensors hold one frame: a batch is an axis in front of everything.  What is float at either end, `quantise`
and `dequantise` do on the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import Layer, Operator
from windrow.operators import operator as window
from windrow.values.numerics import IntType, as_array, as_int, check_kind

__all__ = ["Network", "Node", "Tensor"]

Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tensor:
    """A feature map of one frame.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Without the batch: (H, W, C), or (features,).
    type : UInt or Int
    scale : float, optional
        What 1 means, where numbers stand for real ones.
    zero_point : int
        The number that stands for 0.
    """

    name: str
    shape: tuple[int, ...]
    type: IntType
    scale: float | None = None
    zero_point: int = 0


@dataclass(frozen=True, eq=False)
class Node:
    """An operator at its place: `inputs` are names of tensors, `output` is the one it computes."""

    name: str
    operator: Operator
    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True, eq=False)
class Network:
    """Operators and tensors, checked: each tensor is computed once, before it is read.

    Parameters
    ----------
    name : str
    tensors : tensors in any order
    nodes : in the order in which they run
    input, output : str
        Names of the tensors that come from outside and that leave.
    contract : str
        Whose values these are, in words.
    pixels : int
        Of a row in one beat of the input, in hardware.

    Raises
    ------
    ValueError
        for names that are not those of tensors, or twice; a tensor that is read before it is computed, a
        cycle included, or computed twice; an output that is read in the middle; shapes that an operator does
        not take
    """

    name: str
    tensors: Mapping[str, Tensor] = field(repr=False)
    nodes: tuple[Node, ...] = field(repr=False)
    input: str
    output: str
    contract: str = "the integers of its operators"
    pixels: int = 1

    def __init__(self, name: str, tensors: Sequence[Tensor], nodes: Sequence[Node], input: str, output: str,
                 contract: str = "the integers of its operators", pixels: int = 1) -> None:
        by_name: dict[str, Tensor] = {}
        for tensor in tensors:
            check_kind(tensor, Tensor, "tensors")
            if tensor.name in by_name:
                raise ValueError(f"names of tensors must differ, not be {tensor.name!r} twice")
            by_name[tensor.name] = tensor
        for what, value in (("input", input), ("output", output)):
            if value not in by_name:
                raise ValueError(f"{what} must be the name of a tensor, not {value!r}")
        for attribute, value in {"name": name, "tensors": by_name, "nodes": tuple(nodes), "input": input,
                                 "output": output, "contract": contract,
                                 "pixels": as_int(pixels, "pixels", 1)}.items():
            object.__setattr__(self, attribute, value)  # the only writes to a frozen object
        self._check()

    def _check(self) -> None:
        known, read = {self.input}, set[str]()
        for number, node in enumerate(self.nodes):
            place = f"node {number}, {node.name}"
            for name in (*node.inputs, node.output):
                if name not in self.tensors:
                    raise ValueError(f"{place}: no tensor is called {name!r}")
            for name in node.inputs:
                if name not in known:
                    raise ValueError(f"{place}: {name!r} is read before it is computed: the graph has a "
                                     f"cycle, or its operators are out of order")
            if node.output in known:
                raise ValueError(f"{place}: {node.output!r} is computed already")
            known.add(node.output)
            read |= set(node.inputs)
            shape = node.operator.output_shape(*(self.tensors[name].shape for name in node.inputs))
            if shape != self.tensors[node.output].shape:
                raise ValueError(f"{place}: {node.output!r} must have shape {shape}, "
                                 f"not {self.tensors[node.output].shape}")
        if self.output not in known or not self.nodes:
            raise ValueError(f"output {self.output!r} must be computed, and nothing computes it")
        if self.output in read:
            raise ValueError(f"output {self.output!r} must be at the end, and is read in the middle: "
                             f"cut the model there, or end it later")

    @staticmethod
    def chain(layers: Sequence[tuple[window.Operator, npt.ArrayLike | None, npt.ArrayLike | None]],
              name: str = "chain", contract: str = "the integers of its operators",
              pixels: int = 1) -> Network:
        """Operators one after another, each `(layer, weights, bias)`, None where it has none.

        Raises ValueError where the outputs of one are no inputs of the next, and as `check_parameters` does.
        """
        if not layers:
            raise ValueError("layers must hold at least one (layer, weights, bias), not none")
        first = layers[0][0]
        tensors = [Tensor("input", first.input_shape, first.input_type)]
        nodes = []
        for number, (layer, weights, bias) in enumerate(layers):
            before = tensors[-1]
            after = Tensor(f"layer{number}", layer.output_shape, layer.output_type)
            if (layer.input_shape, layer.input_type) != (before.shape, before.type):
                raise ValueError(f"layer {number} must take {before.type} of shape {before.shape}, as come "
                                 f"before, not {layer.input_type} of shape {layer.input_shape}")
            operator = Layer(layer, *layer.check_parameters(weights, bias))
            nodes.append(Node(f"layer{number}", operator, (before.name,), after.name))
            tensors.append(after)
        return Network(name, tensors, nodes, "input", tensors[-1].name, contract, pixels)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return self.tensors[self.input].shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of what becomes of one frame."""
        return self.tensors[self.output].shape

    @property
    def layers(self) -> tuple[Node, ...]:
        """The nodes that are operators of Windrow: convolutions, fully connected layers, pools, ranks."""
        return tuple(node for node in self.nodes if isinstance(node.operator, Layer))

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame, taps in the padding included."""
        return sum(node.operator.macs for node in self.nodes)

    @property
    def weights(self) -> int:
        """Weights, without biases."""
        return sum(node.operator.weight_count for node in self.nodes)

    def check_input(self, x: npt.ArrayLike) -> Array:
        """`x`, of a frame's shape or of (N,) before it, in int64 and with that axis.

        Raises `TypeError` if not integers, `ValueError` for a wrong shape or a value that is out of range.
        """
        array, shape = as_array(x, "x"), self.input_shape
        frames = array if array.ndim == len(shape) + 1 else array[np.newaxis]
        if frames.shape[1:] != shape or not len(frames):
            raise ValueError(f"x must have shape {shape} or (N, {', '.join(map(str, shape))}) with N >= 1, "
                             f"not {array.shape}")
        return self.tensors[self.input].type.check(frames, "x")

    @overload
    def golden(self, x: npt.ArrayLike, every: Literal[False] = False) -> Array: ...

    @overload
    def golden(self, x: npt.ArrayLike, every: Literal[True]) -> dict[str, Array]: ...

    def golden(self, x: npt.ArrayLike, every: bool = False) -> Array | dict[str, Array]:
        """What comes out, exactly, in int64: of the output's shape, with (N,) before it as the input has.

        With `every`, all tensors by name.  Raises as `check_input` does.
        """
        frames = self.check_input(x)
        one = np.ndim(x) == len(self.input_shape)
        last = {name: number for number, node in enumerate(self.nodes) for name in node.inputs}
        values = {self.input: frames}
        for number, node in enumerate(self.nodes):
            values[node.output] = node.operator.golden(*(values[name] for name in node.inputs))
            if not every:  # what nothing reads any more is forgotten
                for name in {name for name in node.inputs if last[name] == number}:
                    del values[name]
        found = {name: value[0] for name, value in values.items()} if one else values
        return found if every else found[self.output]

    def quantise(self, x: npt.ArrayLike) -> Array:
        """Real numbers as integers of the input, rounded half away from zero and saturated.

        Raises ValueError if the input has no scale, or a number is not finite.
        """
        tensor = self._scaled(self.input)
        real = np.asarray(x, np.float32)
        if not np.isfinite(real).all():
            raise ValueError("x must be finite, and holds NaN or infinity")
        steps = real / np.float32(tensor.scale)
        rounded = np.copysign(np.floor(np.abs(steps) + np.float32(0.5)), steps).astype(np.float64)
        return np.clip(rounded + tensor.zero_point, tensor.type.min, tensor.type.max).astype(np.int64)

    def dequantise(self, y: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The real numbers that integers of the output stand for.  ValueError if it has no scale."""
        tensor = self._scaled(self.output)
        values = tensor.type.check(y, "y") - tensor.zero_point
        return values.astype(np.float32) * np.float32(tensor.scale)

    def _scaled(self, name: str) -> Tensor:
        tensor = self.tensors[name]
        if tensor.scale is None:
            raise ValueError(f"{name!r} has no scale: its numbers stand for themselves")
        return tensor

    def __str__(self) -> str:
        """A table: operator, shapes, MACs, weights, kernel, stride."""
        rows = [("", "operator", "input", "output", "kernel", "stride", "MACs", "weights")]
        for number, node in enumerate(self.nodes):
            operator = node.operator
            before, after = self.tensors[node.inputs[0]].shape, self.tensors[node.output].shape
            rows.append((str(number), operator.title, _by(before), _by(after), _by(operator.kernel_size),
                         _by(operator.stride), f"{operator.macs:,}" if operator.macs else "",
                         f"{operator.weight_count:,}" if operator.weight_count else ""))
        rows.append(("", "total", "", "", "", "", f"{self.macs:,}", f"{self.weights:,}"))
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) if 0 < at < 4 else cell.rjust(width)
                           for at, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
                 for row in rows]
        return "\n".join([f"{self.name}: {_by(self.input_shape)} -> {_by(self.output_shape)}, "
                          f"values are {self.contract}", *lines])


def _by(size: tuple[int, ...] | None) -> str:
    return "" if size is None else "x".join(map(str, size))
