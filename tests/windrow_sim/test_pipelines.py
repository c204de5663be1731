"""Whole networks through every engine: all values and all cycles, by equality, under any stalls."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from networks import block
from pipelines import random_pipeline
from windrow.pipeline.pipeline import Pipeline

stalls = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return random_pipeline(block(), random.Random(1))


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 999), stalls, stalls)
def test_values_and_cycles(seed: int, coming: list[bool], leaving: list[bool]) -> None:
    chosen = random_pipeline(block(), random.Random(seed))
    x = chosen.input_type.random((2, *chosen.input_shape), seed)
    run = wr.simulate(chosen, x, engine="amaranth", input_stall=coming, output_stall=leaving).check()
    np.testing.assert_array_equal(run.output.reshape(2, -1), chosen.network.golden(x))


@pytest.mark.parametrize("engine", ["verilator", "icarus"])
def test_engines_agree(pipeline: Pipeline, engine: str) -> None:
    x = pipeline.input_type.random((3, *pipeline.input_shape), 5)
    options = {"input_stall": wr.Stalls.random(0.3, seed=1), "output_stall": wr.Stalls.random(0.4, seed=2)}
    run = wr.simulate(pipeline, x, engine=engine, **options).check()
    assert run.output.shape == (3, 1, 1, 5)
    assert run.interval == pipeline.timing(3, **options).interval
    assert run.engine == engine


def test_one_frame_many_times(pipeline: Pipeline) -> None:
    x = np.zeros(pipeline.input_shape, np.int64)
    run = wr.simulate(pipeline, x, engine="verilator", frames=4).check()
    assert (run.output == run.output[0]).all()
    assert run.interval == pipeline.interval
    assert run.latency == pipeline.latency


def test_a_pipeline_has_its_constants(pipeline: Pipeline) -> None:
    x = np.zeros(pipeline.input_shape, np.int64)
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline: its network has them$"):
        wr.simulate(pipeline, x, np.ones(3))  # pyright: ignore[reportCallIssue, reportArgumentType]
    with pytest.raises(ValueError, match=r"^x must have shape \(9, 7, 2\) or "):
        wr.simulate(pipeline, x[1:])
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not 3$"):
        wr.simulate(3, x)  # pyright: ignore[reportCallIssue, reportArgumentType]
