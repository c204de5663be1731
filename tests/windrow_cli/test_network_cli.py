"""Whole networks on the command line: the table, the one JSON object, the files, and mistakes."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from windrow_cli import main

KEYS = ["workload", "budget", "clock_mhz", "interval", "fps", "in_turn", "multipliers", "buffer_bits",
        "queue_bits", "macs", "utilisation", "slowest", "layers", "faster", "files"]  # fmt: skip


def explore(out: Path, *arguments: str) -> int:
    return main(["explore", *arguments, "--out", str(out)])


def as_json(capsys: pytest.CaptureFixture[str], out: Path, *arguments: str) -> dict[str, Any]:
    assert explore(out, *arguments, "--json") == 0
    stdout, stderr = capsys.readouterr()
    assert stderr == ""
    return json.loads(stdout)


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = as_json(capsys, tmp_path, "--workload", "resnet18", "--budget", "220dsp", "--clock", "200MHz")
    assert list(record) == KEYS
    assert record["budget"] == {"multipliers": 220, "buffer_bits": None, "fps": None}
    assert record["fps"] == 200e6 / record["interval"]
    assert record["multipliers"] <= 220
    assert record["multipliers"] == sum(each["count"] * each["multipliers"] for each in record["layers"])
    assert record["interval"] == max(each["interval"] for each in record["layers"])
    assert record["faster"]["fps"] > record["fps"]
    assert record["faster"]["multipliers"] > 220


def test_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    assert explore(tmp_path, "--workload", "mobilenet_v1", "--budget", "220dsp,4Mb") == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert lines["conv1"] == ["224x224x3", "3x3/2", "1x2x2", "4", "3,010,560", "84.4%", "21.5", "4.1"]
    assert lines["block1.depthwise"][:2] == ["112x112x32", "3x3"]
    assert lines["block7..11.pointwise"][3:6] == ["5", "x", "16"]
    assert "31.14 frames/s at 100 MHz: 3,211,264 cycles a frame, all layers at work at once." in out
    assert "187 of 220 multipliers, 94.5% busy; 3,003,392 of 4,000,000 bits of buffer; 27 convo" in out
    assert "Queues behind them hold 630,016 bits more" in out
    assert "The pace is set by block1.pointwise, block2.pointwise, block3.pointwise, block4.pointwise " \
           "and 5 more." in out  # fmt: skip


def test_a_network_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names are shown as they are, whatever tables and pictures would read into them."""
    file = tmp_path / "mine.toml"
    layer = '[[layers]]\nname = "conv[1]/a"\nheight = 9\nwidth = 9\nkernel_size = 3\n'
    file.write_text(f"title = '[/b] $\\x$'\n{layer}", encoding="utf-8")
    assert explore(tmp_path / "out", "--workload", str(file), "--budget", "100000") == 0
    out = capsys.readouterr().out
    assert "[/b] $\\x$, hardware for every layer" in out
    assert "The pace is set by conv[1]/a." in out
    assert "No design is faster." in out
    assert (tmp_path / "out" / "mine.png").is_file()
    assert (tmp_path / "out" / "mine" / "01-conv_1__a.toml").is_file()


def test_without_matplotlib(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain installation balances a network; it says that there is no picture, and lists none."""
    monkeypatch.setattr("windrow_cli.commands.network.find_spec", lambda name: None)
    file = tmp_path / "mine.toml"
    file.write_text('[[layers]]\nname = "a"\nheight = 9\nwidth = 9\nkernel_size = 3\n', encoding="utf-8")
    assert explore(tmp_path / "out", "--workload", str(file), "--budget", "9dsp", "--json") == 0
    stdout, stderr = capsys.readouterr()
    assert stderr == "no picture: it needs matplotlib: pip install 'windrow-fpga[explore]'\n"
    names = [Path(each).name for each in json.loads(stdout)["files"]]
    assert names == ["mine.csv", "mine.json", "01-a.toml"]
    there = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert there == sorted(names)


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, names = tmp_path / "new", ["alexnet.csv", "alexnet.json", "alexnet.png"]
    designs = [f"alexnet/0{number}-conv{number}.toml" for number in range(1, 6)]
    record = as_json(capsys, folder, "--workload", "alexnet", "--fps", "10")
    assert record["fps"] >= 10
    assert record["files"] == [str(folder / name) for name in (*names, *designs)]
    assert sorted(path.name for path in folder.iterdir()) == ["alexnet", *names]
    with (folder / "alexnet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["interval"]) for row in rows] == [each["interval"] for each in record["layers"]]
    kept = json.loads((folder / "alexnet.json").read_text())
    assert {**kept, "files": record["files"]} == record
    assert kept["files"] == [*names, *designs]
    for name, each in zip(designs, record["layers"], strict=True):
        design = wr.load(folder / name)
        assert isinstance(design, wr.Design)
        assert (design.lanes, design.pe, design.taps) == (each["lanes"], each["pe"], each["taps"])
        assert (design.interval, design.buffer_bits) == (each["interval"], each["buffer_bits"])
    assert (folder / "alexnet.png").read_bytes().startswith(b"\x89PNG")


NETWORK = ("--workload", "resnet18")


@pytest.mark.parametrize(("arguments", "message"), [
    (("--workload", "resnet19", "--budget", "220"), "unknown workload 'resnet19': did you mean 'resnet18'"),
    (("--workload", "none.toml", "--fps", "9"), "none.toml: No such file or directory"),
    ((*NETWORK, "--budget", "220luts"), "budget must be multipliers such as 220dsp"),
    ((*NETWORK, "--budget", "10dsp"), "multipliers must be at least 20 at any frame rate, not 10: layer"),
    ((*NETWORK, "--fps", "1e9"), "fps must be at most 1,992.98 at 100 MHz, not 1e+09: layer 'conv1' takes"),
    ((*NETWORK, "--budget", "220", "--clock", "fast"), "--clock must be a frequency such as 100MHz"),
    ((*NETWORK, "--budget", "220", "--clock", "50MHz,1GHz"),
     "--clock must be one clock for a whole network, not 2"),
    (("--budget", "220"), "--budget is shared by the layers of a network: say which with --workload NAME"),
    ((*NETWORK, "--budget", "220", "--stride", "1..2", "--verify", "all"),
     "--budget and --fps balance a whole network: leave out --stride, --verify"),
])  # fmt: skip
def test_mistakes(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explore(tmp_path / "new", *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"windrow: error: {message}")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert explore(tmp_path / "file", *NETWORK, "--budget", "220") == 2
    assert capsys.readouterr().err == (
        f"windrow: error: {tmp_path / 'file'}: something of this name is no folder\n")
