"""Pipelines as sequences of events against the same stepped through, one cycle after the other."""

import math
import random

import pytest

import windrow as wr
from networks import block
from plain_network import PlainNetwork
from random_networks import random_pipeline
from stall_patterns import random_stalls
from windrow.joins.join import Join
from windrow.pipeline.flow import Deadlock
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline

PIPELINES = 30  # for each seed


@pytest.mark.parametrize("seed", range(3))
def test_sequences_equal_single_cycles(seed: int) -> None:
    dice, hung, kinds = random.Random(seed), 0, set[str]()
    for number in range(PIPELINES):
        pipeline, frames = random_pipeline(dice), dice.randint(1, 3)
        stalls = (random_stalls(dice), random_stalls(dice)) if number % 2 else (None, None)
        plain = PlainNetwork(pipeline, frames, *stalls)
        kinds |= {step.operator.kind for step, _ in pipeline.stages}
        beats = frames * math.prod(pipeline.output_shape) // pipeline.pe
        if len(plain.cycles) < beats:
            hung += 1
            said = f"^the pipeline hangs after {len(plain.cycles)} of {beats} output beats: full is the queue"
            with pytest.raises(Deadlock, match=said):
                pipeline.timing(frames, input_stall=stalls[0], output_stall=stalls[1])
            continue
        found = pipeline.timing(frames, input_stall=stalls[0], output_stall=stalls[1])
        assert found.output_cycles.ravel().tolist() == plain.cycles, (seed, number)
        if stalls == (None, None):
            assert found.latency == plain.latency
    assert hung > 0
    assert kinds == {"conv2d", "max-pool2d", "avg-pool2d", "add", "concat"}


def test_a_deadlock_says_where_and_when() -> None:
    network = block()
    designs = {step.name: JoinDesign(step.operator, 2) if isinstance(step.operator, Join)
               else wr.Design(step.operator, taps=1) for step in lower(network).steps}
    room = {("add_4", 0): 400, ("concat_5", 1): 2}
    with pytest.raises(Deadlock, match=(
            r"^the pipeline hangs after 0 of 10 output beats: full is the queue from 'convolution_1' to "
            r"input 1 of 'concat_5' with room for 2 elements; give it more room, or none to have it sized$")):
        Pipeline(network, designs, room).timing(2)
    room["concat_5", 1] = 400
    assert Pipeline(network, designs, room).timing(2).output_cycles.shape == (2, 1, 1, 5)
