"""Harris's response: against its formula in real numbers, and against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from opencv_pictures import PHOTOGRAPH, Sample, samples
from windrow.filters import harris

ONE = 2**25 / 1020**4  # of OpenCV's numbers


def in_real_numbers(sample: Sample, size: int, k: float) -> NDArray[np.float64]:
    border = sample.border_type
    gx, gy = (cv2.Sobel(sample.theirs, cv2.CV_64F, *order, borderType=border) for order in ((1, 0), (0, 1)))
    a, b, c = (cv2.boxFilter(each, cv2.CV_64F, (size, size), normalize=False, borderType=border)
               for each in (gx * gx, gx * gy, gy * gy))
    return (a * c - b * b - k * (a + c) ** 2) / (4 * 255 * size) ** 4 / ONE


@pytest.mark.parametrize(("size", "k"), [(2, 0.04), (3, 0.06), (5, 0.04), (6, 0.2)])
def test_formula(size: int, k: float) -> None:
    weight = abs(round(k * 4096) / 4096 - k)  # how far off k is, beside the rounding of 12 bits
    for each in samples(channels=(1,), count=64):
        found = harris(*each.size, block_size=size, k=k, **each.bordered).golden(each.x)[:, :, 0]
        exact = in_real_numbers(each, size, k)[:: each.stride, :: each.stride]
        assert np.abs(found - exact).max() <= 12 + weight * 2**17, each.index


@pytest.mark.parametrize("size", [2, 3, 5, 7])
def test_near_opencv(size: int) -> None:
    net = harris(*PHOTOGRAPH.shape, block_size=size)
    found = net.golden(PHOTOGRAPH[:, :, None])[:, :, 0]
    want = cv2.cornerHarris(PHOTOGRAPH, size, 3, 0.04, borderType=cv2.BORDER_REFLECT_101) / ONE
    assert np.abs(found - want).max() < 10
    assert np.abs(found - want).mean() < 0.25
    corners, theirs = (set(np.argsort(each, axis=None, kind="stable")[-200:].tolist())
                       for each in (found, want))
    assert len(corners & theirs) >= 196


def test_even_blocks_lie_where_opencvs_do() -> None:
    """IPP, where OpenCV is built with it, has them one further at some borders."""
    before = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(False)
    try:
        for each in samples(channels=(1,), count=64):
            want = cv2.cornerHarris(each.theirs, 2, 3, 0.04, borderType=each.border_type) / ONE
            found = harris(*each.size, block_size=2, **each.bordered).golden(each.x)[:, :, 0]
            assert np.abs(found - want[:: each.stride, :: each.stride]).max() <= 12, each.index
    finally:
        cv2.ipp.setUseIPP(before)


def test_results() -> None:
    x = np.zeros((12, 12, 3), np.int64)
    x[4:9, 4:9, 0] = 255
    x[:, 6:, 1] = 255
    signed = harris(12, 12, channels=3).golden(x)
    assert signed[4, 4, 0] > 255  # a corner
    assert signed[6, 6, 1] < -255  # an edge
    assert (signed[..., 2] == 0).all()  # neither
    saturated = harris(12, 12, channels=3, result="saturated").golden(x)
    np.testing.assert_array_equal(saturated, signed.clip(0, 255))
    absolute = harris(12, 12, channels=3, result="absolute").golden(x)
    np.testing.assert_array_equal(absolute, np.abs(signed).clip(0, 255))


def test_the_most_that_there_is() -> None:
    """A chessboard of 2x2 fields and lone pixels: nothing saturates that should not."""
    for x in (np.kron(np.indices((8, 8)).sum(axis=0) % 2 * 255, np.ones((2, 2), int)),
              np.random.default_rng(0).integers(0, 2, (16, 16)) * 255):
        sample = Sample(x.astype(np.uint8)[:, :, None], 1, "reflect", 0)
        for k in (0.01, 0.24):
            found = harris(16, 16, block_size=2, k=k).golden(sample.x)[:, :, 0]
            exact = in_real_numbers(sample, 2, round(k * 4096) / 4096)
            assert np.abs(found - exact).max() <= 14


@pytest.mark.parametrize(("words", "error", "text"), [
    ({"block_size": 1}, ValueError, r"^block_size must be in 2..7, not 1$"),
    ({"block_size": 2.0}, TypeError, r"^block_size must be an int, not 2.0$"),
    ({"k": 0.25}, ValueError, r"^k must be in 0.01..0.24, not 0.25$"),
    ({"k": float("nan")}, ValueError, r"^k must be in 0.01..0.24, not nan$"),
    ({"k": "1"}, TypeError, r"^k must be a number, not '1'$"),
    ({"result": "float"}, ValueError, r"^result must be 'signed', 'saturated' or 'absolute', not 'float'$"),
])
def test_what_is_refused(words: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        harris(8, 8, **words)
