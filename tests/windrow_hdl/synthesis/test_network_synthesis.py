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


def test_some_multipliers_are_blocks() -> None:
    """Those that `blocks` names, and what is left to synthesis is logic."""
    layer = wr.Conv2d(height=8, width=8, in_channels=4, out_channels=4, kernel_size=3,
                      output=wr.Requantize([2**-9, 2**-9.3, 2**-10.7, 2**-9.9]))  # fmt: skip
    design = wr.Design(layer, lanes=2, pe=2, taps=3)
    found = [wr.synthesize(design, target="ecp5", place=False, dsp=blocks)
             for blocks in (True, wr.Blocks(5), wr.Blocks(5, maps=False))]  # fmt: skip
    assert [each.dsp for each in found] == [14, 7, 5]
    assert found[0].lut + 7 * 60 < found[1].lut < found[0].lut + 7 * 80
    assert found[1].lut + 100 < found[2].lut


def test_blocks_of_a_pipeline() -> None:
    whole = pipeline(2)
    some = Pipeline(whole.network, whole.designs, whole.room, blocks={"convolution_0": wr.Blocks(1)})
    assert wr.synthesize(some, target="ecp5", place=False).dsp == 1
    assert wr.synthesize(some, target="ecp5", place=False, dsp=False).dsp == 0
    for blocks, error, says in (
        ({"convolution_9": wr.Blocks()}, ValueError,
         f"blocks must name steps, {', '.join(whole.designs)}, not 'convolution_9'"),
        ({"convolution_0": 3}, TypeError, "blocks of 'convolution_0' must be a Blocks, not 3"),
    ):
        with pytest.raises(error, match=f"^{says}$"):
            Pipeline(whole.network, whole.designs, blocks=blocks)


def test_it_takes_designs_and_pipelines() -> None:
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not None$"):
        wr.synthesize(None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline: its network has them$"):
        wr.synthesize(pipeline(2), [1])
