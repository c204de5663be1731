"""SharedGroup: the windows of a group as one function, so that they share what their columns give.

    operands ─▶ WindowFunction of all columns ─▶ payload       for each channel
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.reductions.abreast import abreast
from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.window_function import WindowFunction
from windrow_hdl.window.operands import group_ports

__all__ = ["SharedGroup", "group_columns"]


def group_columns(design: Design) -> tuple[tuple[int, ...], ...]:
    """Of every window of a group, which of the group's columns it reads."""
    schedule = design.schedule
    assert isinstance(schedule, GroupSchedule)
    stride, dilation = design.window.stride[1], design.window.dilation[1]
    kernel = range(design.window.kernel_size[1])
    return tuple(
        tuple(schedule.places.index(number * stride + tap * dilation) for tap in kernel)
        for number in range(design.output_pixels)
    )


class SharedGroup(wiring.Component):
    """`design.group_plan` of all windows of a group, `depth` cycles; ports: `group_ports` and

    put, payload: a finished beat, window 0 in the low bits
    """

    def __init__(self, design: Design) -> None:
        layer, plan = design.layer, design.group_plan
        assert plan is not None
        self.design, self.kind = design, layer.result_type
        graph = abreast(plan, group_columns(design))
        self.function = WindowFunction(graph, layer.input_type, self.kind, taps=graph.inputs,
                                       lanes=design.lanes, border=layer.fill)  # fmt: skip
        self.depth = self.function.depth
        bits = design.output_pixels * design.lanes * self.kind.bits
        super().__init__({**group_ports(design), "put": Out(1), "payload": Out(unsigned(bits))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, rows = self.design, self.design.window.kernel_size[0]
        m.submodules.function = function = self.function
        carry(m, self, function, "step", "operands")
        results = [function.payload.word_select(at, self.kind.bits)
                   for at in range(design.output_pixels * design.lanes)]  # fmt: skip
        m.d.comb += [
            function.clear.eq(Cat(self.clear[at // rows] for at in range(len(function.clear)))),
            self.put.eq(function.put),
            # Channel by channel there, window by window here.
            self.payload.eq(Cat(results[lane * design.output_pixels + window]
                                for window in range(design.output_pixels) for lane in range(design.lanes))),
        ]  # fmt: skip
        return m
