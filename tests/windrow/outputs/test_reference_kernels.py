"""Requantize against TFLite's reference kernels: whole layers, with sums of every size, by equality."""

import numpy as np
import pytest

import windrow as wr
from tflite_models import convolution, reference
from windrow.operators.convolve import convolve
from windrow.window.window import Window

FRAMES = 20


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
@pytest.mark.parametrize("seed", range(6))
def test_layers(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    channels, filters = (6, 6) if kind.startswith("D") else (5, 8)
    dense, depthwise = kind == "FULLY_CONNECTED", kind.startswith("D")
    shape = (1, 40) if dense else (1, 6, 7, channels)
    shapes = {"CONV_2D": (filters, 3, 3, channels), "FULLY_CONNECTED": (filters, 40),
              "DEPTHWISE_CONV_2D": (1, 3, 3, filters)}
    weights = random.integers(-127, 128, shapes[kind])
    bias = random.integers(-20_000, 20_000, filters)
    in_zero, out_zero = (int(zero) for zero in random.integers(-128, 128, 2))
    in_scale, out_scale = (np.float32(scale) for scale in random.uniform(0.01, 0.1, 2))
    # Around the scale that spreads the sums over the numbers there are, and far beyond on both sides.
    scales = np.float32(out_scale / in_scale * 2.0 ** -random.uniform(4, 16, 1 if dense else filters))
    model = convolution(shape, weights, bias, scales=scales, in_scale=in_scale, out_scale=out_scale,
                        in_zero=in_zero, out_zero=out_zero, kind=kind, stride=1 + seed % 2)
    x = random.integers(-128, 128, (FRAMES, *shape[1:]))
    want = reference(model, x)[3]

    centred = x - in_zero
    if dense:
        sums = centred @ weights.T + bias
        scale = float(np.float32(in_scale * scales[0])) / float(out_scale)
    else:
        ohwi = weights.transpose(3, 1, 2, 0) if depthwise else weights
        window = Window(*centred.shape[1:3], (3, 3), (1 + seed % 2,) * 2)
        sums = convolve(centred, ohwi, bias, window=window, groups=channels if depthwise else 1)
        scale = [float(in_scale) * float(each) / float(out_scale) for each in scales]
    requantise = wr.Requantize(scale, out_zero).resolved("single" if dense else "double")
    got = requantise.golden(sums)
    np.testing.assert_array_equal(got.reshape(want.shape), want)

    ranges = [(int(low), int(high)) for low, high in
              zip(sums.reshape(-1, filters).min(0), sums.reshape(-1, filters).max(0), strict=True)]
    np.testing.assert_array_equal(requantise.for_range(ranges).golden(sums).reshape(want.shape), want)
