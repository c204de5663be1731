"""Gaussian, box and median against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy import ndimage

import windrow as wr
from opencv_pictures import RANDOM, samples
from windrow.filters import box, gaussian, median


@pytest.mark.parametrize("sigma", [0, 0.8, 2])
@pytest.mark.parametrize("size", [1, 3, 5, 7, 9, 15])
def test_gaussian(size: int, sigma: float) -> None:
    for each in samples(count=RANDOM if size <= 7 and not sigma else 24):
        net = gaussian(*each.size, kernel_size=size, sigma=sigma, **each.bordered)
        each.check(net, cv2.GaussianBlur(each.theirs, (size, size), sigma, borderType=each.border_type))


@pytest.mark.parametrize("size", [21, 31])
def test_large_gaussian(size: int) -> None:
    for each in samples(least=size, count=12):
        net = gaussian(*each.size, kernel_size=size, **each.bordered)
        each.check(net, cv2.GaussianBlur(each.theirs, (size, size), 0, borderType=each.border_type))


def test_gaussian_of_two_sizes() -> None:
    for each in samples(count=32):
        net = gaussian(*each.size, kernel_size=(3, 7), sigma=(1.5, 2), **each.bordered)
        each.check(net, cv2.GaussianBlur(each.theirs, (7, 3), sigmaX=2, sigmaY=1.5,
                                         borderType=each.border_type))


@pytest.mark.parametrize("size", [1, 3, 7, 15, (3, 9)])
def test_separable(size: Any) -> None:
    """In two stages, with stride and border, equal to OpenCV all the same."""
    rows, columns = size if isinstance(size, tuple) else (size, size)
    for each in samples(least=12, count=64):
        net = gaussian(*each.size, kernel_size=size, separable=True, **each.bordered)
        each.check(net, cv2.GaussianBlur(each.theirs, (columns, rows), 0, borderType=each.border_type))
        assert [node.operator.layer.kernel_size for node in net.layers] == [(rows, 1), (1, columns)]
        net = box(*each.size, kernel_size=size, separable=True, **each.bordered)
        each.check(net, cv2.blur(each.theirs, (columns, rows), borderType=each.border_type))


def test_separable_boxes_of_even_sizes() -> None:
    for each in samples(count=32):
        net = box(*each.size, kernel_size=(2, 4), separable=True, **each.bordered)
        each.check(net, cv2.blur(each.theirs, (4, 2), borderType=each.border_type))


def test_separable_takes_fewer_multipliers() -> None:
    whole, parts = (gaussian(32, 32, kernel_size=5, separable=each) for each in (False, True))
    found = [[wr.plan(node.operator.layer).multipliers for node in net.layers] for net in (whole, parts)]
    assert found == [[25], [5, 5]]


def test_gaussian_by_default() -> None:
    for each in samples(channels=(1,), count=4):
        if each.stride == 1:
            each.check(gaussian(*each.size), cv2.GaussianBlur(each.theirs, (3, 3), 0))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 11, 16, (2, 5), (7, 3), 17, 21])
def test_box(size: Any) -> None:
    rows, columns = size if isinstance(size, tuple) else (size, size)
    for each in samples(least=12, count=RANDOM if rows in (3, 5) else 24):
        net = box(*each.size, kernel_size=size, **each.bordered)
        each.check(net, cv2.blur(each.theirs, (columns, rows), borderType=each.border_type))


def test_box_of_every_mean_of_16_pixels() -> None:
    """A power of two is where OpenCV does not round half up."""
    x = (np.add.outer(np.arange(64) * 4, np.arange(64) * 3) % 256).astype(np.uint8)
    want = cv2.blur(x, (4, 4)).astype(np.int64)
    np.testing.assert_array_equal(box(64, 64, kernel_size=4).golden(x[:, :, None])[:, :, 0], want)


def test_box_sums() -> None:
    for each in samples():
        net = box(*each.size, kernel_size=5, normalise=False, **each.bordered)
        each.check(net, cv2.boxFilter(each.theirs, cv2.CV_16U, (5, 5), normalize=False,
                                      borderType=each.border_type))


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_median(size: int) -> None:
    for each in samples():
        each.check(median(*each.size, kernel_size=size, **each.words), cv2.medianBlur(each.theirs, size))


def test_median_of_scipy() -> None:
    for each in samples(channels=(1,), count=16):
        net = median(*each.size, kernel_size=(3, 5), border="symmetric", **each.words)
        each.check(net, ndimage.median_filter(each.theirs, (3, 5)))


def test_median_of_pillow() -> None:
    for each in samples(channels=(1,), count=16):
        want = Image.fromarray(each.theirs).filter(ImageFilter.MedianFilter(5))
        each.check(median(*each.size, kernel_size=5, **each.words), np.asarray(want))


@pytest.mark.parametrize(("make", "error", "text"), [
    (lambda: gaussian(8, 8, kernel_size=4), ValueError, r"^kernel_size must be odd and in 1..31, not 4$"),
    (lambda: gaussian(8, 8, kernel_size=33), ValueError, r"^kernel_size must be odd and in 1..31, not 33$"),
    (lambda: box(8, 8, kernel_size=32), ValueError, r"^kernel_size must be in 1..31, not 32$"),
    (lambda: median(16, 16, kernel_size=9), ValueError, r"^kernel_size must be odd and in 1..7, not 9$"),
    (lambda: gaussian(8, 8, kernel_size=2.5), TypeError,
     r"^kernel_size must be an int or \(h, w\), not 2.5$"),
    (lambda: gaussian(8, 8, sigma="1"), TypeError, r"^sigma must be a number or \(down, across\), not '1'$"),
    (lambda: gaussian(8, 8, sigma=-1), ValueError, r"^sigma must be at least 0 and below 1000, not -1$"),
    (lambda: gaussian(8, 8, sigma=(1, 2, 3)), ValueError,
     r"^sigma must be a number or \(down, across\), not"),
    (lambda: box(8, 8, normalise=1), TypeError, r"^normalise must be True or False, not 1$"),
    (lambda: gaussian(3, 8, kernel_size=9), ValueError,
     r"^top padding must be in 0..2 for padding_mode 'reflect' and height=3, not 4$"),
])
def test_what_is_refused(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_names() -> None:
    assert wr.filters.gaussian is gaussian
    assert str(gaussian(6, 8)).splitlines()[0] == "gaussian: 6x8x1 -> 6x8x1, values are OpenCV's GaussianBlur"
