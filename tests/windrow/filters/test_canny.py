"""Canny's edges against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest

from opencv_pictures import PHOTOGRAPH, samples
from windrow.filters import canny


@pytest.mark.parametrize("threshold", [0, 1, 100, 700])
def test_canny(threshold: int) -> None:
    for each in samples(least=2, channels=(1,), count=200 if threshold == 100 else 64):
        net = canny(*each.size, threshold=threshold, stride=each.stride)
        each.check(net, cv2.Canny(each.theirs, threshold, threshold))


def test_every_direction() -> None:
    """Cones have gradients of all angles, discs edges of all."""
    y, x = np.mgrid[-60:60, -60:60]
    for far in (2.0, 3.7, 9.1):
        for picture in (np.hypot(x, y * far).clip(0, 255), 255.0 * (np.hypot(x, y * far) < 50)):
            frame = picture.astype(np.uint8)
            want = cv2.Canny(frame, 2, 2)
            found = canny(120, 120, threshold=2).golden(frame[:, :, None])
            np.testing.assert_array_equal(found[:, :, 0], want)
            assert want.any()


def test_both_sides_of_each_angle() -> None:
    """All pairs of magnitudes that a table of ten bits has to tell apart as OpenCV's fractions do."""
    ax = np.arange(1, 1021)[:, None]
    ay = np.arange(1, 1021)
    np.testing.assert_array_equal((ay << 15) < ax * 13573, 408 * ax - 985 * ay >= 0)
    np.testing.assert_array_equal((ay << 15) > ax * (13573 + (1 << 16)), 408 * ay - 985 * ax >= 0)


def test_most_of_a_photograph_is_no_edge() -> None:
    found = canny(*PHOTOGRAPH.shape, threshold=200).golden(PHOTOGRAPH[:, :, None])
    assert set(np.unique(found)) == {0, 255}
    assert 0.01 < (found == 255).mean() < 0.1


@pytest.mark.parametrize(("words", "error", "text"), [
    ({"threshold": 2040}, ValueError, r"^threshold must be in 0..2039, not 2040$"),
    ({"threshold": -1}, ValueError, r"^threshold must be in 0..2039, not -1$"),
    ({"threshold": 0.5}, TypeError, r"^threshold must be an int, not 0.5$"),
])
def test_what_is_refused(words: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        canny(8, 8, **words)
