"""Weights in files: which order they are in, and what quantisation does to them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import windrow as wr
from windrow.storage.weights import Sizes, in_order, order_of, quantise, read_weights

BOTH = "(O, kh, kw, I) with 4 filters, kernel 3x7, 7 channels or PyTorch's (O, I, kh, kw) with 4 filters, " \
       "kernel 7x7, 3 channels"  # fmt: skip


@pytest.mark.parametrize(("shape", "known", "order"), [
    ((4, 3, 3, 2), Sizes(), "ohwi"),
    ((4, 3, 3, 3), Sizes(), "ohwi"),  # either order means the same sizes
    ((4, 3, 5, 2), Sizes(), "ohwi"),  # neither order has a square kernel
    ((4, 1, 1, 8), Sizes(), "ohwi"),
    ((4, 3, 7, 7), Sizes(depth=3), "oihw"),
    ((4, 3, 7, 7), Sizes(kernel=(7, 7)), "oihw"),
    ((4, 3, 7, 7), Sizes(depth=7), "ohwi"),
    ((4, 3, 7, 7), Sizes(kernel=(3, 7)), "ohwi"),
    ((4, 8, 1, 1), Sizes(4, (1, 1), 8), "oihw"),
])  # fmt: skip
def test_order(shape: tuple[int, ...], known: Sizes, order: str) -> None:
    assert order_of(shape, known, "w.npy") == order


@pytest.mark.parametrize(("known", "message"), [
    (Sizes(), f"w.npy has the shape (4, 3, 7, 7): is it {BOTH}? say --weights-order ohwi or oihw"),
    (Sizes(depth=5), f"w.npy has the shape (4, 3, 7, 7): {BOTH}, but the layer has 5 channels"),
    (Sizes(1, (5, 5), 1), f"w.npy has the shape (4, 3, 7, 7): {BOTH}, but the layer has 1 filter, "
     "kernel 5x5, 1 channel"),
])  # fmt: skip
def test_order_that_nobody_can_tell(known: Sizes, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        order_of((4, 3, 7, 7), known, "w.npy")
    assert str(raised.value) == message


def test_an_order_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"^weights order must be ohwi or oihw, not 'hwio'$"):
        in_order(np.zeros((1, 1, 1, 1)), "hwio")


def test_weights_of_pytorch_do_what_they_do_there() -> None:
    """The sum as PyTorch defines it, over (C, H, W), by another route than the golden model."""
    rng = np.random.default_rng(5)
    x, weights = rng.integers(0, 256, (3, 9, 8)), rng.integers(-128, 128, (4, 3, 2, 3))
    wanted = np.einsum("chwyx,ocyx->hwo", sliding_window_view(x, (2, 3), axis=(1, 2)), weights)
    layer = wr.Conv2d(height=9, width=8, in_channels=3, out_channels=4, kernel_size=(2, 3))
    assert np.array_equal(layer.golden(x.transpose(1, 2, 0), in_order(weights, "oihw")), wanted)
    hint = r"not \(4, 3, 2, 3\), PyTorch's order: weights.transpose\(0, 2, 3, 1\) has ours$"
    with pytest.raises(ValueError, match=hint):
        layer.check_weights(weights)


# ---- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("array", "message"), [
    (np.ones((1, 2, 2, 1), bool), "must hold numbers, not bool"),
    (np.ones((1, 2, 2, 1), complex), "must hold numbers, not complex128"),
    (np.array([[1.0, np.nan]]), "must hold finite numbers, not nan"),
    (np.array([[1.0, -np.inf]]), "must hold finite numbers, not -inf"),
    (np.ones((3, 3, 3)), "must have 2 or 4 dimensions, not the shape (3, 3, 3)"),
    (np.ones((0, 3, 3, 1)), "must hold at least one number, not the shape (0, 3, 3, 1)"),
])  # fmt: skip
def test_files_that_are_none(array: np.ndarray, message: str, tmp_path: Path) -> None:
    path = tmp_path / "w.npy"
    np.save(path, array)
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        read_weights(path)
    assert str(raised.value) == f"{path} {message}"


def test_two_dimensions_are_one_filter(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.arange(6).reshape(2, 3))
    assert read_weights(tmp_path / "w.npy").tolist() == [[[[0], [1], [2]], [[3], [4], [5]]]]


def test_booleans_are_no_numbers_anywhere() -> None:
    layer = wr.Conv2d(height=4, width=4, kernel_size=2)
    with pytest.raises(TypeError, match=r"^weights must hold integers, not bool$"):
        layer.check_weights(np.ones(layer.weight_shape, bool))


# ---- quantisation -----------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32), bits=st.integers(2, 16), size=st.integers(1, 5))
def test_quantised(seed: int, bits: int, size: int) -> None:
    """The nearest whole number of steps, and no step wider than half a scale away."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(3, size, 2, 2)) * np.array([1e-6, 1.0, 1e6]).reshape(3, 1, 1, 1)
    made = quantise(weights, wr.Int(bits))
    assert wr.Int(bits).contains(made.values)
    assert np.abs(made.values).reshape(3, -1).max(axis=1).tolist() == [2 ** (bits - 1) - 1] * 3
    error = np.abs(made.values * made.scales.reshape(3, 1, 1, 1) - weights)
    assert (error <= made.scales.reshape(3, 1, 1, 1) / 2 * (1 + 1e-9)).all()
    assert made.largest == error.max()
    assert made.rms == pytest.approx(np.linalg.norm(error) / np.linalg.norm(weights))


def test_whole_weights_stay_whole() -> None:
    weights = np.array([[-127.0, 3.0], [0.0, 0.0]]).reshape(2, 1, 2, 1)
    made = quantise(weights, wr.Int(8))
    assert made.values.ravel().tolist() == [-127, 3, 0, 0]
    assert (made.scales.tolist(), made.rms, made.largest) == ([1.0, 1.0], 0.0, 0.0)
    assert str(made) == "int8, a scale for each filter, error 0.00% of the weights' rms, 0 at most"


@pytest.mark.parametrize("kind", [wr.UInt(8), wr.Int(1)])
def test_types_that_weights_cannot_be_quantised_to(kind: wr.Int | wr.UInt) -> None:
    with pytest.raises(ValueError, match=f"^quantised weights must have a type of int2 or more, not {kind}$"):
        quantise(np.ones((1, 1, 1, 1)), kind)
