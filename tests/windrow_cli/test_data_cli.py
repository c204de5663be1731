"""Weights on the command line: sizes from the file, either order, real numbers, kernels by name."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import windrow as wr
from windrow.workloads.kernels import KERNELS
from windrow_cli import main, options

RNG = np.random.default_rng(3)
PLACE = "verilog --height 9 --width 8 --interface stream"
RUN = "simulate --engine amaranth --frames 1"


@pytest.fixture(autouse=True)
def _in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def layer_of(capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, Any]]:
    def call(command: str) -> dict[str, Any]:
        assert main([*shlex.split(command), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)["layer"]

    return call


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """The text of a command that succeeds, or the one line of one that does not."""
    def call(command: str) -> str:
        code = main(shlex.split(command))
        out, err = capsys.readouterr()
        assert (code == 0) == (err == "")
        return out or err

    return call


Layer, Said = Callable[[str], dict[str, Any]], Callable[[str], str]


def test_all_sizes_come_from_the_file(layer_of: Layer) -> None:
    np.save("w.npy", RNG.integers(-9, 9, (4, 3, 5, 2)))
    found = layer_of(f"{PLACE} --weights w.npy")
    assert (found["out_channels"], found["kernel_size"], found["in_channels"]) == (4, [3, 5], 2)


def test_channels_are_those_of_all_groups() -> None:
    from windrow_cli.data_options import DataOptions
    from windrow_cli.options import LayerOptions

    np.save("w.npy", RNG.integers(-9, 9, (4, 3, 3, 2)))
    layer = LayerOptions(groups=2)
    assert DataOptions(weights="w.npy").read(layer).implied()["in_channels"] == 4


def test_pytorch(layer_of: Layer, said: Said) -> None:
    weights = RNG.integers(-9, 9, (4, 3, 2, 2))
    np.save("theirs.npy", weights)
    np.save("ours.npy", weights.transpose(0, 2, 3, 1))
    assert "is it (O, kh, kw, I) with 4 filters, kernel 3x2, 2 channels or PyTorch's (O, I, kh, kw)" in said(
        f"{PLACE} --weights theirs.npy")
    wanted = layer_of(f"{PLACE} --weights ours.npy")
    verilog = Path("windrow.v").read_text(encoding="utf-8")
    for option in ("--weights-order oihw", "--kernel-size 2", "--in-channels 3"):
        assert layer_of(f"{PLACE} --weights theirs.npy {option}") == wanted
        assert Path("windrow.v").read_text(encoding="utf-8") == verilog
    assert "weights from files, in PyTorch's order" in said(f"{PLACE} --weights theirs.npy --kernel-size 2")
    wr.save("layer.toml", wr.Conv2d(height=9, width=8, in_channels=3, out_channels=4, kernel_size=2))
    assert layer_of("verilog --layer layer.toml --interface stream --weights theirs.npy") == wanted


@pytest.mark.parametrize("command", [PLACE, f"{RUN} --height 9 --width 8", "synth --height 9 --width 8",
                                     "build --board ulx3s-85f --height 9 --width 8",
                                     "watch --height 9 --width 8"])  # fmt: skip
def test_real_weights_are_refused_with_an_offer(command: str, said: Said) -> None:
    np.save("real.npy", RNG.normal(size=(2, 3, 3, 1)).astype(np.float32))
    line = said(f"{command} --weights real.npy")
    assert line.startswith("windrow: error: real.npy must hold whole numbers, not real ones: --quantise "
                           "makes them int8, a scale for each filter, error 0.")  # fmt: skip
    np.save("bool.npy", np.ones((2, 3, 3, 1), bool))
    assert said(f"{command} --weights bool.npy") == "windrow: error: bool.npy must hold numbers, not bool\n"


def test_quantise(said: Said) -> None:
    real, bias = RNG.normal(size=(2, 3, 3, 1)), RNG.normal(size=2) * 40
    np.save("real.npy", real)
    np.save("bias.npy", bias)
    x = RNG.integers(0, 256, (6, 7, 1))
    np.save("x.npy", x)
    out = said(f"{RUN} x.npy --weights real.npy --bias bias.npy --quantise --weight-type int12 --out result")
    out = " ".join(out.split())  # lines are wrapped
    assert "weights from files, quantised to int12, a scale for each filter, error 0." in out
    assert "pseudo-random" not in out
    # What the hardware gives, in units of the scales, is what floating point gives, to a thousandth.
    output = np.load("result/output.npy")[0] * (np.abs(real).reshape(2, -1).max(axis=1) / 2047)
    windows = np.lib.stride_tricks.sliding_window_view(x[:, :, 0], (3, 3))
    wanted = np.einsum("hwyx,oyx->hwo", windows, real[:, :, :, 0]) + bias
    assert np.abs(output - wanted).max() < 1e-3 * np.abs(wanted).max()


@pytest.mark.parametrize(("options", "message"), [
    ("--weights whole.npy --quantise", "--quantise is for real weights: whole.npy holds int64"),
    ("--kernel-size 3 --quantise", "--quantise makes weights of a file whole: it needs --weights FILE.npy"),
    ("--weights box --quantise", "--quantise makes weights of a file whole: it needs --weights FILE.npy"),
    ("--weights box --weights-order ohwi", "--weights-order is the order of a file: it needs --weights FILE"),
    ("--weights whole.npy --weights-order hwio", "weights order must be ohwi or oihw, not 'hwio'"),
    ("--weights real.npy --quantise --weight-type uint8", "quantised weights must have a type of int2 "),
    ("--weights real.npy --quantise --bias nan.npy", "nan.npy must hold 1 finite numbers, one for each"),
    ("--weights whole.npy --bias nan.npy", "nan.npy must hold whole numbers, not float64"),
    ("--weights sobel-z", "unknown kernel 'sobel-z': did you mean sobel-y or sobel-x?"),
    ("--weights sobel-x --kernel-size 5", "kernel sobel-x must be 3x3, not 5x5"),
    ("--weights gaussian --kernel-size 7", "weights[0, 2, 2, 0] is 225, outside int8 (-128..127)"),
])  # fmt: skip
def test_mistakes(options: str, message: str, said: Said) -> None:
    np.save("whole.npy", np.ones((1, 3, 3, 1), np.int64))
    np.save("real.npy", np.ones((1, 3, 3, 1)))
    np.save("nan.npy", np.array([np.nan]))
    assert said(f"{PLACE} {options}").startswith(f"windrow: error: {message}")


def test_a_kernel_by_name(said: Said, layer_of: Layer) -> None:
    """It gives the size, takes a colour picture as grey, and does what it says."""
    pixels = RNG.integers(0, 256, (8, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("colour.png")
    assert "kernel sobel-x" in said(f"{RUN} colour.png --weights sobel-x --out result")
    with Image.open("colour.png") as picture:
        grey = np.asarray(picture.convert("L"), np.int64)
    right, left = grey[:, 2:], grey[:, :-2]
    wanted = (right - left)[:-2] + 2 * (right - left)[1:-1] + (right - left)[2:]
    assert np.array_equal(np.load("result/output.npy")[0, :, :, 0], wanted)
    found = layer_of(f"{RUN} colour.png --weights gaussian --kernel-size 5 --in-channels 3")
    assert (found["kernel_size"], found["in_channels"]) == ([5, 5], 3)


def test_a_file_of_that_name_comes_first(layer_of: Layer) -> None:
    with Path("box").open("wb") as file:
        np.save(file, np.ones((2, 4, 4, 1), np.int64))
    assert layer_of(f"{PLACE} --weights box")["kernel_size"] == [4, 4]


@pytest.mark.parametrize("command", ["simulate", "verilog", "synth", "build", "run", "watch"])
def test_help_lists_the_kernels(command: str, said: Said) -> None:
    text = " ".join(said(f"{command} --help").replace("│", " ").split())
    for name in (*KERNELS, "oihw"):
        assert name in text


def test_an_operator_without_weights(said: Said) -> None:
    wr.save("pool.toml", wr.MaxPool2d(height=8, width=8, channels=2, kernel_size=2, stride=2))
    np.save("w.npy", np.ones((2, 2, 2, 2), np.int64))
    assert "no weights, pseudo-random input" in said(f"{RUN} --layer pool.toml")
    for weights in ("box", "w.npy"):
        assert said(f"{RUN} --layer pool.toml --weights {weights}").startswith(
            "windrow: error: --weights must be left out: the layer of pool.toml has none")


def test_a_layer_file_is_read_once(monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    """Flags, weights, picture and design ask what it says; a large table of an output map is not free."""
    wr.save("layer.toml", wr.Conv2d(height=9, width=8, kernel_size=3, stride=2))
    np.save("x.npy", RNG.integers(0, 9, (9, 8)))
    reads = []
    monkeypatch.setattr(options, "load", lambda path: reads.append(path) or wr.load(path))
    said(f"{RUN} x.npy --layer layer.toml --weights sobel")
    assert reads == [Path("layer.toml")]
