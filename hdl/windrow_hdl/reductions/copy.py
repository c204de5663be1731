"""Copy: the pixel of a window of one, a register later.

    operands ─▶ payload
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.operators.operator import Parameters
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.reductions.window_ports import chain
from windrow_hdl.window.operands import operand_ports

__all__ = ["NAME", "Copy", "make", "turnable"]

NAME = "copy"


def turnable(design: Design) -> bool:
    """There is one tap."""
    return False


class Copy(wiring.Component):
    """`Upsample2d`; ports: `operand_ports` and

    put, payload: a finished beat, lane 0 in the low bits
    """

    def __init__(
        self, design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
        dsp: bool | Blocks, *, restarts: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            {
                **operand_ports(design, len(turns)),
                "put": Out(1),
                "payload": Out(unsigned(design.beat_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pixels = Signal(len(self.payload), reset_less=True)
        m.d.sync += pixels.eq(Cat(Value.cast(operand) for operand in self.operands))
        m.d.comb += [self.payload.eq(pixels), self.put.eq(chain(m, self.step, 2, "there"))]
        return m


make = Copy
