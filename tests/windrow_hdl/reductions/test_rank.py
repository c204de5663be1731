"""Rank filters in hardware: every kind of it gives what sorting gives, in the cycle that its plan says."""

import numpy as np
import pytest

import windrow as wr
from reduction_benches import random_events, run_columns, run_windows, unpack
from windrow.reductions.rank import METHODS, median_rank, plan_rank, rank_golden
from windrow_hdl.reductions.rank import rank_hardware

# rows, columns, rank, pixel, lanes, border
CASES = {
    "median 3x3": (3, 3, 4, wr.UInt(8), 1, 0),
    "signed median 3x3, two lanes": (3, 3, 4, wr.Int(8), 2, -77),
    "lower middle of 2x2": (2, 2, 1, wr.UInt(5), 1, 31),
    "minimum of 1x5": (1, 5, 0, wr.Int(4), 1, 7),
    "maximum of 4x1": (4, 1, 3, wr.UInt(3), 2, 2),
    "second least of 3x4": (3, 4, 1, wr.UInt(6), 1, 9),
    "one pixel": (1, 1, 0, wr.Int(8), 1, 5),
    "bits": (3, 3, 4, wr.UInt(1), 1, 1),
    "signed bits": (2, 3, 2, wr.Int(1), 1, -1),
    "median 5x5": (5, 5, 12, wr.UInt(8), 1, 128),
    "wide median 3x2": (3, 2, 2, wr.Int(16), 1, -32768),
    "rank 40 of 7x7": (7, 7, 40, wr.Int(8), 1, 127),
}


def pixels(rng: np.random.Generator, number: wr.UInt | wr.Int, *shape: int) -> np.ndarray:
    """Random pixels, half of them of few different values, the ends of the type among them."""
    few = np.array([number.min, number.max, *rng.integers(number.min, number.max + 1, 2)])
    return np.where(rng.random(shape) < 0.5, few[rng.integers(4, size=shape)],
                    rng.integers(number.min, number.max + 1, shape))  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CASES)
def test_whole_windows(name: str, method: str) -> None:
    rows, columns, rank, number, lanes, border = CASES[name]
    plan = plan_rank(rows, columns, rank, number, shared=False, method=method)
    rng, count, taps = np.random.default_rng(1), 40, rows * columns
    windows = pixels(rng, number, count, taps, lanes)
    clear = rng.random((count, taps)) < rng.choice([0, 0.3, 1], size=(count, 1), p=[0.5, 0.4, 0.1])
    steps = rng.random(4 * count) < 0.7
    component = rank_hardware(plan, lanes=lanes, border=border)
    assert component.depth == plan.depth
    found = run_windows(component, windows.reshape(count, -1), clear, list(steps), plan.depth)
    seen = np.where(clear[:, :, None], border, windows).transpose(0, 2, 1)
    expected = rank_golden(seen.reshape(count, lanes, columns, rows).swapaxes(2, 3), rank)
    assert [unpack(payload, lanes, number) for payload in found] == expected.tolist()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CASES)
def test_column_by_column(name: str, method: str) -> None:
    rows, columns, rank, number, lanes, border = CASES[name]
    rng = np.random.default_rng(2)
    offsets = [2 * x for x in range(columns)] if rows == 3 else None
    places = offsets or list(range(columns))
    plan = plan_rank(rows, columns, rank, number, shared=True, method=method)
    component = rank_hardware(plan, lanes=lanes, border=border, offsets=offsets)
    assert component.depth == plan.depth
    stream = pixels(rng, number, 50, rows, lanes)
    events, windows = random_events(rng, len(stream), columns, places[-1])
    found = run_columns(component, stream.reshape(len(stream), -1), events, plan.depth)
    expected = []
    for newest, mask in windows:
        seen = stream[[newest - places[-1] + place for place in places]].copy()  # (columns, rows, lanes)
        seen[[bool(mask >> x & 1) for x in range(columns)]] = border
        expected.append(rank_golden(seen.transpose(2, 1, 0), rank).tolist())
    assert [unpack(payload, lanes, number) for payload in found] == expected


def test_the_cheaper_way() -> None:
    def method(*window: int) -> str:
        return "planes" if plan_rank(*window, wr.UInt(8), shared=True).planes else "network"

    assert method(3, 3, 0) == "network"
    assert method(5, 5, 24) == "network"
    assert method(5, 5, median_rank(25)) == method(7, 7, median_rank(49)) == "planes"


def test_what_is_no_border() -> None:
    plan = plan_rank(3, 3, 4, wr.Int(8), shared=False)
    with pytest.raises(ValueError, match="^border must be -128 to 127, a pixel of int8, not 128$"):
        rank_hardware(plan, border=128)


@pytest.mark.parametrize("offsets", [[0, 1], [1, 2, 3], [0, 2, 2]])
def test_what_are_no_offsets(offsets: list[int]) -> None:
    for method in METHODS:
        plan = plan_rank(3, 3, 4, wr.Int(8), shared=True, method=method)
        with pytest.raises(ValueError, match="^offsets must be 3 ascending numbers from 0, not"):
            rank_hardware(plan, offsets=offsets)
    with pytest.raises(ValueError, match="^offsets must be None for whole windows, not"):
        rank_hardware(plan_rank(3, 3, 4, wr.Int(8), shared=False), offsets=offsets)
