"""Conv2d: normal forms, derived sizes and widths, every refusal, and its other forms."""

import copy
import dataclasses
import json
import pickle
from typing import Any

import numpy as np
import pytest

from windrow.operators.conv2d import Conv2d
from windrow.values.numerics import Int, IntType, UInt

LAYERS = [
    Conv2d(height=5, width=7, kernel_size=1),
    Conv2d(height=64, width=48, in_channels=3, out_channels=8, kernel_size=3, stride=2, padding=1),
    Conv2d(height=224, width=224, in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3,
           bias=True),
    Conv2d(height=9, width=17, in_channels=4, out_channels=6, kernel_size=(1, 3), stride=(2, 5),
           dilation=(1, 2), groups=2, padding=((0, 1), (2, 0)), input_type=Int(5), weight_type=UInt(3)),
    Conv2d(height=9, width=9, in_channels=6, out_channels=6, groups=6, kernel_size=2, padding=(1, 0),
           bias=True, bias_type=Int(32)),
]


def conv(**changes: Any) -> Conv2d:
    return Conv2d(**{"height": 8, "width": 9, "kernel_size": 3, **changes})


def test_defaults() -> None:
    layer = Conv2d(height=8, width=9, kernel_size=3)
    assert dataclasses.asdict(layer).keys() == {
        "height", "width", "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation",
        "padding_mode", "padding_value", "groups", "bias", "input_type", "weight_type", "bias_type", "output"}
    assert (layer.in_channels, layer.out_channels, layer.groups) == (1, 1, 1)
    assert (layer.stride, layer.dilation, layer.padding) == ((1, 1), (1, 1), ((0, 0), (0, 0)))
    assert (layer.padding_mode, layer.padding_value) == ("constant", 0)
    assert (layer.bias, layer.bias_type) == (False, None)
    assert (layer.input_type, layer.weight_type) == (UInt(8), Int(8))


def test_is_a_frozen_value() -> None:
    layer = conv(stride=2)
    assert layer == conv(stride=(2, 2)) != conv()
    assert len({layer, conv(stride=[2, 2]), conv()}) == 2
    assert pickle.loads(pickle.dumps(layer)) == layer == copy.deepcopy(layer)
    with pytest.raises(dataclasses.FrozenInstanceError):
        layer.stride = (1, 1)  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        Conv2d(8, 9, 3)  # pyright: ignore[reportCallIssue]


def test_numpy_integers_become_ints() -> None:
    layer = conv(height=np.int64(8), stride=(np.uint8(2), 1), padding=np.int32(1), bias=np.True_)
    assert layer == conv(stride=(2, 1), padding=1, bias=True)
    assert {type(n) for n in (layer.height, *layer.stride, *layer.padding[0])} == {int}
    assert layer.bias is True


@pytest.mark.parametrize(("given", "normal"), [
    (0, ((0, 0), (0, 0))),
    ("valid", ((0, 0), (0, 0))),
    (2, ((2, 2), (2, 2))),
    ((1, 2), ((1, 1), (2, 2))),
    ([[1, 2], [3, 4]], ((1, 2), (3, 4))),
    ("same", ((1, 1), (1, 1))),
    ("SAME", ((1, 1), (1, 1))),
    ("Valid", ((0, 0), (0, 0))),
])
def test_padding_forms(given: Any, normal: object) -> None:
    assert conv(padding=given).padding == normal


