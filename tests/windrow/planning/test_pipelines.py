"""Whole networks: the optimum against trying everything, idle channels where they pay, errors that help."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import windrow as wr
from networks import INT8, block, layer
from windrow.joins.join import Join
from windrow.network.graph import Network, Node, Tensor
from windrow.network.nodes import AveragePool, Layer
from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.widening import depthwise, widen
from windrow.planning import pipelines
from windrow.window.window import PaddingLike


def chain(channels: list[int], *, side: int = 5, groups: bool = False) -> Network:
    """Convolutions one after another, the second depthwise if `groups`."""
    nodes, tensors = [], [Tensor("0", (side, side, channels[0]), INT8)]
    for at, (before, after) in enumerate(itertools.pairwise(channels)):
        alone = {"groups": before} if groups and at == 1 else {}
        nodes.append(Node(str(at), layer((side, side), before, after, at, padding=1, **alone), (str(at),),
                          str(at + 1)))
        tensors.append(Tensor(str(at + 1), (side, side, after), INT8))
    return Network("chain", tensors, nodes, "0", str(len(nodes)))


def figures(pipeline: Pipeline) -> tuple[int, int]:
    """Interval and multipliers."""
    return (max(design.interval for _, design in pipeline.stages),
            sum(design.multipliers for _, design in pipeline.stages if isinstance(design.layer, Conv2d)))


def every_stage(operator: Operator | Join) -> list[tuple[int, int]]:
    """Interval and multipliers of all hardware of one step."""
    if isinstance(operator, Join):
        return [(JoinDesign(operator, lanes).interval, 0) for lanes in operator.legal_lanes]
    return [(design.interval, design.multipliers if isinstance(operator, Conv2d) else 0)
            for design in wr.designs(operator)]


def every_plan(net: Network) -> np.ndarray:
    """(plans, 2): interval and multipliers of all hardware of a chain of one to three convolutions."""
    steps = lower(net)
    free = [step for step, after in itertools.pairwise(steps.steps) if not depthwise(step.operator)]
    choices = [pipelines._composite(step.operator.output_shape[2]) for step in free]
    found = set()
    for wide in itertools.product(*choices):
        given_ = dict(zip([step.name for step in free], wide, strict=True))
        stages = [sorted(set(every_stage(step.operator))) for step in widen(steps, given_).steps]
        for each in itertools.product(*stages):
            found.add((max(interval for interval, _ in each), sum(count for _, count in each)))
    return np.array(sorted(found))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.booleans(), st.floats(0, 1), st.floats(0, 1))
def test_no_plan_is_better(channels: list[int], groups: bool, spend: float, pace: float) -> None:
    """Against trying every choice, also of channels: for a budget, and for an interval."""
    if groups and len(channels) > 2:
        channels[2] = channels[1]
    assume(math.prod(channels) <= 80)
    net = chain(channels, side=4, groups=groups)
    plans = every_plan(net)
    least, most = plans.min(0), plans.max(0)
    budget = int(least[1] + spend * (most[1] - least[1]))
    able = plans[plans[:, 1] <= budget]
    assert figures(wr.plan(net, multipliers=budget, idle_ends=False)) == min(map(tuple, able.tolist()))
    target = int(least[0] + pace * (most[0] - least[0]))
    found = figures(wr.plan(net, interval=target))
    assert found[0] <= target
    assert found[1] == plans[plans[:, 0] <= target][:, 1].min()
    assert figures(wr.plan(net, fps=1e8 / target)) == found


def test_idle_channels_where_they_pay() -> None:
    """11 channels: dividing foldings take one or all of them."""
    net = chain([4, 11, 4], side=6)
    pipeline = wr.plan(net, interval=1000)
    assert pipeline.channels == {"convolution_0": 12}
    assert figures(pipeline)[0] <= 1000
    for before, after in itertools.pairwise(pipeline.steps.steps):
        assert after.operator.input_shapes if isinstance(after.operator, Join) else (
            after.operator.input_shape == before.operator.output_shape)  # fmt: skip
    x = np.random.default_rng(0).integers(-128, 128, (2, 6, 6, 4))
    np.testing.assert_array_equal(pipeline.steps.golden(x)[pipeline.steps.output.name], net.golden(x))


def test_idle_ends() -> None:
    """11 channels come in and leave: pixels of 12, the last slot idle."""
    net = chain([11, 4, 11], side=4)
    plain, pipeline = wr.plan(net, interval=500), wr.plan(net, interval=500, idle_ends=True)
    assert plain.input_shape[2] == plain.output_shape[2] == 11
    assert figures(pipeline)[1] < figures(plain)[1]
    assert pipeline.input_shape[2] > 11 < pipeline.output_shape[2]
    x = np.random.default_rng(0).integers(-128, 128, (2, 4, 4, 11))
    sent = pipeline.check_input(x)
    assert sent.shape == (2, *pipeline.input_shape)
    assert not sent[..., 11:].any()
    np.testing.assert_array_equal(sent[..., :11], x)
    np.testing.assert_array_equal(pipeline.check_input(sent + np.arange(sent.shape[-1]) // 11), sent)
    np.testing.assert_array_equal(pipeline.golden(x)[..., :11], net.golden(x))
    for most in (3, 5, 8, 13):  # where they make it faster, and only there
        found = [wr.plan(net, multipliers=most, idle_ends=ends) for ends in (False, True, None)]
        without, with_, chosen = map(figures, found)
        assert chosen == (with_ if with_[0] < without[0] else without)
        assert found[2].input_shape == found[with_[0] < without[0]].input_shape
    with pytest.raises(ValueError, match=r"^idle_ends says something about a network: leave it out for a "):
        wr.plan(wr.Conv2d(height=4, width=4, kernel_size=3), idle_ends=True)


def test_a_convolution_that_its_input_is_added_to() -> None:
    """Both have as many channels, so their foldings are those of one number."""
    net = wr.workloads.model("digits")
    for pace in (996, 1736, 1773):
        assert wr.plan(net, interval=pace).bound <= pace


def test_a_graph_with_every_node() -> None:
    net = block()
    slow, fast = wr.plan(net, multipliers=8), wr.plan(net, multipliers=200)
    assert figures(slow)[1] <= 8 < figures(fast)[1] <= 200
    assert figures(slow)[0] > figures(fast)[0] >= 9 * 7
    again = wr.plan(net, interval=figures(fast)[0], multipliers=200)
    assert figures(again) == figures(fast)
    x = np.random.default_rng(0).integers(-128, 128, (2, 9, 7, 2))
    for pipeline in (slow, fast):
        got = pipeline.steps.golden(x)[pipeline.steps.output.name]
        np.testing.assert_array_equal(got.reshape(2, -1), net.golden(x))
        assert pipeline.input_shape == (9, 7, 2)


def test_of_equal_multipliers_few_requantisers() -> None:
    """With one filter a beat, one multiplier rounds them all."""
    pipeline = wr.plan(chain([8, 8], side=4), multipliers=8)
    (_, design), = pipeline.stages
    assert (design.multipliers, design.requantisers) == (8, 1)


def test_several_pixels_a_beat() -> None:
    """A beat a cycle is the default; what a network says is what it gets, unless one says something else."""
    net = wr.filters.canny(9, 21, stride=2, pixels=4)
    planned = wr.plan(net)
    assert (planned.pixels, planned.output_pixels, planned.interval) == (4, 2, 9 * 6)
    assert wr.plan(net, pixels=2).interval == 9 * 11
    assert wr.plan(net, pixels=1).interval == 9 * 21
    slow = wr.plan(net, interval=9 * 12)
    assert (slow.pixels, slow.interval <= 9 * 12) == (4, True)
    assert slow.multipliers < planned.multipliers
    fast = wr.plan(net, multipliers=planned.multipliers)
    assert (fast.interval, fast.multipliers) == (planned.interval, planned.multipliers)
    with pytest.raises(ValueError, match=r"^multipliers must be at least \d+ at any frame rate, not 9: step"):
        wr.plan(net, multipliers=9)


def test_as_often_as_the_steps_can() -> None:
    """Windows that lie in padding for long take more cycles than there are beats."""
    wide = wr.MaxPool2d(height=4, width=6, kernel_size=9, padding=8)
    net = Network.chain([(wide, None, None)])
    planned = wr.plan(net, pixels=2)
    assert planned.interval == wr.Design(wide, pixels=2).interval > planned.input_beats


def test_tensors_between_beats_of_several_pixels_have_no_idle_channels() -> None:
    planned = wr.plan(chain([3, 11, 3], side=6), interval=36, pixels=2)
    assert not planned.channels
    assert planned.interval <= 36


@pytest.mark.parametrize(("demand", "message"), [
    ({}, r"^say what to plan for: multipliers, interval, fps, budget or pixels$"),
    ({"multipliers": 0}, r"^multipliers must be at least 1, not 0$"),
    ({"multipliers": 1}, r"^multipliers must be at least 2 at any frame rate, not 1: step "
                         r"'convolution_\d' takes 1 of them$"),
    ({"interval": 15}, r"^interval must be at least 36, not 15: step 'convolution_0' takes 36 cycles"),
    ({"interval": 36, "multipliers": 9}, r"^multipliers must be at least \d+ for an interval of 36 cycles, "
                                         r"not 9: step 'convolution_\d' takes \d+ of them$"),
    ({"interval": 36, "fps": 9.0}, r"^fps must be left out beside interval=36, not be 9.0$"),
    ({"fps": 1e7}, r"^fps must be at most 2,777,777.77 at 100 MHz, not 1e\+07: step 'convolution_0' "),
    ({"fps": -1.0}, r"^fps must be above 0 and finite, not -1.0$"),
    ({"clock_mhz": 50.0, "interval": 99}, r"^clock_mhz makes cycles of a frame rate: leave out 50.0, or say"),
])  # fmt: skip
def test_demands_that_cannot_be_met(demand: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wr.plan(chain([2, 3, 2], side=6), **demand)  # pyright: ignore[reportArgumentType, reportCallIssue]


@pytest.mark.parametrize("channels", [[4, 11, 4], [11, 4, 11]], ids=["plain ends", "idle ends"])
def test_a_front_is_of_plans_that_no_other_beats(channels: list[int]) -> None:
    net, seen = chain(channels, side=6), list[tuple[int, int]]()
    front = pipelines.pipeline_front(net, 9, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(done, 9) for done in range(9)]
    assert front == sorted(set(front), reverse=True)
    for (interval, multipliers), faster in zip(front, [*front[1:], None], strict=True):
        assert figures(wr.plan(net, multipliers=multipliers)) == (interval, multipliers)
        assert faster is None or faster[1] > multipliers
    with pytest.raises(ValueError, match=r"^points must be at least 2, not 1$"):
        pipelines.pipeline_front(net, 1)


def test_what_says_nothing_about_a_network() -> None:
    with pytest.raises(TypeError, match=r"^plan takes multipliers, interval, fps, budget or pixels for a "
                                        r"network, not lanes, all$"):
        wr.plan(chain([2, 3]), lanes=1, all=True)  # pyright: ignore[reportCallIssue, reportArgumentType]
    with pytest.raises(TypeError, match=r"^multipliers must be an int, not 1.5$"):
        wr.plan(chain([2, 3]), multipliers=1.5)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"^network must be a Network"):
        pipelines.plan_pipeline("net", multipliers=1)  # pyright: ignore[reportArgumentType]


def test_a_rate_for_a_layer() -> None:
    one = wr.Conv2d(height=8, width=8, in_channels=2, out_channels=4, kernel_size=3, padding=1)
    assert wr.plan(one, fps=1e6 / 256, clock_mhz=1) == wr.plan(one, interval=256)
    with pytest.raises(ValueError, match=r"^fps=10 is an interval: leave out the other interval or pace$"):
        wr.plan(one, fps=10, interval=300)


def spotter() -> Network:
    """The keyword spotter of MLPerf Tiny by its shapes: the weights do not matter to a plan."""

    def filters(size: tuple[int, int], channels: int, count: int, kernel: int | tuple[int, int],
                stride: int = 1, groups: int = 1, padding: PaddingLike = 0) -> Layer:
        windows = wr.Conv2d(height=size[0], width=size[1], in_channels=channels, out_channels=count,
                            kernel_size=kernel, stride=stride, groups=groups, padding=padding,
                            input_type=wr.Int(9))  # fmt: skip
        return Layer(windows, windows.random_weights(0), None, 3, wr.Requantize(0.01, -5, rounding="double"))

    big, shape = (25, 5), (25, 5, 64)
    pairs = [(shape, filters(big, 64, 64, 3, groups=64, padding=1)), (shape, filters(big, 64, 64, 1))]
    operators = [((49, 10, 1), filters((49, 10), 1, 64, (10, 4), 2, padding=((4, 5), (1, 1)))), *pairs * 4,
                 (shape, AveragePool(big, big, ((0, 0), (0, 0)), -128, 127)),
                 ((1, 1, 64), filters((1, 1), 64, 12, 1))]  # fmt: skip
    shapes = [*(each for each, _ in operators), (1, 1, 12)]
    tensors = [Tensor(str(at), each, INT8, zero_point=3) for at, each in enumerate(shapes)]
    made = [Node(str(at), each, (str(at),), str(at + 1)) for at, (_, each) in enumerate(operators)]
    return Network("spotter", tensors, made, "0", str(len(made)))


def test_multipliers_that_are_busy_nearly_all_the_time() -> None:
    net = spotter()
    assert net.macs == 2_656_768
    pipeline = wr.plan(net, multipliers=169)
    assert figures(pipeline) == (16_000, 169)
    assert pipeline.utilisation == net.macs / (169 * 16_000) > 0.98
