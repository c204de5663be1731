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
