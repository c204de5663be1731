"""SideBySide: one reduction for each window of a group, all in step.

    operands ─┬─▶ window_0 ─┬─▶ payload      each takes its own taps of the columns that they share
              └─▶ window_1 ─┘
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.counters import select
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
        """Connect the taps of a step of one window to the pixels that it reads, part by part."""
        design = self.design
        kh, lanes, taps = design.window.kernel_size[0], design.lanes, design.window.taps
        if "spare" in wanted:
            m.d.comb += window.spare.eq(self.part == design.steps - 1)
        for tap in range(design.taps):
            # Spare taps of the last part read what those of the first do, and deliver the identity.
            parts = [part * design.taps + tap for part in range(design.steps)]
            places = [divmod(self._pixel(number, at if at < taps else tap), kh) for at in parts]
            name = f"window_{number}_{tap}"
            if "clear" in wanted:
                clear = [self.clear[place] for place, _ in places]
                self._choose(m, f"{name}_clear", window.clear[tap], clear)
            if "padding" in wanted:
                padding = [self.padding[place * kh + row] for place, row in places]
                self._choose(m, f"{name}_padding", window.padding[tap], padding)
            for lane in range(lanes):
                pixels = [self.operands[(place * kh + row) * lanes + lane] for place, row in places]
                self._choose(m, f"{name}_{lane}", window.operands[tap * lanes + lane], pixels)

    def _pixel(self, number: int, tap: int) -> int:
        """The pixel of the group's columns that a tap of a window reads, column by column."""
        design = self.design
        kx, ky = divmod(tap, design.window.kernel_size[0])
        column = number * design.window.stride[1] + kx * design.window.dilation[1]
        return self.places.index(column) * design.window.kernel_size[0] + ky

    def _choose(self, m: Module, name: str, target: Any, values: list[Any]) -> None:
        """Drive `target` with the value of the part at hand."""
        if len(values) == 1:
            m.d.comb += target.eq(values[0])
            return
        chosen = Signal(Value.cast(values[0]).shape(), name=name)
        select(m, chosen, self.part, values)
        m.d.comb += target.eq(chosen)
