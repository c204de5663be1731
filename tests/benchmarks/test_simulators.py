"""The benchmark of simulators at a tiny size: it runs, and its JSON and Markdown hold the same engines."""

import json
import os
from pathlib import Path

import pytest

from benchmarks import simulators


def test_simulators(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, cache = tmp_path / "simulators.md", os.environ.get("WINDROW_CACHE")
    assert simulators.main(["--engine", "amaranth", "--rows", "4", "--width", "8", "--cycles", "30000",
                            "--json", "--markdown", str(file)]) == 0  # fmt: skip
    record = json.loads(capsys.readouterr().out)
    (figures,) = record["engines"]
    assert figures["engine"] == "amaranth"
    assert figures["cycles"] > 300
    assert figures["cycles_per_s"] > 0
    assert "| amaranth | 4 x 8 |" in file.read_text(encoding="utf-8")
    assert os.environ.get("WINDROW_CACHE") == cache
