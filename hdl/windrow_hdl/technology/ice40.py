"""Multipliers of Lattice iCE40 UltraPlus; its row memories are inferred as they are."""

from __future__ import annotations

from amaranth.hdl import ClockSignal, Const, Instance, Module, Mux, Shape, Signal
from amaranth.lib import wiring

from windrow_hdl.technology.generic import multiplier_ports


class Multiplier(wiring.Component):
    """SB_MAC16 as a 16x16 multiplier with its input, pipeline and output registers."""

    def __init__(self, pixel: Shape, weight: Shape) -> None:
        self.shapes = pixel, weight
        super().__init__(multiplier_ports(pixel, weight))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pixel = Signal(Shape(16, self.shapes[0].signed))
        weight = Signal(Shape(16, self.shapes[1].signed))
        product = Signal(32)
        # The block's own resets are asynchronous.
        m.d.comb += [
            pixel.eq(Mux(self.clear, 0, self.pixel)),
            weight.eq(self.weight),
            self.product.eq(product),
        ]
        zero, one = Const(0, 1), Const(1, 1)
        m.submodules.block = Instance(
            "SB_MAC16",
            p_A_REG=1, p_B_REG=1, p_TOP_8x8_MULT_REG=1, p_BOT_8x8_MULT_REG=1,
            p_PIPELINE_16x16_MULT_REG1=1, p_PIPELINE_16x16_MULT_REG2=1,
            p_TOPOUTPUT_SELECT=3, p_BOTOUTPUT_SELECT=3,
            p_A_SIGNED=int(self.shapes[0].signed), p_B_SIGNED=int(self.shapes[1].signed),
            i_CLK=ClockSignal(), i_CE=one, i_A=pixel, i_B=weight, o_O=product,
            i_C=Const(0, 16), i_D=Const(0, 16),
            i_AHOLD=zero, i_BHOLD=zero, i_CHOLD=zero, i_DHOLD=zero,
            i_IRSTTOP=zero, i_IRSTBOT=zero, i_ORSTTOP=zero, i_ORSTBOT=zero,
            i_OLOADTOP=zero, i_OLOADBOT=zero, i_ADDSUBTOP=zero, i_ADDSUBBOT=zero,
            i_OHOLDTOP=zero, i_OHOLDBOT=zero, i_CI=zero, i_ACCUMCI=zero, i_SIGNEXTIN=zero,
        )  # fmt: skip
        return m
