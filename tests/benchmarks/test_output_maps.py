"""The benchmark of output maps without place and route: within what a layer may pay for its rounding."""

import json

import pytest

from benchmarks import output_maps
from installed import needs

needs("pyosys", "fpga")


def test_output_maps(capsys: pytest.CaptureFixture[str]) -> None:
    assert output_maps.main(["--no-place", "--json"]) == 0
    out, _ = capsys.readouterr()
    rows = json.loads(out)["maps"]
    assert [row["map"] for row in rows] == list(output_maps.cases())
    for row in rows:
        assert row["MHz"] is None
        if "4 filters in 1" not in row["map"]:
            assert row["DSP"] <= 2
            assert row["LUT"] <= 250
