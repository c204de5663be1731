"""Constant kernels in hardware: sums of products as NumPy has them, in the stated cycle."""

import numpy as np
import pytest

import windrow as wr
from reduction_benches import random_events, run_columns, run_windows, unpack
from windrow_hdl.reductions.constant_kernel import kernel_columns, kernel_window

RNG = np.random.default_rng(0)
GAUSS = np.outer([1, 2, 1], [1, 2, 1])
SOBEL = np.outer([1, 2, 1], [-1, 0, 1])

# kernels (filters, rows, columns), bias, pixel, result, lanes, border
CASES = {
    "Gaussian": (GAUSS[None], None, wr.UInt(8), wr.UInt(12), 2, 0),
    "both Sobel kernels, signed": (np.stack([SOBEL, SOBEL.T]), [5, -1000], wr.Int(8), wr.Int(12), 1, -128),
    "negative only": (-GAUSS[None] * 3, None, wr.UInt(4), wr.Int(11), 1, 15),
    "negative only, with a bias": (-GAUSS[None] * 4, [-12], wr.UInt(4), wr.Int(11), 1, 0),
    "even, with an odd bias": (GAUSS[None] * 4, [33], wr.UInt(4), wr.Int(14), 1, 1),
    "random": (RNG.integers(-128, 128, (3, 3, 3)), RNG.integers(-999, 999, 3), wr.UInt(8), wr.Int(24), 1,
               200),
    "binomial 5x3": (np.outer([1, 4, 6, 4, 1], [-3, 0, 3])[None], None, wr.Int(12), wr.Int(20), 1, 0),
    "zeros and a bias": (np.array([np.zeros((2, 2), int), np.eye(2, dtype=int)]), [-7, 0], wr.Int(3),
                         wr.Int(8), 1, 3),
    "nothing": (np.zeros((1, 2, 3), int), None, wr.UInt(8), wr.UInt(1), 1, 9),
    "bits": (np.array([[[1, -1, 1]]]), None, wr.UInt(1), wr.Int(3), 3, 1),
}  # fmt: skip


def pixels(rng: np.random.Generator, number: wr.UInt | wr.Int, *shape: int) -> np.ndarray:
    """Random pixels, a third of them at the ends of the type."""
    ends = np.array([number.min, number.max])[rng.integers(2, size=shape)]
    return np.where(rng.random(shape) < 0.3, ends, rng.integers(number.min, number.max + 1, shape))


@pytest.mark.parametrize("name", CASES)
def test_whole_windows(name: str) -> None:
    """All lanes of a window belong to the same sums."""
    kernels, bias, number, result, lanes, border = CASES[name]
    filters, rows, columns = kernels.shape
    weights = kernels[..., None] * np.array([1, -1, 0])[:lanes]
    wide = wr.Int(result.bits + 2)
    component = kernel_window(weights, bias, number, wide, border=border)
    rng, count = np.random.default_rng(6), 40
    windows = pixels(rng, number, count, columns, rows, lanes)
    clear = rng.random((count, columns * rows)) < rng.choice([0, 0.4], size=(count, 1))
    steps = [bool(each) for each in rng.random(3 * count + 20) < 0.7]
    found = run_windows(component, windows.reshape(count, -1), clear, steps, component.depth)
    seen = np.where(clear.reshape(count, columns, rows, 1), border, windows)
    expected = np.einsum("ncrl,frcl->nf", seen, weights) + (0 if bias is None else np.asarray(bias))
    assert [unpack(payload, filters, wide) for payload in found] == expected.tolist()


@pytest.mark.parametrize("name", CASES)
def test_column_by_column(name: str) -> None:
    """Each lane has sums of its own."""
    kernels, bias, number, result, lanes, border = CASES[name]
    filters, rows, columns = kernels.shape
    component = kernel_columns(kernels, bias, number, result, lanes=lanes, border=border)
    rng = np.random.default_rng(7)
    stream = pixels(rng, number, 50, rows, lanes)
    events, windows = random_events(rng, len(stream), columns, columns - 1)
    found = run_columns(component, stream.reshape(len(stream), -1), events, component.depth)
    expected = []
    for newest, mask in windows:
        seen = stream[newest - columns + 1 : newest + 1].copy()
        seen[[bool(mask >> x & 1) for x in range(columns)]] = border
        sums = np.einsum("crl,frc->lf", seen, kernels) + (0 if bias is None else np.asarray(bias))
        expected.append(sums.ravel().tolist())
    assert [unpack(payload, lanes * filters, result) for payload in found] == expected


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="^weights must be an array of integers, not of float64$"):
        kernel_window(np.ones((1, 3, 3, 1)), None, wr.UInt(8), wr.Int(16))
    with pytest.raises(ValueError, match=r"^weights must have shape \(filters, rows, columns, channels\)"):
        kernel_window(GAUSS, None, wr.UInt(8), wr.Int(16))
    with pytest.raises(ValueError, match="^result must hold 0 to 4080, which int12 does not$"):
        kernel_columns(GAUSS, None, wr.UInt(8), wr.Int(12))
    with pytest.raises(ValueError, match="^bias must be 1 numbers, not 2$"):
        kernel_columns(GAUSS, [1, 2], wr.UInt(8), wr.Int(16))
