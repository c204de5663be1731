"""Convolutions: zero points go into biases, and into what lies in the padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from windrow.network import nodes
from windrow.network.graph import Node
from windrow.network.upsampling import TransposedConvolution
from windrow.operators.conv2d import Conv2d
from windrow.operators.transposed import ConvTranspose2d
from windrow.pipeline.lowerings.state import Lowering, sides, step_name
from windrow.values.numerics import Int, smallest
from windrow.window.window import Padding

__all__ = ["lower_layer", "lower_multiply", "lower_transposed"]


def lower_layer(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Layer = node.operator  # pyright: ignore[reportAssignmentType]
    (before,), layer, zero = node.inputs, operator.layer, operator.zero_point
    kind = state.type_of(before)
    maps = (*layer.output, *([] if operator.output is None else [operator.output]))
    if not isinstance(layer, Conv2d):
        if zero:
            raise ValueError(f"must have zero point 0 in front of a {layer.kind}, not {zero}")
        windows = layer.replace(input_type=kind, output=maps)
        state.add(node.output, step_name(number, node), windows, (before,))
        return
    size, padding, before = _padded(state, layer, zero, before)
    changes: dict[str, Any] = {"height": size[0], "width": size[1], "padding": padding, "input_type": kind,
                               "output": maps}
    weights, bias = layer.check_parameters(operator.weights, operator.bias)
    assert weights is not None
    if before in state.orders:
        weights = weights[..., state.orders[before]]
    if zero:
        offset = zero * weights.sum(axis=(1, 2, 3))
        bias = -offset if bias is None else bias - offset
        changes |= {"bias": True, "bias_type": smallest(int(bias.min()), int(bias.max()))}
        if layer.padding_mode == "constant" and any(map(any, padding)):
            changes["padding_value"] = zero
    if maps:  # a sum that leaves as it is has the type that the layer says
        changes["weight_type"] = smallest(int(weights.min()), int(weights.max()))
    state.add(node.output, step_name(number, node), layer.replace(**changes), (before,), weights, bias)


def _padded(state: Lowering, layer: Conv2d, zero: int, before: str) -> tuple[tuple[int, int], Padding, str]:
    """Size, padding and source of a convolution, which takes over a pad that writes what its own does."""
    source, pad = state.pads.get(before, (before, None))
    own = before not in state.source and layer.padding_mode == "constant"
    if pad is None or not own or pad.value != zero:
        return (layer.height, layer.width), layer.padding, before
    (top, bottom), (left, right) = layer.padding
    rows, columns = sides(pad)
    padding = ((top + rows[0], bottom + rows[1]), (left + columns[0], right + columns[1]))
    return state.shape_of(source)[:2], padding, source


def lower_multiply(state: Lowering, number: int, node: Node) -> None:
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
    state.add(node.output, step_name(number, node), pixels, (before,), weights, bias)


def lower_transposed(state: Lowering, number: int, node: Node) -> None:
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
    parameters = pixels.check_parameters(weights, bias)
    state.add(node.output, step_name(number, node), pixels, (before,), *parameters)
