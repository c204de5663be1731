"""SumPool2d beside SciPy, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import windrow as wr

MODES = {"edge": "nearest", "reflect": "mirror", "symmetric": "reflect"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_as_scipy_sums_up(mode: str, stride: int) -> None:
    layer = wr.SumPool2d(height=9, width=8, channels=2, kernel_size=3, stride=stride, padding=1,
                         padding_mode=mode, zero_point=-7, input_type=wr.Int(8))
    x = layer.random_input(0)
    for channel in range(2):
        whole = ndimage.correlate(x[..., channel], np.ones((3, 3), np.int64), mode=MODES[mode])
        assert np.array_equal(layer.golden(x)[..., channel], whole[::stride, ::stride] + 9 * 7)


@pytest.mark.parametrize(("value", "outside"), [(None, 0), (3, 3), (5, 5), (200, 200)])
def test_padding_adds_its_value_less_the_zero_point(value: int | None, outside: int) -> None:
    layer = wr.SumPool2d(height=6, width=5, kernel_size=(2, 3), padding=1, padding_value=value, zero_point=5)
    x = layer.random_input(1)
    less = outside - 5 if value is not None else 0
    whole = ndimage.correlate(np.pad(x[..., 0] - 5, 1, constant_values=less), np.ones((2, 3), np.int64),
                              mode="constant", origin=(-1, 0))  # fmt: skip
    assert np.array_equal(layer.golden(x)[..., 0], whole[:-1, 1:-1])


@pytest.mark.parametrize(("pixel", "zero", "expected"), [
    (wr.UInt(8), 0, wr.UInt(12)), (wr.UInt(8), 255, wr.Int(13)), (wr.Int(8), -128, wr.UInt(12)),
    (wr.Int(8), 127, wr.Int(13)), (wr.UInt(8), 128, wr.Int(12)),
])
def test_results_have_the_type_that_the_ends_need(pixel: Any, zero: int, expected: Any) -> None:
    layer = wr.SumPool2d(height=3, width=3, kernel_size="global", zero_point=zero, input_type=pixel)
    assert layer.output_type == expected
    for end in (pixel.min, pixel.max):
        assert layer.golden(np.full((3, 3, 1), end)).item() == 9 * (end - zero)


@pytest.mark.parametrize(("zero", "error", "message"), [
    (256, ValueError, r"^zero_point must be in 0..255 \(uint8\), not 256$"),
    (-1, ValueError, r"^zero_point must be in 0..255 \(uint8\), not -1$"),
    (0.5, TypeError, r"^zero_point must be an int, not 0.5$"),
    (True, TypeError, r"^zero_point must be an int, not True$"),
])
def test_zero_points_that_are_no_pixels(zero: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wr.SumPool2d(height=4, width=4, kernel_size=2, zero_point=zero)


STALLS = {"input_stall": wr.Stalls.random(0.3, seed=1), "output_stall": wr.Stalls.random(0.3, seed=2)}


@pytest.mark.parametrize("zero", [0, 7, 255])
@pytest.mark.parametrize("padding", [0, ((0, 1), (1, 0))])
def test_in_hardware_as_pixels_arrive(zero: int, padding: Any) -> None:
    """Windows apart, in common and alone, the last with every pixel at an end of its range."""
    for kernel, stride in ((2, 2), (3, 2), ("global", 1)):
        if kernel == "global" and padding:
            continue
        layer = wr.SumPool2d(height=7, width=6, channels=2, kernel_size=kernel, stride=stride,
                             padding=padding, zero_point=zero)
        design = wr.Design(layer, lanes=1, taps=1)
        assert design.accumulates
        ends = np.stack([np.zeros(layer.input_shape, np.int64), np.full(layer.input_shape, 255)])
        x = np.concatenate([layer.random_input(2, 1), ends])
        wr.simulate(design, x, engine="amaranth", **STALLS).check()
