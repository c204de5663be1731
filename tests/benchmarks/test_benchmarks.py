"""Benchmarks at tiny sizes: they run, their JSON and Markdown hold what they promise. No times are judged."""

import json
from pathlib import Path

import pytest

from benchmarks import explorer, model_speed, throughput


def test_throughput(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "throughput.md"
    assert throughput.main(["--random", "6", "--largest", "8", "--json", "--markdown", str(file)]) == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert len(record["random"]) == 12
    for figures in [*record["chosen"], *record["random"]]:
        assert figures["interval"] >= figures["bound"] >= figures["arithmetic"]
        assert figures["latency"] > figures["latency_bound"]
        if figures["ideal"]:
            assert figures["interval"] == figures["bound"]
    for figures in record["chosen"]:
        assert figures["ratio"] == 1
    assert "Chosen layers" in err
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "**Chosen layers**"
    assert lines[2].startswith("| layer | design | lanes x pe x taps | bound | interval |")
    assert len([line for line in lines if line.startswith("| ")]) == 1 + len(record["chosen"]) + 3


def test_throughput_in_hardware(capsys: pytest.CaptureFixture[str]) -> None:
    assert throughput.main(["--random", "0", "--simulate", "--cycles", "100", "--engine", "amaranth",
                            "--json"]) == 0  # fmt: skip
    small = [figures for figures in json.loads(capsys.readouterr().out)["chosen"] if figures["simulated"]]
    assert len(small) == 5
    for figures in small:
        assert figures["simulated"] == "amaranth"
        assert figures["interval"] == figures["bound"] == 36


def test_model_speed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "speed.md"
    assert model_speed.main(["--designs", "1000", "--size", "12", "--runs", "1", "--large", "1", "--json",
                             "--markdown", str(file)]) == 0  # fmt: skip
    record = json.loads(capsys.readouterr().out)
    assert record["steady_state"]["designs"] == 1000
    assert record["steady_state"]["designs_per_second"] > 0
    assert {figures["ideal"] for figures in record["every_cycle"]} == {True, False}
    for figures in record["every_cycle"]:
        assert (figures["ratio"] is None) == (figures["stalls"] == "none")
    large, = record["planning"]
    assert (large["multipliers"], large["interval"]) == (72, 1080 * 1920 * 32)
    assert large["time_ratio"] == large["seconds"] / 5
    assert 0 < large["memory_ratio"] < 1
    assert "**Every output cycle of a 12x12 frame**" in file.read_text(encoding="utf-8")


def test_json_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert throughput.main(["--random", "0"]) == 0
    assert capsys.readouterr().out == ""


def test_explorer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "explorer.md"
    assert explorer.main(["--strides", "1", "--kernels", "2", "--clocks", "1", "--json",
                          "--markdown", str(file)]) == 0  # fmt: skip
    found = json.loads(capsys.readouterr().out)["million"]
    assert found["designs"] > found["kept"] > found["front"] > 100
    assert found["memory_mb"] > 10
    assert "**Exploration" in file.read_text(encoding="utf-8")
