"""Maxima and minima in hardware: whole, column by column and folded, each like NumPy, in the stated cycle."""

import numpy as np
import pytest

import windrow as wr
from reduction_benches import random_events, run_columns, run_windows, unpack
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.extreme import extreme_identity
from windrow_hdl.reductions.channel_fold import FoldedChannels
from windrow_hdl.reductions.extreme import extreme_columns, extreme_window

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
DISC = np.hypot(*np.mgrid[-3:4, -3:4]) < 3.5
HOLES = np.array([[1, 0, 1, 0, 0], [0, 0, 0, 0, 1]], bool)

# kind, element, pixel, lanes, border
CASES = {
    "erosion 3x3": ("minimum", np.ones((3, 3), bool), wr.UInt(8), 1, None),
    "dilation by a cross": ("maximum", CROSS, wr.Int(8), 2, None),
    "opening by a disc": ("minimum", DISC, wr.UInt(8), 1, None),
    "holes, with a border": ("maximum", HOLES, wr.Int(5), 1, 3),
    "one pixel": ("minimum", np.ones((1, 1), bool), wr.UInt(1), 3, None),
    "a row": ("maximum", np.ones((1, 6), bool), wr.UInt(12), 1, 4000),
    "one pixel of many": ("maximum", np.eye(4, dtype=bool)[:, 2:3], wr.Int(16), 1, None),
}


def reference(patches: np.ndarray, kind: str, element: np.ndarray) -> np.ndarray:
    """Results of windows (..., rows, columns), pixel by pixel."""
    outside = 1 << 40 if kind == "minimum" else -1 << 40
    flat = np.where(element, patches, outside).reshape(*patches.shape[:-2], -1)
    return flat.min(-1) if kind == "minimum" else flat.max(-1)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("share", [1, 0.6, 0.3, 0])
def test_whole_and_folded(name: str, share: float) -> None:
    """All taps at once, and some of them a step; between the steps there may be gaps."""
    kind, element, number, lanes, border = CASES[name]
    rows, columns = element.shape
    taps = max(1, round(share * element.size))
    steps = -(-element.size // taps)
    component = extreme_window(kind, element, number, taps=taps, lanes=lanes, border=border)
    rng, count = np.random.default_rng(3), 30
    windows = rng.integers(number.min, number.max + 1, (count, element.size, lanes))
    clear = rng.random((count, element.size)) < rng.choice([0, 0.4, 1], size=(count, 1))
    spare = steps * taps - element.size
    # Spare taps may read anything, and may be called padding or not.
    extra = rng.integers(number.min, number.max + 1, (count, spare, lanes))
    fed = np.concatenate([windows, extra], axis=1).reshape(count * steps, taps * lanes)
    masks = np.concatenate([clear, rng.random((count, spare)) < 0.5], axis=1).reshape(count * steps, taps)
    go = rng.random(3 * count * steps + 40) < 0.7
    last = np.cumsum(go) % steps == 0
    found = [unpack(payload, lanes, number)
             for payload in run_windows(component, fed, masks, list(go), component.depth, list(go & last))]
    outside = extreme_identity(kind, number) if border is None else border
    seen = np.where(clear[:, :, None], outside, windows).transpose(0, 2, 1)
    expected = reference(seen.reshape(count, lanes, columns, rows).swapaxes(2, 3), kind, element)
    assert found == expected.tolist()


@pytest.mark.parametrize("name", CASES)
def test_column_by_column(name: str) -> None:
    kind, element, number, lanes, border = CASES[name]
    rows, columns = element.shape
    component = extreme_columns(kind, element, number, lanes=lanes, border=border)
    rng = np.random.default_rng(4)
    stream = rng.integers(number.min, number.max + 1, (50, rows, lanes))
    events, windows = random_events(rng, len(stream), columns, columns - 1)
    found = run_columns(component, stream.reshape(len(stream), -1), events, component.depth)
    outside = extreme_identity(kind, number) if border is None else border
    expected = []
    for newest, mask in windows:
        seen = stream[newest - columns + 1 : newest + 1].copy()
        seen[[bool(mask >> x & 1) for x in range(columns)]] = outside
        expected.append(reference(seen.transpose(2, 1, 0), kind, element).tolist())
    assert [unpack(payload, lanes, number) for payload in found] == expected


@pytest.mark.parametrize("taps", [1, 2, 4])
def test_sums(taps: int) -> None:
    """Sums of the pixels that count, those in padding as a border value."""
    element, number, result, lanes = ((True, True, False), (False, True, True)), wr.Int(6), wr.Int(8), 2
    fold = ChannelFold("sum", element, taps)
    component = FoldedChannels(fold, number, result, lanes=lanes, border=-9)
    rng, count = np.random.default_rng(5), 30
    windows = rng.integers(number.min, number.max + 1, (count, 6, lanes))
    clear = rng.random((count, 6)) < 0.3
    spare = fold.steps * taps - 6
    fed = np.concatenate([windows, np.full((count, spare, lanes), 31)], axis=1).reshape(-1, taps * lanes)
    masks = np.concatenate([clear, np.zeros((count, spare), bool)], axis=1).reshape(-1, taps)
    go = [True] * len(fed)
    last = [(at + 1) % fold.steps == 0 for at in range(len(fed))]
    found = run_windows(component, fed, masks, go, fold.depth, ends=last)
    seen = np.where(clear[:, :, None], -9, windows)
    expected = seen[:, np.asarray(element).ravel(order="F")].sum(axis=1)
    assert [unpack(payload, lanes, result) for payload in found] == expected.tolist()


def test_a_result_too_narrow() -> None:
    fold = ChannelFold("sum", ((True,) * 5,), 5)
    with pytest.raises(ValueError, match="^result must hold 0 to 1275, which uint10 does not$"):
        FoldedChannels(fold, wr.UInt(8), wr.UInt(10))


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="^border must be 0 to 255, a pixel of uint8, not -1$"):
        extreme_window("minimum", CROSS, wr.UInt(8), border=-1)
    with pytest.raises(ValueError, match="^taps must be 1 to 9, the window's, not 10$"):
        extreme_window("minimum", CROSS, wr.UInt(8), taps=10)
    with pytest.raises(ValueError, match="^kind must be 'minimum' or 'maximum', not 'mean'$"):
        extreme_columns("mean", CROSS, wr.UInt(8))
