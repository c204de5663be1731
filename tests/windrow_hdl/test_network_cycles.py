"""Whole networks in Amaranth's simulator against their exact time: every output in its cycle, or never."""

import random

import pytest

from random_networks import random_pipeline
from stream_benches import Beats, beats, stream
from windrow.pipeline.flow import Deadlock
from windrow.pipeline.pipeline import Pipeline
from windrow_hdl.network import PipelineHardware

FRAMES = 2


def run(pipeline: Pipeline, stalls: tuple[list[bool], list[bool]]) -> tuple[list[int], Beats, Beats]:
    """Cycles of all outputs, what leaves, and what should."""
    x = pipeline.input_type.random((FRAMES, *pipeline.input_shape), 0)
    sent = beats(x.ravel().tolist(), pipeline.lanes, pipeline.input_type.bits)
    want = pipeline.steps.golden(x)[pipeline.steps.output.name]
    expected = beats(want.ravel().tolist(), pipeline.pe, pipeline.output_type.bits)
    dut = PipelineHardware(pipeline)
    inputs = [(dut.i, sent, stalls[0])]
    _, cycles, results = stream(dut, inputs, dut.o, len(expected), stalls[1], patience=800)
    return cycles, results, expected


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 6])
def test_every_output_in_its_cycle(seed: int) -> None:
    dice = random.Random(seed)
    pipeline = random_pipeline(dice, 6, spare=1.0)
    shares = (0.0, 0.0) if seed % 2 else (0.4, 0.5)
    stalls = [dice.random() < shares[0] for _ in range(61)], [dice.random() < shares[1] for _ in range(67)]
    cycles, results, expected = run(pipeline, stalls)
    assert results == expected[: len(results)]
    if len(results) < len(expected):
        said = f"^the pipeline hangs after {len(results)} of {len(expected)} output beats"
        with pytest.raises(Deadlock, match=said):
            pipeline.timing(FRAMES, input_stall=stalls[0], output_stall=stalls[1])
    else:
        found = pipeline.timing(FRAMES, input_stall=stalls[0], output_stall=stalls[1])
        assert cycles == found.output_cycles.ravel().tolist()


@pytest.mark.parametrize("seed", [49, 105, 345])
def test_a_deadlock_comes_where_it_was_foretold(seed: int) -> None:
    """Queues of joins with too little room: some outputs come, and no more."""
    pipeline = random_pipeline(random.Random(seed), 5, spare=0.2)
    with pytest.raises(Deadlock) as hangs:
        pipeline.timing(FRAMES)
    cycles, results, expected = run(pipeline, ([False], [False]))
    assert f"hangs after {len(cycles)} of {len(expected)} output beats" in str(hangs.value)
    assert 0 < len(cycles) < len(expected)
    assert results == expected[: len(results)]
