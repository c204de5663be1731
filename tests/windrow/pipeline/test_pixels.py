"""Several pixels a beat through a network: how many each step takes, and what is refused by name."""

import numpy as np
import pytest

import windrow as wr
from networks import block
from windrow.joins.add import Add
from windrow.joins.concat import Concat
from windrow.network.graph import Network
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.pixels import pixels_of


def test_strides_leave_fewer() -> None:
    net = wr.filters.canny(8, 30, stride=3)
    found = pixels_of(lower(net), 7)
    assert list(found.values()) == [7, 7, 7, 7, 3]
    assert set(pixels_of(lower(net), 1).values()) == {1}


def test_a_pipeline_says_what_its_beats_are() -> None:
    net = wr.filters.gradient_magnitude(6, 21, channels=3)
    pipeline = wr.plan(net, pixels=4)
    assert (pipeline.pixels, pipeline.lanes, pipeline.beat_bits) == (4, 3, 96)
    assert (pipeline.output_pixels, pipeline.pe, pipeline.output_bits) == (4, 3, 96)
    assert (pipeline.input_beats, pipeline.output_beats) == (36, 36)
    assert str(pipeline) == f"pixels 4, 2 stages, {pipeline.multipliers} multipliers"
    assert pipeline.timing(2).output_cycles.shape == (2, 6, 6, 1)
    record = pipeline.to_dict()
    assert record["pixels"] == 4
    assert [each["pixels"] for each in record["layers"]] == [4, 4]  # pyright: ignore[reportIndexIssue, reportGeneralTypeIssues]


def test_queues_put_channels_in_their_order() -> None:
    layer = wr.Conv2d(height=3, width=9, out_channels=6, kernel_size=1)
    behind = wr.MaxPool2d(height=3, width=9, channels=6, kernel_size=1, input_type=layer.output_type)
    net = Network.chain([(layer, layer.random_weights(0), None), (behind, None, None)])
    first, second = lower(net).steps
    pipeline = Pipeline(net, {first.name: wr.Design(layer, pixels=2, pe=3),
                              second.name: wr.Design(behind, pixels=2)})
    (fifo,) = pipeline.fifos
    assert (fifo.write, fifo.read, fifo.pixels) == (6, 12, 2)
    assert fifo.order == [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]


def test_every_step_takes_what_comes() -> None:
    net = wr.filters.open(6, 12)
    first, second = lower(net).steps
    designs = {first.name: wr.Design(first.operator, pixels=4), second.name: wr.Design(second.operator)}
    with pytest.raises(ValueError, match=r"^pixels of step '\w+' must be the 4 that come in a beat, not 1$"):
        Pipeline(net, designs)


def test_images_as_features_are_of_one_pixel_a_beat() -> None:
    steps = lower(block())
    assert set(pixels_of(steps, 1).values()) == {1}
    with pytest.raises(ValueError, match=r"^pixels must leave one in a beat for step 'fully_connected_9', "
                                         r"which reads an image of 4x3 as one of 1x1, not 2$"):
        pixels_of(steps, 4)
    with pytest.raises(ValueError, match=r"^pixels must be in 1..16, not 17$"):
        wr.plan(block(), pixels=17)


def test_joins_take_whole_pixels() -> None:
    both = Concat([(2, 5, 1), (2, 5, 2)], [wr.Int(4)] * 2)
    design = JoinDesign(both, 3, 4)
    assert [design.input_lanes(port) for port in (0, 1)] == [1, 2]
    assert (design.input_beats, design.output_beats, design.output_bits) == (4, 4, 48)
    np.testing.assert_array_equal(design.reads, [[True, True]])
    assert str(design) == "pixels 4, lanes 3"
    with pytest.raises(ValueError, match=r"^lanes must be all 3 channels with pixels=4, not 1; nearest"):
        JoinDesign(both, 1, 4)
    tables = (tuple(range(4)), tuple(range(4)))
    rounded = Add((2, 5, 2), (wr.UInt(2), wr.UInt(2)), tables, (wr.Requantize(0.3),))
    assert JoinDesign(rounded, 2, 4).requantisers == 4 * JoinDesign(rounded, 2).requantisers


def test_what_a_step_cannot_take() -> None:
    pool = wr.AvgPool2d(height=40, width=40, kernel_size="global")
    net = Network.chain([(pool, None, None)])
    with pytest.raises(ValueError, match=r"^pixels must be 1 for a window of 40x40, whose pixels are accum"):
        wr.plan(net, pixels=2)
