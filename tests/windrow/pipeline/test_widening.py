"""Idle channels: whatever they are, the network's own values stay the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from networks import INT8, block, layer
from windrow.network.graph import Network, Node, Tensor
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import INPUT
from windrow.pipeline.widening import depthwise, widen

WEIGHTED = ("convolution_1", "convolution_2")


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 7), st.integers(2, 4), st.integers(5, 8), st.integers(0, 1 << 20))
def test_the_same_integers(both: int, first: int, last: int, seed: int) -> None:
    steps = lower(block())
    wide = widen(steps, {INPUT: first, **dict.fromkeys(WEIGHTED, both), "fully_connected_9": last})
    random = np.random.default_rng(seed)
    x = random.integers(-128, 128, (2, 9, 7, 2))
    idle = random.integers(-128, 128, (2, 9, 7, first - 2))
    want, got = steps.golden(x), wide.golden(np.concatenate([x, idle], axis=-1))
    own = [*range(4), *range(both, both + 4)]  # of a concat
    for step in steps.steps:
        channels = own if len(own) == want[step.name].shape[-1] else range(want[step.name].shape[-1])
        np.testing.assert_array_equal(got[step.name][..., channels], want[step.name], err_msg=step.name)
    assert wide.input_shape == (9, 7, first)
    assert wide["concat_5"].operator.output_shape == (8, 7, 2 * both)
    assert wide.output.operator.input_shape == (1, 1, 12 * 2 * both)
    assert wide.output.operator.output_shape == (1, 1, last)
    for step in wide.steps:  # constants of the shapes that the operator asks for
        if isinstance(step.operator, wr.Conv2d):
            step.operator.check_parameters(step.weights, step.bias)
            assert depthwise(step.operator) == step.name.startswith("multiply")


def test_a_pipeline_of_wider_steps() -> None:
    channels = dict.fromkeys(WEIGHTED, 6)
    wide = widen(lower(block()), channels)
    with pytest.raises(ValueError, match=r"^designs must have one of step 'convolution_1'"):
        Pipeline(block(), {step.name: wr.Design(step.operator) for step in lower(block()).steps
                           if step.name in WEIGHTED}, channels=channels)
    assert wide["add_4"].operator.legal_lanes == [1, 2, 3, 6]
    assert widen(lower(block()), {})["convolution_1"].weights is not None


@pytest.mark.parametrize(("channels", "message"), [
    ({"conv": 5}, r"^channels must name steps, or 'input', not \['conv'\]$"),
    ({"convolution_1": 3}, r"^channels of 'convolution_1' must be at least 4, not 3$"),
    ({"convolution_1": 5}, r"^channels that step 'add_4' adds must be as many on both sides, not 5 and 4$"),
    ({"multiply_6": 10}, r"^channels of 'multiply_6' must be the 8 that come in, not 10$"),
])  # fmt: skip
def test_channels_that_cannot_be(channels: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        widen(lower(block()), channels)


def test_groups_and_sums_keep_their_channels() -> None:
    first = layer((5, 4), 2, 4, 1, padding=1)
    second = layer((5, 4), 4, 6, 2, zero=0, groups=2)
    shapes = {"in": (5, 4, 2), "a": (5, 4, 4), "out": (3, 2, 6)}
    net = Network("groups", [Tensor(name, shape, INT8) for name, shape in shapes.items()],
                  [Node("0", first, ("in",), "a"), Node("1", second, ("a",), "out")], "in", "out")
    with pytest.raises(ValueError, match=r"^channels that step 'convolution_1' reads in 2 groups must be 4, "
                                         r"not 5$"):
        widen(lower(net), {"convolution_0": 5})
    sums = wr.Conv2d(height=5, width=4, in_channels=3, kernel_size=3, input_type=wr.UInt(8))
    chain = Network.chain([(sums, np.ones(sums.weight_shape, np.int64), None)])
    with pytest.raises(ValueError, match=r"^channels that step 'convolution_0' reads must leave its output "
                                         r"int21, not int22$"):
        widen(lower(chain), {INPUT: 6})
