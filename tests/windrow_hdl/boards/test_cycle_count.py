"""CycleCount: of the first frame, from its last beat in to its last beat out."""

from typing import Any

import pytest
from amaranth.sim import Simulator

from windrow_hdl.boards.cycle_count import CycleCount


@pytest.mark.parametrize(("inputs", "outputs", "comes", "leaves", "expected"), [
    (3, 2, {1, 4, 5}, {7, 11}, 6),
    (1, 1, {2}, {3}, 1),
    (2, 1, {1, 2, 8, 9}, {4, 20}, 2),  # a second frame changes nothing
    (3, 1, {1, 2, 9}, {6}, 0),         # whose answer does not wait for all of it
    (2, 2, {0, 1}, {5}, None),         # no answer yet: it counts on
    (4, 2, {1, 2, 3}, {5, 6}, 0),
])  # fmt: skip
def test_cycles(inputs: int, outputs: int, comes: set[int], leaves: set[int], expected: int | None) -> None:
    count = CycleCount(inputs, outputs)

    async def bench(ctx: Any) -> None:
        for cycle in range(24):
            ctx.set(count.i, cycle in comes)
            ctx.set(count.o, cycle in leaves)
            await ctx.tick()
        assert ctx.get(count.cycles) == (24 - 1 - max(comes) if expected is None else expected)

    run(count, bench)


def test_a_long_wait_ends_at_the_most_that_fits() -> None:
    count = CycleCount(1, 1)

    async def bench(ctx: Any) -> None:
        ctx.set(count.i, 1)
        await ctx.tick().repeat(65_600)
        assert ctx.get(count.cycles) == 65_535

    run(count, bench)


def run(count: CycleCount, bench: Any) -> None:
    simulator = Simulator(count)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
