"""The golden model against two strangers: onnxruntime for 8 bits, plain loops for every other width."""

import itertools
import tracemalloc

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper

from windrow.operators import convolve as golden
from windrow.operators.conv2d import Conv2d
from windrow.operators.convolve import convolve
from windrow.values.numerics import Int, IntType, UInt
from windrow.window.window import Window

Array = NDArray[np.int64]

BYTES = st.sampled_from([UInt(8), Int(8)])
TYPES = st.builds(lambda kind, bits: kind(bits), st.sampled_from([UInt, Int]), st.integers(1, 16))


@st.composite
def layers(draw: st.DrawFn, types: st.SearchStrategy[IntType], size: int, channels: int) -> Conv2d:
    """Any legal layer: the kernel is drawn first, the image large enough for it."""
    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    kernel, dilation = pair(1, 4), pair(1, 3)
    padding = (pair(0, 3), pair(0, 3))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    height, width = (draw(st.integers(max(1, span - sum(sides)), max(size, span)))
                     for span, sides in zip(spans, padding, strict=True))
    groups = draw(st.integers(1, 3))
    return Conv2d(
        height=height, width=width, kernel_size=kernel, stride=pair(1, 5), dilation=dilation, padding=padding,
        groups=groups, in_channels=groups * draw(st.integers(1, channels)),
        out_channels=groups * draw(st.integers(1, channels)), bias=draw(st.booleans()),
        input_type=draw(types), weight_type=draw(types))


def ref_onnxruntime(layer: Conv2d, x: Array, weights: Array) -> Array:
    """ConvInteger, without bias. Frames, height, width and channels as in Windrow.

    Both operands go in as uint8: an int8 one is shifted by 128 and given that as its zero point, which by the
    operator's definition is the same sum. (Its kernels for int8 weights saturate on some processors.)
    """
    shifts = [128 if kind.signed else 0 for kind in (layer.input_type, layer.weight_type)]
    feeds = {
        "x": (x.transpose(0, 3, 1, 2) + shifts[0]).astype(np.uint8),
        "w": (weights.transpose(0, 3, 1, 2) + shifts[1]).astype(np.uint8),
        "x_zero_point": np.array(shifts[0], dtype=np.uint8),
        "w_zero_point": np.array(shifts[1], dtype=np.uint8),
    }
    (top, bottom), (left, right) = layer.padding
    node = helper.make_node(
        "ConvInteger", list(feeds), ["y"], kernel_shape=layer.kernel_size, group=layer.groups,
        strides=layer.stride, dilations=layer.dilation, pads=[top, left, bottom, right])
    inputs = [helper.make_tensor_value_info(name, TensorProto.UINT8, array.shape)
              for name, array in feeds.items()]
    outputs = [helper.make_tensor_value_info("y", TensorProto.INT32, None)]
    model = helper.make_model(helper.make_graph([node], "layer", inputs, outputs), ir_version=8,
                              opset_imports=[helper.make_opsetid("", 13)])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, feeds)[0]).transpose(0, 2, 3, 1).astype(np.int64)


