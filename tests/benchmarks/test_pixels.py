"""The benchmark of several pixels a beat, without place and route: functions within their goals."""

import json

import pytest

from benchmarks import pixels
from installed import needs

needs("pyosys", "fpga")

GOALS = {"erode 3x3": 64, "median 3x3": 220, "Gaussian 3x3": 54, "random 8-bit 3x3": 210}
"""Look-up tables a pixel, at eight pixels a beat."""


@pytest.mark.parametrize("name", GOALS)
def test_functions(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = pixels.PIXELS if name == "erode 3x3" else (8,)  # four pixels of the others take long
    monkeypatch.setattr(pixels, "PIXELS", sizes)
    assert pixels.main(["--no-place", "--no-frames", "--json", name]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [row["pixels"] for row in record["functions"]] == list(sizes)
    assert record["functions"][-1]["lut_per_pixel"] <= GOALS[name]
    for layer, function in zip(record["layers"], record["functions"], strict=True):
        assert layer["lut"] > function["lut"]
        assert layer["mhz_for_60"] == round(3840 * 2160 * 60 / layer["pixels"] / 1e6, 1)
        assert layer["fmax_mhz"] is None


def test_a_frame(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "HEIGHT", 6)
    monkeypatch.setattr(pixels, "WIDTH", 21)
    assert pixels.main(["--only-frames", "--json", "erode"]) == 0
    record = json.loads(capsys.readouterr().out)
    (row,) = record["frames"]
    assert (row["name"], row["pixels"], record["layers"]) == ("erode 3x3", 8, [])
    assert row["cycles"] >= 6 * 3
    assert row["simulate_s"] >= 0 <= row["check_s"]


def test_no_such_filter(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        pixels.main(["fourier"])
    assert "words must be in the name of a filter, not 'fourier'" in capsys.readouterr().err
