"""What changes no number, or each by itself: pads and reshapes that are nothing of their own, tables."""

from __future__ import annotations

from windrow.network import nodes
from windrow.network.graph import Node
from windrow.pipeline.lowerings.state import Lowering, sides

__all__ = ["lower_pads", "lower_rescale", "lower_reshape"]


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
