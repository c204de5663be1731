"""Verilog of whole networks: a head that says what it is, a module for each stage, clean under lint."""

import random
from pathlib import Path

import pytest

import windrow as wr
from lint import lint
from networks import block
from pipelines import random_pipeline
from windrow.pipeline.pipeline import Pipeline


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return random_pipeline(block(), random.Random(1))


@pytest.fixture(scope="module")
def text(pipeline: Pipeline) -> str:
    return wr.verilog(pipeline, name="net")


def test_head_and_modules(pipeline: Pipeline, text: str) -> None:
    head = text.partition("\n\n")[0]
    assert all(line.startswith("//") for line in head.splitlines())
    assert f"net: {pipeline.computes}" in head
    assert f"every {pipeline.interval} cycles; {pipeline.latency} cycles" in head
    for step, design in pipeline.stages:
        assert f"net_{step.name}: {step.operator.kind}, " in head
        assert f"//               {design}\n" in head
        assert f"\nmodule net_{step.name} (" in text
    for fifo in pipeline.fifos:
        assert f"{fifo.source} -> {fifo.target}, input {fifo.port}: {fifo.elements} numbers" in head
        assert f"\nmodule net_{fifo.target}_fifo_{fifo.port} (" in text


def test_written_whole(pipeline: Pipeline, text: str, tmp_path: Path) -> None:
    assert wr.verilog(pipeline, name="net", path=tmp_path / "net.v") == text
    assert (tmp_path / "net.v").read_text(encoding="utf-8") == text


def test_clean_under_lint(text: str, tmp_path: Path) -> None:
    lint(text, tmp_path, "net")


def test_what_a_pipeline_cannot_have(pipeline: Pipeline) -> None:
    with pytest.raises(ValueError, match=r"^bias must be left out of a pipeline: its network has them$"):
        wr.verilog(pipeline, bias=[1])
