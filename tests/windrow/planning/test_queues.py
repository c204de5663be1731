"""Room behind layers: enough for the pace in networks as they may be, by the exact law, and little more."""

import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import layers
from windrow import workloads
from windrow.operators.operator import Operator
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.sizing import paced
from windrow.pipeline.steps import INPUT, Step, Steps
from windrow.planning.plan import designs
from windrow.planning.queues import rooms
from windrow.timing.folding import divisors
from windrow.workloads import Workload


def chosen(layer: Operator, part: float) -> wr.Design:
    """One of a layer's designs."""
    every = list(designs(layer))
    return every[int(part * (len(every) - 1))]


def alone(design: wr.Design, pace: int) -> tuple[np.ndarray, int]:
    """Cycles in which a layer that is fed evenly gives its beats; how long its input waits.

    By the law of networks, without a closed form.
    """
    layer = design.layer
    steps = Steps(layer.input_shape, layer.input_type, (Step("layer", layer, (INPUT,)),))
    flow = paced(steps, {"layer": design}, (), pace)
    assert flow.input.least is not None
    lag = int((flow.input.known - flow.input.least).max())
    return flow.output.sends.known[-design.output_beats :] - (flow.frames - 1) * pace, lag


def held(writes: np.ndarray, write: int, pace: int, read: int, late: int) -> int:
    """Elements in a queue that is read evenly, `read` at a time, `late` cycles after it could be."""
    count = writes.size * write // read
    reads = np.arange(count) * pace // count
    needs = writes[((np.arange(count) + 1) * read - 1) // write] + 1
    reads += max(0, (needs - reads).max()) + late
    every = np.concatenate([reads + pace * frame for frame in range(-20, 2)])
    ends = (np.arange(writes.size) + 1 + 20 * writes.size) * write
    return int((ends - read * np.searchsorted(every, writes)).max())


@settings(max_examples=25)
@given(layers(8), st.floats(0, 1), st.sampled_from([1.0, 1.0, 1.3, 2.5]))
def test_room_is_what_any_reader_needs_and_two_pixels_more_at_most(
    layer: wr.Conv2d, part: float, slower: float
) -> None:
    design = chosen(layer, part)
    pace = int(design.interval * slower)
    (room,) = rooms([design], pace)
    filters = layer.out_channels
    writes, lag = alone(design, pace)
    needed = [held(writes, design.pe, pace, read, lag) for read in divisors(filters)]
    assert max(needed) <= room <= max(needed) + 2 * filters
    assert room % filters == 0


@settings(max_examples=25)
@given(st.data())
def test_chains_with_that_room_keep_the_pace(data: st.DataObject) -> None:
    """Layers in any order, one of them the slowest: the network is as fast as that one."""
    found: list[wr.Conv2d] = []
    shape = data.draw(st.tuples(st.integers(4, 9), st.integers(4, 9), st.sampled_from([1, 2, 4])))
    for _ in range(data.draw(st.integers(2, 4))):
        kernel = data.draw(st.integers(1, min(3, *shape[:2])))
        found.append(wr.Conv2d(
            height=shape[0], width=shape[1], in_channels=shape[2], kernel_size=kernel,
            out_channels=data.draw(st.sampled_from([1, 2, 3, 4, 6])), stride=data.draw(st.integers(1, 2)),
            padding=data.draw(st.integers(0, kernel // 2)), output=wr.Requantize(0.01, type=wr.UInt(8)),
        ))  # fmt: skip
        shape = found[-1].output_shape
    net = wr.Network.chain([(layer, layer.random_weights(1), None) for layer in found])
    steps = lower(net).steps
    operators = [step.operator for step in steps if isinstance(step.operator, Operator)]
    picks = [chosen(operator, data.draw(st.floats(0, 1))) for operator in operators]
    assume(max(design.interval for design in picks) <= 20_000)
    pace = max(design.interval for design in picks)
    room = {(step.name, 0): behind for step, behind in zip(steps[1:], rooms(picks, pace), strict=False)}
    pipeline = Pipeline(net, {step.name: design for step, design in zip(steps, picks, strict=True)}, room)
    assert pipeline.interval == pace


def test_queues_of_a_plan() -> None:
    """Bits of each, alike for copies; of values as wide as the next layer takes them."""
    plan = wr.balance(workloads.load("mobilenet_v1"), multipliers=220)
    assert [row["queue_bits"] for row in plan.rows()] == list(plan.queues)
    assert plan.queue_bits == plan.to_dict()["queue_bits"] == sum(
        each.count * bits for each, bits in zip(plan.layers, plan.queues, strict=True))
    for each, bits in zip(plan.layers, plan.queues, strict=True):
        assert bits % (8 * each.layer.out_channels) == 0
        # Far less than the two frames that would always do.
        assert 0 < bits < 2 * 8 * math.prod(each.layer.output_shape) // 3


def test_values_are_as_wide_as_the_layer_says() -> None:
    layer = wr.Conv2d(height=8, width=8, kernel_size=3, out_channels=2)
    narrow = layer.replace(output=wr.Requantize(0.01, type=wr.Int(4)))
    whole, half = (wr.balance([Workload("one", each, 1)], multipliers=4) for each in (layer, narrow))
    assert whole.queue_bits == 2 * half.queue_bits > 0
