"""Random hardware of networks that tests share."""

import math
import random

import windrow as wr
from windrow.joins.join import Join
from windrow.network.graph import Network
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline, StageDesign
from windrow.pipeline.steps import Step

_CYCLES = 1000  # of a stage for a frame, where there is a choice


def random_design(step: Step, rng: random.Random, cycles: int = _CYCLES) -> StageDesign:
    """Some hardware of a step, not the slowest."""
    operator = step.operator
    if isinstance(operator, Join):
        return JoinDesign(operator, rng.choice(operator.legal_lanes))
    found = list(wr.designs(operator))
    quick = [design for design in found if design.fold * design.windows <= cycles]
    return rng.choice(quick or found[-1:])


def random_pipeline(network: Network, rng: random.Random, most: int = 3, cycles: int = _CYCLES) -> Pipeline:
    """Random stages, and queues of up to `most` times the least room, or of a frame where paths join."""
    steps = lower(network)
    designs = {step.name: random_design(step, rng, cycles) for step in steps.steps}
    least = Pipeline(network, designs, {})
    joins = {step.name for step in steps.steps if isinstance(step.operator, Join)}
    room: dict[tuple[str, int], int] = {}
    for fifo in least.fifos:
        frame = math.prod(steps[fifo.target].input_shapes[fifo.port])
        words = -(-frame // fifo.unit) + 1 if fifo.target in joins else rng.randint(1, most)
        room[fifo.target, fifo.port] = words * fifo.unit
    return Pipeline(network, designs, room)
