"""Averages in hardware: every sum that pixels can have is divided as the golden model says."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

import windrow as wr
from reduction_benches import run, unpack
from windrow.reductions.average import division
from windrow_hdl.reductions.division import RoundedDivision


@pytest.mark.parametrize(
    ("number", "counts", "dsp", "lanes"),
    [
        (wr.UInt(8), [9], True, 1),
        (wr.Int(8), [4], True, 2),
        (wr.Int(8), [9, 6, 4], True, 1),
        (wr.Int(8), [9, 6, 4], False, 1),
        (wr.UInt(4), [25, 20, 16, 15, 12, 9], False, 1),
        (wr.Int(3), [1], True, 1),
        (wr.UInt(16), [225, 1], True, 1),
    ],
)
def test_quotients(number: wr.UInt | wr.Int, counts: list[int], dsp: bool, lanes: int) -> None:
    """Random sums and those next to halves, with gaps; halves go away from zero."""
    component = RoundedDivision(division(number, counts), lanes=lanes, dsp=dsp)
    rng, cycles = np.random.default_rng(8), 120
    go, index = rng.random(cycles) < 0.8, rng.integers(len(counts), size=cycles)
    chosen = np.asarray(counts)[index][:, None]
    sums = rng.integers(number.min, number.max + 1, (cycles, lanes)) * chosen
    sums += np.where(rng.random(sums.shape) < 0.7, chosen // 2, 1) * rng.choice([-1, 1], size=sums.shape)
    sums = np.clip(sums, chosen * number.min, chosen * number.max)

    def drive(ctx, cycle: int) -> None:
        there = cycle < cycles and go[cycle]
        ctx.set(component.go, int(there))
        if there:
            ctx.set(component.index, int(index[cycle]))
            for port, value in zip(component.sums, sums[cycle], strict=True):
                ctx.set(port, int(value))

    found = run(component, cycles + component.depth + 3, drive)
    at = np.flatnonzero(go)
    assert [cycle for cycle, _ in found] == (at + component.depth).tolist()
    exact = [[Decimal(int(value)) / int(chosen[cycle, 0]) for value in sums[cycle]] for cycle in at]
    expected = [[int(value.to_integral_value(ROUND_HALF_UP)) for value in beat] for beat in exact]
    assert [unpack(payload, lanes, number) for _, payload in found] == expected


def test_a_technology_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="^technology must be one of generic, ecp5, ice40, not 'asic'$"):
        RoundedDivision(division(wr.UInt(8), [9]), technology="asic")
