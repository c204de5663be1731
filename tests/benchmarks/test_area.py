"""The benchmark of area without place and route: its JSON and Markdown hold the same rows."""

import json
from pathlib import Path

import pytest

from benchmarks import area
from installed import needs

needs("pyosys", "fpga")


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
