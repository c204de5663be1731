"""Pipelines: stages of a network, and the queues that join them."""

import pytest

import windrow as wr
from networks import block
from windrow.joins.join import Join
from windrow.network.graph import Network
from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline, StageDesign


def designs() -> dict[str, StageDesign]:
    """The least hardware of every step of `block`, but four channels a beat of the addition."""
    return {step.name: JoinDesign(step.operator, 4 if step.operator.kind == "add" else 2)
            if isinstance(step.operator, Join) else wr.Design(step.operator, taps=1)
            for step in lower(block()).steps}


def test_queues_join_what_has_other_widths() -> None:
    pipeline = Pipeline(block(), designs())
    assert (pipeline.lanes, pipeline.pe) == (1, 1)
    assert (pipeline.input_shape, pipeline.output_shape) == ((9, 7, 2), (1, 1, 5))
    found = {(each.source, each.target, each.port): (each.write, each.read) for each in pipeline.fifos}
    assert found == {
        ("convolution_1", "convolution_2", 0): (1, 1), ("convolution_1", "add_4", 0): (1, 4),
        ("convolution_2", "add_4", 1): (1, 4), ("add_4", "concat_5", 0): (4, 2),
        ("convolution_1", "concat_5", 1): (1, 2), ("concat_5", "multiply_6", 0): (2, 1),
        ("multiply_6", "average_pool_7", 0): (1, 1), ("average_pool_7", "fully_connected_9", 0): (1, 1),
    }  # fmt: skip


def test_a_queue_counts_beats_and_bits() -> None:
    fifo = Fifo("a", "b", 0, write=2, read=3, element_bits=8, elements=12)
    assert fifo.to_dict() == {"source": "a", "target": "b", "depth": 6, "bits": 96}
    with pytest.raises(ValueError, match=r"^elements must be a positive multiple of 6, .* 2 and 3, not 8$"):
        Fifo("a", "b", 0, write=2, read=3, element_bits=8, elements=8)


def test_every_step_needs_its_own_design() -> None:
    wrong = designs()
    wrong["add_4"] = wrong["convolution_1"]
    with pytest.raises(ValueError, match=r"^designs must have one of step 'add_4', Add\("):
        Pipeline(block(), wrong)
    with pytest.raises(ValueError, match=r"^lanes must divide the channels of every input, not 3; nearest"):
        JoinDesign(lower(block())["add_4"].operator, 3)


def test_stages_have_no_settings() -> None:
    layer = wr.Conv2d(height=6, width=8, kernel_size=3, padding=1)
    network = Network.chain([(layer, layer.random_weights(0), None)])
    (step,) = lower(network).steps
    runtime = wr.Runtime(max_height=6, max_width=8)
    with pytest.raises(ValueError, match=r"^runtime must be None for step 'convolution_0' of a pipe"):
        Pipeline(network, {step.name: wr.Design(layer, taps=1, runtime=runtime)})
