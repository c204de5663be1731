"""SharedGroup: the windows of a group as one function, so that they share what their columns give.

    operands ─▶ WindowFunction of all columns ─▶ payload       for each channel
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.reductions.abreast import Windows, abreast
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import Graph
from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.shared_beats import SharedBeats
from windrow_hdl.reductions.window_function import WindowFunction
from windrow_hdl.window.operands import group_ports

__all__ = ["SharedGroup", "group_columns", "windows_together"]


def group_columns(design: Design) -> Windows:
    """Of every window of a group, which of the group's columns it reads."""
    schedule = design.schedule
    assert isinstance(schedule, GroupSchedule)
    stride, dilation = design.window.stride[1], design.window.dilation[1]
    kernel = range(design.window.kernel_size[1])
    return tuple(
        tuple(schedule.places.index(number * stride + tap * dilation) for tap in kernel)
        for number in range(design.output_pixels)
    )


def windows_together(design: Design, plan: ColumnPlan) -> SharedGroup | SharedBeats:
    """The windows of a group, each channel by `plan`; what columns give is kept if other groups read it."""
    windows = group_columns(design)
    if design.beat_by_beat:
        return SharedBeats(design, plan, windows)
    return SharedGroup(design, abreast(plan, windows))


class SharedGroup(wiring.Component):
    """`graph` of all windows of a group, `depth` cycles; ports: `group_ports` and

    channelwise: the graph is that of one channel, else of all of them, lane fastest
    depth: as of `WindowFunction`
    put, payload: a finished beat, window 0 in the low bits
    """

    def __init__(
        self, design: Design, graph: Graph, *, channelwise: bool = True, depth: int | None = None
    ) -> None:
        layer, lanes = design.layer, design.lanes
        self.design, self.kind = design, layer.result_type
        taps = graph.inputs if channelwise else graph.inputs // lanes
        self.function = WindowFunction(graph, layer.input_type, self.kind, taps=taps, lanes=lanes,
                                       channelwise=channelwise, border=layer.fill, depth=depth)  # fmt: skip
        self.depth = self.function.depth
        super().__init__(
            {
                **group_ports(design),
                "put": Out(1),
                "payload": Out(unsigned(len(self.function.payload))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, rows, function = self.design, self.design.window.kernel_size[0], self.function
        m.submodules.function = function
        carry(m, self, function, "step", "operands")
        payload: Value = function.payload
        if function.channelwise:  # channel by channel there, window by window here
            results = [payload.word_select(at, self.kind.bits)
                       for at in range(design.output_pixels * design.lanes)]  # fmt: skip
            payload = Cat(results[lane * design.output_pixels + window]
                          for window in range(design.output_pixels)
                          for lane in range(design.lanes))  # fmt: skip
        m.d.comb += [
            function.clear.eq(Cat(self.clear[at // rows] for at in range(len(function.clear)))),
            self.put.eq(function.put),
            self.payload.eq(payload),
        ]
        return m
