"""Thresholds and grey against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest

from opencv_pictures import samples
from windrow.filters import adaptive_threshold, grey, threshold

KINDS = {"binary": cv2.THRESH_BINARY, "binary_inv": cv2.THRESH_BINARY_INV, "trunc": cv2.THRESH_TRUNC,
         "tozero": cv2.THRESH_TOZERO, "tozero_inv": cv2.THRESH_TOZERO_INV}


@pytest.mark.parametrize("kind", KINDS)
def test_threshold(kind: str) -> None:
    for level, each in zip([0, 255, 100, 127] * 60, samples(), strict=False):
        net = threshold(*each.size, level=level, maximum=200, kind=kind, **each.words)
        each.check(net, cv2.threshold(each.theirs, level, 200, KINDS[kind])[1])


@pytest.mark.parametrize("kind", ["binary", "binary_inv"])
@pytest.mark.parametrize("size", [3, 5, 7, 11])
@pytest.mark.parametrize("offset", [0, 3, -7, 255])
def test_adaptive_threshold(size: int, offset: int, kind: str) -> None:
    for each in samples(channels=(1,), count=200 if (size, offset) == (5, 3) else 12):
        net = adaptive_threshold(*each.size, kernel_size=size, offset=offset, maximum=199, kind=kind,
                                 **each.words)
        each.check(net, cv2.adaptiveThreshold(each.theirs, 199, cv2.ADAPTIVE_THRESH_MEAN_C, KINDS[kind], size,
                                              offset))


def test_adaptive_threshold_of_a_large_window() -> None:
    for each in samples(least=20, channels=(1,), count=8):
        net = adaptive_threshold(*each.size, kernel_size=31, offset=2, **each.words)
        each.check(net, cv2.adaptiveThreshold(each.theirs, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY,
                                              31, 2))


def test_grey() -> None:
    for each in samples(channels=(3,)):
        each.check(grey(*each.size, stride=each.stride), cv2.cvtColor(each.theirs, cv2.COLOR_BGR2GRAY))
        each.check(grey(*each.size, order="rgb", stride=each.stride),
                   cv2.cvtColor(each.theirs, cv2.COLOR_RGB2GRAY))


def test_grey_of_every_colour_at_a_corner() -> None:
    levels = np.array([0, 1, 127, 254, 255]), np.arange(256), np.arange(0, 256, 5)
    colours = np.stack(np.meshgrid(*levels), axis=-1).reshape(5 * 256, 52, 3).astype(np.uint8)
    want = cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY).astype(np.int64)
    np.testing.assert_array_equal(grey(5 * 256, 52).golden(colours)[:, :, 0], want)


@pytest.mark.parametrize(("make", "error", "text"), [
    (lambda: threshold(8, 8, level=256), ValueError, r"^level must be in 0..255, not 256$"),
    (lambda: threshold(8, 8, maximum=-1), ValueError, r"^maximum must be in 0..255, not -1$"),
    (lambda: threshold(8, 8, level=1.5), TypeError, r"^level must be an int, not 1.5$"),
    (lambda: threshold(8, 8, kind="otsu"), ValueError,
     r"^kind must be 'binary', 'binary_inv', 'trunc', 'tozero' or 'tozero_inv', not 'otsu'$"),
    (lambda: adaptive_threshold(8, 8, kind="trunc"), ValueError,
     r"^kind must be 'binary' or 'binary_inv', not 'trunc'$"),
    (lambda: adaptive_threshold(8, 8, offset=256), ValueError, r"^offset must be in -255..255, not 256$"),
    (lambda: adaptive_threshold(8, 8, kernel_size=4), ValueError,
     r"^kernel_size must be odd and in 1..31, not 4$"),
    (lambda: grey(8, 8, order="gbr"), ValueError, r"^order must be 'bgr' or 'rgb', not 'gbr'$"),
])
def test_what_is_refused(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()
