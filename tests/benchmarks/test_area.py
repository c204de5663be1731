"""The benchmark of area without place and route: its JSON and Markdown hold the same rows."""

import json
from pathlib import Path

import numpy as np
import pytest

import windrow as wr
from benchmarks import area
from installed import needs

needs("pyosys", "fpga")

SIZE = {"height": 64, "width": 64, "kernel_size": 3, "padding": 1}
CONVOLUTION = wr.Conv2d(**SIZE, stride=2)
DEPTHWISE = wr.Conv2d(**SIZE, stride=2, in_channels=16, out_channels=16, groups=16)
GOALS = {
    "convolution, 3 multipliers": (wr.Design(CONVOLUTION, taps=3), 231),
    "convolution, 9 multipliers": (wr.Design(CONVOLUTION), 289),
    "median": (wr.Design(wr.Median2d(**SIZE)), 363),
    "erosion": (wr.Design(wr.MinPool2d(**SIZE)), 229),
}  # fmt: skip
COLUMNS = {"Gaussian": [1, 2, 1], "Sobel": [-1, 0, 1]}


@pytest.mark.parametrize("name", GOALS)
def test_whole_layers_are_no_larger_than_they_were(name: str) -> None:
    design, most = GOALS[name]
    assert wr.synthesize(design, place=False).lut <= most


@pytest.mark.parametrize("name", COLUMNS)
def test_kernels_of_few_digits_without_multipliers(name: str) -> None:
    weights = np.outer([1, 2, 1], COLUMNS[name])[None, :, :, None]
    found = wr.synthesize(wr.Design(wr.Conv2d(**SIZE)), weights, dsp=False, place=False)
    assert found.lut <= 250
    assert found.dsp == 0


def test_weights_of_many_channels_take_no_logic() -> None:
    one, many = (wr.synthesize(wr.Design(layer, taps=1), place=False) for layer in (CONVOLUTION, DEPTHWISE))
    assert one.lut <= 190
    assert many.lut <= 248  # steps through channels, and nothing for their weights
    assert (one.bram, many.bram) == (1, 3)


def test_area(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "area.md"
    assert area.main(["--no-place", "--json", "--markdown", str(file)]) == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert len(record["designs"]) == len(list(area.cases()))
    for figures in record["designs"]:
        assert figures["fmax_mhz"] is None
        assert figures["ff"] > 0
        if figures["target"] == "ecp5":
            assert figures["lut"] == figures["lut4"] + 2 * figures["carry"] + 4 * figures["lut_ram"]
            assert (figures["dsp"] == 0) == ("no DSP" in figures["name"])
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("**ecp5 25k (")
    rows = [line for line in lines if " multiplier" in line]
    assert len(rows) == len(record["designs"]) + len(record["peers"])
    assert "FINN, 9 multipliers" in err
