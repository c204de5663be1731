"""Queues that keep the pace of the slowest stage, and not much more than that takes."""

import random

import numpy as np
import pytest

from random_networks import random_designs, random_network
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.sizing import paced

PIPELINES = 25  # for each seed
FRAMES = 48


@pytest.mark.parametrize("seed", range(2))
def test_the_slowest_stage_sets_the_pace(seed: int) -> None:
    dice = random.Random(seed)
    saved = 0
    for _ in range(PIPELINES):
        network = random_network(dice)
        pipeline = Pipeline(network, random_designs(dice, network))
        assert pipeline.interval == pipeline.bound
        ends = pipeline.timing(FRAMES).output_cycles[:, -1, -1, -1]
        assert (np.diff(ends)[-8:] == pipeline.bound).all()
        if pipeline.fifos:
            flow = paced(pipeline.steps, pipeline.designs, pipeline.fifos, pipeline.bound)
            for fifo in pipeline.fifos:
                assert fifo.elements < flow.held(fifo) + fifo.unit
                saved += fifo.elements < flow.held(fifo)
    assert saved


def test_room_that_is_given_is_taken_as_it_is() -> None:
    network = random_network(random.Random(3))
    designs = random_designs(random.Random(3), network)
    sized = Pipeline(network, designs)
    room = {(fifo.target, fifo.port): 7 * fifo.unit for fifo in sized.fifos}
    given = Pipeline(network, designs, room)
    assert [fifo.elements for fifo in given.fifos] == [7 * fifo.unit for fifo in sized.fifos]
    assert given.fifo_bits == 7 * sum(fifo.unit * fifo.element_bits for fifo in sized.fifos)
    least = Pipeline(network, designs, {})
    assert [fifo.elements for fifo in least.fifos] == [fifo.unit for fifo in sized.fifos]
    stages = sized.buffer_bits - sized.fifo_bits
    assert stages == given.buffer_bits - given.fifo_bits > 0
