"""Derivatives and magnitudes against OpenCV."""

from typing import Any

import cv2
import numpy as np
import pytest
from scipy import ndimage

from opencv_pictures import RANDOM, samples
from windrow.filters import gradient_magnitude, laplacian, scharr, sobel
from windrow.values.numerics import Int

ORDERS = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize(("dx", "dy"), ORDERS)
def test_sobel(size: int, dx: int, dy: int) -> None:
    for each in samples(count=RANDOM if size == 3 and dx + dy == 1 else 24):
        net = sobel(*each.size, dx=dx, dy=dy, kernel_size=size, **each.bordered)
        assert Int(16).contains(net.golden(each.x))
        each.check(net, cv2.Sobel(each.theirs, cv2.CV_16S, dx, dy, ksize=size, borderType=each.border_type))


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_laplacian(size: int) -> None:
    for each in samples():
        net = laplacian(*each.size, kernel_size=size, **each.bordered)
        each.check(net, cv2.Laplacian(each.theirs, cv2.CV_16S, ksize=size, borderType=each.border_type))


@pytest.mark.parametrize("dx", [0, 1])
def test_scharr(dx: int) -> None:
    for each in samples():
        net = scharr(*each.size, dx=dx, dy=1 - dx, **each.bordered)
        each.check(net, cv2.Scharr(each.theirs, cv2.CV_16S, dx, 1 - dx, borderType=each.border_type))


def test_sobel_of_scipy() -> None:
    for each in samples(channels=(1,), count=16):
        net = sobel(*each.size, border="symmetric", **each.words)
        each.check(net, ndimage.sobel(each.theirs.astype(np.int32), axis=1))


def test_results_of_8_bits() -> None:
    for each in samples():
        want = cv2.Sobel(each.theirs, cv2.CV_16S, 1, 0, borderType=each.border_type)
        each.check(sobel(*each.size, result="absolute", **each.bordered), cv2.convertScaleAbs(want))
        each.check(sobel(*each.size, result="saturated", **each.bordered),
                   cv2.Sobel(each.theirs, cv2.CV_8U, 1, 0, borderType=each.border_type))
        each.check(laplacian(*each.size, kernel_size=5, result="saturated", **each.bordered),
                   cv2.Laplacian(each.theirs, cv2.CV_8U, ksize=5, borderType=each.border_type))


@pytest.mark.parametrize("kernel", ["sobel", "scharr"])
@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_gradient_magnitude(norm: str, kernel: str) -> None:
    of = cv2.Sobel if kernel == "sobel" else cv2.Scharr
    for each in samples():
        gx, gy = (of(each.theirs, cv2.CV_16S, *order, borderType=each.border_type)
                  for order in ((1, 0), (0, 1)))
        if norm == "l1":
            want = cv2.add(cv2.convertScaleAbs(gx), cv2.convertScaleAbs(gy))
        else:
            want = cv2.convertScaleAbs(cv2.magnitude(gx.astype(np.float32), gy.astype(np.float32)))
        each.check(gradient_magnitude(*each.size, norm=norm, derivative=kernel, **each.bordered), want)


@pytest.mark.parametrize(("make", "error", "text"), [
    (lambda: sobel(8, 8, dx=0), ValueError, r"^dx and dy must be 0, 1 or 2, not both 0, not 0 and 0$"),
    (lambda: sobel(8, 8, dx=3), ValueError, r"^dx and dy must be 0, 1 or 2, not both 0, not 3 and 0$"),
    (lambda: sobel(8, 8, kernel_size=4), ValueError, r"^kernel_size must be 1, 3, 5 or 7, not 4$"),
    (lambda: sobel(8, 8, result="half"), ValueError,
     r"^result must be 'signed', 'saturated' or 'absolute', not 'half'$"),
    (lambda: scharr(8, 8, dx=1, dy=1), ValueError, r"^dx and dy must be 1 and 0 or 0 and 1, not 1 and 1$"),
    (lambda: gradient_magnitude(8, 8, norm="l3"), ValueError, r"^norm must be 'l1' or 'l2', not 'l3'$"),
    (lambda: gradient_magnitude(8, 8, derivative=3), TypeError, r"^derivative must be a str, not 3$"),
])
def test_what_is_refused(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()