def ref_loops(layer: Conv2d, x: Array, weights: Array, bias: Array | None) -> list[int]:
    """The formula word for word, in Python's unbounded integers; outputs of all frames in raster order."""
    (top, _), (left, _) = layer.padding
    depth, filters_per_group = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    outputs = []
    for frame in x.tolist():
        for i, j, o in itertools.product(*map(range, layer.output_shape)):
            total = 0 if bias is None else int(bias[o])
            for r, c, k in itertools.product(*map(range, layer.weight_shape[1:])):
                row = i * layer.stride[0] + r * layer.dilation[0] - top
                column = j * layer.stride[1] + c * layer.dilation[1] - left
                if 0 <= row < layer.height and 0 <= column < layer.width:
                    pixel = frame[row][column][o // filters_per_group * depth + k]
                    total += pixel * int(weights[o, r, c, k])
            outputs.append(total)
    return outputs


@settings(max_examples=300)
@given(layers(BYTES, size=20, channels=4), st.integers(0, 2**32), st.integers(1, 2))
def test_against_onnxruntime(layer: Conv2d, seed: int, frames: int) -> None:
    x, weights, bias = layer.random_input(seed, frames), layer.random_weights(seed), layer.random_bias(seed)
    expected = ref_onnxruntime(layer, x, weights) + (0 if bias is None else bias)
    y = layer.golden(x, weights, bias)
    assert y.dtype == np.int64
    assert y.shape == (frames, *layer.output_shape)
    assert np.array_equal(y, expected)


@settings(max_examples=100)
@given(layers(TYPES, size=6, channels=2), st.integers(0, 2**32))
def test_every_width_against_plain_loops(layer: Conv2d, seed: int) -> None:
    x, weights, bias = layer.random_input(seed, 1), layer.random_weights(seed), layer.random_bias(seed)
    y = layer.golden(x, weights, bias)
    assert y.ravel().tolist() == ref_loops(layer, x, weights, bias)
    assert layer.accumulator_type.contains(y)


def test_by_hand() -> None:
    """4x4 image, 2x2 kernel, stride 2: four windows that do not overlap, nothing mirrored."""
    layer = Conv2d(height=4, width=4, kernel_size=2, stride=2, bias=True)
    x = np.arange(16).reshape(4, 4, 1)
    weights = np.array([1, 10, 100, -1]).reshape(1, 2, 2, 1)
    y = layer.golden(x, weights, [1000])
    assert y[..., 0].tolist() == [[1000 + 0 + 10 + 400 - 5, 1000 + 2 + 30 + 600 - 7],
                                  [1000 + 8 + 90 + 1200 - 13, 1000 + 10 + 110 + 1400 - 15]]


def test_windows_in_padding_are_the_bias() -> None:
    layer = Conv2d(height=1, width=1, kernel_size=2, padding=((4, 0), (0, 3)), bias=True)
    y = layer.golden([[[255]]], layer.random_weights(0), [-7])
    assert y.shape == (4, 3, 1)
    assert (y != -7).sum() == 1


@pytest.mark.parametrize(("x", "w", "float_is_exact"), [
    (2**26, 2**26 - 1, True), (-(2**26), 2**26 - 1, True),
    (2**27, 2**27, False), (2**27 + 1, 2**27 + 1, False), (-(2**31), 2**31, False)])
def test_exact_beyond_float(x: int, w: int, float_is_exact: bool) -> None:
    """Where float64 would round, integers take over."""
    pixels = np.array([x, 1], dtype=np.int64).reshape(1, 1, 2, 1)
    weights = np.array([w, 1], dtype=np.int64).reshape(1, 1, 2, 1)
    assert convolve(pixels, weights, window=Window(1, 1, (1, 1))).item() == x * w + 1
    assert (int(float(x) * float(w) + 1.0) == x * w + 1) == float_is_exact


def test_blocks_of_rows_are_seamless(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Conv2d(height=23, width=19, in_channels=4, out_channels=6, groups=2, kernel_size=(3, 2),
                   stride=(2, 1), padding=((2, 1), (0, 3)), dilation=(1, 2))
    x, weights = layer.random_input(0, frames=2), layer.random_weights(0)
    whole = layer.golden(x, weights)
    for elements in (1, 500, 1500):
        monkeypatch.setattr(golden, "_BLOCK_ELEMENTS", elements)
        assert np.array_equal(layer.golden(x, weights), whole)


def test_memory_stays_bounded() -> None:
    """The window matrix of the whole image would take 604 MB."""
    layer = Conv2d(height=512, width=512, in_channels=32, out_channels=2, kernel_size=3, padding=1)
    x, weights = layer.random_input(0), layer.random_weights(0)
    tracemalloc.start()
    try:
        layer.golden(x, weights)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 250e6
