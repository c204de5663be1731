"""Whole networks through every engine: all values and all cycles, by equality, under any stalls."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from networks import INT8, block, layer, upsampled
from pipelines import random_pipeline
from random_networks import random_pipeline as random_hardware
from stall_patterns import random_stalls
from windrow.network.graph import Network, Node, Tensor
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import INPUT
from windrow.pipeline.widening import widen

stalls = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return random_pipeline(block(), random.Random(1))


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 999), stalls, stalls)
def test_values_and_cycles(seed: int, coming: list[bool], leaving: list[bool]) -> None:
    chosen = random_pipeline(block(5, 4), random.Random(seed), cycles=300)
    x = chosen.input_type.random((2, *chosen.input_shape), seed)
    run = wr.simulate(chosen, x, engine="amaranth", input_stall=coming, output_stall=leaving).check()
    np.testing.assert_array_equal(run.output.reshape(2, -1), chosen.network.golden(x))


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 999), st.booleans(), stalls, stalls)
def test_transposed_convolutions_and_means(seed: int, shared: bool, coming: list[bool], leaving: list[bool]
                                           ) -> None:  # fmt: skip
    chosen = random_pipeline(upsampled(shared), random.Random(seed))
    x = chosen.random_input(seed, 2)
    run = wr.simulate(chosen, x, engine="amaranth", input_stall=coming, output_stall=leaving).check()
    np.testing.assert_array_equal(run.output, chosen.network.golden(x))


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


def test_idle_channels_at_both_ends() -> None:
    """Beats of 2 bring 3 features, beats of 2 take 5 away; nobody minds what is idle."""
    first = layer((1, 1), 3, 4, 1, padding=1)
    last = layer((1, 1), 4, 5, 2, padding=1)
    shapes = {"in": (1, 1, 3), "a": (1, 1, 4), "out": (1, 1, 5)}
    net = Network("ends", [Tensor(name, shape, INT8) for name, shape in shapes.items()],
                  [Node("0", first, ("in",), "a"), Node("1", last, ("a",), "out")], "in", "out")
    channels = {INPUT: 4, "convolution_1": 6}
    steps = widen(lower(net), channels)
    wide = Pipeline(net, {step.name: wr.Design(step.operator, lanes=2, pe=2) for step in steps.steps},
                    channels=channels)
    x = np.random.default_rng(0).integers(-128, 128, (4, 1, 1, 3))
    run = wr.simulate(wide, x, engine="amaranth").check()
    assert run.output.shape == (4, 1, 1, 6)
    assert run.output_cycles.shape == (4, 1, 1, 3)
    np.testing.assert_array_equal(run.output[..., :5], net.golden(x))


@pytest.mark.parametrize("seed", range(6))
def test_several_pixels_a_beat(seed: int) -> None:
    """Any stages and joins, rows that do not fill their last beat, strides that leave fewer pixels in one."""
    dice = random.Random(seed)
    wide = random_hardware(dice, 9, spare=1.0, pixels=2 + seed % 4)
    x = wide.input_type.random((2, *wide.input_shape), seed)
    run = wr.simulate(wide, x, engine="amaranth", input_stall=random_stalls(dice),
                      output_stall=random_stalls(dice)).check()
    beats = -(-wide.output_shape[1] // wide.output_pixels)
    assert run.output_cycles.shape == (2, wide.output_shape[0], beats, wide.output_shape[2] // wide.pe)


@pytest.mark.parametrize("net", [
    wr.filters.gradient_magnitude(6, 21, norm="l2", pixels=4),
    wr.filters.open(7, 22, stride=2, channels=3, pixels=8),
], ids=["l2", "open"])
def test_a_filter_keeps_the_pace_with_several_pixels_a_beat(net: Network) -> None:
    planned = wr.plan(net)
    height, width, _ = planned.input_shape
    assert planned.interval == height * -(-width // planned.pixels)
    run = wr.simulate(planned, planned.random_input(0, frames=3), engine="verilator").check()
    assert run.interval == planned.interval
    np.testing.assert_array_equal(run.output, net.golden(run.x))
