"""What a design's `multipliers` are called: nothing that has none is said to have some."""

import re
from pathlib import Path

import pytest

import windrow as wr
import windrow_explore
from windrow.operators.operands import counted, operands_of
from windrow.operators.table import OPERATORS
from windrow_cli import main

POOL = wr.MaxPool2d(height=8, width=8, channels=2, kernel_size=3)
WORD = re.compile("multiplier|adder", re.IGNORECASE)


def test_only_operators_with_weights_have_multipliers() -> None:
    named = {name for name in OPERATORS if operands_of(name) == "multipliers"}
    assert named == {"conv2d", "conv-transpose2d"}
    assert operands_of(POOL) == operands_of("rank2d") == "operands a cycle"
    page = Path(windrow_explore.__file__).with_name("report") / "data.js"
    said = re.search(r"const MULTIPLIES = \[(.*)\];", page.read_text(encoding="utf-8"))
    assert said is not None
    assert set(re.findall(r'"(.*?)"', said[1])) == named


def test_counted() -> None:
    assert counted(1, "multipliers") == "1 multiplier"
    assert counted(1176, "multipliers") == "1,176 multipliers"
    assert counted(1, "operands a cycle") == "1 operand a cycle"
    assert counted(9, "operands a cycle") == "9 operands a cycle"


def test_a_pool_and_its_picture() -> None:
    design = wr.Design(POOL, taps=3)
    assert str(design) == "lanes 1, pe 1, taps 3: 3 operands a cycle, fold 6"
    for text in (str(design.summary()), design.picture()):
        assert WORD.search(text) is None
    assert "extreme; uint8 results" in design.picture()
    assert WORD.search(wr.Design(wr.Conv2d(height=8, width=8, kernel_size=3)).picture())


@pytest.mark.parametrize("kind", [name for name in OPERATORS if operands_of(name) != "multipliers"])
def test_commands(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    kernel = "" if kind == "upsample2d" else "--kernel-size 3"
    more = {"rank2d": "--rank 2", "upsample2d": "--factor 2"}.get(kind, "")
    flags = f"--operator {kind} --height 8 --width 8 --channels 2 {kernel} {more}".split()
    assert main(["plan", *flags]) == 0
    assert main(["simulate", *flags, "--engine", "amaranth", "--frames", "1"]) == 0
    out = capsys.readouterr().out
    assert "operands" in out
    assert WORD.search(out) is None


def test_explore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer = "--operator max-pool2d --height 8 --width 8 --channels 2 --kernel-size 3"
    assert main(["explore", *layer.split(), "--stride", "1..2", "--out", str(tmp_path)]) == 0
    first, out = capsys.readouterr().out.split("\n", 1)
    assert " designs of 2 layers in " in first
    assert "MAC" not in out
    out = (first + out).replace("over multipliers, interval, buffer_bits", "")  # as --objective names them
    assert "operands" in out
    assert WORD.search(out) is None


def test_what_a_plan_keeps_up_with(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence above a plan says the pace that its designs have."""
    layer = ["--height", "8", "--width", "8", "--kernel-size", "4", "--stride", "2"]
    assert main(["plan", "--operator", "conv-transpose2d", *layer]) == 0
    out = capsys.readouterr().out
    assert "as fast as its outputs leave, 648 cycles a frame" in out
    assert "one pixel a cycle" not in out
    assert main(["plan", *layer]) == 0
    assert "one pixel a cycle, 64 cycles a frame" in capsys.readouterr().out


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"\(closest: pe=1, taps=1, 1 operand a cycle"):
        wr.plan(POOL, lanes=1, interval=10)
