"""The bilateral filter: against its formula in real numbers, and against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from opencv_pictures import PHOTOGRAPH, samples
from windrow.filters import bilateral


def in_real_numbers(x: NDArray[np.uint8], size: int, color: float, space: float) -> NDArray[np.float64]:
    far = size // 2
    padded = np.pad(x.astype(float), far, mode="reflect")
    height, width = x.shape
    above, below = np.zeros(x.shape), np.zeros(x.shape)
    for y in range(-far, far + 1):
        for across in range(-far, far + 1):
            if y * y + across * across <= far * far:
                v = padded[far + y : far + y + height, far + across : far + across + width]
                w = np.exp(-(y * y + across * across) / (2 * space**2) - (v - x) ** 2 / (2 * color**2))
                above, below = above + w * v, below + w
    return above / below


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize(("color", "space"), [(1, 0.5), (5, 3), (30, 3), (100, 1)])
def test_formula(size: int, color: float, space: float) -> None:
    """Within one of the quotient, and mostly its whole part."""
    random = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    for x in (PHOTOGRAPH, random, random // 128 * 255):
        net = bilateral(*x.shape, kernel_size=size, sigma_color=color, sigma_space=space)
        found, exact = net.golden(x[:, :, None])[:, :, 0], in_real_numbers(x, size, color, space)
        assert np.abs(found - np.floor(exact + 1e-9)).max() <= 1
        assert (found == np.floor(exact + 1e-9)).mean() > 0.8


def test_near_opencv() -> None:
    for each in samples(channels=(1,), count=64):
        found = bilateral(*each.size, **each.bordered).golden(each.x)[:, :, 0]
        want = cv2.bilateralFilter(each.theirs, 5, 30, 3, borderType=each.border_type).astype(np.int64)
        assert np.abs(found - want[:: each.stride, :: each.stride]).max() <= 1
    found = bilateral(*PHOTOGRAPH.shape).golden(PHOTOGRAPH[:, :, None])[:, :, 0]
    assert (found != cv2.bilateralFilter(PHOTOGRAPH, 5, 30, 3)).mean() < 0.05


def test_plain_areas_and_steep_edges_stay() -> None:
    x = np.zeros((12, 12, 1), np.int64)
    x[:, 6:] = 255
    np.testing.assert_array_equal(bilateral(12, 12).golden(x), x)
    colour = np.concatenate([x, 255 - x, np.full_like(x, 77)], axis=2)
    np.testing.assert_array_equal(bilateral(12, 12, channels=3).golden(colour), colour)


@pytest.mark.parametrize(("words", "error", "text"), [
    ({"kernel_size": 7}, ValueError, r"^kernel_size must be 3 or 5, not 7$"),
    ({"sigma_color": 0}, ValueError, r"^sigma_color must be in 1..100, not 0$"),
    ({"sigma_space": float("nan")}, ValueError, r"^sigma_space must be in 0.5..1000, not nan$"),
    ({"sigma_color": "30"}, TypeError, r"^sigma_color must be a number, not '30'$"),
])
def test_what_is_refused(words: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        bilateral(8, 8, **words)
