"""ProgrammedLineWalk: windows in the line buffer, with their start and their steps in registers."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal
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
    return {**setting_ports(design), "freed": Out(walk.freed.shape()), "oldest": Out(oldest_shape(design))}


class BankWalk(wiring.Component):
    """bank: where a window's first row lies: a stride further in each row, or the next frame's first."""

    def __init__(self, walk: SettingWalk) -> None:
        self.walk = walk
        super().__init__({"bank": Out(range(walk.design.ring_rows))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        walk, geometry = self.walk, self.walk.geometry
        first = Signal.like(self.bank, name="bank_of_window", init=walk.design.schedule.rows.offsets[0]
                            % walk.design.ring_rows)  # fmt: skip
        of_frame = Signal.like(self.bank, name="bank_of_frame")  # where the frame's first row lies
        following = Signal.like(self.bank, name="bank_of_next_frame")
        m.d.comb += [self.bank.eq(first), following.eq(of_frame + geometry.last_row + 1)]
        with m.If(walk.leave & walk.row_ends):
            m.d.sync += first.eq(first + geometry.stride_h)
            with m.If(walk.frame_ends):
                m.d.sync += [of_frame.eq(following), first.eq(following - geometry.top)]
        with m.If(walk.restart):
            m.d.sync += first.eq(of_frame - geometry.top)
        return m


class ProgrammedLineWalk(wiring.Component):
    """As `LineWalk`, on hardware `design` at its largest setting; `base` is the column of the *last* tap
    here: never negative, and what the window waits for.

    arrived, filled, freed, oldest: the programmed line buffer;  geometry, restart: the setting in force
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
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        slices, geometry = self.design.slices, self.geometry
        m.submodules.windows = windows = self.windows
        m.submodules.banks = banks = BankWalk(windows)
        start = geometry_values(self.design.hardware)["start"]
        base = Signal.like(self.base, name="column", init=start)
        step_base(m, self, base, geometry.start, geometry.to_window, self.design.nest.slices)
        with m.If(self.restart):
            m.d.sync += base.eq(geometry.start)
        carry(m, self, windows, "enter", "leave", *ARRIVALS)
        carry(m, windows, self, *WINDOWS, "freed")
        m.d.comb += [self.base.eq(base), windows.needed.eq(base), self.first_bank.eq(banks.bank)]
        left = Signal()
        m.d.sync += left.eq(windows.leave | self.restart)
        with m.If(left):
            front = base - self.origin * slices
            m.d.sync += self.oldest.eq(Mux(windows.progressive, front, -1))
        return m
