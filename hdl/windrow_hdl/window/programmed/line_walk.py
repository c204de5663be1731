"""ProgrammedLineWalk: windows in the line buffer, with their start and their steps in registers."""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.played_windows import WINDOWS, step_base, window_ports
from windrow_hdl.window.programmed.geometry import geometry_values
from windrow_hdl.window.programmed.line_buffer import oldest_shape
from windrow_hdl.window.programmed.setting_walk import SettingWalk, setting_ports
from windrow_hdl.window.window_issue import FLAGS

ARRIVALS = ("arrived", "filled", "geometry", "restart")
"""Ports from the line buffer, and of the setting in force."""

RETURNS = ("freed", "oldest")


def progress_ports(design: Design, walk: SettingWalk) -> dict[str, wiring.Member]:
    """Ports of a walk of the programmed line buffer; see there."""
    return {**setting_ports(design), "freed": Out(walk.freed.shape()),
            "oldest": Out(oldest_shape(design), init=-1)}  # fmt: skip  # pyright: ignore


class ProgrammedLineWalk(wiring.Component):
    """As `LineWalk`, on hardware `design` at its largest setting; `base` is the column of the *last* tap
    here: never negative, and what the window waits for.

    arrived, filled, freed, oldest: the programmed line buffer;  geometry, restart: the setting in force
    front: `base` and what the reader adds to it for the step at hand
    """

    arrivals, returns = ARRIVALS, RETURNS

    def __init__(self, design: Design) -> None:
        self.design = design
        self.origin = design.window.kernel_size[1] - 1
        self.windows = SettingWalk(design)
        self.most = (design.window.width + self.origin + 1) * design.slices - 1
        super().__init__(
            {
                **window_ports(design.window),
                **progress_ports(design, self.windows),
                **{flag: In(1) for flag in FLAGS},
                "base": Out(range(self.most + 1)),
                "first_bank": Out(range(design.ring_rows)),
                "front": In(oldest_shape(design)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        geometry = self.geometry
        m.submodules.windows = windows = self.windows
        start = geometry_values(self.design.hardware)["start"]
        base = Signal.like(self.base, name="column", init=start)
        if self.design.slices > 1:
            step_base(m, self, base, geometry.start, geometry.to_window, self.design.nest)
        else:
            with m.If(self.leave):
                m.d.sync += base.eq(base + geometry.to_window)
        with m.If(self.restart | (self.leave & self.row_ends)):
            m.d.sync += base.eq(geometry.start)
        carry(m, self, windows, "enter", "leave", *ARRIVALS)
        carry(m, windows, self, *WINDOWS, "freed")
        m.d.comb += [self.base.eq(base), windows.needed.eq(base), self.first_bank.eq(windows.bank)]
        left = Signal()
        m.d.sync += left.eq(windows.leave | self.restart)
        with m.If(left):
            # The first step of the window at hand reads its first column.
            m.d.sync += self.oldest.eq(self.front)
        with m.If(left & ~windows.progressive):
            m.d.sync += self.oldest.eq(-1)
        return m
