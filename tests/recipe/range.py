"""Range of a window: both extremes side by side, and their difference.

    operands ─┬▶ maximum ─▶ - ─▶ register ─▶ payload      for each lane
              └▶ minimum ───┘
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import wiring

from recipe.range_pool import RangePool2d
from windrow.operators.operator import Parameters
from windrow.stage.design import Design
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.extreme import extreme_window
from windrow_hdl.reductions.window_ports import window_ports

__all__ = ["NAME", "Range", "make", "turnable"]

NAME = "range"


def turnable(design: Design) -> bool:
    """In any order: all taps count alike."""
    return True


class Range(wiring.Component):
    """`RangePool2d`; ports: `window_ports`. `put` comes a cycle after that of the extremes."""

    def __init__(self, design: Design) -> None:
        layer = design.layer
        assert isinstance(layer, RangePool2d)
        self.pixel, self.result, self.lanes = layer.input_type, layer.result_type, design.lanes
        self.extremes = [
            extreme_window(kind, layer.counts, self.pixel, taps=design.taps, lanes=self.lanes,
                           border=layer.fill)
            for kind in ("maximum", "minimum")
        ]  # fmt: skip
        super().__init__(window_ports(self.pixel, design.taps, self.lanes, design.pe * self.result.bits))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.maximum, m.submodules.minimum = largest, smallest = self.extremes
        for extreme in self.extremes:
            carry(m, self, extreme, "step", "clear", "operands")
        differences = []
        for lane in range(self.lanes):
            ends = [extreme.payload.word_select(lane, self.pixel.bits) for extreme in (largest, smallest)]
            difference = Signal(unsigned(self.result.bits), name=f"difference_{lane}", reset_less=True)
            # Modulo 2**bits, so that the sign of the pixels does not matter: 0 <= range < 2**bits.
            m.d.sync += difference.eq(ends[0] - ends[1])
            differences.append(difference)
        m.d.sync += self.put.eq(largest.put)
        m.d.comb += self.payload.eq(Cat(*differences))
        return m


def make(
    design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str, dsp: bool, *,
    restarts: bool = False,
) -> Range:  # fmt: skip
    """The hardware of `RangePool2d`."""
    return Range(design)
