"""The benchmark of functions alone, without place and route: figures within the goals that hold for cells."""

import json

import pytest

from benchmarks import functions
from installed import needs

needs("pyosys", "fpga")


# Words that name one function, and the most look-up tables that it may take.
GOALS = {
    "median 3x3, network, shared": 225,
    "median 5x5, planes, shared": 700,
    "erode 3x3, shared": 64,
    "Gaussian 3x3, shared": 54,
    "Gaussian 5x5, shared": 136,
    "Gaussian 7x7, shared": 252,
    "Sobel 3x3, shared": 54,
    "random 8-bit 3x3, seed 18, whole": 210,
}


@pytest.mark.parametrize("name", GOALS)
def test_cells(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert functions.main(["--no-place", "--json", name]) == 0
    (row,) = json.loads(capsys.readouterr().out)["functions"]
    assert row["name"] == name
    assert row["lut"] == row["lut4"] + 2 * row["carry"] <= GOALS[name]
    assert row["dsp"] == row["bram"] == 0
    assert row["ff"] > 0
    assert row["fmax_mhz"] is None


def test_names_are_different() -> None:
    names = [name for name, _ in functions.functions()]
    assert len(set(names)) == len(names)
    assert set(GOALS) <= set(names)


def test_no_such_function(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        functions.main(["fourier"])
    assert "words must be in the name of a function, not 'fourier'" in capsys.readouterr().err
