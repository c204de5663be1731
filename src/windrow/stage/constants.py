"""Constants: designs whose every weight meets every window in the same place, and how sums are made of them.

    weights ─▶ kernels, all channels of a column under each other ─┬─▶ what a column gives, once
                                                                   └─▶ the window as it is

Without multipliers such a sum is a graph of shifts and additions.  It is ready in the cycle in which
multipliers and their adder tree would be, so time knows nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Parameters
from windrow.operators.transposed import ConvTranspose2d
from windrow.reductions.abreast import Windows, abreast, items_abreast
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import Graph, Range
from windrow.reductions.separable import kernel_plans
from windrow.reductions.shift_add import constant_sums, price
from windrow.stage.design import Design

__all__ = ["ConstantPlan", "constant_plan", "has_constants"]


def has_constants(design: Design) -> bool:
    """Does every multiplier have one weight, for ever?"""
    return (isinstance(design.layer, Conv2d) and design.fold == design.window.phases == 1
            and not design.loads_weights)  # fmt: skip


@dataclass(frozen=True)
class ConstantPlan:
    """Sums of all filters of the windows `abreast`, each the numbers of its columns.

    shared: what a column gives moves on in the place of its pixels, where `beat` columns come at once
    """

    columns: ColumnPlan
    windows: Windows
    shared: bool
    beat: int = 1

    @property
    def whole(self) -> Graph:
        """All of it as a function of pixels, column by column, window by window."""
        return abreast(self.columns, self.windows)

    def price(self, pixel: Range, depth: int) -> int:
        """As `shift_add.price`, for `depth` cycles."""
        if not self.shared:
            whole = self.whole
            return price(whole.tables([pixel] * whole.inputs), whole.depth, depth)
        column, window = self.columns.column, items_abreast(self.columns, self.windows)
        items = self.columns.item_ranges(pixel) * (window.inputs // self.columns.items)
        tables = self.beat * column.tables([pixel] * column.inputs) + window.tables(items)
        return price(tables, column.depth + window.depth, depth)


def constant_plan(
    design: Design, parameters: Parameters, windows: Windows | None = None
) -> ConstantPlan:
    """The cheapest plan of a design that `has_constants`; of one window by default."""
    weights, bias = parameters
    assert weights is not None
    kernels = _kernels(design, weights)
    pixel, depth = (design.layer.input_type.min, design.layer.input_type.max), design.array_depth - 2
    places = (tuple(range(kernels.shape[2])),) if windows is None else windows
    together = kernel_plans(kernels, pixel, bias, depth)
    choices = [ConstantPlan(columns, places, False)
               for columns in (_apart(kernels, pixel, bias, depth), *together)]  # fmt: skip
    if design.column_by_column or design.beat_by_beat:
        choices = [*(ConstantPlan(columns, places, True, design.pixels) for columns in together), *choices]
    return min(choices, key=lambda choice: choice.price(pixel, depth))


def _kernels(design: Design, weights: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(filters, rows * channels, columns): channels that a filter does not see have zeros."""
    layer = design.layer
    kernel = layer.by_phase(weights)[0] if isinstance(layer, ConvTranspose2d) else weights
    filters, rows, columns, channels = kernel.shape
    of_group = filters // layer.groups
    dense = np.zeros((filters, rows, layer.in_channels, columns), np.int64)
    for at in range(filters):
        first = at // of_group * channels
        dense[at, :, first : first + channels] = kernel[at].transpose(0, 2, 1)
    return dense.reshape(filters, -1, columns)


def _apart(
    kernels: npt.NDArray[np.int64], pixel: Range, bias: npt.NDArray[np.int64] | None, depth: int
) -> ColumnPlan:
    """Of a column its pixels, and all sums from these."""
    filters, rows, columns = kernels.shape
    flat = kernels.transpose(0, 2, 1).reshape(filters, -1)
    biases = None if bias is None else bias.tolist()
    sums = constant_sums(flat.tolist(), [pixel] * flat.shape[1], biases, depth)
    return ColumnPlan(columns, Graph(rows, (), tuple((row, 0) for row in range(rows))), sums)
