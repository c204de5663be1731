"""RunningRectangle: minima and maxima over wide rectangles, with a few comparisons for any width.

    column ─▶ GraphPipeline ─┬▶ two columns ─▶ two pairs ─▶ … ─▶ windows that end in their row ─┐
              one value       │                                                                 ├─▶ payload
                              └▶ since the row began ─▶ windows that begin before their row ────┘

Runs of columns double, so `columns` take about their logarithm of comparisons.  But a run that serves many
windows may hold the end of one row and the beginning of the next, and windows in padding want only one of
them: those at the right what came before the boundary, those at the left what came behind.  So doubled runs
leave out what lies behind a boundary, and one more comparison follows a row from its beginning; padding
never wins.  `SharedColumns` with `extreme_plan` takes `columns - 1` comparisons and knows no boundary.
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from windrow.reductions.extreme import check_element, doubled_runs, extreme_plan
from windrow.values.numerics import IntType
from windrow_hdl.parts.graph_pipeline import GraphPipeline
from windrow_hdl.reductions.shared_columns import column_ports
from windrow_hdl.reductions.window_ports import chain

__all__ = ["RunningRectangle"]


class RunningRectangle(wiring.Component):
    """`kind` of `rows x columns` pixels of windows that come column by column; ports: `column_ports`, and

    first: together with the column, it begins a row, or holds no pixels

    width: columns of a row, at least `columns - 1`, so that a window meets one boundary at most.
    Of `clear` only the newest column's bit is looked at: the boundaries tell the rest.  Padded rows have to
    come as what never wins.  Raises ValueError for an unknown kind, for a rectangle as `check_element` does,
    and for too narrow rows.
    """

    def __init__(
        self, kind: str, rows: int, columns: int, pixel: IntType, *, width: int, lanes: int = 1
    ) -> None:
        self.plan = extreme_plan(kind, check_element(np.ones((rows, 1), bool)))
        check_element(np.ones((1, columns), bool))
        if width < columns - 1:
            raise ValueError(f"width must be at least {columns - 1}, a column less than the window, "
                             f"not {width!r}")  # fmt: skip
        self.kind, self.columns, self.pixel, self.lanes = kind, columns, pixel, lanes
        self.runs = doubled_runs(columns)
        self.depth = 2 + self.plan.column.depth + len(self.runs)
        super().__init__({**column_ports(pixel, rows, columns, lanes, lanes * pixel.bits), "first": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        levels, until = len(self.runs), 1 + self.plan.column.depth
        shifts = [chain(m, self.shift, until, "shift")]
        for level in range(levels - 1):
            shifts.append(chain(m, shifts[-1], 1, f"shift_{level}"))
        first = chain(m, self.first, until - 1, "first")
        # Which of the latest columns began a row, the newest first.
        began = [first]
        for number in range(1, self.columns - 1):
            before = Signal(name=f"began_{number}")
            with m.If(shifts[0]):
                m.d.sync += before.eq(began[-1])
            began.append(before)
        hidden = [chain(m, Cat(began[n - 1 : n + apart - 1]).any(), level, f"hidden_{level}")
                  for level, (n, apart) in enumerate(self.runs)]  # fmt: skip
        padded = chain(m, self.clear[-1], until - 1, "padded")
        begins = chain(m, Cat(began).any() & ~padded, levels, "begins")
        for lane in range(self.lanes):
            newest = self._column(m, lane)
            since = self._since(m, newest, first, shifts[0], lane)
            run: Value = newest
            for level, ((_, apart), shift) in enumerate(zip(self.runs, shifts, strict=False)):
                older = run
                for number in range(apart):
                    place = Signal.like(newest, name=f"run_{lane}_{level}_{number}", reset_less=True)
                    with m.If(shift):
                        m.d.sync += place.eq(older)
                    older = place
                longer = Signal.like(newest, name=f"run_{lane}_{level}", reset_less=True)
                m.d.sync += longer.eq(self._better(older, run, hidden[level]))
                run = longer
            result = Signal.like(newest, name=f"result_{lane}", reset_less=True)
            waits = chain(m, since, levels - 1, f"since_{lane}", reset_less=True) if levels else run
            m.d.sync += result.eq(Mux(begins, waits, run))
            m.d.comb += self.payload.word_select(lane, self.pixel.bits).eq(result)
        m.d.comb += self.put.eq(chain(m, self.step, self.depth, "there"))
        return m

    def _better(self, a: Value, b: Value, only_a: Value) -> Value:
        """What wins of two, or `a` without a contest."""
        return Mux(only_a | (a < b if self.kind == "minimum" else b < a), a, b)

    def _column(self, m: Module, lane: int) -> Signal:
        """The extreme of the column that came last."""
        m.submodules[f"column_{lane}"] = column = GraphPipeline(
            self.plan.column, [(self.pixel.min, self.pixel.max)] * self.plan.rows)  # fmt: skip
        for row, to in enumerate(column.inputs):
            m.d.comb += to.eq(self.column[row * self.lanes + lane])
        return column.outputs[0]

    def _since(self, m: Module, newest: Signal, first: Value, shift: Value, lane: int) -> Signal:
        """The extreme of a row so far, a cycle after its newest column."""
        since = Signal.like(newest, name=f"since_{lane}", reset_less=True)
        with m.If(shift):
            m.d.sync += since.eq(self._better(newest, since, first))
        return since
