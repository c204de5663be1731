"""ProgrammedLineWalk: windows in the line buffer, with their start and their steps in registers."""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.played_windows import WINDOWS, step_base, window_ports
from windrow_hdl.window.programmed.geometry import geometry_values
from windrow_hdl.window.programmed.setting_walk import ARRIVALS, RETURNS, SettingWalk, progress_ports
from windrow_hdl.window.window_issue import FLAGS


class ProgrammedLineWalk(wiring.Component):
    """As `LineWalk`, on hardware `design` at its largest setting; `base` is the column of the *last* tap
    here: never negative, and what the window waits for.

    `progress_ports`: the programmed line buffer, and the setting in force
    base, first_bank: as in `LineWalk`;  go, step_ends, beat_ends, window_ends, again: see `WindowIssue`
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
                **progress_ports(self.windows),
                **{flag: In(1) for flag in FLAGS},
                "base": Out(range(self.most + 1)),
                "first_bank": Out(range(design.ring_rows)),
                "front": In(self.windows.front.shape()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.windows = windows = self.windows
        base: Signal = windows.column.place
        if self.design.slices > 1:
            base = self._base(m)
        carry(m, self, windows, "enter", "leave", *ARRIVALS)
        carry(m, windows, self, *WINDOWS, *RETURNS)
        m.d.comb += [self.base.eq(base), windows.needed.eq(base), self.first_bank.eq(windows.bank)]
        # The first step of the window at hand reads its first column.
        m.d.comb += windows.front.eq(self.front)
        return m

    def _base(self, m: Module) -> Signal:
        """Step through the slices of windows."""
        geometry = self.geometry
        base = Signal.like(self.base, name="column", init=geometry_values(self.design.hardware)["start"])
        step_base(m, self, base, geometry.start, geometry.to_window, self.design.nest)
        with m.If(self.restart):
            m.d.sync += base.eq(geometry.start)
        return base
