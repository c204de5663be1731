"""Which beat is the last of a row and of a frame, of the size that is set."""

from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

import windrow as wr
from windrow_hdl.axi.frame_ends import RuntimeFrameEnds
from windrow_hdl.window.programmed.geometry import geometry_values

SMALL = wr.Conv2d(height=2, width=1, out_channels=2, kernel_size=(2, 1), stride=5)
CORE = wr.Design(SMALL, taps=1, runtime=wr.Runtime(max_height=4, max_width=3, max_stride=5))
SIZES = ((4, 3, 1), (4, 3, (1, 5)), (3, 3, (5, 2)), (2, 1, 1), (4, 2, 5))  # height, width, stride
SETTINGS = [SMALL, *(SMALL.replace(height=h, width=w, stride=stride) for h, w, stride in SIZES)]


@pytest.mark.parametrize("output", [False, True], ids=["input", "output"])
def test_strides_beyond_the_image(output: bool) -> None:
    """A stride may be larger than all the way that a window can go; that at reset, too."""
    m = Module()
    m.submodules.dut = dut = RuntimeFrameEnds(CORE.hardware, output=output)

    async def bench(ctx: Any) -> None:
        for number, layer in enumerate(SETTINGS):
            design = CORE.configured(layer)
            for name, value in geometry_values(design).items():
                ctx.set(dut.geometry[name], value)
            if number:  # the first is what it has after reset
                ctx.set(dut.restart, 1)
                await ctx.tick()
                ctx.set(dut.restart, 0)
            await ctx.tick()
            beats = design.windows * design.filter_groups if output else design.input_beats
            rows = (layer.output_shape if output else layer.input_shape)[0]
            seen, ends = [], []
            ctx.set(dut.advance, 1)
            for _ in range(3 * beats):
                seen.append(ctx.get(dut.last))
                ends.append(ctx.get(dut.row))
                await ctx.tick()
            ctx.set(dut.advance, 0)
            assert seen == ([0] * (beats - 1) + [1]) * 3, layer
            assert ends == ([0] * (beats // rows - 1) + [1]) * rows * 3, layer

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run_until(1e-3)
