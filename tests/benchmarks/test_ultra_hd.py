"""The benchmark of whole filters, small and without place and route."""

import json

import pytest

import windrow as wr
from benchmarks import ultra_hd
from installed import needs

needs("pyosys", "fpga")


def test_a_filter(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ultra_hd, "HEIGHT", 6)
    monkeypatch.setattr(ultra_hd, "WIDTH", 36)
    assert ultra_hd.main(["--no-place", "--json", "erode"]) == 0
    record = json.loads(capsys.readouterr().out)
    (row,) = record["filters"]
    assert (record["pixels"], row["filter"], row["interval"]) == (8, "erode 3x3", 6 * 5)
    assert 450 < row["lut"] < row["vendor"] == 1249
    assert row["fmax_mhz"] is None is row["frames_a_second"]


@pytest.mark.parametrize("name", ultra_hd.filters(8, 16, 8))
def test_filters_are_made(name: str) -> None:
    pipeline = wr.plan(ultra_hd.filters(8, 16, 8)[name]())
    assert pipeline.interval == 8 * 2
    assert pipeline.network.golden(pipeline.random_input(0)).shape == (8, 16, 1)


def test_no_such_filter(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ultra_hd.main(["fourier"])
    assert "words must be in the name of a filter, not 'fourier'" in capsys.readouterr().err
