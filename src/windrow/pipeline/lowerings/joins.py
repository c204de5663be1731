"""What takes two streams or more: sums, which are tables and output maps, and channels side by side."""

from __future__ import annotations

import numpy as np

from windrow.joins import add, concat
from windrow.network import nodes
from windrow.network.graph import Node
from windrow.pipeline.lowerings.state import MOST_TABLE_BITS, Lowering, step_name

__all__ = ["lower_add", "lower_concat"]


def lower_add(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Add = node.operator  # pyright: ignore[reportAssignmentType]
    first, second = (state.type_of(name) for name in node.inputs)
    for kind in (first, second):
        if kind.bits > MOST_TABLE_BITS:
            raise ValueError(f"must get numbers of at most {MOST_TABLE_BITS} bits, not {kind}")
    one, two = (tuple(operator.scaled(at, np.arange(kind.min, kind.max + 1)).tolist())
                for at, kind in enumerate((first, second)))
    join = add.Add(state.shape_of(node.output), (first, second), (one, two), (operator.output,))
    state.add(node.output, step_name(number, node), join, node.inputs)


def lower_concat(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Concat = node.operator  # pyright: ignore[reportAssignmentType]
    axes = len(state.tensor(node.output).shape)
    if operator.axis % axes != axes - 1:
        raise ValueError(f"must join channels, axis {axes - 1}, not axis {operator.axis}")
    join = concat.Concat([state.shape_of(name) for name in node.inputs],
                         [state.type_of(name) for name in node.inputs])
    state.add(node.output, step_name(number, node), join, node.inputs)
