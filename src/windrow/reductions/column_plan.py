"""ColumnPlan: a function of a window in two parts, so that neighbouring windows share the first.

    pixels of a kernel column ─ column ─▶ items ┐
    pixels of the next column ─ column ─▶ items ┴ window ─▶ results

Windows that lie side by side have all but one column in common.  What is computed from one column alone
is computed once, when the column comes, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windrow.reductions.graph import Graph, GraphBuilder, Range

__all__ = ["ColumnPlan"]


@dataclass(frozen=True)
class ColumnPlan:
    """`column`: of `rows` pixels, its outputs are the items.  `window`: of the items of `columns` columns.

    Inputs of `window` are numbered column by column, item fastest.  `alike`: the columns of a window may come
    in any order.
    """

    columns: int
    column: Graph
    window: Graph
    alike: bool = False

    def __post_init__(self) -> None:
        if self.window.inputs != self.columns * self.items:
            raise ValueError(f"window must have {self.columns * self.items} inputs ({self.items} items of "
                             f"each of {self.columns} columns), not {self.window.inputs}")

    @property
    def rows(self) -> int:
        """Pixels of a kernel column."""
        return self.column.inputs

    @property
    def items(self) -> int:
        """Values that are kept of a column."""
        return len(self.column.outputs)

    @property
    def depth(self) -> int:
        """Cycles from the last column to the results; from `step` to `put` its hardware takes two more."""
        return self.column.depth + self.window.depth

    def item_ranges(self, pixel: Range) -> list[Range]:
        """The range of each item of a column of pixels in the range `pixel`."""
        return self.column.output_ranges([pixel] * self.rows)

    def border_items(self, value: int) -> list[int]:
        """The items of a column in which every pixel is `value`."""
        return [int(item) for item in self.column.evaluate([value] * self.rows)]

    def evaluate(self, patches: np.ndarray) -> list[np.ndarray]:
        """The results of windows (..., rows, columns), each (...,)."""
        items: list[np.ndarray] = []
        for x in range(self.columns):
            items += self.column.evaluate([patches[..., y, x] for y in range(self.rows)])
        return self.window.evaluate(items)

    def whole(self) -> Graph:
        """Both parts as one function of the taps of a window, column by column: nothing is shared."""
        builder = GraphBuilder(self.rows * self.columns)
        items: list[int] = []
        for x in range(self.columns):
            items += builder.include_values(self.column, range(x * self.rows, (x + 1) * self.rows))
        return builder.graph(builder.include(self.window, items))

    def tables(self, pixel: Range) -> int:
        """Look-up tables of both parts, of the column's once; an estimate as that of `Graph.tables`."""
        return self.column.tables([pixel] * self.rows) + self.window.tables(
            self.item_ranges(pixel) * self.columns
        )
