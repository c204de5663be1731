"""`windrow workloads`: tables, JSON, and a name that does not exist."""

import json
from pathlib import Path

import pytest

from windrow import workloads
from windrow_cli import main


def test_networks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads"]) == 0
    out = capsys.readouterr().out
    for name in workloads.names():
        assert name in out


def test_networks_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in record["networks"]] == workloads.names()
    assert set(record["networks"][0]) == {"name", "title", "source", "variant", "convolutions", "macs"}


def test_layers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    assert main(["workloads", "resnet18"]) == 0
    out = capsys.readouterr().out
    row = next(line.split() for line in out.splitlines() if "conv1" in line)
    assert row == ["conv1", "1", "224x224x3", "7x7/2", "112x112x64", "118.0", "784", "150,528", "100.0%"]
    assert "arXiv:1512.03385" in out


def test_strides_that_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    file = tmp_path / "mine.toml"
    layer = '[[layers]]\nname = "{}"\nheight = 9\nwidth = 9\nkernel_size = 3\nstride = {}\n'
    file.write_text(layer.format("one", "[2, 1]") + layer.format("two", "[2, 2]"), encoding="utf-8")
    assert main(["workloads", str(file)]) == 0
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert [rows[name][3] for name in ("one", "two")] == ["3x3/2x1", "3x3/2"]


def test_depthwise_layers_are_planned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads", "mobilenet_v1", "--json"]) == 0
    every = json.loads(capsys.readouterr().out)["layers"]
    layers = [entry for entry in every if entry["layer"]["groups"] > 1]
    assert layers
    for entry in layers:
        assert entry["design"]["interval"] == entry["layer"]["height"] * entry["layer"]["width"] * (
            entry["layer"]["in_channels"] // entry["design"]["lanes"])


@pytest.mark.parametrize("name", ["alexnet", "resnet50", "mobilenet_v2"])
def test_layers_as_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads", name, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert len(record["layers"]) == len(workloads.load(name))
    for item, entry in zip(workloads.load(name), record["layers"], strict=True):
        assert (entry["name"], entry["count"]) == (item.name, item.count)
        assert entry["layer"] == item.layer.to_dict()
        design = entry["design"]
        assert {"interval", "latency", "buffer_pixels", "buffer_bits"} <= set(design)
        if item.layer.groups == 1:
            assert design["multipliers"] == design["lanes"] * design["pe"] * design["taps"]
            assert design["utilisation"] > 0.96


def test_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads", "vgg16", "--lanes", "4", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [entry["design"]["lanes"] for entry in record["layers"]][:2] == [3, 4]


def test_unknown_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads", "resnet19"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "windrow: error: unknown workload 'resnet19': did you mean 'resnet18' or 'resnet50'? "
        f"legal are {', '.join(workloads.names())}, FILE.toml, FILE.csv\n"
    )


def test_topologies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written for SCALE-Sim, and taken as a workload again, by each command that takes one."""
    path = tmp_path / "alexnet.csv"
    assert main(["workloads", "alexnet", "--export", str(path)]) == 0
    assert path.read_text(encoding="utf-8").splitlines()[1] == "conv1, 227, 227, 11, 11, 3, 64, 4,"
    capsys.readouterr()
    assert main(["workloads", str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["macs"] == workloads.network("alexnet").macs
    out = str(tmp_path / "out")
    assert main(["explore", "--workload", str(path), "--budget", "220dsp", "--out", out, "--json"]) == 0
    assert [each["layer"] for each in json.loads(capsys.readouterr().out)["layers"]] == [
        item.name for item in workloads.load("alexnet")]
    sweep = ["explore", "--workload", str(path), "--lanes", "1", "--pe", "1", "--taps", "1", "--out", out]
    assert main([*sweep, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["designs"] == 5


@pytest.mark.parametrize(("arguments", "message"), [
    (["--export", "x.csv"], "--export writes the layers of one network: say which"),
    (["alexnet", "--export", ""], "Invalid value for '--export': a path must not be empty"),
    (["alexnet", "--export", "/proc/x.csv"], "/proc: nothing can be written to this folder ("),
    (["none.csv"], "none.csv: No such file or directory"),
])  # fmt: skip
def test_mistakes(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workloads", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"windrow: error: {message}")