@pytest.mark.parametrize(("size", "kernel", "stride", "dilation", "sides"), [
    (5, 2, 1, 1, (0, 1)), (5, 3, 2, 1, (1, 1)), (6, 3, 2, 1, (0, 1)), (8, 3, 3, 1, (0, 1)),
    (7, 1, 3, 1, (0, 0)), (7, 3, 1, 2, (2, 2)), (8, 4, 4, 1, (0, 0)), (9, 2, 5, 1, (0, 0)),
    (1, 5, 1, 1, (2, 2)),
])
def test_same_is_onnx_same_upper(size: int, kernel: int, stride: int, dilation: int, sides: object) -> None:
    layer = conv(height=size, width=size, kernel_size=kernel, stride=stride, dilation=dilation,
                 padding="same")
    assert layer.padding == (sides, sides)
    assert layer.output_shape[:2] == (-(-size // stride),) * 2


def test_shapes_and_counts() -> None:
    layer = LAYERS[3]
    assert layer.input_shape == (9, 17, 4)
    assert layer.effective_kernel == (1, 5)
    assert layer.output_shape == (5, 3, 6)
    assert layer.weight_shape == (6, 1, 3, 2)
    assert layer.bias_shape == (6,)
    assert layer.products == 6
    assert layer.macs == 5 * 3 * 6 * 6
    assert LAYERS[2].macs == 112 * 112 * 64 * 147


@pytest.mark.parametrize(("x", "w", "kernel", "bias", "expected"), [
    #                                   product   sum       bias     accumulator
    (UInt(8), Int(8), 3, False,        (Int(16), Int(20),  None,    Int(20))),
    (UInt(8), Int(8), 3, True,         (Int(16), Int(20),  Int(20), Int(21))),
    (UInt(8), Int(8), 3, Int(8),       (Int(16), Int(20),  Int(8),  Int(20))),
    (UInt(8), Int(8), 3, UInt(32),     (Int(16), Int(20),  UInt(32), Int(34))),
    (UInt(8), UInt(8), 1, False,       (UInt(16), UInt(16), None,   UInt(16))),
    (UInt(8), UInt(8), 1, True,        (UInt(16), UInt(16), Int(16), Int(18))),
    (UInt(1), UInt(1), 1, False,       (UInt(1), UInt(1),  None,    UInt(1))),
    (Int(8), Int(8), 1, False,         (Int(16), Int(16),  None,    Int(16))),
    (Int(1), Int(1), 2, False,         (UInt(1), UInt(3),  None,    UInt(3))),
    (UInt(16), Int(16), 3, False,      (Int(32), Int(36),  None,    Int(36))),
    (UInt(1), Int(1), 1, False,        (Int(1),  Int(1),   None,    Int(1))),
])
def test_widths(x: IntType, w: IntType, kernel: int, bias: bool | IntType,
                expected: tuple[IntType | None, ...]) -> None:
    layer = conv(kernel_size=kernel, input_type=x, weight_type=w, bias=bias is not False,
                 bias_type=None if isinstance(bias, bool) else bias)
    assert (layer.product_type, layer.sum_type, layer.bias_type, layer.accumulator_type) == expected


@pytest.mark.parametrize("layer", LAYERS, ids=str)
@pytest.mark.parametrize("ends", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_extreme_values_fit_the_accumulator(layer: Conv2d, ends: tuple[int, int]) -> None:
    def end(kind: IntType, which: int) -> int:
        return (kind.min, kind.max)[which]

    x = np.full(layer.input_shape, end(layer.input_type, ends[0]))
    weights = np.full(layer.weight_shape, end(layer.weight_type, ends[1]))
    for which in (0, 1):
        bias = None if layer.bias_type is None else np.full(layer.bias_shape, end(layer.bias_type, which))
        assert layer.accumulator_type.contains(layer.golden(x, weights, bias))
    lo, hi = layer.accumulator_range
    assert layer.accumulator_type.min <= lo <= hi <= layer.accumulator_type.max


@pytest.mark.parametrize(("changes", "error", "text"), [
    ({"height": 0}, ValueError, r"^height must be at least 1, not 0$"),
    ({"width": 9.0}, TypeError, r"^width must be an int, not 9\.0$"),
    ({"height": True}, TypeError, r"^height must be an int, not True$"),
    ({"in_channels": None}, TypeError, r"^in_channels must be an int, not None$"),
    ({"out_channels": -1}, ValueError, r"^out_channels must be at least 1, not -1$"),
    ({"kernel_size": 0}, ValueError, r"^kernel_size must be at least 1, not 0$"),
    ({"kernel_size": (3, 0)}, ValueError, r"^kernel_size\[1\] must be at least 1, not 0$"),
    ({"kernel_size": "3x3"}, TypeError, r"^kernel_size must be an int or \(h, w\), not '3x3'$"),
    ({"stride": (1, 2, 3)}, ValueError, r"^stride must be an int or \(h, w\), not \(1, 2, 3\)$"),
    ({"stride": True}, TypeError, r"^stride must be an int or \(h, w\), not True$"),
    ({"dilation": (1, 1.5)}, TypeError, r"^dilation\[1\] must be an int, not 1\.5$"),
    ({"padding": -1}, ValueError, r"^padding must be at least 0, not -1$"),
    ({"padding": ((0, 0), (0, -1))}, ValueError, r"^padding\[1\]\[1\] must be at least 0, not -1$"),
    ({"padding": ((0, 0), (1,))}, ValueError, r"^padding\[1\] must be \(left, right\), not \(1,\)$"),
    ({"padding": (1, 2, 3, 4)}, ValueError, r"^padding must be an int, .* or 'same', not \(1, 2, 3, 4\)$"),
    ({"padding": (1, (2, 3))}, TypeError, r"^padding must be an int, .* or 'same', not \(1, \(2, 3\)\)$"),
    ({"padding": "full"}, ValueError, r"^padding must be an int, .*'valid' or 'same', not 'full'$"),
    ({"padding": 1.0}, TypeError, r"^padding must be an int, .*'valid' or 'same', not 1\.0$"),
    ({"padding": False}, TypeError, r"^padding must be an int, .*'valid' or 'same', not False$"),
    ({"groups": 2}, ValueError, r"^groups must divide in_channels = 1, not be 2$"),
    ({"groups": 2, "in_channels": 2}, ValueError, r"^groups must divide out_channels = 1, not be 2$"),
    ({"groups": 0}, ValueError, r"^groups must be at least 1, not 0$"),
    ({"kernel_size": 10, "padding": ((0, 1), (0, 1))}, ValueError,
     r"^kernel_size must fit the padded image of 9x10 \(height x width\), not be 10x10$"),
    ({"kernel_size": (3, 4), "dilation": 3}, ValueError,
     r"^kernel_size must fit the padded image of 8x9 \(height x width\), not be 3x4 \(dilated to 7x10\)$"),
    ({"bias": 1}, TypeError, r"^bias must be True or False, not 1$"),
    ({"input_type": "uint8"}, TypeError, r"^input_type must be UInt\(bits\) or Int\(bits\), not 'uint8'$"),
    ({"input_type": UInt(17)}, ValueError, r"^input_type must have 1 to 16 bits, not be UInt\(17\)$"),
    ({"weight_type": Int(17)}, ValueError, r"^weight_type must have 1 to 16 bits, not be Int\(17\)$"),
    ({"bias_type": Int(8)}, ValueError, r"^bias_type must be None while bias is False, not Int\(8\)$"),
    ({"bias_type": 8, "bias": True}, TypeError, r"^bias_type must be UInt\(bits\) or Int\(bits\), not 8$"),
    ({"bias_type": Int(64), "bias": True}, ValueError,
     r"^bias_type must leave the sum within int64, not -\d+\.\.\d+ as Int\(64\)$"),
])
def test_refusals(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        conv(**changes)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_random_data_is_legal_and_reproducible(layer: Conv2d) -> None:
    x, weights, bias = layer.random_input(1), layer.random_weights(1), layer.random_bias(1)
    assert np.array_equal(x, layer.random_input(1))
    assert not np.array_equal(x, layer.random_input(2))
    assert (x.shape, weights.shape) == (layer.input_shape, layer.weight_shape)
    assert (bias is None) == (not layer.bias)
    assert layer.random_input(1, frames=3).shape == (3, *layer.input_shape)
    layer.check_weights(weights)
    layer.check_bias(bias)
    assert layer.check_input(x).shape == (1, *layer.input_shape)
    with pytest.raises(ValueError, match=r"^frames must be at least 1, not 0$"):
        layer.random_input(1, frames=0)


def test_random_data_uses_the_full_range_and_is_not_correlated() -> None:
    layer = conv(height=64, width=64, kernel_size=64)
    x, weights = layer.random_input(0).ravel(), layer.random_weights(0).ravel()
    assert (x.min(), x.max()) == (0, 255)
    assert (weights.min(), weights.max()) == (-128, 127)
    assert abs(np.corrcoef(x, weights)[0, 1]) < 0.1


@pytest.mark.parametrize(("check", "array", "error", "text"), [
    ("input", np.zeros((8, 9), int), ValueError,
     r"^x must have shape \(H, W, C\) = \(8, 9, 1\) or \(N, H, W, C\) with N >= 1, not \(8, 9\)$"),
    ("input", np.zeros((0, 8, 9, 1), int), ValueError, r"^x must have shape .*, not \(0, 8, 9, 1\)$"),
    ("input", np.zeros((1, 9, 8, 1), int), ValueError, r"^x must have shape .*, not \(1, 9, 8, 1\)$"),
    ("input", 3, ValueError, r"^x must have shape .*, not \(\)$"),
    ("input", np.zeros((8, 9, 1)), TypeError, r"^x must hold integers, not float64$"),
    ("input", np.full((8, 9, 1), 256), ValueError, r"^x\[0, 0, 0\] is 256, outside uint8 \(0\.\.255\)$"),
    ("input", np.full((2, 8, 9, 1), -1), ValueError, r"^x\[0, 0, 0, 0\] is -1, outside uint8 \(0\.\.255\)$"),
    ("weights", np.zeros((3, 3), int), ValueError,
     r"^weights must have shape \(O, kh, kw, I/groups\) = \(1, 3, 3, 1\), not \(3, 3\)$"),
    ("weights", np.full((1, 3, 3, 1), 128), ValueError,
     r"^weights\[0, 0, 0, 0\] is 128, outside int8 \(.*\)$"),
    ("bias", None, ValueError, r"^bias must have shape \(O,\) = \(1,\), not None$"),
    ("bias", [1, 2], ValueError, r"^bias must have shape \(O,\) = \(1,\), not \(2,\)$"),
    ("bias", [1 << 19], ValueError, r"^bias\[0\] is 524288, outside int20 \(-524288\.\.524287\)$"),
    ("bias", [True], TypeError, r"^bias must hold integers, not bool$"),
])
def test_data_refusals(check: str, array: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        getattr(conv(bias=True), f"check_{check}")(array)


def test_superfluous_bias_is_refused() -> None:
    assert conv().check_bias(None) is None
    with pytest.raises(ValueError, match=r"^bias must be None for a layer with bias=False, not \[0\]$"):
        conv().check_bias([0])


def test_golden_keeps_the_rank_of_its_input() -> None:
    layer = LAYERS[1]
    x, weights = layer.random_input(0, frames=2), layer.random_weights(0)
    y = layer.golden(x, weights)
    assert y.shape == (2, *layer.output_shape)
    assert np.array_equal(layer.golden(x[1], weights), y[1])


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_forms(layer: Conv2d) -> None:
    assert eval(repr(layer)) == layer
    assert Conv2d.from_dict(layer.to_dict()) == layer
    assert Conv2d.from_dict(json.loads(json.dumps(layer.to_dict()))) == layer
    assert layer.replace() == layer


def test_repr_says_only_what_differs() -> None:
    assert repr(conv()) == "Conv2d(height=8, width=9, kernel_size=3)"
    assert repr(LAYERS[3]) == (
        "Conv2d(height=9, width=17, in_channels=4, out_channels=6, kernel_size=(1, 3), stride=(2, 5), "
        "padding=((0, 1), (2, 0)), dilation=(1, 2), groups=2, input_type=Int(5), weight_type=UInt(3))")
    assert repr(conv(padding=(1, 0), bias=True)).endswith("padding=(1, 0), bias=True)")
    assert repr(conv(bias=True, bias_type=Int(9))).endswith("bias=True, bias_type=Int(9))")


def test_str_is_for_people() -> None:
    assert str(LAYERS[1]) == "Conv2d(64x48x3 -> 32x24x8, kernel 3x3, stride 2, padding 1, uint8 x int8)"
    assert str(LAYERS[3]) == ("Conv2d(9x17x4 -> 5x3x6, kernel 1x3, stride 2x5, padding 0,1,2,0, "
                              "dilation 1x2, groups 2, int5 x uint3)")
    assert str(LAYERS[4]) == ("Conv2d(9x9x6 -> 10x8x6, kernel 2x2, padding 1x0, groups 6, bias int32, "
                              "uint8 x int8)")


def test_replace_derives_the_bias_type_anew() -> None:
    layer = conv(bias=True)
    assert layer.replace(kernel_size=1).bias_type == Int(16)
    assert layer.replace(bias=False) == conv()
    assert conv(bias=True, bias_type=Int(9)).replace(kernel_size=1).bias_type == Int(9)


def test_dict_keys_are_promises() -> None:
    assert conv(bias=True, padding=(1, 2), stride=2).to_dict() == {
        "height": 8, "width": 9, "in_channels": 1, "out_channels": 1, "kernel_size": [3, 3],
        "stride": [2, 2], "padding": [[1, 1], [2, 2]], "dilation": [1, 1], "groups": 1, "bias": True,
        "input_type": "uint8", "weight_type": "int8", "bias_type": "int20",
        "output_shape": [4, 6, 1], "macs": 216}


def test_from_dict_takes_what_people_write() -> None:
    short = {"height": 8, "width": 9, "kernel_size": 3, "padding": "same", "input_type": "u4"}
    assert Conv2d.from_dict(short) == conv(padding=1, input_type=UInt(4))


@pytest.mark.parametrize(("changes", "error", "text"), [
    ({"strides": 2}, ValueError, r"^unknown layer key 'strides': did you mean 'stride'\?$"),
    ({"zzz": 2}, ValueError, r"^unknown layer key 'zzz': legal are height, width, .*, output_shape, macs$"),
    ({1: 2}, ValueError, r"^unknown layer key 1: legal are height, .*$"),
    ({"macs": 5}, ValueError, r"^macs must be 378 for this layer, not 5$"),
    ({"output_shape": [1, 1, 1]}, ValueError,
     r"^output_shape must be \[6, 7, 1\] for this layer, not \[1, 1, 1\]$"),
    ({"input_type": "float8"}, ValueError, r"^input_type must be 'uint1' to .*, not 'float8'$"),
    ({"input_type": 8}, TypeError, r"^input_type must be a str such as 'uint8', not 8$"),
    ({"stride": "2"}, TypeError, r"^stride must be an int or \(h, w\), not '2'$"),
])
def test_from_dict_refusals(changes: dict[Any, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        Conv2d.from_dict({"height": 8, "width": 9, "kernel_size": 3, **changes})


def test_from_dict_needs_the_essentials() -> None:
    with pytest.raises(ValueError, match=r"^missing layer key 'kernel_size': found height, width$"):
        Conv2d.from_dict({"height": 8, "width": 9})
    error = r"^missing layer keys 'height', 'width', 'kernel_size': found nothing$"
    with pytest.raises(ValueError, match=error):
        Conv2d.from_dict({})
    with pytest.raises(TypeError, match=r"^layer must be a mapping, not \[3\]$"):
        Conv2d.from_dict([3])  # pyright: ignore[reportArgumentType]


TOO_LARGE = [
    ({"in_channels": 2**62}, r"^in_channels must be at most 65,536, not 4,611,686,018,427,387,904$"),
    ({"out_channels": 70_000}, r"^out_channels must be at most 65,536, not 70,000$"),
    ({"height": 512, "width": 512, "kernel_size": 512}, r"^kernel_size must be at most 4,096, not 262,144$"),
    ({"height": 10**5, "width": 10**5}, r"^height \* width must be at most 16,777,216, not 10,000,000,000$"),
    ({"padding": 10**9}, r"^outputs per filter must be at most 16,777,216, not \d[\d,]+$"),
]


@pytest.mark.parametrize(("change", "message"), TOO_LARGE)
def test_sizes_beyond_any_hardware(change: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Conv2d(**{"height": 8, "width": 8, "kernel_size": 3, **change})


@pytest.mark.parametrize("name", ["x", "weights", "bias"])
def test_lists_of_different_lengths(name: str) -> None:
    layer = Conv2d(height=2, width=2, kernel_size=1, bias=True)
    check = {"x": layer.check_input, "weights": layer.check_weights, "bias": layer.check_bias}[name]
    error = rf"^{name} must be a rectangular array, not lists of different lengths$"
    with pytest.raises(ValueError, match=error):
        check([[1, 2], [3]])
