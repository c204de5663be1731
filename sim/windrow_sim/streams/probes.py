"""Probes: the hardware with a wire for each number on its streams, for the waves.

    i__payload ─┬─▶ i_lane_0       o__payload ─┬─▶ o_filter_0
                └─▶ i_lane_1                   └─▶ o_filter_1

Viewers cannot all take a payload apart; a wire of its own each of them can show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amaranth.hdl import Module, Signal, Value

from windrow.values.numerics import IntType
from windrow_hdl.reductions.multiply_accumulate import shape
from windrow_hdl.stage import Convolution

__all__ = ["Probed"]


class Probed(Convolution):
    """A Convolution in which the numbers of a payload, where it has several, are wires that nothing drops."""

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        layer, design = self.design.layer, self.design
        ports: Any = self  # named by the signature, which no checker can know
        for wire, bits in (
            *_numbers("i_lane", ports.i.payload, design.pixels * design.lanes, layer.input_type),
            *_numbers("o_filter", ports.o.payload, design.output_pixels * design.pe, layer.output_type),
        ):
            m.d.comb += wire.eq(bits)
        return m


def _numbers(name: str, payload: Value, count: int, kind: IntType) -> Iterator[tuple[Signal, Value]]:
    """A wire for each number of a payload, and its bits; none where the payload is one number."""
    digits = len(str(count - 1))  # so that names sort as numbers do
    for number in range(count if count > 1 else 0):
        wire = Signal(shape(kind), name=f"{name}_{number:0{digits}}", attrs={"keep": 1})
        yield wire, payload.word_select(number, kind.bits)
