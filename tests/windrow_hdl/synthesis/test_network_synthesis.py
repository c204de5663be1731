"""Synthesis of whole pipelines: cells of all stages and of the queues between them."""

import pytest

import windrow as wr
from windrow.pipeline.pipeline import Pipeline


def pipeline(skip: int) -> Pipeline:
    """A convolution and a pool, and a queue of `skip` numbers between."""
    first = wr.Conv2d(height=8, width=8, in_channels=1, out_channels=2, kernel_size=3,
                      output=wr.Clamp(0, 100), input_type=wr.UInt(4), weight_type=wr.Int(4))
    pool = wr.MaxPool2d(height=6, width=6, channels=2, kernel_size=2, stride=2, input_type=first.output_type)
    net = wr.Network.chain([(first, first.random_weights(0), None), (pool, None, None)])
    return Pipeline(net, {"convolution_0": wr.Design(first, taps=3), "max_pool_1": wr.Design(pool, taps=1)},
                    {("max_pool_1", 0): skip})


def test_cells_of_a_pipeline() -> None:
    small, large = (wr.synthesize(pipeline(skip), target="ecp5", place=False) for skip in (2, 1024))
    assert small.dsp == 3
    assert small.lut > 100
    assert large.bram == small.bram + 1  # 7 kbit: in block RAM
    assert small.weights == "those of the network"
    assert small.to_dict()["design"] == pipeline(2).to_dict()


def test_it_takes_designs_and_pipelines() -> None:
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not None$"):
        wr.synthesize(None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline: its network has them$"):
        wr.synthesize(pipeline(2), [1])
