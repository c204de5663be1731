"""TFLite files: published models in every tensor, and what files can have wrong, in one clear line each."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from tflite_models import Builder, convolution, reference
from windrow.network.readers.tflite_file import decode

# Four models of MLPerf Tiny, in a folder shared/models beside the project or above it; tested where they are.
MODELS = [parent / "shared" / "models" for parent in Path(__file__).resolve().parents]
PUBLISHED = {
    "ad01_int8": ((640,), (640,), 264_192, 264_192),
    "kws_ref_model": ((49, 10, 1), (12,), 2_656_768, 22_016),
    "pretrainedResnet_quant": ((32, 32, 3), (10,), 12_501_632, 77_360),
    "vww_96_int8": ((96, 96, 3), (2,), 7_489_664, 208_112),
}
FOUND = [path for folder in MODELS for name in PUBLISHED if (path := folder / f"{name}.tflite").exists()]
FRAMES, AT_ONCE = 100, 10
DAMAGED = 1000


def small(activation: int = 1) -> bytes:
    """A convolution of 5x6x3 with six filters."""
    random = np.random.default_rng(0)
    weights = random.integers(-127, 128, (6, 3, 3, 3))
    return convolution((1, 5, 6, 3), weights, random.integers(-900, 900, 6),
                       scales=random.uniform(0.01, 0.02, 6), in_scale=0.02, out_scale=0.05, in_zero=4,
                       out_zero=-128, padding=0, activation=activation)


if FOUND:

    @pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
    def test_published_models(path: Path) -> None:
        """Every tensor of a hundred random inputs, by equality."""
        net = wr.load(path)
        assert isinstance(net, wr.Network)
        assert (net.input_shape, net.output_shape, net.macs, net.weights) == PUBLISHED[path.stem]
        data = path.read_bytes()
        numbers = {tensor.name: number for number, tensor in enumerate(decode(data).tensors)}
        x = np.random.default_rng(0).integers(-128, 128, (FRAMES, *net.input_shape))
        for first in range(0, FRAMES, AT_ONCE):
            some = x[first : first + AT_ONCE]
            want = reference(data, some)
            for name, found in net.golden(some, every=True).items():
                np.testing.assert_array_equal(found, want[numbers[name]].reshape(found.shape), err_msg=name)


def test_a_table_of_the_network(tmp_path: Path) -> None:
    path = tmp_path / "small.tflite"
    path.write_bytes(small())
    net = wr.load(path)
    assert str(net).splitlines() == [
        "small: 5x6x3 -> 5x6x6, values are those of TFLite's reference kernels",
        "   operator     input  output  kernel  stride   MACs  weights",
        "0  convolution  5x6x3  5x6x6      3x3     1x1  4,860      162",
        "   total                                       4,860      162",
    ]


def refused(model: bytes, folder: Path) -> str:
    """What is said of a model, without its path."""
    path = folder / "bad.tflite"
    path.write_bytes(model)
    with pytest.raises(ValueError, match=r"^.*bad\.tflite: ") as caught:
        wr.load(path)
    said = str(caught.value)
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


def changed(change: Callable[[Builder, list[int]], Any], kind: str = "int8", scale: float = 0.1) -> bytes:
    """x -> RELU -> y, with a change."""
    builder = Builder()
    numbers = [builder.tensor((1, 2, 2, 1), kind, scale, 0, name=name) for name in ("x", "y")]
    builder.operator("RELU", [numbers[0]], [numbers[1]], 2)
    change(builder, numbers)
    return builder.bytes(builder.graph.inputs or [numbers[0]], builder.graph.outputs or [numbers[1]])


def _tensor(**values: Any) -> Callable[[Builder, list[int]], None]:
    def change(builder: Builder, numbers: list[int]) -> None:
        for name, value in values.items():
            target = builder.graph.tensors[numbers[0]]
            if name in ("scale", "zeroPoint"):
                target = target.quantization
            setattr(target, name, value)
    return change


def _cycle(builder: Builder, numbers: list[int]) -> None:
    builder.graph.operators[0].inputs = [numbers[0]]
    more = [builder.tensor((1, 2, 2, 1), scale=0.1, name=name) for name in ("a", "b")]
    builder.operator("ADD", [numbers[1], more[1]], [more[0]], 2, "AddOptions")
    builder.operator("RELU", [more[0]], [more[1]], 2)
    builder.graph.outputs = [more[1]]


def _middle(builder: Builder, numbers: list[int]) -> None:
    end = builder.tensor((1, 2, 2, 1), scale=0.1, name="end")
    builder.operator("RELU", [numbers[1]], [end], 2)


def _two_outputs(builder: Builder, numbers: list[int]) -> None:
    _middle(builder, numbers)
    builder.graph.outputs = [1, 2]


def _unsupported(builder: Builder, numbers: list[int]) -> None:
    end = builder.tensor((1, 2, 2, 1), scale=0.1, name="end")
    builder.operator("LOGISTIC", [numbers[1]], [end], 2)
    builder.graph.outputs = [end]


BAD = {
    "float": (changed(lambda *_: None, "float32"),
              "operator 0, RELU: tensor 'x' is float32: convert it with full integer quantisation (int8 "
              "weights and activations)"),
    "int16": (changed(lambda *_: None, "int16"),
              "operator 0, RELU: tensor 'x' is int16: convert it with int8 activations, not int16"),
    "uint8": (changed(lambda *_: None, "uint8"),
              "operator 0, RELU: tensor 'x' is uint8: convert it with int8 inputs and outputs, not uint8"),
    "NaN": (changed(lambda *_: None, scale=np.nan),
            "the input: tensor 'x' must have a positive, finite scale, not nan"),
    "negative scale": (changed(lambda *_: None, scale=-1.0),
                       "the input: tensor 'x' must have a positive, finite scale, not -1.0"),
    "several scales": (changed(_tensor(scale=np.array([0.1, 0.2], np.float32))),
                       "the input: tensor 'x' must have one scale and one zero point, not 2 and 1"),
    "zero point": (changed(_tensor(zeroPoint=np.array([300]))),
                   "the input: tensor 'x' must have a zero point in -128..127, not 300"),
    "dynamic": (changed(_tensor(shapeSignature=[-1, -1, 2, 1])),
                "tensor 'x' has a dynamic shape (-1, -1, 2, 1): only the batch may be; fix its sizes"),
    "batch": (changed(_tensor(shape=[2, 2, 2, 1])),
              "tensor 'x' must have a batch of 1, not shape (2, 2, 2, 1)"),
    "huge": (changed(_tensor(shape=[1, 1 << 20, 1 << 20, 1])),
             "tensor 'x' must have 1 to 16,777,216 elements, not shape (1, 1048576, 1048576, 1)"),
    "shapes that differ": (changed(_tensor(shape=[1, 2, 3, 1])),
                           "node 0, RELU 'y': 'y' must have shape (2, 3, 1), not (2, 2, 1)"),
    "cycle": (changed(_cycle), "node 1, ADD 'a': 'b' is read before it is computed: the graph has a cycle, "
                               "or its operators are out of order"),
    "an output of the middle": (changed(_middle), "output 'y' must be at the end, and is read in the middle: "
                                                  "cut the model there, or end it later"),
    "two outputs": (changed(_two_outputs), "a model must have one output, not 2"),
    "an output that is the input": (changed(lambda builder, _: setattr(builder.graph, "outputs", [0])),
                                    "output 'x' must be at the end, and is read in the middle: cut the model "
                                    "there, or end it later"),
    "a tensor that is not there": (changed(lambda builder, _: setattr(builder.graph, "outputs", [77])),
                                   "an output has tensor 77 of 2: the file is damaged"),
    "no TFLite": (b"\0" * 100, "not a TFLite model: its bytes 4 to 7 are not 'TFL3'"),
    "empty": (b"", "not a TFLite model: its bytes 4 to 7 are not 'TFL3'"),
    "activation": (small(activation=4), "operator 0, CONV_2D: has activation 4: legal are none, ReLU, ReLU "
                                        "of -1 to 1 and ReLU6"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_models_get_one_clear_line(name: str, tmp_path: Path) -> None:
    model, text = BAD[name]
    said = refused(model, tmp_path)
    assert said == text or said == f"the input: {text.partition(': ')[2]}"


def test_an_unsupported_operator_is_named_with_its_place(tmp_path: Path) -> None:
    said = refused(changed(_unsupported), tmp_path)
    assert said.startswith("operator 1, LOGISTIC has no hardware: legal are ADD, AVERAGE_POOL_2D, ")
    assert said.endswith("; replace it, or cut the model before it")


def test_a_missing_file_is_no_value(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        wr.load(tmp_path / "none.tflite")


@pytest.mark.parametrize("length", [8, 20, 100, 300, 500])
def test_what_is_cut_off_is_refused(length: int, tmp_path: Path) -> None:
    assert "damaged or cut off" in refused(small()[:length], tmp_path)


def test_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    """A thousand files: bytes changed, runs of them, words that are offsets and lengths, ends cut off."""
    whole = np.frombuffer(small(), np.uint8)
    random = np.random.default_rng(0)
    path = tmp_path / "damaged.tflite"
    wr.load(_written(path, whole))
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    fine, said = 0, list[str]()
    for number in range(DAMAGED):
        data = whole.copy()
        for _ in range(int(random.integers(1, 4))):
            at = int(random.integers(8, len(data)))
            if number % 4 == 0:
                data[at] = random.integers(256)
            elif number % 4 == 1:
                data[at : at + 8] = random.integers(256, size=len(data[at : at + 8]))
            elif number % 4 == 2:
                word = random.choice(np.array([0, 1, 1 << 31, (1 << 32) - 1, len(data)], np.uint32))
                at -= at % 4
                data[at : at + 4] = np.frombuffer(word.tobytes(), np.uint8)[: len(data) - at]
            else:
                data = data[:at] if len(data) > 16 else data
        try:
            net = wr.load(_written(path, data))
        except ValueError as error:
            said.append(str(error))
        else:
            fine += 1
            assert isinstance(net, wr.Network)
            str(net)
    assert 0 < fine < DAMAGED * 0.8
    assert all(text.startswith(f"{path}: ") and "\n" not in text and len(text) < 2000 for text in said)
    assert time.monotonic() - started < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def _written(path: Path, data: Any) -> Path:
    path.write_bytes(data.tobytes())
    return path
