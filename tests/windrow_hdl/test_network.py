"""Whole networks in Amaranth's simulator: values beside the golden model of their steps."""

import random

import pytest

import windrow as wr
from networks import block
from pipelines import random_pipeline
from stream_benches import beats, stream
from windrow_hdl.network import PipelineHardware


@pytest.mark.parametrize("seed", range(2))
def test_a_network_with_forks_and_joins(seed: int) -> None:
    pipeline = random_pipeline(block(5, 4), random.Random(seed), cycles=300)
    x = pipeline.input_type.random((2, *pipeline.input_shape), seed)
    want = pipeline.steps.golden(x)[pipeline.steps.output.name]
    sent = beats(x.ravel().tolist(), pipeline.lanes, pipeline.input_type.bits)
    dut = PipelineHardware(pipeline)
    expected = beats(want.ravel().tolist(), pipeline.pe, pipeline.output_type.bits)
    _, _, results = stream(dut, [(dut.i, sent, [False, True, False])], dut.o, len(expected), [True, False],
                           patience=3000)
    assert results == expected


def test_it_takes_a_pipeline() -> None:
    with pytest.raises(TypeError, match=r"^pipeline must be a Pipeline, not Design\("):
        PipelineHardware(wr.Design(wr.Conv2d(height=4, width=4, kernel_size=3)))  # pyright: ignore[reportArgumentType]
