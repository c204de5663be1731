"""ONNX files against onnxruntime and ONNX's evaluator: floats are exact where scales are powers of two."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from lowered import check_steps
from onnx_models import Builder, evaluator, runtime
from windrow.pipeline.lowering import lower

FRAMES = 10
RANDOM = np.random.default_rng(7)
IN, OUT = 2.0**-4, 2.0**-2


def loaded(model: bytes, folder: Path) -> wr.Network:
    path = folder / "model.onnx"
    path.write_bytes(model)
    net = wr.load(path)
    assert isinstance(net, wr.Network)
    return net


def channels_last(x: Any) -> Any:
    return np.moveaxis(x, 1, -1) if x.ndim == 4 else x


def check(model: bytes, shape: tuple[int, ...], folder: Path, differences: float = 0) -> wr.Network:
    """What is real at both ends, by equality: quantised, through the integers, and real again; and in steps
    of hardware the same integers.

    With `differences`, that share of results may be a step away, where floats are not exact.
    """
    net = loaded(model, folder)
    x = RANDOM.normal(0, 3, (FRAMES, *shape)).astype(np.float32)
    found = net.dequantise(net.golden(net.quantise(channels_last(x))))
    for reference in (runtime, evaluator):
        want = channels_last(reference(model, x))
        if not differences:
            np.testing.assert_array_equal(found, want)
        else:
            steps = np.abs(found - want) / np.float32(net.tensors[net.output].scale)
            assert steps.max() < 1.5
            assert (steps > 0.5).mean() <= differences
    check_steps(net)
    return net


def convolved(kind: str = "int8", *, relu: str | None = None, per_channel: bool = True, groups: int = 1,
              scale: float = OUT, weight_scales: Any = None, bias: str = "int32", **attributes: Any) -> bytes:
    builder = Builder([None, 4, 7, 6])
    zero = 3 if kind == "int8" else 131
    x = builder.pair("x", IN, zero, kind)
    scales = 2.0 ** -np.arange(6, 12) if weight_scales is None else weight_scales
    scales = scales if per_channel else float(scales[0])
    w = builder.weights(RANDOM.integers(-127, 128, (6, 4 // groups, 3, 2)), scales)
    inputs = [x, w]
    values = RANDOM.integers(-3000, 3000, 6)
    if bias == "int32":
        inputs.append(builder.weights(values, np.float32(scales) * np.float32(IN), kind="int32"))
    elif bias == "float":
        inputs.append(builder.constant(values * np.asarray(scales) * IN))
    y = builder.node("Conv", inputs, group=groups, **attributes)
    if relu == "Relu":
        y = builder.node("Relu", [y])
    elif relu == "Clip":
        y = builder.node("Clip", [y, builder.constant(0.0), builder.constant(6.0)])
    return builder.bytes(builder.pair(y, scale, zero, kind))


@pytest.mark.parametrize("kind", ["int8", "uint8"])
@pytest.mark.parametrize("relu", [None, "Relu", "Clip"])
@pytest.mark.parametrize("per_channel", [False, True])
def test_convolutions(kind: str, relu: str | None, per_channel: bool, tmp_path: Path) -> None:
    net = check(convolved(kind, relu=relu, per_channel=per_channel), (4, 7, 6), tmp_path)
    assert net.macs == 5 * 5 * 6 * 4 * 6
    assert net.contract == "those of ONNX in exact arithmetic, rounded once, half to even"


@pytest.mark.parametrize("attributes", [
    {"strides": [2, 1], "pads": [1, 0, 2, 1]}, {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    {"auto_pad": "SAME_LOWER", "strides": [2, 2]}, {"auto_pad": "SAME_LOWER"}, {"auto_pad": "VALID"},
    {"dilations": [2, 3]}, {"groups": 2}, {"bias": "float"}, {"bias": "none"},
])
def test_forms_of_convolutions(attributes: dict[str, Any], tmp_path: Path) -> None:
    check(convolved(**attributes), (4, 7, 6), tmp_path)


def test_scales_that_are_no_powers_of_two_are_met_but_for_the_floats(tmp_path: Path) -> None:
    model = convolved(scale=0.21, weight_scales=RANDOM.uniform(0.001, 0.02, 6).astype(np.float32))
    check(model, (4, 7, 6), tmp_path, differences=0.01)


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_qlinear_convolution(kind: str, tmp_path: Path) -> None:
    builder = Builder([1, 4, 7, 6], kind)
    zeros = [3, -20] if kind == "int8" else [131, 108]
    scales = 2.0 ** -np.arange(6, 12)
    inputs = ["x", builder.constant(IN), builder.constant(zeros[0], kind),
              builder.constant(RANDOM.integers(-63, 64, (6, 4, 3, 3)), "int8"), builder.constant(scales),
              builder.constant(np.zeros(6), "int8"), builder.constant(OUT), builder.constant(zeros[1], kind),
              builder.constant(RANDOM.integers(-3000, 3000, 6), "int32")]
    y = builder.node("QLinearConv", inputs, pads=[1, 1, 1, 1])
    model = builder.bytes(y, kind, 10)
    net = loaded(model, tmp_path)
    x = RANDOM.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, (FRAMES, 4, 7, 6)).astype(kind)
    np.testing.assert_array_equal(net.golden(channels_last(x)), channels_last(evaluator(model, x)))
    np.testing.assert_array_equal(net.golden(channels_last(x)), channels_last(runtime(model, x)))


def normalised(behind: str, **changes: Any) -> bytes:
    """A layer of four filters and a normalisation of powers of two, one of them 0, one negative."""
    builder = Builder([1, 4, 7, 6] if behind != "Gemm" else [1, 4])
    w = RANDOM.integers(-127, 128, (4, 4, 3, 2) if behind != "Gemm" else (4, 4))
    scales = 2.0 ** -np.arange(6, 10)
    inputs = [builder.pair("x", IN, 3), builder.weights(w, scales, axis=0)]
    if behind == "Relu":
        y = builder.node("Relu", [builder.node("Conv", inputs)])
    else:
        bias = builder.weights(RANDOM.integers(-999, 999, 4), scales * IN, kind="int32")
        y = builder.node(behind, [*inputs, bias], **({"transB": 1} if behind == "Gemm" else {}))
    numbers = {"scale": [2, -0.5, 0, 1], "bias": [1, -2, 5, 0.5], "mean": [3, 0, -1, 2],
               "variance": [4, 1, 1, 16], "epsilon": 0.0, **changes}  # fmt: skip
    epsilon = numbers.pop("epsilon")
    y = builder.node("BatchNormalization", [y, *map(builder.constant, numbers.values())], epsilon=epsilon)
    return builder.bytes(builder.pair(builder.node("Relu", [y]), OUT, -9))


@pytest.mark.parametrize("behind", ["Conv", "Gemm"])
def test_a_normalisation_is_part_of_its_layer(behind: str, tmp_path: Path) -> None:
    net = check(normalised(behind), (4, 7, 6) if behind == "Conv" else (4,), tmp_path)
    assert len(net.nodes) == 1


@pytest.mark.parametrize(("behind", "changes", "message"), [
    ("Relu", {}, "must stand right behind a convolution or a matrix product"),
    ("Conv", {"mean": [1, 2, 3]}, r"must have 4 finite numbers of each kind, not shape \(3,\)"),
    ("Conv", {"scale": [1, np.nan, 1, 1]}, r"must have 4 finite numbers of each kind, not shape \(4,\)"),
    ("Conv", {"variance": [1, 0, 1, 1]}, r"must have variances above 0, not 0.0"),
    ("Conv", {"epsilon": "small"}, r"epsilon must be a number, not 'small'"),
])
def test_normalisations_that_are_no_part_of_a_layer(behind: str, changes: Any, message: str,
                                                    tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"BatchNormalization.*: {message}$"):
        loaded(normalised(behind, **changes), tmp_path)


def qlinear(kind: str, **attributes: Any) -> tuple[bytes, tuple[int, ...]]:
    """A model of one QLinear operator, uint8, and the shape of its input."""
    shape = (5,) if kind in ("QLinearMatMul", "QGemm") else (3, 4, 8)
    builder = Builder([1, *shape], "uint8")

    def numbers(scale: float, zero: int) -> list[str]:
        return [builder.constant(scale), builder.constant(zero, "uint8")]

    inputs = ["x", *numbers(IN, 9)]
    if kind in ("QLinearMatMul", "QGemm"):
        inputs += [builder.constant(RANDOM.integers(0, 256, (5, 4)), "uint8"), *numbers(2.0**-7, 120)]
    if kind == "QGemm":
        inputs += [builder.constant(RANDOM.integers(-3000, 3000, 4), "int32")]
    if kind == "QLinearAdd":
        inputs *= 2
    inputs += numbers(OUT, 8)  # even: onnxruntime's own operators round what it is added to
    own = {} if kind == "QLinearMatMul" else {"domain": "com.microsoft"}
    return builder.bytes(builder.node(kind, inputs, **own, **attributes), "uint8"), shape


@pytest.mark.parametrize(("kind", "attributes"), [
    ("QLinearMatMul", {}), ("QGemm", {}), ("QLinearAdd", {}), ("QLinearGlobalAveragePool", {}),
    ("QLinearAveragePool", {"kernel_shape": [2, 4], "strides": [2, 2]}),
])
def test_qlinear_operators(kind: str, attributes: dict[str, Any], tmp_path: Path) -> None:
    model, shape = qlinear(kind, **attributes)
    net = loaded(model, tmp_path)
    x = RANDOM.integers(0, 256, (FRAMES, *shape)).astype(np.uint8)
    np.testing.assert_array_equal(net.golden(channels_last(x)), channels_last(runtime(model, x)))
    check_steps(net)


def test_qlinear_operators_with_channels_last(tmp_path: Path) -> None:
    model, _ = qlinear("QLinearGlobalAveragePool", channels_last=1)
    with pytest.raises(ValueError, match="Pool.*: must have its channels first, not last$"):
        loaded(model, tmp_path)


@pytest.mark.parametrize("ceil", [0, 1])
@pytest.mark.parametrize(("pads", "kernel", "strides"), [
    ([0, 0, 0, 0], [2, 2], [2, 2]), ([1, 0, 1, 1], [3, 2], [2, 3]), ([0, 1, 0, 0], [2, 3], [2, 2])])
def test_max_pools(ceil: int, pads: Any, kernel: Any, strides: Any, tmp_path: Path) -> None:
    builder = Builder([1, 3, 7, 6])
    y = builder.node("MaxPool", [builder.pair("x", IN, 5)], kernel_shape=kernel, strides=strides, pads=pads,
                     ceil_mode=ceil)
    net = loaded(builder.bytes(builder.pair(y, IN, 5)), tmp_path)
    x = RANDOM.normal(0, 3, (FRAMES, 3, 7, 6)).astype(np.float32)
    found = net.dequantise(net.golden(net.quantise(channels_last(x))))
    np.testing.assert_array_equal(found, channels_last(runtime((tmp_path / "model.onnx").read_bytes(), x)))


@pytest.mark.parametrize("kind", ["AveragePool", "GlobalAveragePool"])
def test_average_pools(kind: str, tmp_path: Path) -> None:
    builder = Builder([1, 3, 8, 8])
    attributes: dict[str, Any] = {} if kind.startswith("G") else {
        "kernel_shape": [2, 4], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1}
    y = builder.node(kind, [builder.pair("x", IN, 5)], **attributes)
    check(builder.bytes(builder.pair(y, IN / 2, -5)), (3, 8, 8), tmp_path)


@pytest.mark.parametrize("keeps", [0, 1])
def test_means_over_the_image(keeps: int, tmp_path: Path) -> None:
    builder = Builder([1, 3, 4, 8])
    x = [builder.pair("x", IN, 5), builder.constant([-2, 3], "int64")]
    y = builder.node("ReduceMean", x, keepdims=keeps)
    net = check(builder.bytes(builder.pair(y, IN / 2, -5)), (3, 4, 8), tmp_path)
    assert net.output_shape == ((1, 1, 3) if keeps else (3,))
    older = Builder([1, 3, 4, 8])  # axes were an attribute
    y = older.node("ReduceMean", [older.pair("x", IN, 5)], keepdims=keeps, axes=[3, -2])
    found = loaded(older.bytes(older.pair(y, IN / 2, -5), opset=13), tmp_path)
    assert [node.operator for node in found.nodes] == [node.operator for node in net.nodes]


@pytest.mark.parametrize("axes", [[1], [2], [1, 2, 3], []])
def test_means_over_something_else(axes: list[int], tmp_path: Path) -> None:
    builder = Builder([1, 3, 4, 8])
    y = builder.node("ReduceMean", [builder.pair("x", IN, 5)], **({"axes": axes} if axes else {}))
    error = rf" must be over the image, axes 2 and 3, not {re.escape(str(axes))}"
    with pytest.raises(ValueError, match=error):
        loaded(builder.bytes(builder.pair(y, IN, 5), opset=13), tmp_path)


def test_means_over_axes_that_are_no_numbers(tmp_path: Path) -> None:
    builder = Builder([1, 3, 4, 8])
    y = builder.node("ReduceMean", [builder.pair("x", IN, 5), builder.constant(["a", "b"], "object")])
    with pytest.raises(ValueError, match=r"ReduceMean 'n2': must be over the image, axes 2 and 3, not \["):
        loaded(builder.bytes(builder.pair(y, IN, 5)), tmp_path)


@pytest.mark.parametrize("relu", [False, True])
def test_add(relu: bool, tmp_path: Path) -> None:
    builder = Builder([1, 3, 4, 5])
    x = builder.pair("x", IN, 5)
    small = builder.pair(builder.node("Relu", [x]), IN * 4, -100)
    y = builder.node("Add", [x, small])
    y = builder.node("Relu", [y]) if relu else y
    check(builder.bytes(builder.pair(y, IN * 2, 7)), (3, 4, 5), tmp_path)


def test_concat_of_channels(tmp_path: Path) -> None:
    builder = Builder([1, 3, 4, 5])
    x = builder.pair("x", IN, 5)
    other = builder.pair(builder.node("Relu", [x]), IN, 5)
    y = builder.node("Concat", [x, other], axis=1)
    net = check(builder.bytes(builder.pair(y, IN, 5)), (3, 4, 5), tmp_path)
    assert net.output_shape == (4, 5, 6)


@pytest.mark.parametrize("flatten", ["Flatten", "Reshape"])
@pytest.mark.parametrize("kind", ["Gemm", "MatMul"])
def test_dense_layers_behind_an_image(flatten: str, kind: str, tmp_path: Path) -> None:
    """Features are in the order of channels first, and so are the weights."""
    builder = Builder([1, 2, 3, 2])
    x = builder.pair("x", IN, 5)
    shape = [] if flatten == "Flatten" else [builder.constant([1, -1], "int64")]
    flat = builder.pair(builder.node(flatten, [x, *shape]), IN, 5)
    scales = 2.0 ** -np.arange(5, 10)
    values = RANDOM.integers(-127, 128, (5, 12))
    bias = RANDOM.integers(-100, 100, 5) * scales * IN
    if kind == "Gemm":
        w = builder.weights(values, scales, axis=0)
        y = builder.node("Gemm", [flat, w, builder.constant(bias)], transB=1)
    else:
        w = builder.weights(values.T, scales, axis=1)
        y = builder.node("Add", [builder.node("MatMul", [flat, w]), builder.constant(bias)])
    net = check(builder.bytes(builder.pair(y, OUT, -3)), (2, 3, 2), tmp_path)
    assert net.output_shape == (5,)


@pytest.mark.parametrize("behind", [None, "Relu", "Add"])
def test_a_flattened_image_goes_into_a_dense_layer(behind: str | None, tmp_path: Path) -> None:
    builder = Builder([1, 2, 3, 2])
    y = builder.pair(builder.node("Flatten", [builder.pair("x", IN, 5)]), IN, 5)
    if behind is not None:
        y = builder.pair(builder.node(behind, [y] * (1 + (behind == "Add"))), IN * 2, 5)
    net = loaded(builder.bytes(y), tmp_path)
    error = (r"^network 'model' must not end in a flatten of an image, whose features are in another "
             r"order than its stream: end it before$" if behind is None else
             r"^node 1, .* must not come behind a flatten of an image, but a fully connected layer must$")
    with pytest.raises(ValueError, match=error):
        lower(net)


def test_softmax_is_left_to_the_host(tmp_path: Path) -> None:
    builder = Builder([1, 4])
    x = builder.pair("x", IN, 5)
    y = builder.pair(builder.node("Relu", [x]), IN * 2, 1)
    net = loaded(builder.bytes(builder.node("Softmax", [y])), tmp_path)
    assert len(net.nodes) == 1
    assert net.golden([[5, 6, 4, 9]]).tolist() == [[1, 1, 1, 3]]  # a half to even


def test_a_softmax_in_the_middle_is_refused(tmp_path: Path) -> None:
    builder = Builder([1, 4])
    y = builder.pair(builder.node("Softmax", [builder.pair("x", IN, 5)]), IN, 1)
    with pytest.raises(ValueError, match=r"onnx: node 5, Relu 'n5': input 'value4' comes from Softmax, "
                                         r"which the host does: only at the end$"):
        loaded(builder.bytes(builder.pair(builder.node("Relu", [y]), IN, 1)), tmp_path)


def _bad(change: str) -> bytes:
    builder = Builder([1, 3, 4, 5] if change != "dynamic" else [1, 3, "height", 5])
    x = "x" if change == "float" else builder.pair("x", float("nan") if change == "NaN" else IN, 5)
    y = builder.node("Sigmoid" if change == "unsupported" else "Relu", [x])
    if change == "no pair behind":
        return builder.bytes(builder.node("Relu", [y]))
    if change == "not quantised between":
        y = builder.node("MaxPool", [y], kernel_shape=[1, 1])
    return builder.bytes(builder.pair(y, IN, 5, "int16" if change == "int16" else "int8"), opset=21)


@pytest.mark.parametrize(("change", "text"), [
    ("float", "node 0, Relu 'n0': input 'x' must come from a DequantizeLinear: quantise the model to int8 or "
              "uint8"),
    ("NaN", "node 0, QuantizeLinear 'n0': the scale must be positive and finite, not nan"),
    ("dynamic", "node 0, QuantizeLinear 'n0': the input 'x' must have a fixed shape (N, C, H, W) or (N, "
                "features), not (1, 3, '?', 5)"),
    ("int16", "node 3, QuantizeLinear 'n3': a feature map must be int8 or uint8, as its zero point is"),
    ("no pair behind", "the output 'value3' must be quantised: put a QuantizeLinear behind the last layer"),
    ("not quantised between", "node 3, MaxPool 'n3': input 'value2' is float: quantise what is behind node "
                              "2, Relu 'n2'"),
])
def test_bad_models_get_one_clear_line(change: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (all of it is compared)
        loaded(_bad(change), tmp_path)
    assert str(caught.value) == f"{tmp_path / 'model.onnx'}: {text}"


def test_an_unsupported_operator_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.onnx: node 2, Sigmoid 'n2' has no hardware: legal are Add"):
        loaded(_bad("unsupported"), tmp_path)


def test_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    whole = np.frombuffer(convolved(), np.uint8)
    random = np.random.default_rng(0)
    path = tmp_path / "model.onnx"
    fine, said = 0, list[str]()
    for number in range(1000):
        data = whole.copy()
        for _ in range(int(random.integers(1, 4))):
            data[int(random.integers(len(data)))] = random.integers(256)
        path.write_bytes((data if number % 4 else data[: int(random.integers(len(data)))]).tobytes())
        try:
            str(wr.load(path))
            fine += 1
        except ValueError as error:
            said.append(str(error))
    assert 0 < fine < 800
    assert all(text.startswith(f"{path}: ") and "\n" not in text and len(text) < 2000 for text in said)
