"""Windows abreast: a function of columns for several windows of one group, each column reduced once.

    pixels of each column ─ column ─▶ items ─ window ─▶ results of the first window
                                          └── window ─▶ results of the next

What two windows compute alike is there once.  Where a window's columns may come in any order, neighbours take
those that they have in common first: then more is alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import Graph, GraphBuilder

__all__ = ["Windows", "abreast", "items_abreast"]

Windows = tuple[tuple[int, ...], ...]
"""Of every window of a group, the numbers of its columns."""


@lru_cache(maxsize=64)
def abreast(plan: ColumnPlan, windows: Windows) -> Graph:
    """The results of `plan` for `windows`.

    Inputs are pixels, column by column; outputs are the results, window by window.
    """
    columns = _columns(windows)
    builder = GraphBuilder(columns * plan.rows)
    items: list[int] = []
    for at in range(columns):
        items += builder.include_values(plan.column, range(at * plan.rows, (at + 1) * plan.rows))
    return builder.graph(builder.include(items_abreast(plan, windows), items)).pruned()


@lru_cache(maxsize=64)
def items_abreast(plan: ColumnPlan, windows: Windows) -> Graph:
    """As `abreast`, from what columns give: inputs are items, column by column."""
    builder = GraphBuilder(_columns(windows) * plan.items)
    outputs: list[tuple[int | None, int]] = []
    for number, window in enumerate(windows):
        order = _in_common_first(windows, number) if plan.alike else window
        items = [column * plan.items + item for column in order for item in range(plan.items)]
        outputs += builder.include(plan.window, items)
    return builder.graph(outputs).pruned()


def _columns(windows: Windows) -> int:
    return 1 + max(max(window) for window in windows)


def _in_common_first(windows: Sequence[Sequence[int]], number: int) -> list[int]:
    """The columns of a window, those first that the other of its pair has, too."""
    partner = number ^ 1
    other = windows[partner] if partner < len(windows) else ()
    return sorted(windows[number], key=lambda column: (column not in other, column))
