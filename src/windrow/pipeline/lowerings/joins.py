"""What takes two streams or more: sums, which are tables and output maps, and channels side by side."""

from __future__ import annotations

import numpy as np

from windrow.joins import add, concat
from windrow.network import exact, nodes
from windrow.network.graph import Node
from windrow.pipeline.lowerings.state import MOST_TABLE_BITS, Lowering, step_name
from windrow.values.numerics import IntType

__all__ = ["lower_add", "lower_concat", "lower_exact_sum"]


def lower_add(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Add = node.operator  # pyright: ignore[reportAssignmentType]
    first, second = _tabled(state, node)
    one, two = (tuple(operator.scaled(at, np.arange(kind.min, kind.max + 1)).tolist())
                for at, kind in enumerate((first, second)))
    join = add.Add(state.shape_of(node.output), (first, second), (one, two), (operator.output,))
    state.add(node.output, step_name(number, node), join, node.inputs)


def lower_exact_sum(state: Lowering, number: int, node: Node) -> None:
    operator: exact.Sum = node.operator  # pyright: ignore[reportAssignmentType]
    kinds = _tabled(state, node)
    (one, two), output = operator.tables(kinds)
    join = add.Add(state.shape_of(node.output), kinds, (tuple(one.tolist()), tuple(two.tolist())), (output,))
    state.add(node.output, step_name(number, node), join, node.inputs)


def _tabled(state: Lowering, node: Node) -> tuple[IntType, IntType]:
    """Types of two inputs that go through tables."""
    first, second = (state.type_of(name) for name in node.inputs)
    for kind in (first, second):
        if kind.bits > MOST_TABLE_BITS:
            raise ValueError(f"must get numbers of at most {MOST_TABLE_BITS} bits, not {kind}")
    return first, second


def lower_concat(state: Lowering, number: int, node: Node) -> None:
    operator: nodes.Concat = node.operator  # pyright: ignore[reportAssignmentType]
    axes = len(state.tensor(node.output).shape)
    if operator.axis % axes != axes - 1:
        raise ValueError(f"must join channels, axis {axes - 1}, not axis {operator.axis}")
    join = concat.Concat([state.shape_of(name) for name in node.inputs],
                         [state.type_of(name) for name in node.inputs])
    state.add(node.output, step_name(number, node), join, node.inputs)
