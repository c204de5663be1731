"""Control: takes settings, refuses illegal ones, and applies legal ones between two frames.

    settings ─▶ Geometry ─▶ legal? ─ no ─▶ refused
                               └ yes ─▶ hold ─▶ (idle) ─▶ geometry registers ─▶ accepted, restart

A setting is on the stream until it is taken, so it is kept nowhere else.  Frames under way are finished with
the old geometry; the next one begins in the cycle after `accepted` at the earliest.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.window.programmed.geometry import Geometry, geometry_layout, geometry_values, setting_layout


class Control(wiring.Component):
    """Takes, checks and applies settings.

    settings: payload as `setting_layout` says;  accepted, refused: for one cycle, what became of one
    hold: begin no frame;  idle: nothing is under way;  geometry: the setting in force
    restart: begin anew with the geometry, which is there from this cycle on
    again: the datapath is being reset; `restart` follows, with the same geometry
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        super().__init__(
            {
                "settings": In(stream.Signature(unsigned(setting_layout(design).size))),
                "accepted": Out(1),
                "refused": Out(1),
                "hold": Out(1),
                "idle": In(1),
                "geometry": Out(geometry_layout(design)),
                "restart": Out(1),
                "again": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.check = check = Geometry(self.design)
        # Where a setting was looked at: it has been on the stream for a cycle.
        seen, legal, waits = Signal(), Signal(), Signal()
        apply, refuse, accepted = Signal(), Signal(), Signal()
        sees, begins = self.settings.valid & ~self.settings.ready, apply | self.again
        geometry = Signal(geometry_layout(self.design), init=geometry_values(self.design.hardware))
        m.d.comb += [
            check.setting.eq(self.settings.payload),
            apply.eq(seen & legal & self.idle),
            refuse.eq(seen & ~legal),
            self.settings.ready.eq(apply | refuse),
            self.hold.eq(waits),
            self.accepted.eq(accepted),
            self.geometry.eq(geometry),
        ]
        m.d.sync += [
            seen.eq(sees),
            legal.eq(check.legal),
            waits.eq((sees & check.legal) | begins),
            self.refused.eq(refuse),
            self.restart.eq(begins),
            accepted.eq(apply),
        ]
        with m.If(apply):
            m.d.sync += geometry.eq(check.geometry)
        return m
