"""Testbenches for reductions alone: windows or columns in, results and their cycles out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from windrow.values.numerics import IntType


def unpack(payload: int, count: int, number: IntType) -> list[int]:
    """`count` results of this type, the first in the low bits."""
    size = 1 << number.bits
    words = [payload >> (at * number.bits) & (size - 1) for at in range(count)]
    return [word - size if number.signed and word >= size // 2 else word for word in words]


def run(component: Any, cycles: int, drive: Any) -> list[tuple[int, int]]:
    """(cycle, payload) of every put; `drive(ctx, cycle)` sets the inputs of each cycle."""
    found: list[tuple[int, int]] = []

    async def bench(ctx: Any) -> None:
        for cycle in range(cycles):
            drive(ctx, cycle)
            await ctx.delay(4e-7)
            if ctx.get(component.put):
                found.append((cycle, ctx.get(component.payload)))
            await ctx.tick()

    m = Module()
    m.submodules.dut = component
    m.d.sync += Signal(name="always_clocked").eq(1)  # a component may be nothing but wires
    with warnings.catch_warnings():
        simulator = Simulator(m)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run_until((cycles + 2) * 1e-6)
    return found


def run_windows(
    component: Any,
    windows: np.ndarray,
    clear: np.ndarray,
    steps: Sequence[bool],
    depth: int,
    ends: Sequence[bool] | None = None,
) -> list[int]:
    """Payloads of windows (n, taps * lanes) with cleared taps (n, taps), one at each True of `steps`.

    ends: per cycle, does its step end a window?  By default every step does.
    Between the steps, operands are what came last, and clear is set: both mean nothing then.
    Asserts that each payload comes `depth` cycles after its step, and none besides.
    """
    at = [cycle for cycle, step in enumerate(steps) if step][: len(windows)]
    assert len(at) == len(windows), "steps must hold a True for each window"
    number = {cycle: n for n, cycle in enumerate(at)}
    taps = clear.shape[1]

    def drive(ctx: Any, cycle: int) -> None:
        ctx.set(component.step, cycle in number)
        ctx.set(component.clear, (1 << taps) - 1)
        if cycle - 1 in number:
            n = number[cycle - 1]
            for operand, pixel in zip(component.operands, windows[n], strict=True):
                ctx.set(operand, int(pixel))
            ctx.set(component.clear, sum(1 << t for t in range(taps) if clear[n, t]))

    found = run(component, at[-1] + depth + 4, drive)
    assert [cycle for cycle, _ in found] == [cycle + depth for cycle in at if ends is None or ends[cycle]]
    return [payload for _, payload in found]


def run_columns(
    component: Any, columns: np.ndarray, events: Sequence[tuple[bool, bool, int]], depth: int
) -> list[int]:
    """Payloads of windows that columns (n, rows * lanes) form.

    events: per cycle, (shift, step, clear): a column comes in the next cycle, a window is complete with it,
    and the mask of its kernel columns in padding.  Asserts the cycles as `run_windows` does.
    """
    comes = np.cumsum([shift for shift, _, _ in events]) - 1

    def drive(ctx: Any, cycle: int) -> None:
        shift, step, _ = events[cycle] if cycle < len(events) else (False, False, 0)
        ctx.set(component.shift, shift)
        ctx.set(component.step, step)
        before = events[cycle - 1] if 0 < cycle <= len(events) else (False, False, 0)
        ctx.set(component.clear, before[2])
        if before[0]:
            for pixel, value in zip(component.column, columns[comes[cycle - 1]], strict=True):
                ctx.set(pixel, int(value))

    found = run(component, len(events) + depth + 4, drive)
    wanted = [cycle + depth for cycle, (_, step, _) in enumerate(events) if step]
    assert [cycle for cycle, _ in found] == wanted
    return [payload for _, payload in found]


def random_events(
    rng: np.random.Generator, columns: int, kernel: int, span: int
) -> tuple[list[tuple[bool, bool, int]], list[tuple[int, int]]]:
    """Random shifts of `columns` columns, windows at some, with random masks; gaps between.

    Returns the events, and per window the number of its newest column and its mask.  Windows begin once all
    `span` places of the register have been filled.
    """
    events: list[tuple[bool, bool, int]] = []
    windows: list[tuple[int, int]] = []
    for number in range(columns):
        events += [(False, False, int(rng.integers(1 << kernel)))] * int(rng.integers(3) * rng.integers(2))
        step = number >= span and rng.random() < 0.8
        mask = int(rng.integers(1 << kernel)) if rng.random() < 0.5 else 0
        events.append((True, bool(step), mask))
        if step:
            windows.append((number, mask))
    return events, windows
