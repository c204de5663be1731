"""The benchmark of video faults at a tiny size: it runs, and finds nothing wrong."""

import json

import pytest

from benchmarks import video


def test_video(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(video.designs())
    monkeypatch.setattr(video, "designs", lambda: iter([first]))
    assert video.main(["--faults", "30", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    (figures,) = record["designs"]
    assert figures["faults"] == record["faults"] >= 15
    assert figures["kinds"] > 5
    assert figures["frames_without"] > 5
    assert figures["frames_out"] > figures["frames_without"]
