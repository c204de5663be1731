"""From the operators of a quantised network to steps of hardware, with the same integers.

    zero points      into biases, and into what lies in the padding; for transposed convolutions into a table
    mean             sums of all pixels
    pad              into the padding of the convolution behind it, or a window of one pixel with padding
    rescale, ReLU    a table behind the operator before
    reshape          nothing: the stream stays the same
    softmax          at the end, on the host
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from windrow.joins import add, concat
from windrow.joins.join import Join, Shape
from windrow.network import nodes
from windrow.network.graph import Network, Node, Tensor
from windrow.network.softmax import Softmax
from windrow.network.upsampling import Nearest, TransposedConvolution
from windrow.operators.average_pool import AvgPool2d
from windrow.operators.conv2d import Conv2d
from windrow.operators.max_pool import MaxPool2d
from windrow.operators.operator import Operator
from windrow.operators.sum_pool import SumPool2d
from windrow.operators.transposed import ConvTranspose2d
from windrow.operators.upsample import Upsample2d
from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.pipeline.steps import INPUT, Array, Step, Steps
from windrow.values.numerics import Int, IntType, smallest
from windrow.window.window import Padding

__all__ = ["lower"]

_TABLE_BITS = 12  # of a number that a table takes


def lower(network: Network) -> Steps:
    """The steps of a network.

    Raises ValueError, with the operator's place and what would help, for what has no hardware.
    """
    return _Lowering(network).steps()


def _image(shape: tuple[int, ...]) -> Shape:
    """The shape of a stream: features are the channels of one pixel."""
    padded = (1,) * (3 - len(shape)) + shape
    if len(padded) != 3:
        raise ValueError(f"must have at most three axes, not shape {shape}")
    return (padded[0], padded[1], padded[2])


class _Lowering:
    """The steps so far, and which of them gives each tensor."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.found: dict[str, Step] = {}
        self.source = {network.input: INPUT}
        self.pads: dict[str, tuple[str, nodes.Pad]] = {}  # by the tensor behind it: what it pads, and how
        self.reads: dict[str, int] = {network.output: 1}
        for node in network.nodes:
            for name in node.inputs:
                self.reads[name] = self.reads.get(name, 0) + 1

    def steps(self) -> Steps:
        network = self.network
        kept, host = self._on_the_host()
        for number, node in enumerate(kept):
            makes = _STEPS.get(type(node.operator))
            try:
                if makes is None:
                    raise ValueError("has no hardware yet: end the network before it")
                makes(self, number, node)
            except ValueError as error:
                raise ValueError(f"node {number}, {node.operator.title} {node.name!r}: {error}") from error
        last = kept[-1].output if kept else network.input
        out = self.step_of(last)
        if out == INPUT:
            raise ValueError(f"network {network.name!r} must compute something in hardware, and only changes "
                             "shapes")
        ordered = [step for step in self.found.values() if step.name != out]
        first = network.tensors[network.input]
        return Steps(_image(first.shape), first.type, (*ordered, self.found[out]), host)

    def _on_the_host(self) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        """The nodes in front of a softmax at the end, and what is left of the network behind them."""
        every = self.network.nodes
        first = next((at for at, node in enumerate(every) if isinstance(node.operator, Softmax)), len(every))
        rest = every[first:]
        if any(not isinstance(node.operator, (Softmax, nodes.Reshape)) for node in rest):
            return every, ()  # the error says which it is
        return every[:first], rest

    # Tensors ------------------------------------------------------------------------------------

    def tensor(self, name: str) -> Tensor:
        return self.network.tensors[name]

    def shape_of(self, name: str) -> Shape:
        return _image(self.tensor(name).shape)

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
                           padding=_sides(pad), padding_value=pad.value, input_type=self.type_of(before))
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
        if kind.bits > _TABLE_BITS:
            raise ValueError(f"must get numbers of at most {_TABLE_BITS} bits, not {kind}")
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
        name = _name(number, node)
        self.add(output, name if output == node.output else f"{name}_input", pixels, (before,))


def _name(number: int, node: Node) -> str:
    return f"{node.operator.title.lower().replace(' ', '_')}_{number}"


def _sides(pad: nodes.Pad) -> Padding:
    rows, columns, channels = ((0, 0),) * (3 - len(pad.sides)) + pad.sides
    if any(channels):
        raise ValueError(f"must not pad channels, and does by {channels}")
    return (rows, columns)


