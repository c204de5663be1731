"""Dead channels: what interval arithmetic proves to be one constant is not computed.

    smaller, saving = without_dead_channels(network)

A channel that is always the same number adds the same to every sum behind it: it goes into the bias there,
and the filter that computes it is left out, with all that only this filter read.  Where a window reaches into
the padding a channel adds less, unless it is always the zero point, which adds nothing: others stay.

Channels that go through the same pools, additions and depthwise layers stay or go together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from windrow.network import exact, nodes, upsampling
from windrow.network.graph import Network, Node
from windrow.network.ranges import Range, padded, ranges
from windrow.operators.conv2d import Conv2d
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import smallest

__all__ = ["Saving", "without_dead_channels"]

Array = npt.NDArray[np.int64]

_ALONE = (nodes.Add, nodes.AveragePool, nodes.MaxPool, nodes.Mean, nodes.Multiply, nodes.Pad, nodes.Rescale,
          upsampling.Nearest, exact.Average, exact.Sum)
"""Every channel on its own, and as many as come in."""


@dataclass(frozen=True)
class Saving:
    """What is left of a network.

    channels: how many are left out, by the tensor
    macs, weights: of the smaller network, and of the whole one
    """

    channels: dict[str, int]
    macs: tuple[int, int]
    weights: tuple[int, int]

    def __str__(self) -> str:
        macs, weights = (f"{part:,} of {whole:,} {name} ({part / max(1, whole):.1%})"
                         for (part, whole), name in ((self.macs, "MACs"), (self.weights, "weights")))
        return f"{sum(self.channels.values())} dead channels left out; {macs} and {weights} remain"


def without_dead_channels(network: Network) -> tuple[Network, Saving]:
    """A network with the same outputs for every input, and what it saves."""
    smaller = _Shrinking(network).network()
    dropped = {name: tensor.shape[-1] - smaller.tensors[name].shape[-1]
               for name, tensor in network.tensors.items()}
    saving = Saving({name: number for name, number in dropped.items() if number},
                    (smaller.macs, network.macs), (smaller.weights, network.weights))
    return smaller, saving


class _Shrinking:
    """Which channels stay, found once for all that must stay or go together."""

    def __init__(self, network: Network) -> None:
        self.whole = network
        self.ranges: dict[str, Range] = ranges(network)
        sizes = [tensor.shape[-1] for tensor in network.tensors.values()]
        self.first = dict(zip(network.tensors, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
        self.same = list(range(sum(sizes)))  # one of those that stay or go together
        self.stay: set[int] = set()

    def network(self) -> Network:
        whole = self.whole
        tensors = [replace(each, shape=(*each.shape[:-1], len(self.kept[name])))
                   for name, each in whole.tensors.items()]
        shapes = {each.name: each.shape for each in tensors}
        made = [Node(node.name, self._made(node, shapes[node.output]), node.inputs, node.output)
                for node in whole.nodes]
        return Network(whole.name, tensors, made, whole.input, whole.output, whole.contract,
                       whole.pixels)

    # Which stay ---------------------------------------------------------------------------------

    @cached_property
    def kept(self) -> dict[str, Array]:
        """The channels of each tensor that stay, one at least."""
        network = self.whole
        for name in (network.input, network.output):
            self._keep(name, range(network.tensors[name].shape[-1]))
        for node in network.nodes:
            self._tie(node)
        stay = {self._root(channel) for channel in self.stay}
        while True:
            found = {name: np.array([at for at in range(tensor.shape[-1])
                                     if self._root(self.first[name] + at) in stay], np.int64)
                     for name, tensor in network.tensors.items()}
            empty = next((name for name, channels in found.items() if not channels.size), None)
            if empty is None:
                return found
            stay.add(self._root(self.first[empty]))

    def _root(self, channel: int) -> int:
        while self.same[channel] != channel:
            self.same[channel] = self.same[self.same[channel]]
            channel = self.same[channel]
        return channel

    def _join(self, pairs: Iterator[tuple[int, int]], before: str, after: str) -> None:
        """Channels of one tensor and of another stay or go together."""
        for one, two in pairs:
            self.same[self._root(self.first[before] + one)] = self._root(self.first[after] + two)

    def _keep(self, name: str, channels: range | list[int]) -> None:
        self.stay |= {self.first[name] + channel for channel in channels}

    def _tie(self, node: Node) -> None:
        """What a node asks of the channels around it."""
        operator, after = node.operator, node.output
        count = self.whole.tensors[after].shape[-1]
        if isinstance(operator, nodes.Layer) and _mixes(operator):
            self._keep(node.inputs[0], self._wanted(operator, node.inputs[0]))
            return
        start = 0
        for before in node.inputs:
            channels = self.whole.tensors[before].shape[-1]
            places = _places(operator, channels, count)
            if places is None:
                self._keep(before, range(channels))
                self._keep(after, range(count))
            else:
                self._join(((int(each), at + start) for at, each in enumerate(places)), before, after)
            if isinstance(operator, nodes.Concat) and channels < count:
                start += channels

    def _wanted(self, operator: nodes.Layer, before: str) -> list[int]:
        """The channels that a convolution cannot do without."""
        low, high = self.ranges[before]
        assert operator.weights is not None
        weights = operator.weights.any(axis=(0, 1, 2)).reshape(-1, low.size).any(axis=0)
        constant = low == high
        if padded(operator):
            constant &= low == operator.zero_point
        return np.flatnonzero(weights & ~constant).tolist()

    # What becomes of a node ---------------------------------------------------------------------

    def _made(self, node: Node, shape: tuple[int, ...]) -> nodes.Operator:
        operator = node.operator
        before, after = self.kept[node.inputs[0]], self.kept[node.output]
        if isinstance(operator, nodes.Layer):
            return self._layer(operator, node.inputs[0], before, after)
        if isinstance(operator, nodes.Reshape):
            return nodes.Reshape(shape)
        if isinstance(operator, nodes.Multiply) and operator.factor.shape[-1] > 1:
            return replace(operator, factor=operator.factor[..., after])
        return operator

    def _layer(self, operator: nodes.Layer, name: str, before: Array, after: Array) -> nodes.Layer:
        layer = operator.layer
        maps = tuple(_of_channels(each, after) for each in layer.output)
        output = None if operator.output is None else _of_channels(operator.output, after)
        if not isinstance(layer, Conv2d):
            return replace(operator, layer=layer.replace(channels=after.size, output=maps), output=output)
        weights, bias = layer.check_parameters(operator.weights, operator.bias)
        assert weights is not None
        changes: dict[str, object] = {"in_channels": before.size, "out_channels": after.size, "output": maps}
        if not _mixes(operator):
            if layer.groups == layer.in_channels:
                changes["groups"] = after.size
            weights, bias = weights[after], None if bias is None else bias[after]
        else:
            weights, bias, features = self._folded(operator, name, weights, bias, before, after)
            changes["in_channels"] = features
        if bias is not None:
            least, most, kind = int(bias.min()), int(bias.max()), layer.bias_type
            if kind is None or not kind.min <= least <= most <= kind.max:
                kind = smallest(least, most)
            changes |= {"bias": True, "bias_type": kind}
        return replace(operator, layer=layer.replace(**changes), weights=weights, bias=bias, output=output)

    def _folded(self, operator: nodes.Layer, name: str, weights: Array, bias: Array | None, before: Array,
                after: Array) -> tuple[Array, Array | None, int]:
        """Weights of what stays, the bias with what is left out in it, and how many channels stay."""
        low = self.ranges[name][0]
        pixels = weights.shape[3] // low.size  # of an image that is read as features
        gone = np.setdiff1d(np.arange(low.size), before)
        weights = weights[after]
        each = weights.reshape(*weights.shape[:3], pixels, low.size)
        adds = each[..., gone].sum(axis=(1, 2, 3)) @ (low[gone] - operator.zero_point)
        if adds.any():
            bias = adds if bias is None else bias[after] + adds
        elif bias is not None:
            bias = bias[after]
        left = each[..., before].reshape(*weights.shape[:3], -1)
        return left, bias, left.shape[3]


def _mixes(operator: nodes.Layer) -> bool:
    """Does every output see every channel?"""
    return isinstance(operator.layer, Conv2d) and operator.layer.groups == 1


def _places(operator: nodes.Operator, before: int, after: int) -> Array | None:
    """(channels after,) the channel before that each goes with; None where they do not go with one."""
    if isinstance(operator, nodes.Layer):
        layer = operator.layer
        alone = isinstance(layer, Conv2d) and layer.groups == layer.in_channels == layer.out_channels
        pool = layer.weight_shape is None and layer.in_channels == layer.out_channels
        return np.arange(before) if (alone or pool) and before == after else None
    if isinstance(operator, nodes.Pad) and any(operator.sides[-1]):
        return None
    if isinstance(operator, (*_ALONE, nodes.Concat)):
        return np.arange(before)
    if isinstance(operator, nodes.Reshape) and after % before == 0 and (
            before == after or len(operator.shape) == 1):
        return np.arange(after) % before
    if isinstance(operator, exact.Flatten):
        return np.arange(after) // (after // before)
    return None


def _of_channels(output: object, channels: Array) -> object:
    return output.of_channels(channels.tolist()) if isinstance(output, Requantize) else output
