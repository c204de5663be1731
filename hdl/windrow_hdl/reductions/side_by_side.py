"""SideBySide: one reduction for each window of a group, all in step.

    operands ─┬─▶ window_0 ─┬─▶ payload      each takes its own taps of the columns that they share
              └─▶ window_1 ─┘
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.operands import OPERANDS, group_ports

__all__ = ["SideBySide"]


class SideBySide(wiring.Component):
    """`windows`, the reductions of a design's group; ports: `group_ports` and

    put, payload: a finished beat, window 0 in the low bits
    """

    def __init__(self, design: Design, windows: Sequence[Any]) -> None:
        assert isinstance(design.schedule, GroupSchedule)
        self.design, self.windows, self.places = design, list(windows), design.schedule.places
        bits = len(self.windows[0].payload)
        super().__init__(
            {
                **group_ports(design),
                "put": Out(1),
                "payload": Out(unsigned(bits * len(self.windows))),
                **({"restart": In(1)} if "restart" in self.windows[0].signature.members else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for number, window in enumerate(self.windows):
            m.submodules[f"window_{number}"] = window
            wanted = window.signature.members
            carry(m, self, window, *(name for name in ("step", "restart") if name in wanted))
            self._taps(m, number, window, [name for name in OPERANDS if name in wanted])
        m.d.comb += [
            self.put.eq(self.windows[0].put),
            self.payload.eq(Cat(window.payload for window in self.windows)),
        ]
        return m

    def _taps(self, m: Module, number: int, window: Any, wanted: list[str]) -> None:
        """Connect the taps of one window to the columns that it reads."""
        design = self.design
        (kh, kw), lanes = design.window.kernel_size, design.lanes
        stride, dilation = design.window.stride[1], design.window.dilation[1]
        for kx in range(kw):
            place = self.places.index(number * stride + kx * dilation)
            for ky in range(kh):
                tap, at = kx * kh + ky, place * kh + ky
                if "clear" in wanted:
                    m.d.comb += window.clear[tap].eq(self.clear[place])
                if "padding" in wanted:
                    m.d.comb += window.padding[tap].eq(self.padding[at])
                for lane in range(lanes):
                    m.d.comb += window.operands[tap * lanes + lane].eq(self.operands[at * lanes + lane])
