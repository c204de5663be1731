"""Colours of a sensor's picture against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest

from opencv_pictures import PHOTOGRAPH
from windrow.filters import bayer
from windrow.filters.bayer import PATTERNS, Mosaic


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("order", ["bgr", "rgb"])
def test_bayer(pattern: str, order: str) -> None:
    code = getattr(cv2, f"COLOR_Bayer{pattern.upper()}2{order.upper()}")
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, 2 * random.integers(2, 12, 2), np.uint8) for _ in range(100)]
    rows, columns = (size // 2 * 2 for size in PHOTOGRAPH.shape)
    for x in [*pictures, np.ascontiguousarray(PHOTOGRAPH[:rows, :columns])]:
        net = bayer(*x.shape, pattern=pattern, order=order)
        np.testing.assert_array_equal(net.golden(x[:, :, None]), cv2.cvtColor(x, code), f"{x.shape}")


def test_mosaic() -> None:
    """Blocks of one channel, row by row; the frame shows what is inside of it."""
    blocks = np.arange(16).reshape(1, 2, 2, 4)
    assert Mosaic().golden(blocks)[0, :, :, 0].tolist() == [
        [3, 3, 6, 6], [3, 3, 6, 6], [9, 9, 12, 12], [9, 9, 12, 12]]
    with pytest.raises(ValueError, match=r"^a mosaic must get \(H, W, 4\*C\), not shape \(2, 2, 3\)$"):
        Mosaic().output_shape((2, 2, 3))


@pytest.mark.parametrize(("words", "text"), [
    ({"height": 5}, r"^height must be even and at least 4, not 5$"),
    ({"width": 2}, r"^width must be even and at least 4, not 2$"),
    ({"pattern": "rgbg"}, r"^pattern must be 'rggb', 'grbg', 'gbrg' or 'bggr', not 'rgbg'$"),
    ({"order": "grb"}, r"^order must be 'bgr' or 'rgb', not 'grb'$"),
])
def test_what_is_refused(words: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        bayer(**{"height": 8, "width": 8, **words})
