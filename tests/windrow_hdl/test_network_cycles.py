"""Whole networks in Amaranth's simulator against their exact time: every output in its cycle, or never."""

import random

import pytest

from random_networks import random_pipeline
from stream_benches import beats, stream
from windrow.pipeline.flow import Deadlock
from windrow_hdl.network import PipelineHardware

FRAMES = 2
HANG = (18, 31)


@pytest.mark.parametrize("seed", [2, 4, 6, 8, 9, 13, *HANG])  # chains, forks, joins
def test_every_output_in_its_cycle(seed: int) -> None:
    dice = random.Random(100 + seed)
    pipeline = random_pipeline(dice, 6)
    shares = (0.0, 0.0) if seed % 2 else (0.4, 0.5)
    stalls = [[dice.random() < share for _ in range(61)] for share in shares]
    x = pipeline.input_type.random((FRAMES, *pipeline.input_shape), seed)
    sent = beats(x.ravel().tolist(), pipeline.lanes, pipeline.input_type.bits)
    want = pipeline.steps.golden(x)[pipeline.steps.output.name]
    expected = beats(want.ravel().tolist(), pipeline.pe, pipeline.output_type.bits)
    dut = PipelineHardware(pipeline)
    inputs = [(dut.i, sent, stalls[0])]
    _, cycles, results = stream(dut, inputs, dut.o, len(expected), stalls[1], patience=800)
    if len(cycles) < len(expected):
        said = f"^the pipeline hangs after {len(cycles)} of {len(expected)} output beats: full is"
        with pytest.raises(Deadlock, match=said):
            pipeline.timing(FRAMES, input_stall=stalls[0], output_stall=stalls[1])
    else:
        found = pipeline.timing(FRAMES, input_stall=stalls[0], output_stall=stalls[1])
        assert cycles == found.output_cycles.ravel().tolist()
    assert results == expected[: len(cycles)]
    assert (len(cycles) < len(expected)) == (seed in HANG)
