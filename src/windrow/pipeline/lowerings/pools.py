"""Windows without weights: pools, means, nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from windrow.network import exact, nodes
from windrow.network.graph import Node
from windrow.network.upsampling import Nearest
from windrow.operators.average_pool import AvgPool2d
from windrow.operators.max_pool import MaxPool2d
from windrow.operators.sum_pool import SumPool2d
from windrow.operators.upsample import Upsample2d
from windrow.outputs.clamp import Clamp
from windrow.pipeline.lowerings.state import Lowering, step_name

__all__ = ["lower_exact_average", "lower_mean", "lower_nearest", "lower_pool"]


def lower_pool(state: Lowering, number: int, node: Node) -> None:
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
    state.add(node.output, step_name(number, node), windows, (before,))


def lower_mean(state: Lowering, number: int, node: Node) -> None:
    """All pixels of a channel summed up as they arrive."""
    operator: nodes.Mean = node.operator  # pyright: ignore[reportAssignmentType]
    _sum(state, number, node, operator, kernel_size="global")


def lower_exact_average(state: Lowering, number: int, node: Node) -> None:
    operator: exact.Average = node.operator  # pyright: ignore[reportAssignmentType]
    _sum(state, number, node, operator, kernel_size=operator.kernel_size, stride=operator.stride,
         padding=operator.padding)  # fmt: skip


def _sum(state: Lowering, number: int, node: Node, operator: nodes.Mean | exact.Average,
         **window: Any) -> None:
    """Sums of windows, and what becomes of them."""
    (before,) = node.inputs
    height, width, channels = state.shape_of(before)
    pixels = SumPool2d(height=height, width=width, channels=channels, zero_point=operator.zero_point,
                       input_type=state.type_of(before), output=operator.output, **window)
    state.add(node.output, step_name(number, node), pixels, (before,))


def lower_nearest(state: Lowering, number: int, node: Node) -> None:
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
    state.add(node.output, step_name(number, node), pixels, (before,))
