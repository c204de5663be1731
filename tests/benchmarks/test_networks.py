"""The benchmark of whole networks, on the one of our own: no difference, and every cycle the law's."""

import json
import os
from importlib.resources import files
from pathlib import Path

import pytest

from benchmarks import networks


def test_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, cache = tmp_path / "networks.md", os.environ.get("WINDROW_CACHE")
    model = Path(str(files("windrow.workloads").joinpath("digits.tflite")))
    assert networks.main([str(model), "--multipliers", "40", "--inputs", "4", "--json", "--markdown",
                          str(file)]) == 0
    (figures,) = json.loads(capsys.readouterr().out)["networks"]
    assert figures["model"] == "digits"
    assert figures["differences"] == 0
    assert figures["values"] == 40
    assert figures["cycles_equal"]
    assert figures["multipliers"] <= 40
    assert figures["cycles"] > 3 * figures["interval"]
    assert "| digits | " in file.read_text(encoding="utf-8")
    assert os.environ.get("WINDROW_CACHE") == cache


def test_placed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without placing, which takes too long: cells as they were counted, a row beside others."""
    model = Path(str(files("windrow.workloads").joinpath("digits.tflite")))
    assert networks.main([str(model), "--place", "--no-route", "--budget", "16dsp", "--json"]) == 0
    (figures,) = json.loads(capsys.readouterr().out)["networks"]
    assert (figures["dsp"], figures["bram"]) == (16, figures["estimate"]["block_rams"])
    assert figures["fmax_mhz"] is figures["fps"] is figures["latency_us"] is None
    assert figures["last_output"] > figures["interval"] == 4608
    timed = {**figures, "model": "kws_ref_model", "fmax_mhz": 100.0, "fps": 21_701.4, "latency_us": 70.2}
    assert networks.placed_networks.row(timed)["latency us"] == 70
    rows = networks.placed_networks.beside([timed])
    assert [each["latency us"] for each in rows] == [324, 2151, 476, 65, 11_318, 70]
    assert rows[-1]["system"] == "Windrow, ECP5 85k: 16 DSP, 100.0 MHz"
