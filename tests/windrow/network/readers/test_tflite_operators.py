"""Each operator that the reader maps, in a model of its own, against the interpreter's reference kernels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from lowered import check_steps
from tflite_models import Builder, convolution, reference

FRAMES = 12


def check(model: bytes, folder: Path, seed: int = 0, frames: int = FRAMES) -> wr.Network:
    """Every tensor that both have, by equality, over random inputs and the extremes."""
    path = folder / "model.tflite"
    path.write_bytes(model)
    net = wr.load(path)
    assert isinstance(net, wr.Network)
    x = np.random.default_rng(seed).integers(-128, 128, (frames, *net.input_shape))
    x[0], x[1] = -128, 127
    every = net.golden(x, every=True)
    names = {name: number for number, name in enumerate(_names(model))}
    want = reference(model, x)
    for name, found in every.items():
        np.testing.assert_array_equal(found, want[names[name]].reshape(found.shape), err_msg=name)
    np.testing.assert_array_equal(net.golden(x), every[net.output])
    return net


def _names(model: bytes) -> list[str]:
    from windrow.network.readers.tflite_file import decode

    return [tensor.name for tensor in decode(model).tensors]


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
@pytest.mark.parametrize("activation", [0, 1, 2, 3])
@pytest.mark.parametrize("per_channel", [False, True])
def test_layers(kind: str, activation: int, per_channel: bool, tmp_path: Path) -> None:
    random = np.random.default_rng(activation)
    dense, depthwise = kind == "FULLY_CONNECTED", kind.startswith("D")
    shape = (1, 20) if dense else (1, 7, 6, 3)
    filters = 6
    weights = random.integers(-127, 128, (filters, 20) if dense else
                              (1, 3, 2, filters) if depthwise else (filters, 3, 2, 3))
    scales = random.uniform(0.002, 0.01, filters if per_channel else 1)
    model = convolution(shape, weights, random.integers(-3000, 3000, filters), scales=scales, in_scale=0.05,
                        out_scale=0.09, in_zero=-7, out_zero=11, kind=kind, padding=activation % 2,
                        stride=1 + activation % 3, activation=activation)
    net = check(model, tmp_path, activation)
    assert net.macs == net.layers[0].operator.macs > 0
    assert net.weights == weights.size


def single(kind: str, shape: Any, out: Any, table: str | None = None, *, before: Any = (0.04, 3),
           after: Any = (0.04, 3), constants: Any = (), **options: Any) -> bytes:
    builder = Builder()
    source = builder.tensor(shape, scale=before[0], zero_point=before[1])
    more = [builder.tensor(np.shape(data), what, scale, zero, data=data)
            for what, data, scale, zero in constants]
    target = builder.tensor(out, scale=after[0], zero_point=after[1])
    builder.operator(kind, [source, *more], [target], options.pop("version", 2), table, **options)
    return builder.bytes([source], [target])


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
@pytest.mark.parametrize(("kernel", "stride", "padding", "out"), [
    ((2, 2), (2, 2), 1, (3, 3)), ((3, 3), (2, 2), 0, (4, 3)), ((3, 2), (1, 3), 0, (7, 2)),
    ((7, 6), (1, 1), 1, (1, 1)),
])
@pytest.mark.parametrize("activation", [0, 3])
def test_pools(kind: str, kernel: Any, stride: Any, padding: int, out: Any, activation: int,
               tmp_path: Path) -> None:
    model = single(kind, (1, 7, 6, 3), (1, *out, 3), "Pool2DOptions", padding=padding, filterHeight=kernel[0],
                   filterWidth=kernel[1], strideH=stride[0], strideW=stride[1],
                   fusedActivationFunction=activation)
    net = check(model, tmp_path)
    assert net.nodes[0].operator.kernel_size == kernel


@pytest.mark.parametrize("activation", [0, 1, 3])
@pytest.mark.parametrize("scales", [(0.04, 0.04, 0.08), (0.013, 0.21, 0.1), (0.5, 0.0007, 0.3)])
def test_add(activation: int, scales: tuple[float, float, float], tmp_path: Path) -> None:
    """x + relu(x) with a scale of its own each."""
    builder = Builder()
    source = builder.tensor((1, 4, 4, 3), scale=scales[0], zero_point=5)
    other = builder.tensor((1, 4, 4, 3), scale=scales[1], zero_point=-100)
    target = builder.tensor((1, 4, 4, 3), scale=scales[2], zero_point=-20)
    builder.operator("RELU", [source], [other], 2)
    builder.operator("ADD", [source, other], [target], 2, "AddOptions", fusedActivationFunction=activation)
    check(builder.bytes([source], [target]), tmp_path, frames=60)


def test_concat(tmp_path: Path) -> None:
    builder = Builder()
    source = builder.tensor((1, 3, 4, 2), scale=0.1, zero_point=5)
    other = builder.tensor((1, 3, 4, 2), scale=0.1, zero_point=5)
    target = builder.tensor((1, 3, 4, 4), scale=0.1, zero_point=5)
    builder.operator("RELU6", [source], [other], 2)
    builder.operator("CONCATENATION", [source, other], [target], 2, "ConcatenationOptions", axis=3)
    net = check(builder.bytes([source], [target]), tmp_path)
    assert net.output_shape == (3, 4, 4)


@pytest.mark.parametrize("factor", [np.array([37]), np.array([3, -90, 127]),
                                    np.arange(12).reshape(1, 2, 2, 3)])
def test_multiply_by_a_constant(factor: Any, tmp_path: Path) -> None:
    model = single("MUL", (1, 2, 2, 3), (1, 2, 2, 3), "MulOptions", after=(0.05, -9),
                   constants=[("int8", factor, 0.011, 4)], fusedActivationFunction=0)
    check(model, tmp_path, frames=40)


def test_pads(tmp_path: Path) -> None:
    sides = np.array([[0, 0], [1, 2], [0, 3], [0, 0]])
    model = single("PAD", (1, 2, 3, 2), (1, 5, 6, 2), "PadOptions", constants=[("int32", sides, None, 0)])
    check(model, tmp_path)
    model = single("PADV2", (1, 2, 3, 2), (1, 5, 6, 2), "PadV2Options",
                   constants=[("int32", sides, None, 0), ("int8", np.array(-77), 0.04, 3)])
    net = check(model, tmp_path)
    assert net.golden(np.zeros((2, 3, 2), np.int64))[0, 0, 0] == -77


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "RELU_N1_TO_1", "QUANTIZE"])
@pytest.mark.parametrize("after", [(0.04, 3), (0.02, -128), (0.3, 50)])
def test_rescaling(kind: str, after: Any, tmp_path: Path) -> None:
    check(single(kind, (1, 16, 16, 1), (1, 16, 16, 1), after=after, version=1), tmp_path)


@pytest.mark.parametrize("scale", [0.004, 0.09, 0.7, 3.0])
def test_softmax(scale: float, tmp_path: Path) -> None:
    model = single("SOFTMAX", (1, 9), (1, 9), "SoftmaxOptions", before=(scale, 7), after=(1 / 256, -128),
                   beta=1.0)
    check(model, tmp_path, frames=400)


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("after", [(0.04, 3), (0.013, -60), (0.3, 50)])
def test_mean_over_the_image(keeps: bool, after: Any, tmp_path: Path) -> None:
    for rows, columns in ((3, 4), (1, 1), (7, 9), (16, 16)):
        model = single("MEAN", (1, rows, columns, 3), (1, 1, 1, 3) if keeps else (1, 3), "ReducerOptions",
                       after=after, constants=[("int32", np.array([1, 2]), None, 0)], keepDims=keeps)
        check_steps(check(model, tmp_path, frames=40))


@pytest.mark.parametrize(("corners", "centres"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("size", [(6, 8), (5, 9), (2, 3), (1, 1), (12, 4)])
def test_nearest_neighbours(corners: bool, centres: bool, size: Any, tmp_path: Path) -> None:
    model = single("RESIZE_NEAREST_NEIGHBOR", (1, 3, 4, 2), (1, *size, 2), "ResizeNearestNeighborOptions",
                   constants=[("int32", np.array(size), None, 0)], alignCorners=corners,
                   halfPixelCenters=centres, version=3)
    check(model, tmp_path)


@pytest.mark.parametrize(("kernel", "stride", "padding", "size"), [
    ((3, 3), (2, 2), 0, (8, 10)), ((3, 3), (2, 2), 1, (9, 11)), ((2, 2), (2, 2), 1, (8, 10)),
    ((4, 2), (1, 3), 0, (4, 15)), ((1, 1), (2, 2), 0, (8, 10)),
])
@pytest.mark.parametrize("with_bias", [False, True])
def test_transposed_convolution(kernel: Any, stride: Any, padding: int, size: Any, with_bias: bool,
                                tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    builder = Builder()
    source = builder.tensor((1, 4, 5, 3), scale=0.04, zero_point=-9)
    shape = builder.tensor((4,), "int32", data=np.array([1, *size, 2]))
    weights = builder.tensor((2, *kernel, 3), scale=[0.01, 0.02],
                             data=random.integers(-127, 128, (2, *kernel, 3)))
    bias = [builder.tensor((2,), "int32", scale=[0.0004, 0.0008], data=random.integers(-900, 900, 2))]
    target = builder.tensor((1, *size, 2), scale=0.1, zero_point=7)
    builder.operator("TRANSPOSE_CONV", [shape, weights, source, *bias[: int(with_bias)]], [target], 3,
                     "TransposeConvOptions", padding=padding, strideH=stride[0], strideW=stride[1])
    net = check(builder.bytes([source], [target]), tmp_path)
    assert net.macs == 4 * 5 * kernel[0] * kernel[1] * 6
    check_steps(net)


def test_reshape_and_squeeze(tmp_path: Path) -> None:
    check(single("RESHAPE", (1, 2, 3, 2), (1, 12), "ReshapeOptions", newShape=[1, 12],
                 version=1), tmp_path)
    check(single("SQUEEZE", (1, 1, 1, 8), (1, 8), "SqueezeOptions", squeezeDims=[1, 2],
                 version=1), tmp_path)


def test_what_is_float_stays_on_the_host(tmp_path: Path) -> None:
    builder = Builder()
    outside = builder.tensor((1, 2, 2, 1), "float32", name="outside")
    source = builder.tensor((1, 2, 2, 1), scale=0.04, zero_point=3, name="source")
    target = builder.tensor((1, 2, 2, 1), scale=0.1, zero_point=-5, name="target")
    real = builder.tensor((1, 2, 2, 1), "float32", name="real")
    builder.operator("QUANTIZE", [outside], [source], 1)
    builder.operator("RELU", [source], [target], 2)
    builder.operator("DEQUANTIZE", [target], [real], 2)
    model = builder.bytes([outside], [real])
    path = tmp_path / "model.tflite"
    path.write_bytes(model)
    net = wr.load(path)
    assert (net.input, net.output, len(net.nodes)) == ("source", "target", 1)
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    for frame in np.random.default_rng(0).normal(0, 4, (50, 2, 2, 1)).astype(np.float32):
        interpreter.set_tensor(0, frame[np.newaxis])
        interpreter.invoke()
        found = net.dequantise(net.golden(net.quantise(frame)))
        np.testing.assert_array_equal(found, interpreter.get_tensor(3)[0])
