"""What the tests of output stages share: a map with its hardware, and beats through it."""

from __future__ import annotations

from typing import Any

import numpy as np
from amaranth.sim import Simulator
from numpy.typing import NDArray

from windrow.outputs.output_map import Chain
from windrow.values.numerics import IntType
from windrow_hdl.outputs.stages import output_stage
from windrow_sim.streams.stimulus import pack, unpack

Array = NDArray[np.int64]


class Case:
    """A map of some channels, the range of sums before it, and the hardware of both."""

    def __init__(self, output: Any, before: IntType, low: Any, high: Any, channels: int, *, pe: int = 1,
                 beat_steps: int = 1, rounding: str = "double", **hardware: Any) -> None:
        self.chain = Chain.of(output, before, channels, rounding)
        ((self.narrowed, _),) = self.chain.narrowed(low, high)
        self.low, self.high = (np.broadcast_to(end, (channels,)) for end in (low, high))
        self.pe, self.beat_steps = pe, beat_steps
        self.stage = output_stage(self.narrowed, before, pe=pe, groups=channels // pe, beat_steps=beat_steps,
                                  **hardware)

    def sums(self, windows: int, seed: int) -> Array:
        """(windows, channels): random ones, both ends, and where there are steps both sides of some."""
        random = np.random.default_rng(seed)
        sums = random.integers(self.low, self.high + 1, (windows, len(self.low)))
        sums[0], sums[1] = self.low, self.high
        # Where the result changes next, by bisection; where it never does, the sum stays about where it is.
        golden, low, high = self.chain.golden(sums), sums, np.broadcast_to(self.high, sums.shape)
        while (high - low > 1).any():
            middle = (low + high) // 2
            same = self.chain.golden(middle) == golden
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        steps = np.where(random.random(sums.shape) < 0.5, low, high)
        return np.concatenate([sums[:2], np.where(random.random(sums.shape) < 0.7, steps, sums)[2:]])

    def check(self, windows: int = 20, seed: int = 0) -> None:
        """Values and cycles, by equality, in Amaranth's simulator; beats at the fastest pace, and slower."""
        stage, before = self.stage, self.chain.before
        sums = self.sums(windows, seed)
        beats = pack(sums.reshape(-1, self.pe), before.bits)
        values = [sum(int(word) << (32 * at) for at, word in enumerate(beat)) for beat in beats]
        random = np.random.default_rng(seed)
        gaps = np.where(random.random(len(values)) < 0.5, 0, random.integers(0, 3, len(values)))
        starts = np.concatenate([[0], np.cumsum(self.beat_steps + gaps)[:-1]])
        found: list[tuple[int, int]] = []

        async def bench(ctx: Any) -> None:
            pending = dict(zip(starts.tolist(), values, strict=True))
            for cycle in range(int(starts[-1]) + stage.delay + 5):
                ctx.set(stage.put, cycle in pending)
                ctx.set(stage.payload, pending.get(cycle, int(random.integers(1 << 30))))
                if ctx.get(stage.put_out):
                    found.append((cycle, ctx.get(stage.payload_out)))
                await ctx.tick()

        simulator = Simulator(stage)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()
        after = stage.after
        mask = (1 << after.bits) - 1
        want = [sum((int(value) & mask) << (after.bits * at) for at, value in enumerate(beat))
                for beat in self.chain.golden(sums).reshape(-1, self.pe)]
        assert [payload for _, payload in found] == want
        assert [cycle for cycle, _ in found] == (starts + stage.delay).tolist()

    def unpacked(self, beats: NDArray[np.uint32]) -> Array:
        return unpack(beats, self.pe, self.stage.after.bits, self.stage.after.signed)
