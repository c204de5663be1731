"""Erosion, dilation, opening and closing against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy import ndimage

from opencv_pictures import samples
from windrow import filters
from windrow.filters.kernels import structuring_element

SHAPES = {"rect": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS, "ellipse": cv2.MORPH_ELLIPSE}
KINDS: dict[str, Any] = {
    "erode": cv2.erode, "dilate": cv2.dilate,
    "open": lambda x, e, **more: cv2.morphologyEx(x, cv2.MORPH_OPEN, e, **more),
    "close": lambda x, e, **more: cv2.morphologyEx(x, cv2.MORPH_CLOSE, e, **more),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_elements(shape: str) -> None:
    for rows in range(1, 32):
        for columns in range(1, 32):
            want = cv2.getStructuringElement(SHAPES[shape], (columns, rows)).astype(bool)
            found = structuring_element(shape, rows, columns)
            np.testing.assert_array_equal(found, want, f"{rows}x{columns}")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, (4, 3), (3, 7)])
@pytest.mark.parametrize("name", KINDS)
def test_morphology(name: str, size: Any, shape: str) -> None:
    rows, columns = size if isinstance(size, tuple) else (size, size)
    element = cv2.getStructuringElement(SHAPES[shape], (columns, rows))
    for each in samples(count=200 if size == 3 and shape == "rect" else 12):
        net = filters.FILTERS[name](*each.size, kernel_size=size, element=shape, **each.words)
        each.check(net, KINDS[name](each.theirs, element))


@pytest.mark.parametrize("name", KINDS)
def test_borders(name: str) -> None:
    element = np.ones((3, 3), np.uint8)
    for each in samples(count=64):
        if each.border != "constant":
            net = filters.FILTERS[name](*each.size, **each.bordered)
            each.check(net, KINDS[name](each.theirs, element, borderType=each.border_type))


def test_others() -> None:
    """SciPy and Pillow, with their borders."""
    for each in samples(channels=(1,), count=16):
        mirrored = {**each.words, "border": "symmetric"}
        each.check(filters.erode(*each.size, **mirrored), ndimage.grey_erosion(each.theirs, size=3))
        each.check(filters.dilate(*each.size, **mirrored), ndimage.grey_dilation(each.theirs, size=3))
        want = Image.fromarray(each.theirs).filter(ImageFilter.MinFilter(3))
        each.check(filters.erode(*each.size, **{**each.words, "border": "edge"}), np.asarray(want))


def test_only_the_last_stage_has_the_stride() -> None:
    net = filters.open(9, 10, kernel_size=3, stride=3)
    assert [node.operator.layer.stride for node in net.layers] == [(1, 1), (3, 3)]
    assert net.output_shape == (3, 4, 1)


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^element must be 'rect', 'cross' or 'ellipse', not 'disc'$"):
        filters.erode(8, 8, element="disc")
    with pytest.raises(ValueError, match=r"^kernel_size must be in 1..15, not 40$"):
        filters.dilate(64, 64, kernel_size=40)
