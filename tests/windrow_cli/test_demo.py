"""The demo: numbers a textbook prints, rows whose keys are promises, pictures, an honest exit code."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import windrow as wr
import windrow_sim
from tool_marks import needs_compiler
from windrow.storage import images
from windrow_cli import demo_cases as demo
from windrow_cli import main

ROW_KEYS = {"stride", "output_shape", "design", "bound", "interval", "ratio", "utilisation", "fps_at_100mhz",
            "engine", "match"}
FILES = ["edges-stride1.png", "edges-stride2.png", "edges-stride3.png", "edges-stride4.png", "results.json",
         "throughput.png"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The demo on a thumbnail, in the simulator that needs no compiler."""
    folder = tmp_path_factory.mktemp("demo")
    assert main(["demo", "--out", str(folder), "--width", "24", "--engine", "amaranth"]) == 0
    return folder, json.loads((folder / "results.json").read_text())


def test_rows(small: tuple[Path, dict[str, Any]]) -> None:
    rows = small[1]["rows"]
    assert [row["stride"] for row in rows] == [1, 2, 2, 3, 3, 4, 4]
    for row in rows:
        assert set(row) == ROW_KEYS
        layer = wr.Conv2d(height=28, width=24, kernel_size=3, stride=row["stride"], padding=1)
        assert row["output_shape"] == list(layer.output_shape)
        assert row["interval"] == row["design"]["interval"]
        assert row["ratio"] == row["interval"] / row["bound"]
        assert row["fps_at_100mhz"] == 100e6 / row["interval"]
        assert row["utilisation"] == layer.macs / (row["design"]["multipliers"] * row["interval"])
        assert (row["engine"], row["match"]) == ("amaranth", True)


@needs_compiler
def test_digits_through_a_whole_network() -> None:
    digits = demo.read_digits("verilator")
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=demo.DIGIT_MULTIPLIERS)
    assert (digits["interval"], digits["multipliers"], digits["problem"]) == (
        pipeline.interval, pipeline.multipliers, None)
    cycles = pipeline.timing(demo.DIGITS).output_cycles.reshape(demo.DIGITS, -1)[:, -1]
    assert [frame["cycle"] for frame in digits["frames"]] == cycles.tolist()
    assert sum(frame["shows"] == frame["reads"] for frame in digits["frames"]) >= 9


def test_no_network_in_the_slow_simulator(small: tuple[Path, dict[str, Any]]) -> None:
    assert small[1]["digits"] is None


def test_textbook(small: tuple[Path, dict[str, Any]]) -> None:
    first, second, third = small[1]["textbook"]
    assert set(first) == {"stride", "padding", "output", "match"}
    # As printed wherever convolution is taught with this picture and this filter.
    assert first["output"] == [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    assert second["output"] == [[-5, 0], [0, -4]]
    assert np.shape(third["output"]) == (6, 6)
    assert np.array_equal(np.array(third["output"])[1:5, 1:5], first["output"])
    assert [(entry["stride"], entry["padding"], entry["match"]) for entry in small[1]["textbook"]] == [
        (1, 0, True), (2, 0, True), (1, 1, True)]


def test_files(small: tuple[Path, dict[str, Any]]) -> None:
    folder, record = small
    assert sorted(record["files"]) == FILES == sorted(path.name for path in folder.iterdir())
    for stride in demo.STRIDES:
        with Image.open(folder / f"edges-stride{stride}.png") as picture:
            assert picture.size == (-(-24 // stride), -(-28 // stride))
            assert picture.getextrema() != (0, 0)
    with Image.open(folder / "throughput.png") as chart:
        assert chart.width > 1000


def test_a_failed_check_is_told_and_exits_1(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: windrow_sim.Run) -> None:
        if self.design.layer.stride == (3, 3):
            raise windrow_sim.Mismatch("output differs first at frame 0")

    monkeypatch.setattr(windrow_sim.Run, "check", wrong)
    assert main(shlex.split(f"demo --out {tmp_path} --width 16 --engine amaranth --json")) == 1
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert [row["stride"] for row in record["rows"] if not row["match"]] == [3, 3]
    assert err.splitlines()[-1] == (
        "windrow: error: 2 of 10 checks failed; first: output differs first at frame 0")


def test_the_photograph() -> None:
    photograph = images.photograph()
    assert photograph.shape == (600, 512, 1)
    assert photograph.min() >= 0
    assert photograph.max() > 200


@pytest.mark.timeout(600)
def test_the_demo_as_shipped_reaches_the_bound_in_hardware(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert all(row["ratio"] == 1.0 and row["match"] for row in record["rows"])
    assert all(Path(path).is_file() for path in record["files"])
