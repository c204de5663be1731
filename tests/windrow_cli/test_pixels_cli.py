"""Several pixels a beat on the command line: plan, simulate, verilog, and files that say it."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from windrow.storage.files import save
from windrow_cli import main

LAYER = "--operator median2d --height 6 --width 10 --kernel-size 3 --padding 1 --padding-mode edge"


def said(command: str, capsys: pytest.CaptureFixture[str]) -> Any:
    assert main([*shlex.split(command), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_plan(capsys: pytest.CaptureFixture[str]) -> None:
    design, = said(f"plan {LAYER} --pixels 4", capsys)["designs"]
    assert (design["pixels"], design["interval"], design["multipliers"]) == (4, 18, 36)
    assert main(shlex.split(f"plan {LAYER} --pixels 4")) == 0
    assert "4 pixels a cycle, 18 cycles a frame" in capsys.readouterr().out


def test_explore(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    layer = "--height 6 --width 10 --kernel-size 3 --padding 1 --stride 1"
    front = said(f"explore {layer} --pixels 1,4 --workers 1", capsys)["pareto"]
    assert {row["pixels"] for row in front} == {1, 4}
    assert min(row["interval"] for row in front) == 18
    assert main(shlex.split(f"explore {layer} --pixels 1,4 --workers 1")) == 0
    head = capsys.readouterr().out
    assert "pixels" in head


def test_simulate(capsys: pytest.CaptureFixture[str]) -> None:
    run = said(f"simulate {LAYER} --pixels 4 --engine amaranth --output-stall 0.3", capsys)
    assert run["match"]
    assert run["design"]["pixels"] == 4


def test_verilog(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said(f"verilog {LAYER} --pixels 4 --interface stream", capsys)
    text = Path("windrow.v").read_text(encoding="utf-8")
    assert "i__payload [31:0]        1 channel(s) of 4 pixels, uint8" in text
    assert "pixel p of a beat is i__payload[8*(1*p + c) +: 8],\n" in text
    said(f"verilog {LAYER} --pixels 4 --out rtl", capsys)
    assert "4 in the input,\n4 in the output." in Path("rtl/README.md").read_text(encoding="utf-8")


def test_a_file_says_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    layer = wr.Median2d(height=6, width=10, kernel_size=3, padding=1)
    save(tmp_path / "design.toml", wr.Design(layer, pixels=2))
    run = said(f"simulate --layer {tmp_path / 'design.toml'} --engine amaranth", capsys)
    assert (run["design"]["pixels"], run["interval"]) == (2, 30)


def test_what_is_not_legal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(f"plan {LAYER} --pixels 17")) == 2
    assert "pixels must be in 1..16, not 17" in capsys.readouterr().err
