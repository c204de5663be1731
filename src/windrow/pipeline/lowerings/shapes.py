"""What changes no number, or each by itself: pads and reshapes that are nothing of their own, tables."""

from __future__ import annotations

import numpy as np

from windrow.network import nodes
from windrow.network.graph import Node
from windrow.pipeline.lowerings.state import Lowering, sides

__all__ = ["lower_flatten", "lower_pads", "lower_rescale", "lower_reshape"]


def lower_rescale(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Rescale = node.operator  # pyright: ignore[reportAssignmentType]
    state.table(number, node, lambda x: operator.output.golden(x - operator.zero_point))


def lower_pads(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Pad = node.operator  # pyright: ignore[reportAssignmentType]
    sides(operator)
    (before,) = node.inputs
    state.pads[node.output] = before, operator


def lower_reshape(state: Lowering, number: int, node: Node) -> None:
    (before,) = node.inputs
    state.source[node.output] = state.step_of(before)


def lower_flatten(state: Lowering, number: int, node: Node) -> None:
    """The stream stays the same: weights behind it are put into its order."""
    lower_reshape(state, number, node)
    height, width, channels = state.shape_of(node.inputs[0])
    if height * width > 1 and channels > 1:
        order = np.arange(channels * height * width).reshape(channels, height * width)
        state.orders[node.output] = order.T.ravel()
