"""Streams of beats through a component in Amaranth's simulator, and the cycle of every transfer."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

from amaranth.sim import Simulator

Beats = list[int]
Stalls = Sequence[bool]
FREE: Stalls = (False,)


def packed(numbers: Sequence[int], bits: int) -> int:
    """Numbers side by side, the first in the low bits."""
    return sum((int(number) & ((1 << bits) - 1)) << (bits * at) for at, number in enumerate(numbers))


def beats(numbers: Sequence[int], width: int, bits: int) -> Beats:
    """Numbers as beats of `width` of them."""
    return [packed(numbers[at : at + width], bits) for at in range(0, len(numbers), width)]


def offers(stalls: Stalls, cycles: int = 4000) -> list[int]:
    """For every cycle the first one from it on that is not stalled."""
    found, following = [], cycles
    for at, stalled in reversed(list(enumerate(islice(cycle(stalls), cycles)))):
        following = following if stalled else at
        found.append(following)
    return found[::-1]


def stream(dut: Any, inputs: Sequence[tuple[Any, Beats, Stalls]], output: Any, count: int,
           output_stall: Stalls = FREE, patience: int = 200) -> tuple[list[list[int]], list[int], Beats]:
    """Cycles in which each input's beats are taken, those in which `count` results leave, and the results.

    An input: its stream, what to send, and in which cycles nothing new is offered.  `output_stall`: in which
    the output is not ready.
    """
    taken: list[list[int]] = [[] for _ in inputs]
    left: list[int] = []
    results: Beats = []

    async def bench(ctx: Any) -> None:
        held = [False] * len(inputs)
        moved = now = 0
        while (len(left) < count or any(len(one) < len(each[1]) for one, each in
                                        zip(taken, inputs, strict=True))) and now < moved + patience:
            ctx.set(output.ready, not output_stall[now % len(output_stall)])
            for at, (port, sent, stalls) in enumerate(inputs):
                held[at] = held[at] or (len(taken[at]) < len(sent) and not stalls[now % len(stalls)])
                ctx.set(port.valid, held[at])
                if held[at]:
                    ctx.set(port.payload, sent[len(taken[at])])
            for at, (port, _, _) in enumerate(inputs):
                if held[at] and ctx.get(port.ready):
                    taken[at].append(now)
                    held[at], moved = False, now
            if ctx.get(output.valid) and ctx.get(output.ready):
                left.append(now)
                results.append(ctx.get(output.payload))
                moved = now
            await ctx.tick()
            now += 1

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken, left, results
