"""Workloads: total MACs against published figures, shapes that chain, and errors that name what there is."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

import windrow as wr
from windrow import workloads

# Millions of multiply-accumulates of a 224x224 frame as published, those in fully connected layers, and
# half a unit of the last digit published. torchvision states them with its weights ("_ops", in thousands
# of millions): AlexNet 0.714, VGG-16 15.47, ResNet-18 1.814, ResNet-50 4.089.
PUBLISHED = {
    "alexnet": (714, (9216 * 4096 + 4096 * 4096 + 4096 * 1000) / 1e6, 0.5),
    "vgg16": (15_470, (25088 * 4096 + 4096 * 4096 + 4096 * 1000) / 1e6, 5),
    "resnet18": (1_814, 0.512, 0.5),
    "resnet50": (4_089, 2.048, 0.5),
    "mobilenet_v1": (569, 1.024, 0.5),  # arXiv:1704.04861, table 4: "569" million mult-adds
    "mobilenet_v2": (300, 1.28, 1),  # arXiv:1801.04381, table 4: "300M" multiply-adds, evidently rounded
}
# arXiv:1409.4842, table 1, column "ops", in millions. Two rows do not follow from the sizes in the same table
# and are left out: the 7x7 layer (stated 34, by its sizes 118) and inception 5a (stated 54, by its sizes 51).
GOOGLENET = {"conv2": 360, "inception_3a": 128, "inception_3b": 304, "inception_4a": 73, "inception_4b": 88,
             "inception_4c": 100, "inception_4d": 119, "inception_4e": 170, "inception_5b": 71}  # fmt: skip


def test_names() -> None:
    assert workloads.names() == ["alexnet", "googlenet", "mobilenet_v1", "mobilenet_v2", "resnet18",
                                 "resnet50", "vgg16"]  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_macs_as_published(name: str) -> None:
    total, connected, tolerance = PUBLISHED[name]
    assert abs(workloads.network(name).macs / 1e6 + connected - total) <= tolerance


def test_googlenet_as_published() -> None:
    found = dict.fromkeys(GOOGLENET, 0)
    for item in workloads.load("googlenet"):
        module = item.name.split(".")[0]
        if module in found:
            found[module] += item.macs
    for module, macs in found.items():
        assert macs / 1e6 == pytest.approx(GOOGLENET[module], abs=1), module


@pytest.mark.parametrize(("name", "layers"), [("alexnet", 5), ("vgg16", 13), ("googlenet", 57),
                                              ("resnet18", 20), ("resnet50", 53), ("mobilenet_v1", 27),
                                              ("mobilenet_v2", 52)])  # fmt: skip
def test_number_of_layers(name: str, layers: int) -> None:
    """As many as the published models have convolutions."""
    assert sum(item.count for item in wr.workloads.load(name)) == layers


@pytest.mark.parametrize("name", workloads.names())
def test_network(name: str) -> None:
    network = workloads.network(name)
    assert "arXiv:" in network.source
    assert network.variant
    assert network.title.lower().replace("-", "") == name.replace("_", "")
    assert network.layers == workloads.load(name)
    assert len({item.name for item in network.layers}) == len(network.layers)
    assert network.layers[0].layer.input_shape == (224, 224, 3)
    for item in network.layers:
        assert item.layer.bias
        assert item.count >= 1
        assert item.layer.groups in (1, item.layer.in_channels)
        if item.count > 1 and item.layer.groups == 1 and item.layer.kernel_size != (1, 1):
            assert item.layer.output_shape == item.layer.input_shape  # only such a layer can follow itself


@pytest.mark.parametrize("name", workloads.names())
def test_sizes_come_from_the_layer_before(name: str) -> None:
    """Every layer's input is the size of some earlier output, pooled by 1, 2 or (3, stride 2) at most."""
    sizes = {224}
    channels = {3}
    for item in workloads.load(name):
        layer = item.layer
        assert layer.height == layer.width
        assert layer.height in sizes, item.name
        if name not in ("googlenet",):
            assert layer.in_channels in channels, item.name
        out = layer.output_shape[0]
        sizes |= {out, out // 2, math.ceil((out - 3) / 2) + 1}
        channels.add(layer.out_channels)


@pytest.mark.parametrize(("name", "hint"), [
    ("resnet19", "did you mean 'resnet18' or 'resnet50'? "),
    ("MobileNetV2", "did you mean 'mobilenet_v2' or 'mobilenet_v1'? "),
    ("unheard-of", ""),
])  # fmt: skip
def test_unknown_name(name: str, hint: str) -> None:
    legal = "alexnet, googlenet, mobilenet_v1, mobilenet_v2, resnet18, resnet50, vgg16, FILE.toml, FILE.csv"
    with pytest.raises(ValueError, match=f"^unknown workload '{name}': ") as raised:
        workloads.load(name)
    assert str(raised.value) == f"unknown workload {name!r}: {hint}legal are {legal}"


def test_name_of_the_wrong_kind() -> None:
    with pytest.raises(TypeError, match=r"^workload must be a name, not 18$"):
        workloads.load(18)  # type: ignore[arg-type]


def test_reachable_without_being_imported() -> None:
    code = "import sys, windrow as wr; before = 'windrow.workloads' in sys.modules; " \
           "print(before, len(wr.workloads.load('alexnet')), 'workloads' in dir(wr))"  # fmt: skip
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "5", "True"]


MINE = """
title = "Mine"
bias = true

[[layers]]
name = "first"
height = 64
width = 64
kernel_size = 3
stride = 2

[[layers]]
name = "then"
count = 3
height = 31
width = 31
kernel_size = [3, 1]
bias = false
"""


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    found = workloads.network(str(path))
    assert (found.name, found.title, found.source, found.variant) == ("mine", "Mine", "", "")
    assert found.layers == workloads.load(str(path)) == (
        workloads.Workload("first", wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, bias=True), 1),
        workloads.Workload("then", wr.Conv2d(height=31, width=31, kernel_size=(3, 1)), 3),
    )


@pytest.mark.parametrize(("old", "new", "kind", "message"), [
    ("title", "titel", ValueError, "unknown network key 'titel': did you mean 'title'?"),
    ('"Mine"', "7", TypeError, "title must be a text, not 7"),
    ("true", "1", TypeError, "bias must be True or False, not 1"),
    (MINE, "", ValueError, "missing network key 'layers': found nothing"),
    (MINE, "layers = []", TypeError, "layers must be a list of tables, at least one, not []"),
    (MINE, "layers = [3]", TypeError, "layer 1: must be a table, not 3"),
    ('name = "first"', "", ValueError, "layer 1: missing layer key 'name': found height, width, kernel_size"),
    ('"first"', "1", TypeError, "layer 1: name must be a text, not 1"),
    ("stride = 2", "stride = 0", ValueError, "layer 'first': stride must be at least 1, not 0"),
    ("stride = 2", "strid = 2", ValueError, "layer 'first': unknown layer key 'strid': did you mean 'stride"),
    ("count = 3", "count = 0", ValueError, "layer 'then': count must be at least 1, not 0"),
    ('"then"', '"first"', ValueError, "every layer must have a name of its own, not 'first' again"),
    ("[[layers]]", "[layers", ValueError, "not valid TOML: "),
])  # fmt: skip
def test_files_that_are_none(
    old: str, new: str, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(kind) as raised:
        workloads.network(str(path))
    assert str(raised.value).startswith(f"{path}: {message}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        workloads.network(str(tmp_path / "none.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"bytes\.toml: not a text file in UTF-8: "):
        workloads.network(str(tmp_path / "bytes.toml"))
