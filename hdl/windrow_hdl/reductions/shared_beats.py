"""SharedBeats: the windows of a group as one function, of columns that come a beat at a time.

    columns of a beat ─▶ GraphPipeline ─▶ items ─▶ items ─▶ …       one shift for each beat
                         of each column     └───────┴─▶ register ─▶ GraphPipeline ─▶ payload
                                              look: which, or the border's   of all windows

It takes the place of the register of columns and of the reduction behind it, as `SharedColumns` does: what a
column gives is computed once, when its beat comes, although the groups of two beats may read it.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.reductions.abreast import Windows, abreast, items_abreast
from windrow.reductions.column_plan import ColumnPlan
from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.counters import select
from windrow_hdl.parts.graph_pipeline import GraphPipeline
from windrow_hdl.reductions.window_function import check_result
from windrow_hdl.reductions.window_ports import chain, operand_register, pack
from windrow_hdl.window.beat_register import held_behind, shown_at
from windrow_hdl.window.looks import Looks
from windrow_hdl.window.operands import beat_ports

__all__ = ["SharedBeats"]


class SharedBeats(wiring.Component):
    """`plan` of the `windows` of a group; ports: `beat_ports` and

    step: a group begins
    channelwise: the plan is that of one channel, else of all of them, lane fastest
    depth: cycles from `step` to `put`, by default as many as the plan takes
    put, payload: a finished beat, window 0 in the low bits
    """

    def __init__(
        self, design: Design, plan: ColumnPlan, windows: Windows, *, channelwise: bool = True,
        depth: int | None = None,
    ) -> None:  # fmt: skip
        layer, schedule = design.layer, design.schedule
        assert isinstance(schedule, GroupSchedule)
        check_result(abreast(plan, windows), layer.input_type, layer.result_type)
        self.design, self.plan, self.kind = design, plan, layer.result_type
        self.looks, self.places = Looks.of_schedule(schedule), len(schedule.places)
        self.window = items_abreast(plan, windows)
        self.lanes = design.lanes if channelwise else 1
        # A cycle until the columns come, one for each level of both graphs, one for the windows' operands.
        self.depth = 2 + plan.column.depth + self.window.depth if depth is None else depth
        super().__init__(
            {
                **beat_ports(design, len(self.looks.every)),
                "put": Out(1),
                "payload": Out(unsigned(len(self.window.outputs) * self.lanes * self.kind.bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        looks, until = self.looks, 1 + self.plan.column.depth
        shift = chain(m, self.shift, until, "shift")
        early = chain(m, self.look, until - 1, "look")
        look = Signal.like(early, name="look_shown")
        m.d.sync += look.eq(early)
        clear = Signal(self.places)
        for place in range(self.places):  # a cycle early, as flip-flops
            cleared = Signal(name=f"clears_{place}")
            select(m, cleared, early, [int(each.clear[place]) for each in looks.every])
            m.d.sync += clear[place].eq(cleared)
        results = [self._results(m, lane, shift, look, clear) for lane in range(self.lanes)]
        count = len(self.window.outputs) // self.design.output_pixels
        by_window = [result for window in range(self.design.output_pixels) for lane in results
                     for result in lane[window * count : (window + 1) * count]]  # fmt: skip
        m.d.comb += [
            self.payload.eq(pack(by_window, self.kind.bits)),
            self.put.eq(chain(m, self.step, self.depth, "there")),
        ]
        return m

    def _results(self, m: Module, lane: int, shift: Value, look: Value, clear: Value) -> list[Signal]:
        """The results of all windows, of one channel or of all together."""
        plan, layer = self.plan, self.design.layer
        pixel = (layer.input_type.min, layer.input_type.max)
        newest = self._items(m, lane)
        border = plan.border_items(layer.fill)
        ranges = plan.item_ranges(pixel) * self.places
        m.submodules[f"windows_{lane}"] = window = GraphPipeline(
            self.window, ranges, self.depth - 2 - plan.column.depth)
        for item in range(plan.items):
            of_columns = {distance: items[item] for distance, items in newest.items()}
            held = held_behind(m, of_columns, self.looks, shift, f"item_{lane}_{item}")
            for place in range(self.places):
                at = place * plan.items + item
                value = shown_at(m, place, held, self.looks, look, f"shown_{lane}_{item}")
                register = operand_register(m, value, clear[place], border[item], f"operand_{lane}_{at}")
                m.d.comb += window.inputs[at].eq(register)
        return window.outputs

    def _items(self, m: Module, lane: int) -> dict[int, list[Signal]]:
        """Items of the columns of the beat that came last, by how many lie behind them."""
        plan, pixels = self.plan, self.design.pixels
        pixel = (self.design.layer.input_type.min, self.design.layer.input_type.max)
        found: dict[int, list[Signal]] = {}
        for place in range(pixels):
            column = GraphPipeline(plan.column, [pixel] * plan.rows)
            m.submodules[f"column_{lane}_{place}"] = column
            operands = plan.rows * self.lanes
            mine = self.columns[place * operands + lane : (place + 1) * operands : self.lanes]
            m.d.comb += [to.eq(from_) for to, from_ in zip(column.inputs, mine, strict=True)]
            found[pixels - 1 - place] = column.outputs
        return found
