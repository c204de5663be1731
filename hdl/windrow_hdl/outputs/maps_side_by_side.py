"""MapsSideBySide: one output map for each window of a group, all in step."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.outputs.output_stage import OutputStage

__all__ = ["MapsSideBySide"]


class MapsSideBySide(wiring.Component):
    """`windows`, equal maps; ports as of `OutputStage`, window 0 in the low bits.

    put, payload: a beat of values;  put_out, payload_out: what the maps make of one
    """

    def __init__(self, windows: Sequence[OutputStage]) -> None:
        self.windows = list(windows)
        before, after = (len(port) for port in (self.windows[0].payload, self.windows[0].payload_out))
        super().__init__(
            {
                "put": In(1),
                "payload": In(unsigned(before * len(self.windows))),
                "put_out": Out(1),
                "payload_out": Out(unsigned(after * len(self.windows))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = len(self.windows[0].payload)
        for number, window in enumerate(self.windows):
            m.submodules[f"window_{number}"] = window
            m.d.comb += [window.put.eq(self.put), window.payload.eq(self.payload.word_select(number, bits))]
        m.d.comb += [
            self.put_out.eq(self.windows[0].put_out),
            self.payload_out.eq(Cat(window.payload_out for window in self.windows)),
        ]
        return m
