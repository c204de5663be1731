"""Whole networks on the command line: the table, the one JSON object, the files, and mistakes."""

import csv
import json
from pathlib import Path

import pytest

from windrow.cli.console import UserMistake
from windrow.cli.network import network_command

KEYS = ["workload", "budget", "clock_mhz", "interval", "fps", "in_turn", "multipliers", "buffer_bits", "macs",
        "utilisation", "slowest", "layers", "faster", "files"]  # fmt: skip


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    network_command("resnet18", budget="220dsp", clock_mhz=200.0, as_json=True)
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert list(record) == KEYS
    assert err == ""
    assert record["budget"] == {"multipliers": 220, "buffer_bits": None, "fps": None}
    assert record["fps"] == 200e6 / record["interval"]
    assert record["multipliers"] <= 220
    assert record["multipliers"] == sum(each["count"] * each["multipliers"] for each in record["layers"])
    assert record["interval"] == max(each["interval"] for each in record["layers"])
    assert record["faster"]["fps"] > record["fps"]
    assert record["faster"]["multipliers"] > 220
    assert record["files"] == []


def test_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    network_command("mobilenet_v1", budget="220dsp,4Mb")
    out = capsys.readouterr().out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert lines["conv1"] == ["224x224x3", "3x3/2", "1x2x2", "4", "3,010,560", "84.4%", "21.0"]
    assert lines["block1.depthwise"][:3] == ["*", "112x112x32", "3x3"]
    assert lines["block7..11.pointwise"][3:6] == ["5", "x", "16"]
    assert "*: no hardware yet, timed by the law" in out
    assert "31.14 frames/s at 100 MHz: 3,211,264 cycles a frame, all layers at work at once." in out
    assert "187 of 220 multipliers, 94.5% busy; 3,003,392 of 4,194,304 bits of buffer; 27 convo" in out
    assert "The pace is set by block1.pointwise, block2.pointwise, block3.pointwise, block4.pointwise " \
           "and 5 more." in out  # fmt: skip


def test_a_network_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    layer = '[[layers]]\nname = "conv[1]"\nheight = 9\nwidth = 9\nkernel_size = 3\n'
    file.write_text(f"title = '[/b] $\\\\x$'\n{layer}", encoding="utf-8")
    network_command(str(file), budget="9")
    out = capsys.readouterr().out
    assert "[/b] $\\\\x$, hardware for every layer" in out
    assert "The pace is set by conv[1]." in out
    network_command(str(file), budget="9", out=tmp_path / "out", as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert record["workload"] == "mine"
    assert (tmp_path / "out" / "mine.png").is_file()


def test_nothing_is_faster_than_the_input(capsys: pytest.CaptureFixture[str]) -> None:
    network_command("resnet18", budget="100000")
    out = capsys.readouterr().out
    assert "No design is faster." in out
    assert "no hardware yet" not in out


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new"
    network_command("alexnet", fps=10, out=folder, as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert record["files"] == [str(folder / name) for name in ("alexnet.csv", "alexnet.json", "alexnet.png")]
    assert sorted(path.name for path in folder.iterdir()) == ["alexnet.csv", "alexnet.json", "alexnet.png"]
    with (folder / "alexnet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["interval"]) for row in rows] == [each["interval"] for each in record["layers"]]
    kept = json.loads((folder / "alexnet.json").read_text())
    assert {**kept, "files": record["files"]} == record
    assert (folder / "alexnet.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"workload": "resnet19", "budget": "220"}, "unknown workload 'resnet19': did you mean 'resnet18'"),
    ({"workload": "resnet18", "budget": "220luts"}, "budget must be multipliers such as 220dsp"),
    ({"workload": "resnet18", "budget": "10dsp"}, "multipliers must be at least 20 at any frame rate"),
    ({"workload": "resnet18"}, "say what to balance for: multipliers, buffer_bits or fps"),
])  # fmt: skip
def test_mistakes(
    arguments: dict[str, str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserMistake) as raised:
        network_command(**arguments, out=tmp_path / "new")  # type: ignore[arg-type]
    assert str(raised.value).startswith(message)
    assert capsys.readouterr().out == ""
    assert not list(tmp_path.iterdir())
