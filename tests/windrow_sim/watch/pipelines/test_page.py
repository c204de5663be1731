"""The record of a watched pipeline: what was seen, packed, and nothing else."""

import base64
import json
import random
import zlib
from typing import Any

import numpy as np
import pytest

import windrow as wr
from networks import block
from pipelines import random_pipeline
from windrow_sim.watch.pipelines.page import record
from windrow_sim.watch.pipelines.session import PipelineWatch, watch_pipeline
from windrow_sim.watch.watching import page


@pytest.fixture(scope="module")
def seen() -> PipelineWatch:
    pipeline = random_pipeline(block(), random.Random(1))
    return watch_pipeline(pipeline, pipeline.random_input(5, 2), engine="amaranth")


def bits(packed: dict[str, Any], number: int) -> np.ndarray:
    raw = np.frombuffer(zlib.decompress(base64.b64decode(packed["bits"])), np.uint8)
    rows = raw.reshape(-1, -(-packed["cycles"] // 8))
    return np.unpackbits(rows[number], count=packed["cycles"], bitorder="little").astype(bool)


def test_every_signal_comes_back(seen: PipelineWatch) -> None:
    packed = json.loads(json.dumps(record(seen)))

    def same(number: int, signal: np.ndarray) -> None:
        assert (bits(packed, number) == signal[: seen.cycles]).all()

    same(packed["input"]["stream"]["valid"], seen.input.valid)
    for row, stage in zip(packed["stages"], seen.stages, strict=True):
        for name in ("work", "begin", "credit"):
            same(row[name], getattr(stage, name))
        for end, stream in [*zip(row["inputs"], stage.inputs, strict=True), (row["output"], stage.output)]:
            same(end["stream"]["valid"], stream.valid)
            same(end["stream"]["ready"], stream.ready)
            assert end["beats"] * len(seen.run.x) == stream.moved.sum()


def test_shades_are_the_means_of_what_came(seen: PipelineWatch) -> None:
    rows = {row["name"]: row for row in record(seen)["stages"]}
    for stage in seen.stages:
        shades = np.frombuffer(base64.b64decode(rows[stage.step.name]["output"]["shades"]), np.uint8)
        frames, height, width, channels = stage.values.shape
        if height * width == 1:
            assert shades.size == frames * channels
            wanted = stage.values.reshape(-1)
        else:
            wanted = stage.values.mean(axis=3).reshape(-1)
        order = np.argsort(wanted, kind="stable")
        assert (np.diff(shades[order].astype(int)) >= 0).all()  # the larger, the darker
        assert shades.min() == 0
        assert shades.max() == (255 if wanted.min() < wanted.max() else 0)


def test_queues_name_the_rows_between_which_they_lie(seen: PipelineWatch) -> None:
    packed = record(seen)
    names = [row["name"] for row in packed["stages"]]
    for row, queue in zip(packed["queues"], seen.queues, strict=True):
        source = "input" if row["source"] < 0 else names[row["source"]]
        assert (source, names[row["target"]]) == (queue.fifo.source, queue.fifo.target)


def test_answers_are_the_largest_of_real_channels() -> None:
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=26)
    seen = watch_pipeline(pipeline, pipeline.random_input(5, 2), engine="verilator")
    packed = record(seen)
    assert packed["answers"] == seen.run.output.reshape(2, -1)[:, :10].argmax(axis=1).tolist()
    assert (packed["interval"], packed["latency"]) == (seen.run.interval, seen.run.latency)
    assert len(page(seen)) < 200_000


def test_a_page_is_whole_and_safe(seen: PipelineWatch) -> None:
    text = page(seen, "</script><b>")
    assert "<!-- " not in text
    assert text.count("</script>") == 2
    assert "http:" not in text.replace("http://www.w3.org/2000/svg", "")
    with pytest.raises(TypeError, match=r"^watch must be a Watch or a PipelineWatch, not 'seen'$"):
        page("seen")  # pyright: ignore[reportArgumentType]
