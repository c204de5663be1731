"""SharedColumns: a function of windows that come column by column; what one column gives is computed once.

    column ─▶ GraphPipeline ─▶ items ─▶ items ─▶ … ─▶ items        one shift for each column
              of the column      └───────┴────────────┴─▶ register ─▶ GraphPipeline ─▶ payload
                                                          clear: border's items   of the window

It takes the place of the shift register of columns and of the reduction behind it: instead of pixels, the
items of the columns move from place to place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.mirror import Mirror
from windrow.values.numerics import IntType
from windrow_hdl.parts.graph_pipeline import GraphPipeline
from windrow_hdl.reductions.window_function import check_result
from windrow_hdl.reductions.window_ports import (
    chain,
    check_border,
    check_mirror,
    mirrored,
    operand_register,
    pack,
)
from windrow_hdl.window.operands import shape

__all__ = ["SharedColumns", "check_offsets", "column_ports"]


def column_ports(pixel: IntType, rows: int, columns: int, lanes: int, bits: int) -> dict[str, wiring.Member]:
    """shift: a column comes in the next cycle;  step: it completes a window, or another column's place does
    column: together with the next two, its pixels, `rows * lanes`, lane fastest; padded rows are in it
    clear: per kernel column, the leftmost first: it lies in padding
    put, payload: as in `window_ports`
    """
    return {
        "shift": In(1),
        "step": In(1),
        "column": In(shape(pixel)).array(rows * lanes),
        "clear": In(columns),
        "put": Out(1),
        "payload": Out(unsigned(bits)),
    }


def check_offsets(offsets: Sequence[int] | None, columns: int) -> list[int]:
    """Places of kernel columns in columns of pixels, from 0, the leftmost first: side by side by default."""
    found = list(range(columns)) if offsets is None else list(offsets)
    if len(found) != columns or found[0] != 0 or any(a >= b for a, b in pairwise(found)):
        raise ValueError(f"offsets must be {columns} ascending numbers from 0, not {offsets!r}")
    return found


class SharedColumns(wiring.Component):
    """`plan` of the windows that the latest columns form; ports: `column_ports`.

    A window is the column that comes and those that came before it, at the places `offsets`.  `border` is
    what a cleared pixel counts as, 0 by default; with a `mirror`, cleared columns show others of the window.
    `depth` cycles lie between `step` and `put`, by default as many as the plan takes.
    """

    def __init__(
        self,
        plan: ColumnPlan,
        pixel: IntType,
        result: IntType,
        *,
        lanes: int = 1,
        border: int | None = None,
        mirror: Mirror | None = None,
        offsets: Sequence[int] | None = None,
        depth: int | None = None,
    ) -> None:
        check_result(plan.whole(), pixel, result)
        self.plan, self.pixel, self.result, self.lanes = plan, pixel, result, lanes
        self.border = check_border(border or 0, pixel)
        self.offsets = check_offsets(offsets, plan.columns)
        self.mirror = check_mirror(mirror, border, plan.columns, self.offsets)
        # A cycle until the column comes, one for each level of both graphs, one for the window's operands.
        self.depth = 2 + plan.depth if depth is None else depth
        bits = len(plan.window.outputs) * lanes * result.bits
        super().__init__(column_ports(pixel, plan.rows, plan.columns, lanes, bits))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        plan, until = self.plan, 1 + self.plan.column.depth
        shift = chain(m, self.shift, until, "shift")
        # `clear` comes a cycle after `shift` and `step`.
        clear = chain(m, self.clear, until - 1, "clear")
        results: list[Signal] = []
        for lane in range(self.lanes):
            m.submodules[f"window_{lane}"] = window = GraphPipeline(
                plan.window, plan.item_ranges((self.pixel.min, self.pixel.max)) * plan.columns,
                self.depth - 2 - plan.column.depth)
            columns = [self._items(m, lane)]
            for number in range(1, self.offsets[-1] + 1):
                items = [Signal.like(item, name=f"item_{lane}_{number}_{at}", reset_less=True)
                         for at, item in enumerate(columns[-1])]  # fmt: skip
                with m.If(shift):
                    m.d.sync += [to.eq(from_) for to, from_ in zip(items, columns[-1], strict=True)]
                columns.append(items)
            places = [columns[self.offsets[-1] - offset] for offset in self.offsets]
            border = plan.border_items(self.border)
            for at, operand in enumerate(window.inputs):
                x, item = divmod(at, plan.items)
                value, hidden = places[x][item], clear[x]
                if self.mirror is not None:
                    value, hidden = mirrored(self.mirror, [each[item] for each in places], clear, x), 0
                register = operand_register(m, value, hidden, border[item], f"operand_{lane}_{at}")
                m.d.comb += operand.eq(register)
            results += window.outputs
        m.d.comb += [
            self.payload.eq(pack(results, self.result.bits)),
            self.put.eq(chain(m, self.step, self.depth, "there")),
        ]
        return m

    def _items(self, m: Module, lane: int) -> list[Signal]:
        """Items of the column that came last."""
        m.submodules[f"column_{lane}"] = column = GraphPipeline(
            self.plan.column, [(self.pixel.min, self.pixel.max)] * self.plan.rows)
        for row, pixel in enumerate(column.inputs):
            m.d.comb += pixel.eq(self.column[row * self.lanes + lane])
        return column.outputs
