"""Channels that are always the same: left out, and nothing else changes."""

import random

import numpy as np

import windrow as wr
from random_networks import random_frames, random_network
from windrow.network import nodes
from windrow.network.dead_channels import without_dead_channels
from windrow.network.graph import Network, Node, Tensor
from windrow.network.ranges import ranges
from windrow.pipeline.lowering import lower

NETWORKS = 80


def test_the_same_outputs_with_fewer_channels() -> None:
    dice, left, macs = random.Random(0), 0, 0
    for number in range(NETWORKS):
        network = random_network(dice, dead=0.3)
        smaller, saving = without_dead_channels(network)
        x = random_frames(network, 3, number)
        np.testing.assert_array_equal(smaller.golden(x), network.golden(x))
        steps = lower(smaller)
        np.testing.assert_array_equal(steps.golden(x)[steps.output.name], smaller.golden(x))
        left += sum(saving.channels.values())
        macs += saving.macs[1] - saving.macs[0]
        assert saving.macs == (smaller.macs, network.macs)
    assert left > NETWORKS // 2
    assert macs > 0


def test_no_number_is_outside_of_its_range() -> None:
    dice, constant = random.Random(1), 0
    for number in range(NETWORKS // 2):
        network = random_network(dice, dead=0.3)
        values = network.golden(random_frames(network, 3, number), every=True)
        for name, (low, high) in ranges(network).items():
            assert (low <= values[name]).all(), name
            assert (values[name] <= high).all(), name
            constant += int((low == high).sum())
    assert constant > NETWORKS


def test_what_is_left_out_and_what_it_saves() -> None:
    """Filter 1 saturates at -128, which stands for 0 in the layer behind it, or does not."""
    for zero, padding, kept in ((-128, 1, 2), (5, 0, 2), (5, 1, 3)):
        first = wr.Conv2d(height=4, width=4, in_channels=2, out_channels=3, kernel_size=1, bias=True,
                          bias_type=wr.Int(32), input_type=wr.Int(9))
        second = wr.Conv2d(height=4, width=4, in_channels=3, out_channels=2, kernel_size=3, padding=padding,
                           input_type=wr.Int(9))
        tensors = [Tensor("x", (4, 4, 2), wr.Int(8)), Tensor("h", (4, 4, 3), wr.Int(8)),
                   Tensor("y", second.output_shape, wr.Int(8))]
        scale = wr.Requantize(0.01, rounding="double")
        layers = [nodes.Layer(first, first.random_weights(0), np.array([7, -200_000, 9]), 0, scale),
                  nodes.Layer(second, second.random_weights(1), None, zero, scale)]
        made = [Node("0", layers[0], ("x",), "h"), Node("1", layers[1], ("h",), "y")]
        network = Network("two", tensors, made, "x", "y")
        smaller, saving = without_dead_channels(network)
        x = random_frames(network, 4, 0)
        np.testing.assert_array_equal(smaller.golden(x), network.golden(x))
        assert smaller.tensors["h"].shape == (4, 4, kept)
        assert saving.channels == ({"h": 1} if kept == 2 else {})
        macs = 2 * 3 * 16 + 3 * 2 * 9 * second.output_shape[0] ** 2
        assert saving.macs == (macs * kept // 3, macs)
        assert saving.weights == ((6 + 54) * kept // 3, 60)
    assert str(saving) == ("0 dead channels left out; 960 of 960 MACs (100.0%) and 60 of 60 weights (100.0%) "
                           "remain")
