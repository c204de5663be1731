"""Smaller pictures against OpenCV."""

import cv2
import numpy as np
import pytest

from opencv_pictures import BORDERS, samples
from windrow.filters import pyramid_down, resize_area


@pytest.mark.parametrize("border", ["reflect", "edge", "symmetric"])  # OpenCV refuses a constant one
def test_pyramid_down(border: str) -> None:
    for each in samples():
        net = pyramid_down(*each.size, border=border, channels=each.x.shape[2])
        want = cv2.pyrDown(each.theirs, borderType=BORDERS[border]).astype(np.int64)
        np.testing.assert_array_equal(net.golden(each.x), want.reshape(net.output_shape))


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 7, 8])
def test_resize_area(factor: int) -> None:
    for each in samples():
        rows, columns = (size // factor * factor for size in each.size)
        x = np.ascontiguousarray(each.x[:rows, :columns])
        net = resize_area(rows, columns, factor=factor, channels=x.shape[2])
        want = cv2.resize(x, (columns // factor, rows // factor), interpolation=cv2.INTER_AREA)
        np.testing.assert_array_equal(net.golden(x), want.astype(np.int64).reshape(net.output_shape))


def test_resize_area_by_6_is_nearly_theirs() -> None:
    """Halves of 36ths are lost in OpenCV's floats: one step, in few pixels."""
    differ, pixels = 0, 0
    for each in samples():
        rows, columns = (size // 6 * 6 for size in each.size)
        x = np.ascontiguousarray(each.x[:rows, :columns])
        want = cv2.resize(x, (columns // 6, rows // 6), interpolation=cv2.INTER_AREA).astype(np.int64)
        found = resize_area(rows, columns, factor=6, channels=x.shape[2]).golden(x)
        assert np.abs(found - want.reshape(found.shape)).max() <= 1
        differ += np.count_nonzero(found != want.reshape(found.shape))
        pixels += found.size
    assert 0 < differ < 0.05 * pixels


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^factor must be in 2..8 and divide 8 and 9, not 2$"):
        resize_area(8, 9)
    with pytest.raises(ValueError, match=r"^factor must be in 2..8 and divide 9 and 9, not 9$"):
        resize_area(9, 9, factor=9)
    with pytest.raises(ValueError, match=r"^factor must be at least 2, not 1$"):
        resize_area(8, 8, factor=1)
