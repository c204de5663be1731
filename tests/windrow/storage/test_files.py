"""TOML: round trips, what people may write, and errors that name the file and the key."""

from pathlib import Path
from typing import Any

import pytest

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow.storage.files import dumps, load, loads, save
from windrow.values.numerics import Int, UInt

LAYERS = [
    Conv2d(height=5, width=7, kernel_size=1),
    Conv2d(height=64, width=48, in_channels=4, out_channels=8, kernel_size=3, stride=2, padding=1, bias=True),
    Conv2d(height=9, width=17, in_channels=4, out_channels=6, kernel_size=(1, 3), stride=(2, 5),
           dilation=(1, 2), groups=2, padding=((0, 1), (2, 0)), input_type=Int(5), weight_type=UInt(3)),
    Conv2d(height=9, width=9, kernel_size=2, padding="same", bias=True, bias_type=Int(32)),
]
TEXT = "[layer]\nheight = 8\nwidth = 9\nkernel_size = 3\n"
LAYER = Conv2d(height=8, width=9, kernel_size=3)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layer_round_trip(layer: Conv2d, tmp_path: Path) -> None:
    assert loads(dumps(layer)) == layer
    save(tmp_path / "layer.toml", layer)
    assert load(tmp_path / "layer.toml") == layer
    assert load(str(tmp_path / "layer.toml")) == layer


def test_design_round_trip(tmp_path: Path) -> None:
    design = Design(LAYERS[1], lanes=2, pe=4, taps=9)
    assert loads(dumps(design)) == design
    save(tmp_path / "design.toml", design)
    read = load(tmp_path / "design.toml")
    assert isinstance(read, Design)
    assert (read.layer, read.lanes, read.pe, read.taps) == (LAYERS[1], 2, 4, 9)


def test_text() -> None:
    assert dumps(Design(LAYERS[1], lanes=2, pe=4, taps=9)) == """\
[layer]
height = 64
width = 48
in_channels = 4
out_channels = 8
kernel_size = [3, 3]
stride = [2, 2]
padding = [[1, 1], [1, 1]]
dilation = [1, 1]
groups = 1
bias = true
input_type = "uint8"
weight_type = "int8"
bias_type = "int22"

[design]
lanes = 2
pe = 4
taps = 9
"""


def test_people_write_less() -> None:
    assert loads(TEXT) == LAYER
    same = loads(TEXT + 'padding = "same"\ninput_type = "u4"\n')
    assert same == LAYER.replace(padding=1, input_type=UInt(4))
    assert loads(TEXT + "macs = 378\noutput_shape = [6, 7, 1]\n") == LAYER


@pytest.mark.parametrize(("text", "error", "message"), [
    ("height = ", ValueError, r"^x\.toml: not valid TOML: .*\(at .*\)$"),
    ("", ValueError, r"^x\.toml: missing top-level key 'layer': found nothing$"),
    ("[layr]\n", ValueError, r"^x\.toml: unknown top-level key 'layr': did you mean 'layer'\?$"),
    ("layer = 3", TypeError, r"^x\.toml: layer must be a table \[layer\], not 3$"),
    ("[[layer]]\nheight = 8", TypeError, r"^x\.toml: layer must be a table \[layer\], not \[\{.*\}\]$"),
    ("[layer]\nheight = 8", ValueError,
     r"^x\.toml: \[layer\] missing layer keys 'width', 'kernel_size': found height$"),
    (TEXT + "strid = 2", ValueError,
     r"^x\.toml: \[layer\] unknown layer key 'strid': did you mean 'stride'\?$"),
    (TEXT + "stride = 0", ValueError, r"^x\.toml: \[layer\] stride must be at least 1, not 0$"),
    (TEXT + "stride = 1.5", TypeError, r"^x\.toml: \[layer\] stride must be an int or \(h, w\), not 1\.5$"),
    (TEXT + "bias = 1", TypeError, r"^x\.toml: \[layer\] bias must be True or False, not 1$"),
    (TEXT + "input_type = 'f8'", ValueError,
     r"^x\.toml: \[layer\] input_type must be 'uint1' to 'uint16' .*, not 'f8'$"),
    (TEXT + "macs = 1", ValueError, r"^x\.toml: \[layer\] macs must be 378 for this layer, not 1$"),
    (TEXT + "[design]\nlanes = 1\npe = 1", ValueError,
     r"^x\.toml: \[design\] missing design key 'taps': found lanes, pe$"),
    (TEXT + "[design]\ntap = 1", ValueError,
     r"^x\.toml: \[design\] unknown design key 'tap': did you mean 'taps'\?$"),
    (TEXT + "[design]\nlanes = 1\npe = 2\ntaps = 9", ValueError, r"^x\.toml: \[design\] pe .*2.*$"),
])
def test_errors_name_file_and_key(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        loads(text, "x.toml")


def test_errors_of_load_name_the_path(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    with pytest.raises(FileNotFoundError, match=r"broken\.toml'$"):
        load(path)
    path.write_text(TEXT + "groups = 0\n")
    with pytest.raises(ValueError, match=r"broken\.toml: \[layer\] groups must be at least 1, not 0$"):
        load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"broken\.toml: not a text file in UTF-8: "):
        load(path)


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"^only an Operator or a Design can be written, not \{'height': 8\}"):
        dumps({"height": 8})  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"^TOML text must be a str, not b''$"):
        loads(b"")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"^only an Operator"):
        save(tmp_path / "x.toml", None)  # pyright: ignore[reportArgumentType]
    assert not list(tmp_path.iterdir())


def test_save_replaces_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "layer.toml"
    save(path, LAYERS[1])
    save(path, LAYER)
    assert load(path) == LAYER

    def full_disk(*_: Any, **__: Any) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match=r"^no space left$"):
        save(path, LAYERS[1])
    assert load(path) == LAYER
    assert list(tmp_path.iterdir()) == [path]
