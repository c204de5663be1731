"""Ranges: the least and the largest number that each channel of each tensor can have, whatever comes in.

Interval arithmetic through the integers of the network: what the numbers have to do with each other is
forgotten, so a range may be too wide, and is never too narrow.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.network import exact, nodes, upsampling
from windrow.network.graph import Network, Tensor
from windrow.operators.conv2d import Conv2d

__all__ = ["Range", "padded", "ranges"]

Array = npt.NDArray[np.int64]
Range: TypeAlias = "tuple[Array, Array]"
"""(channels,) least and largest."""

_MONOTONE = (nodes.Add, nodes.AveragePool, nodes.Concat, nodes.MaxPool, nodes.Mean, nodes.Multiply, nodes.Pad,
             nodes.Rescale, nodes.Reshape, upsampling.Nearest, exact.Average, exact.Flatten, exact.Sum)
"""Every number that they give rises, or falls, with every number that they take."""


def ranges(network: Network) -> dict[str, Range]:
    """The range of each tensor, channel by channel of its last axis."""
    found = {network.input: _anything(network.tensors[network.input])}
    for node in network.nodes:
        before = [found[name] for name in node.inputs]
        operator, tensor = node.operator, network.tensors[node.output]
        if isinstance(operator, nodes.Layer):
            low, high = _layer(operator, *before[0])
            found[node.output] = _clipped(tensor, low, high)
        elif isinstance(operator, _MONOTONE):
            shapes = [network.tensors[name].shape for name in node.inputs]
            ends = [operator.golden(*(np.broadcast_to(each[end], (1, *shape)) for each, shape in
                                      zip(before, shapes, strict=True))) for end in (0, 1)]
            ends = [end.reshape(-1, end.shape[-1]) for end in ends]
            found[node.output] = np.minimum(*ends).min(axis=0), np.maximum(*ends).max(axis=0)
        else:
            found[node.output] = _anything(tensor)
    return found


def padded(layer: nodes.Layer) -> bool:
    """Does a window see what stands for nothing, outside of the image?"""
    return layer.layer.padding_mode == "constant" and any(map(any, layer.layer.padding))


def _anything(tensor: Tensor) -> Range:
    channels = tensor.shape[-1]
    return np.full(channels, tensor.type.min), np.full(channels, tensor.type.max)


def _clipped(tensor: Tensor, low: Array, high: Array) -> Range:
    return np.clip(low, tensor.type.min, tensor.type.max), np.clip(high, tensor.type.min, tensor.type.max)


def _layer(operator: nodes.Layer, low: Array, high: Array) -> Range:
    """Of what a window makes; an image that is read as features has its channels once for each pixel."""
    layer = operator.layer
    pixels = layer.in_channels // low.size
    low, high = np.tile(low, pixels) - operator.zero_point, np.tile(high, pixels) - operator.zero_point
    if padded(operator):
        low, high = np.minimum(low, layer.fill), np.maximum(high, layer.fill)
    if isinstance(layer, Conv2d):
        low, high = _sums(operator, layer, low, high)
    low, high = layer.chain.reach(low, high)
    return (low, high) if operator.output is None else operator.output.reach(low, high)


def _sums(operator: nodes.Layer, layer: Conv2d, low: Array, high: Array) -> Range:
    """Of sums of products: a tap gives its least where the weight is positive and the number least, ..."""
    weights, bias = layer.check_parameters(operator.weights, operator.bias)
    assert weights is not None
    rises, falls = (part.sum(axis=(1, 2)) for part in (np.maximum(weights, 0), np.minimum(weights, 0)))
    group = np.arange(layer.out_channels) // (layer.out_channels // layer.groups)
    low, high = (end.reshape(layer.groups, -1)[group] for end in (low, high))
    ends = (rises * low + falls * high).sum(axis=1), (rises * high + falls * low).sum(axis=1)
    return ends if bias is None else (ends[0] + bias, ends[1] + bias)
