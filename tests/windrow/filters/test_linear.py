"""Kernels of one's own against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest

from opencv_pictures import samples
from windrow.filters import filter2d, sharpen

THIRDS = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])


@pytest.mark.parametrize("scale", [1, 1 / 16, 1 / 256, 1 / 9, 0.75])
@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (3, 5), (4, 2), (1, 7)])
def test_filter2d(shape: tuple[int, int], scale: float) -> None:
    random = np.random.default_rng(3)
    for each in samples(count=200 if shape == (3, 3) else 24):
        kernel = random.integers(-9, 20, shape)
        net = filter2d(*each.size, kernel=kernel, scale=scale, **each.bordered)
        each.check(net, cv2.filter2D(each.theirs, -1, kernel.astype(np.float32) * np.float32(scale),
                                     borderType=each.border_type))


def test_sums_with_their_sign() -> None:
    random = np.random.default_rng(4)
    for each in samples():
        kernel = random.integers(-9, 10, (3, 3))
        want = cv2.filter2D(each.theirs, cv2.CV_16S, kernel.astype(np.float32), borderType=each.border_type)
        each.check(filter2d(*each.size, kernel=kernel, result="signed", **each.bordered), want)
        each.check(filter2d(*each.size, kernel=kernel, result="absolute", **each.bordered),
                   cv2.convertScaleAbs(want))


def test_offset() -> None:
    """Grey for 0, as an emboss has it."""
    kernel = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    for each in samples():
        want = cv2.filter2D(each.theirs, -1, kernel.astype(np.float32), delta=128,
                            borderType=each.border_type)
        each.check(filter2d(*each.size, kernel=kernel, offset=128, **each.bordered), want)


def test_roundings_differ() -> None:
    """The same kernel, rounded as `filter2D` and as `GaussianBlur` round: 3 % of pixels differ."""
    for each in samples(channels=(1,), count=0):
        if each.stride == 1:
            even = filter2d(*each.size, kernel=THIRDS, scale=1 / 16).golden(each.x)
            up = filter2d(*each.size, kernel=THIRDS, scale=1 / 16, rounding="half_up")
            each.check(up, cv2.GaussianBlur(each.theirs, (3, 3), 0))
            assert 0.02 < (even != up.golden(each.x)).mean() < 0.04


def test_sharpen() -> None:
    kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)
    for each in samples():
        each.check(sharpen(*each.size, **each.bordered),
                   cv2.filter2D(each.theirs, -1, kernel, borderType=each.border_type))


@pytest.mark.parametrize(("words", "error", "text"), [
    ({"kernel": [1, 2]}, ValueError,
     r"^kernel must have rows and columns, 1 to 31 of each, not shape \(2,\)$"),
    ({"kernel": np.ones((32, 1), int)}, ValueError,
     r"^kernel must have rows and columns, 1 to 31 of each, not"),
    ({"kernel": [[0.5]]}, TypeError, r"^kernel must hold integers, not float64$"),
    ({"kernel": [[0, 0]]}, ValueError, r"^kernel must hold a number other than 0, and holds none$"),
    ({"kernel": [[1 << 17]]}, ValueError, r"^weight_type must have 1 to 16 bits, not be UInt\(18\)$"),
    ({"kernel": [[1]], "rounding": "single"}, ValueError,
     r"^rounding must be 'half_even', 'half_up' or 'floor', not 'single'$"),
    ({"kernel": [[1]], "scale": 0.5, "result": "signed"}, ValueError,
     r"^result must be 'saturated' for a scale of 0.5, not 'signed'$"),
    ({"kernel": [[1]], "scale": 0}, ValueError, r"^scale must be positive and below 2\*\*30, not 0.0$"),
    ({"kernel": [[1]], "offset": 0.5}, TypeError, r"^offset must be an int, not 0.5$"),
])
def test_what_is_refused(words: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        filter2d(8, 8, **words)
