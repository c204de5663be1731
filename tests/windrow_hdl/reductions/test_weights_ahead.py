"""Words in block RAM come in their order, each a cycle after its step; after a reset from the first on."""

import random

import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from windrow_hdl.reductions.weights_ahead import WeightsAhead


@pytest.mark.parametrize("words", [2, 33, 70])
def test_words_come_in_order(words: int) -> None:
    chosen = random.Random(words)
    values = [chosen.randrange(1 << 8) for _ in range(words)]
    reset = Signal()
    dut = WeightsAhead("generic", 8, values)

    async def bench(ctx) -> None:
        for steps in (3 * words + 1, 5, 2 * words):
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)
            await ctx.tick()
            at = 0
            while at < steps:
                step = chosen.random() < 0.7
                ctx.set(dut.step, step)
                await ctx.tick()
                if step:
                    assert ctx.get(dut.word) == values[at % words]
                    at += 1
            ctx.set(dut.step, 0)

    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
