"""Jobs: what their answers follow from, who may do them, and what becomes of those that fail."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from windrow_explore import JobFailed, MissingTool
from windrow_explore.jobs import deepen
from windrow_explore.jobs.deepen import Job, Session, job_version, perform, timing_layer
from windrow_explore.jobs.executors import Inline
from windrow_explore.jobs.store import Store

LAYER = wr.Conv2d(height=8, width=8, in_channels=2, out_channels=2, kernel_size=3, padding=1)


def test_buffers_of_equal_fold_are_one_job() -> None:
    filters, taps = wr.Design(LAYER, pe=1, taps=9), wr.Design(LAYER, pe=2, taps=5)
    assert filters.fold == taps.fold
    one, two = Job.of("buffer", filters), Job.of("buffer", taps)
    assert one.subject == two.subject
    assert filters.ring_rows == taps.ring_rows
    assert Job.of("buffer", wr.Design(LAYER, pe=1, taps=5)).subject != one.subject
    assert Job.of("timing", filters).subject != Job.of("timing", taps).subject


def test_timing_depends_on_no_type() -> None:
    other = LAYER.replace(input_type=wr.Int(3), weight_type=wr.UInt(2), bias=True)
    assert timing_layer(other) == timing_layer(LAYER)
    mapped = LAYER.replace(output=(wr.Requantize(0.01), wr.Clamp(minimum=0)))
    valued = LAYER.replace(input_type=wr.Int(3), padding_value=-4)
    for layer in (other, LAYER, mapped, valued):
        design = wr.Design(timing_layer(layer), pe=2, taps=3)
        assert (design.interval, design.latency, design.ring_rows) == (
            wr.Design(layer, pe=2, taps=3).interval, wr.Design(layer, pe=2, taps=3).latency,
            wr.Design(layer, pe=2, taps=3).ring_rows)  # fmt: skip


def test_answers() -> None:
    design = wr.Design(LAYER, pe=2, taps=3)
    assert perform(Job.of("timing", design), job_version("timing")) == {
        "interval": design.interval, "latency": design.latency}  # fmt: skip
    assert perform(Job.of("buffer", design), job_version("buffer")) == {"ring_rows": design.ring_rows}


def test_another_windrow() -> None:
    """A worker of a cluster that has other sources must not answer."""
    said = (r"^a worker has another windrow or other tools \(windrow \w+, windrow_explore.jobs \w+\) than "
            r"asked for \(windrow 0\): "
            "install the same on all machines$")  # fmt: skip
    with pytest.raises(MissingTool, match=said):
        perform(Job.of("timing", wr.Design(LAYER)), "windrow 0")


@pytest.mark.parametrize("kind", ["timing", "buffer", "simulate"])
def test_answers_depend_on_the_code_that_performs_jobs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store must not recall what another `perform` or `timing_layer` made of a job."""
    before = job_version(kind)
    known = deepen._sources
    monkeypatch.setattr(deepen, "_sources", lambda name: "changed" if name.endswith("jobs") else known(name))
    job_version.cache_clear()
    assert job_version(kind) != before
    monkeypatch.undo()
    job_version.cache_clear()
    assert job_version(kind) == before


class Failing(Inline):
    """Every second job loses its worker."""

    def run(
        self, function: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> Iterator[tuple[int, Any | Exception]]:
        for index, outcome in super().run(function, jobs):
            yield index, RuntimeError("lost") if index % 2 else outcome


def test_failures_are_not_kept(tmp_path: Path) -> None:
    jobs = [Job.of("simulate", wr.Design(LAYER, pe=2, taps=taps), engine="amaranth") for taps in (1, 2, 3)]
    with Store(tmp_path / "s.sqlite") as store:
        seen: list[tuple[str, int, int]] = []
        session = Session(store, Failing(), lambda *step: seen.append(step))
        found = session.answers(jobs, "simulated")
        assert ["problem" in answer for answer in found] == [False, True, False]
        assert found[1]["problem"] == "RuntimeError: lost"
        assert store.count() == 2
        assert seen == [("simulated", done, 3) for done in range(4)]
        again = Session(store, Inline()).answers(jobs, "simulated")
        assert "problem" not in again[1]
        assert store.count() == 3


def test_a_figure_that_all_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from windrow_explore.jobs import deepen

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(deepen, "perform", fail)
    with pytest.raises(JobFailed, match=r"^layer, stride 1, lanes \d, pe \d, taps \d: RuntimeError: out of"):
        wr.explore(LAYER, workers=1)
