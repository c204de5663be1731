"""Kernels by name do what their names say, on images where anyone can tell."""

import numpy as np
import pytest

import windrow as wr
from windrow.workloads.kernels import KERNELS, kernel

ROWS, COLUMNS = np.mgrid[0:9, 0:11]


def through(name: str, image: np.ndarray, size: int = 3) -> np.ndarray:
    layer = wr.Conv2d(height=9, width=11, kernel_size=size, input_type=wr.Int(16), weight_type=wr.Int(16))
    return layer.golden(image[:, :, np.newaxis], kernel(name, layer.weight_shape))[:, :, 0]


def test_derivatives() -> None:
    """Sobel takes 4 times the difference of pixels that are 2 apart; the Laplacian of x^2 + y^2 is 4."""
    assert (through("sobel-x", 5 * COLUMNS) == 4 * 2 * 5).all()
    assert (through("sobel", 5 * COLUMNS) == 4 * 2 * 5).all()
    assert (through("sobel-x", 5 * ROWS) == 0).all()
    assert (through("sobel-y", 5 * ROWS) == 4 * 2 * 5).all()
    assert (through("sobel-y", 5 * COLUMNS) == 0).all()
    assert (through("laplacian", ROWS**2 + COLUMNS**2) == 4).all()
    assert (through("sharpen", ROWS * COLUMNS) == (ROWS * COLUMNS)[1:-1, 1:-1]).all()


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_smoothing(size: int) -> None:
    half = size // 2
    inner = (slice(half, 9 - half), slice(half, 11 - half))
    flat = np.full((9, 11), 7)
    assert (through("box", flat, size) == 7 * size**2).all()
    assert (through("gaussian", flat, size) == 7 * 4 ** (size - 1)).all()
    assert (through("identity", ROWS * 20 + COLUMNS, size) == (ROWS * 20 + COLUMNS)[inner]).all()
    # A symmetric filter leaves a slope as it is, but for the factor.
    assert (through("gaussian", ROWS, size) == 4 ** (size - 1) * ROWS[inner]).all()


def test_a_gaussian_as_it_is_printed_everywhere() -> None:
    assert kernel("gaussian", (1, 3, 3, 1))[0, :, :, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert kernel("gaussian", (1, 5, 5, 1))[0, 0, :, 0].tolist() == [1, 4, 6, 4, 1]


@pytest.mark.parametrize("name", KERNELS)
def test_every_filter_and_channel_gets_it(name: str) -> None:
    found = kernel(name, (2, 3, 3, 4))
    assert (found.shape, found.dtype) == ((2, 3, 3, 4), np.int64)
    assert (found == found[:1, :, :, :1]).all()
    assert wr.Int(8).contains(found)


@pytest.mark.parametrize(("name", "size", "message"), [
    ("sobel-z", 3, "unknown kernel 'sobel-z': did you mean sobel-y or sobel-x? legal are sobel, sobel-x, "),
    ("gauss", 3, "unknown kernel 'gauss': did you mean gaussian? legal are "),
    ("emboss", 3, "unknown kernel 'emboss': legal are sobel, sobel-x, sobel-y, laplacian, gaussian, "),
    ("sharpen", 5, "kernel sharpen must be 3x3, not 5x5"),
    ("identity", 4, "kernel identity must have odd sizes, for its middle, not 4x4"),
    ("gaussian", 32, "kernel gaussian must have at most 31 rows and columns, not 32"),
])  # fmt: skip
def test_kernels_that_are_none(name: str, size: int, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        kernel(name, (1, size, size, 1))
    assert str(raised.value).startswith(message)