def _layer(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Layer = node.operator  # pyright: ignore[reportAssignmentType]
    (before,), layer, zero = node.inputs, operator.layer, operator.zero_point
    kind = state.type_of(before)
    maps = (*layer.output, *([] if operator.output is None else [operator.output]))
    if not isinstance(layer, Conv2d):
        if zero:
            raise ValueError(f"must have zero point 0 in front of a {layer.kind}, not {zero}")
        windows = layer.replace(input_type=kind, output=maps)
        state.add(node.output, _name(number, node), windows, (before,))
        return
    size, padding, before = _padded(state, layer, zero, before)
    changes: dict[str, Any] = {"height": size[0], "width": size[1], "padding": padding, "input_type": kind,
                               "output": maps}
    weights, bias = layer.check_parameters(operator.weights, operator.bias)
    assert weights is not None
    if zero:
        offset = zero * weights.sum(axis=(1, 2, 3))
        bias = -offset if bias is None else bias - offset
        changes |= {"bias": True, "bias_type": smallest(int(bias.min()), int(bias.max()))}
        if layer.padding_mode == "constant" and any(map(any, padding)):
            changes["padding_value"] = zero
    if maps:  # a sum that leaves as it is has the type that the layer says
        changes["weight_type"] = smallest(int(weights.min()), int(weights.max()))
    state.add(node.output, _name(number, node), layer.replace(**changes), (before,), weights, bias)


def _padded(state: _Lowering, layer: Conv2d, zero: int, before: str) -> tuple[tuple[int, int], Padding, str]:
    """Size, padding and source of a convolution, which takes over a pad that writes what its own does."""
    source, pad = state.pads.get(before, (before, None))
    own = before not in state.source and layer.padding_mode == "constant"
    if pad is None or not own or pad.value != zero:
        return (layer.height, layer.width), layer.padding, before
    (top, bottom), (left, right) = layer.padding
    rows, columns = _sides(pad)
    padding = ((top + rows[0], bottom + rows[1]), (left + columns[0], right + columns[1]))
    return state.shape_of(source)[:2], padding, source


def _pool(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Pool = node.operator  # pyright: ignore[reportAssignmentType]
    (before,) = node.inputs
    height, width, channels = state.shape_of(before)
    kind = state.type_of(before)
    maps = []
    if (operator.minimum, operator.maximum) != (kind.min, kind.max):
        maps.append(Clamp(operator.minimum, operator.maximum))
    makes = AvgPool2d if isinstance(operator, nodes.AveragePool) else MaxPool2d
    windows = makes(height=height, width=width, channels=channels, kernel_size=operator.kernel_size,
                    stride=operator.stride, padding=operator.padding, input_type=kind, output=tuple(maps))
    state.add(node.output, _name(number, node), windows, (before,))


def _nearest(state: _Lowering, number: int, node: Node) -> None:
    operator: Nearest = node.operator  # pyright: ignore[reportAssignmentType]
    (before,) = node.inputs
    height, width, channels = state.shape_of(before)
    factor = []
    for found, size in ((operator.rows, height), (operator.columns, width)):
        factor.append(max(1, len(found) // size))
        if list(found) != np.arange(size).repeat(factor[-1]).tolist():
            raise ValueError(f"must repeat every pixel as often as the others, not take pixels {list(found)}")
    pixels = Upsample2d(height=height, width=width, channels=channels, factor=(factor[0], factor[1]),
                        input_type=state.type_of(before))
    state.add(node.output, _name(number, node), pixels, (before,))


def _add(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Add = node.operator  # pyright: ignore[reportAssignmentType]
    first, second = (state.type_of(name) for name in node.inputs)
    for kind in (first, second):
        if kind.bits > _TABLE_BITS:
            raise ValueError(f"must get numbers of at most {_TABLE_BITS} bits, not {kind}")
    one, two = (tuple(operator.scaled(at, np.arange(kind.min, kind.max + 1)).tolist())
                for at, kind in enumerate((first, second)))
    join = add.Add(state.shape_of(node.output), (first, second), (one, two), (operator.output,))
    state.add(node.output, _name(number, node), join, node.inputs)


def _concat(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Concat = node.operator  # pyright: ignore[reportAssignmentType]
    axes = len(state.tensor(node.output).shape)
    if operator.axis % axes != axes - 1:
        raise ValueError(f"must join channels, axis {axes - 1}, not axis {operator.axis}")
    join = concat.Concat([state.shape_of(name) for name in node.inputs],
                         [state.type_of(name) for name in node.inputs])
    state.add(node.output, _name(number, node), join, node.inputs)


def _multiply(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Multiply = node.operator  # pyright: ignore[reportAssignmentType]
    (before,), factor = node.inputs, operator.factor
    height, width, channels = state.shape_of(before)
    if factor.size == 1:
        one = int(factor.flat[0])
        state.table(number, node, lambda x: operator.output.golden((x - operator.zero_point) * one))
        return
    if factor.size != channels or factor.shape[-1] != channels:
        raise ValueError(f"must multiply by a number or one for each of {channels} channels, "
                         f"not shape {factor.shape}")
    weights = factor.reshape(channels, 1, 1, 1)
    bias = -operator.zero_point * factor.reshape(channels)
    pixels = Conv2d(
        height=height, width=width, in_channels=channels, out_channels=channels, groups=channels,
        kernel_size=1, bias=True, input_type=state.type_of(before),
        weight_type=smallest(int(weights.min()), int(weights.max())),
        bias_type=smallest(int(bias.min()), int(bias.max())), output=operator.output)
    state.add(node.output, _name(number, node), pixels, (before,), weights, bias)


def _mean(state: _Lowering, number: int, node: Node) -> None:
    """All pixels of a channel summed up as they arrive."""
    operator: nodes.Mean = node.operator  # pyright: ignore[reportAssignmentType]
    (before,) = node.inputs
    height, width, channels = state.shape_of(before)
    pixels = SumPool2d(
        height=height, width=width, channels=channels, kernel_size="global",
        zero_point=operator.zero_point, input_type=state.type_of(before), output=operator.output)
    state.add(node.output, _name(number, node), pixels, (before,))


def _transposed(state: _Lowering, number: int, node: Node) -> None:
    """Pixels without what stands for 0: taps differ from phase to phase, so it cannot go into a bias."""
    operator: TransposedConvolution = node.operator  # pyright: ignore[reportAssignmentType]
    (before,), zero = node.inputs, operator.zero_point
    if zero:
        kind = state.type_of(before)
        less = f"{before} less {zero}"
        state.table(number, node, lambda x: x - zero, less, smallest(kind.min - zero, kind.max - zero))
        before = less
    height, width = operator.input_size
    padding, more = [], []
    for size, kernel, step, first, wanted in zip((height, width), operator.kernel_size, operator.stride,
                                                 operator.before, operator.size, strict=True):
        behind = (size - 1) * step + kernel - first - wanted
        padding.append((first, max(0, behind)))
        more.append(max(0, -behind))
    filters, _, _, channels = operator.weights.shape
    weights, bias = operator.weights.astype(np.int64), operator.bias
    pixels = ConvTranspose2d(
        height=height, width=width, in_channels=channels, out_channels=filters,
        kernel_size=operator.kernel_size, stride=operator.stride, padding=(padding[0], padding[1]),
        output_padding=(more[0], more[1]), bias=bias is not None, input_type=state.type_of(before),
        weight_type=smallest(int(weights.min()), int(weights.max())),
        bias_type=None if bias is None else Int(32), output=operator.output)
    state.add(node.output, _name(number, node), pixels, (before,), *pixels.check_parameters(weights, bias))


def _rescale(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Rescale = node.operator  # pyright: ignore[reportAssignmentType]
    state.table(number, node, lambda x: operator.output.golden(x - operator.zero_point))


def _pads(state: _Lowering, number: int, node: Node) -> None:
    operator: nodes.Pad = node.operator  # pyright: ignore[reportAssignmentType]
    _sides(operator)
    (before,) = node.inputs
    state.pads[node.output] = before, operator


def _reshape(state: _Lowering, number: int, node: Node) -> None:
    (before,) = node.inputs
    state.source[node.output] = state.step_of(before)


_STEPS: dict[type, Callable[[_Lowering, int, Node], None]] = {
    nodes.Add: _add,
    nodes.AveragePool: _pool,
    nodes.Concat: _concat,
    nodes.Layer: _layer,
    nodes.MaxPool: _pool,
    nodes.Mean: _mean,
    nodes.Multiply: _multiply,
    nodes.Pad: _pads,
    nodes.Rescale: _rescale,
    nodes.Reshape: _reshape,
    Nearest: _nearest,
    TransposedConvolution: _transposed,
}
"""What makes steps of each operator: the one table from networks to hardware."""
