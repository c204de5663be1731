"""Video through the AXI top of any operator, of several pixels a beat, of networks: values, marks, cycles.

With faults of every kind the cycles are those that the datapath's law gives for the beats that it sees.
"""

import itertools
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import STRATEGIES, Case, cases
from windrow.operators.operator import Operator
from windrow.pipeline.pipeline import Pipeline
from windrow_sim.engines.tools import ToolMissing, verilator
from windrow_sim.runs.run import Mismatch
from windrow_sim.runs.video import VideoPorts, VideoRun, simulate_video
from windrow_sim.streams.video import VideoStream, video_stream
from windrow_sim.streams.video_faults import FAULTS, faulty

patterns = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


class Look:
    """Whether the datapath itself is offered a beat, cycle by cycle."""

    def __init__(self) -> None:
        self.offered: list[bool] = []

    async def __call__(self, ctx: Any, ports: VideoPorts) -> None:
        valid = ports.axi.core.i.valid
        async for _, _, value in ctx.tick().sample(valid):
            self.offered.append(bool(value))


def run(design: wr.Design | Pipeline, seed: int, constants: Any, stalls: Any, *, faults: bool,
        frames: int = 4) -> VideoRun:
    rows = design.input_shape[0]
    x = design.input_type.random((frames, *design.input_shape), seed)
    video = video_stream(design, x)
    if faults:
        video, _ = faulty(video, rows, design.input_beats // rows, random.Random(seed), share=0.8)
    look = Look()
    done = simulate_video(design, video, *constants, engine="amaranth", input_stall=stalls[0],
                          output_stall=stalls[1], observe=look).check()
    # The law of the datapath, for the beats that it was offered.
    free = [*look.offered[1:], True]
    timing = design.timing(len(done.output), input_stall=np.logical_not(free), output_stall=done.stalls[1])
    np.testing.assert_array_equal(done.cycles - 1, timing.output_cycles.ravel())
    return done


@pytest.mark.parametrize("operator", STRATEGIES)
def test_every_operator(operator: str) -> None:
    @settings(max_examples=2)
    @given(cases(largest=4, operator=operator), st.booleans())
    def check(case: Case, faults: bool) -> None:
        layer = case.design.layer
        constants = [layer.random_weights(case.seed), layer.random_bias(case.seed)]
        run(case.design, case.seed, constants, (case.input_stall, case.output_stall), faults=faults)

    check()


@st.composite
def side_by_side(draw: st.DrawFn) -> wr.Design:
    """A design of several pixels a beat, of any operator that takes them."""
    kinds = sorted({*STRATEGIES} - {"conv-transpose2d", "upsample2d"})
    layer: Operator = draw(STRATEGIES[draw(st.sampled_from(kinds))](7))
    try:
        return wr.Design(layer, pixels=draw(st.integers(2, 6)))
    except ValueError:  # windows that all lie in padding, or apart
        pool = wr.MaxPool2d(height=4, width=draw(st.integers(1, 9)), kernel_size=3, padding=1)
        return wr.Design(pool, pixels=4)


@settings(max_examples=8)
@given(side_by_side(), st.integers(0, 99), patterns, patterns, st.booleans())
def test_several_pixels(
    design: wr.Design, seed: int, coming: list[bool], leaving: list[bool], faults: bool
) -> None:
    constants = [design.layer.random_weights(seed), design.layer.random_bias(seed)]
    run(design, seed, constants, (coming, leaving), faults=faults)


@pytest.mark.parametrize("faults", [False, True])
@pytest.mark.parametrize("pixels", [1, 3])
def test_networks(pixels: int, faults: bool) -> None:
    """Queues, a fork and a join; with several pixels a beat from end to end, too."""
    size = {"height": 7, "width": 7 + pixels}
    pipeline = wr.plan(wr.filters.gradient_magnitude(**size, pixels=pixels), interval=7 * (7 + pixels))
    assert pipeline.pixels == pixels
    run(pipeline, 1, [], ([True, False, False], [False, True]), faults=faults)


LAYER = wr.Conv2d(height=6, width=11, kernel_size=3, stride=2, padding=1)
DESIGNS = [wr.Design(LAYER, pixels=4), wr.Design(LAYER, taps=1),
           wr.Design(LAYER.replace(in_channels=2), lanes=1)]


@pytest.fixture(scope="module")
def _compiler() -> None:
    try:
        verilator()
    except ToolMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.usefixtures("_compiler")
@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_a_thousand_faults_in_verilator(design: wr.Design) -> None:
    """Every fault many times; every frame without one is exact."""
    x, weights = design.layer.random_input(1, frames=1200), design.layer.random_weights(2)
    video, names = faulty(video_stream(design, x), 6, design.input_beats // 6, random.Random(3))
    said = list(itertools.chain.from_iterable(names))
    assert len(said) >= 800
    assert set(said) == set(FAULTS)
    done = simulate_video(design, video, weights, input_stall=wr.Stalls.random(0.2, seed=1),
                          output_stall=wr.Stalls.random(0.2, seed=2)).check()
    left = done.output.reshape(len(done.output), -1).tolist()
    at = 0
    for frame, faults in zip(design.golden(x, weights).reshape(len(x), -1).tolist(), names, strict=True):
        if not faults:
            at = left.index(frame, at) + 1
    assert at == len(left)


@pytest.mark.usefixtures("_compiler")
def test_right_video_in_verilator() -> None:
    """Cycles too, with pauses and without."""
    for design in DESIGNS:
        x, weights = design.layer.random_input(1, frames=4), design.layer.random_weights(2)
        video = video_stream(design, x)
        simulate_video(design, video, weights).check()
        simulate_video(design, video, weights, input_stall=wr.Stalls.random(0.4, seed=1),
                       output_stall=wr.Stalls.random(0.5, seed=2)).check()


def test_a_source_that_changes_nothing_for_long() -> None:
    """Seconds are cycles: the frame goes on where it stopped, and so does the next."""
    design = DESIGNS[0]
    x, weights = LAYER.random_input(1, frames=3), LAYER.random_weights(2)
    video = video_stream(design, x)
    pause = wr.Stalls.between(7, 3000)
    simulate_video(design, video, weights, engine="amaranth", input_stall=pause).check()


def test_what_is_wrong_is_said() -> None:
    design, weights = DESIGNS[0], LAYER.random_weights(2)
    video = video_stream(design, LAYER.random_input(1, frames=2))
    done = simulate_video(design, video, weights, engine="amaranth")
    parts = dict(vars(done))
    changes = {
        "output": (r"^output \(0, 0, 0, 0\) \(frame, row, column, channel\) is ", done.output + 1),
        "user": ("^tuser of output beat 0 is False, not True$", ~done.user),
        "last": ("^tlast of output beat 0 is True, not False$", ~done.last),
        "keep": ("^tkeep of output beat 0 is False, not True$", ~done.keep),
        "cycles": (r"^the cycle of output beat 0 is \d+, not \d+$", done.cycles + 1),
    }
    for name, (said, value) in changes.items():
        with pytest.raises(Mismatch, match=said):
            VideoRun(**{**parts, name: value}).check()
    cut = VideoStream(video.beats[:-1], video.user[:-1], video.last[:-1])
    with pytest.raises(ValueError, match="^the last frame of the video must be whole: another would "):
        simulate_video(design, cut, weights)
    with pytest.raises(ValueError, match=r"^observe must be left out with engine 'verilator', not be <"):
        simulate_video(design, video, weights, observe=Look())
    with pytest.raises(TypeError, match=r"^video must be a VideoStream, not 3$"):
        simulate_video(design, 3, weights)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^engine must be 'amaranth' or 'verilator', not 'icarus'$"):
        simulate_video(design, video, weights, engine="icarus")
