"""Lowering: the steps of a network so far, and which of them gives each tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from windrow.joins.join import Join, Shape
from windrow.network import nodes
from windrow.network.graph import Network, Node, Tensor
from windrow.operators.max_pool import MaxPool2d
from windrow.operators.operator import Operator
from windrow.outputs.lookup import Lookup
from windrow.pipeline.steps import INPUT, Array, Step
from windrow.values.numerics import IntType
from windrow.window.window import Padding

__all__ = ["MOST_TABLE_BITS", "Lowering", "image", "sides", "step_name"]

MOST_TABLE_BITS = 12
"""Of a number that a table takes."""


def image(shape: tuple[int, ...]) -> Shape:
    """The shape of a stream: features are the channels of one pixel."""
    padded = (1,) * (3 - len(shape)) + shape
    if len(padded) != 3:
        raise ValueError(f"must have at most three axes, not shape {shape}")
    return (padded[0], padded[1], padded[2])


class Lowering:
    """The steps so far, and which of them gives each tensor; `used` are the nodes that lead to the output."""

    def __init__(self, network: Network, used: Sequence[Node]) -> None:
        self.network = network
        self.found: dict[str, Step] = {}
        self.source = {network.input: INPUT}
        self.pads: dict[str, tuple[str, nodes.Pad]] = {}  # by the tensor behind it: what it pads, and how
        self.orders: dict[str, Array] = {}  # by tensor: which feature comes where, if not one after another
        self.reads: dict[str, int] = {network.output: 1}
        for node in used:
            for name in node.inputs:
                self.reads[name] = self.reads.get(name, 0) + 1

    def check_order(self, node: Node) -> None:
        """Features in another order than the stream's go only where weights can follow them."""
        dense = isinstance(node.operator, nodes.Layer) and node.operator.flat
        if not dense and any(name in self.orders for name in node.inputs):
            raise ValueError("must not come behind a flatten of an image, but a fully connected layer must")

    # Tensors ------------------------------------------------------------------------------------

    def tensor(self, name: str) -> Tensor:
        return self.network.tensors[name]

    def shape_of(self, name: str) -> Shape:
        return image(self.tensor(name).shape)

    def type_of(self, name: str) -> IntType:
        """The type of what the step before gives: a clamped tensor's may be smaller than the tensor's."""
        before = self.pads[name][0] if name in self.pads else name
        source = self.found.get(self.step_of(before))
        return self.tensor(self.network.input).type if source is None else source.operator.output_type

    def step_of(self, name: str) -> str:
        """The step that gives a tensor."""
        if name not in self.source:
            self._pad(name)
        return self.source[name]

    def _pad(self, name: str) -> None:
        """A pad that no convolution takes over: windows of one pixel, some of them in the padding."""
        before, pad = self.pads[name]
        height, width, channels = self.shape_of(before)
        pixels = MaxPool2d(height=height, width=width, channels=channels, kernel_size=1,
                           padding=sides(pad), padding_value=pad.value, input_type=self.type_of(before))
        self.add(name, f"pad_{len(self.found)}", pixels, (before,))

    def add(self, output: str, name: str, operator: Operator | Join, inputs: tuple[str, ...],
            weights: Array | None = None, bias: Array | None = None) -> None:
        """A step that gives the tensor `output` of the tensors `inputs`."""
        sources = tuple(self.step_of(each) for each in inputs)
        own = output not in self.network.tensors
        after, gives = operator.output_type if own else self.tensor(output).type, operator.output_type
        if not (after.min <= gives.min and gives.max <= after.max):
            raise ValueError(f"must give {after}, and gives {gives}")
        self.found[name] = Step(name, operator, sources, weights, bias)
        self.source[output] = name

    def table(self, number: int, node: Node, values: Callable[[Array], Array], output: str | None = None,
              type: IntType | None = None) -> None:
        """What `values` makes of every number, behind the step before where nobody else reads that.

        output, type: a tensor of the hardware's own between the node and what it reads
        """
        (before,), output = node.inputs, output or node.output
        kind = self.type_of(before)
        if kind.bits > MOST_TABLE_BITS:
            raise ValueError(f"must get numbers of at most {MOST_TABLE_BITS} bits, not {kind}")
        lookup = Lookup(values(np.arange(kind.min, kind.max + 1)), type or self.tensor(output).type)
        step = self.found.get(self.step_of(before))
        if step is not None and isinstance(step.operator, Operator) and self.reads[before] == 1:
            operator = step.operator.replace(output=(*step.operator.output, lookup))
            self.found[step.name] = Step(step.name, operator, step.sources, step.weights, step.bias)
            self.source[output] = step.name
            return
        height, width, channels = self.shape_of(before)
        pixels = MaxPool2d(height=height, width=width, channels=channels, kernel_size=1, input_type=kind,
                           output=lookup)
        name = step_name(number, node)
        self.add(output, name if output == node.output else f"{name}_input", pixels, (before,))


def step_name(number: int, node: Node) -> str:
    return f"{node.operator.title.lower().replace(' ', '_')}_{number}"


def sides(pad: nodes.Pad) -> Padding:
    rows, columns, channels = ((0, 0),) * (3 - len(pad.sides)) + pad.sides
    if any(channels):
        raise ValueError(f"must not pad channels, and does by {channels}")
    return (rows, columns)
