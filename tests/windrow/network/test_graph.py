"""Networks built by hand: values, the table, and what cannot be."""

from typing import Any

import numpy as np
import pytest

import windrow as wr
from windrow.network.graph import Node, Tensor
from windrow.network.nodes import Concat, Layer, MaxPool, Pad, Reshape

FIRST = wr.Conv2d(height=6, width=5, in_channels=2, out_channels=3, kernel_size=3, stride=2, padding=1,
                  bias=True, input_type=wr.Int(4), weight_type=wr.Int(3))
SECOND = wr.Conv2d(height=3, width=3, in_channels=3, out_channels=1, kernel_size=(2, 1),
                   input_type=FIRST.accumulator_type)


def chain() -> tuple[wr.Network, list[Any]]:
    constants = [FIRST.random_weights(0), FIRST.random_bias(0), SECOND.random_weights(1)]
    return wr.Network.chain([(FIRST, constants[0], constants[1]), (SECOND, constants[2], None)]), constants


def test_a_chain_of_layers() -> None:
    net, (w0, b0, w1) = chain()
    x = FIRST.random_input(3, 4)
    want = SECOND.golden(FIRST.golden(x, w0, b0), w1)
    np.testing.assert_array_equal(net.golden(x), want)
    np.testing.assert_array_equal(net.golden(x[1]), want[1])
    every = net.golden(x, every=True)
    assert list(every) == ["input", "layer0", "layer1"]
    np.testing.assert_array_equal(every["layer0"], FIRST.golden(x, w0, b0))
    assert (net.macs, net.weights) == (FIRST.macs + SECOND.macs, 54 + 6)
    assert [node.operator.layer for node in net.layers] == [FIRST, SECOND]
    assert str(net).splitlines() == [
        "chain: 6x5x2 -> 2x3x1, values are the integers of its operators",
        "   operator     input  output  kernel  stride  MACs  weights",
        "0  convolution  6x5x2  3x3x3      3x3     2x2   486       54",
        "1  convolution  3x3x3  2x3x1      2x1     1x1    36        6",
        "   total                                        522       60",
    ]


def test_a_chain_of_layers_with_output_maps() -> None:
    first = FIRST.replace(output=wr.Requantize(0.05, type=wr.UInt(4)))
    second = SECOND.replace(input_type=wr.UInt(4))
    constants = first.random_weights(0), first.random_bias(0), second.random_weights(1)
    net = wr.Network.chain([(first, *constants[:2]), (second, constants[2], None)])
    x = first.random_input(3, 2)
    np.testing.assert_array_equal(net.golden(x), second.golden(first.golden(x, *constants[:2]), constants[2]))


def test_a_chain_of_any_operators() -> None:
    blur = wr.Conv2d(height=6, width=5, kernel_size=3, padding=1, padding_mode="reflect",
                     output=wr.Requantize(1 / 16, type=wr.UInt(8), rounding="half_even"))
    median = wr.Median2d(height=6, width=5, kernel_size=3, padding=1, padding_mode="edge")
    largest = wr.MaxPool2d(height=6, width=5, kernel_size=2, stride=2)
    weights = [[[[1], [2], [1]], [[2], [4], [2]], [[1], [2], [1]]]]
    net = wr.Network.chain([(blur, weights, None), (median, None, None), (largest, None, None)],
                           name="calm", contract="whole numbers")
    x = blur.random_input(3, 2)
    np.testing.assert_array_equal(net.golden(x), largest.golden(median.golden(blur.golden(x, weights))))
    assert (net.macs, net.weights, len(net.layers)) == (blur.macs, 9, 3)
    assert [line.split("  ")[1:3] for line in str(net).splitlines()[2:4]] == [
        ["convolution", "6x5x1"], ["median", ""]]
    assert str(net).splitlines()[0] == "calm: 6x5x1 -> 3x2x1, values are whole numbers"
    with pytest.raises(ValueError, match=r"^weights must be None for Median2d, not \[1\]$"):
        wr.Network.chain([(median, [1], None)])


def test_a_chain_that_does_not_fit() -> None:
    other = SECOND.replace(in_channels=2)
    with pytest.raises(ValueError, match=r"^layer 1 must take int\d+ of shape \(3, 3, 3\), as come before, "
                                         r"not int\d+ of shape \(3, 3, 2\)$"):
        wr.Network.chain([(FIRST, FIRST.random_weights(0), FIRST.random_bias(0)),
                          (other, other.random_weights(0), None)])
    with pytest.raises(ValueError, match=r"^layers must hold at least one \(layer, weights, bias\), not"):
        wr.Network.chain([])


def fork() -> tuple[list[Tensor], list[Node]]:
    """x, its pool and itself joined: in numbers that a reader can follow."""
    kind = wr.Int(8)
    tensors = [Tensor("x", (2, 2, 1), kind, 0.5, 3), Tensor("pooled", (2, 2, 1), kind),
               Tensor("both", (2, 2, 2), kind), Tensor("flat", (8,), kind, 0.25, -1)]
    pool = MaxPool((2, 2), (1, 1), ((0, 1), (0, 1)), -128, 127)
    return tensors, [Node("pool", pool, ("x",), "pooled"), Node("join", Concat(-1), ("x", "pooled"), "both"),
                     Node("flatten", Reshape((8,)), ("both",), "flat")]


def test_a_fork_and_a_join() -> None:
    tensors, nodes = fork()
    net = wr.Network("fork", tensors, nodes, "x", "flat")
    assert net.golden([[[1], [2]], [[3], [-4]]]).tolist() == [1, 3, 2, 2, 3, 3, -4, -4]
    assert net.layers == ()


def test_what_is_float_at_the_ends() -> None:
    net = wr.Network("fork", *fork(), "x", "flat")
    assert net.quantise([0.25, -0.25, 0.24, 1e9, -1e9, 10.0]).tolist() == [4, 2, 3, 127, -128, 23]
    assert net.dequantise([-1, 3]).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match=r"^x must be finite, and holds NaN or infinity$"):
        net.quantise([np.nan])
    with pytest.raises(ValueError, match=r"^y\[0\] is 200, outside int8 \(-128\.\.127\)$"):
        net.dequantise([200])
    with pytest.raises(ValueError, match=r"^'input' has no scale: its numbers stand for themselves$"):
        chain()[0].quantise([0.0])


def test_wrong_input() -> None:
    net = wr.Network("fork", *fork(), "x", "flat")
    with pytest.raises(ValueError, match=r"^x must have shape \(2, 2, 1\) or \(N, 2, 2, 1\) with N >= 1, not "
                                         r"\(2, 2\)$"):
        net.golden(np.zeros((2, 2), np.int64))
    with pytest.raises(ValueError, match=r"^x\[0, 0, 0, 0\] is 999, outside int8"):
        net.golden(np.full((2, 2, 1), 999))
    with pytest.raises(TypeError, match=r"^x must hold integers, not float64$"):
        net.golden(np.zeros((2, 2, 1)))


def _swap(tensors: list[Tensor], nodes: list[Node]) -> None:
    nodes[0], nodes[1] = nodes[1], nodes[0]


@pytest.mark.parametrize(("change", "text"), [
    (_swap, r"^node 0, join: 'pooled' is read before it is computed: the graph has a cycle, or its operators "
            r"are out of order$"),
    (lambda tensors, nodes: nodes.append(Node("again", nodes[0].operator, ("x",), "pooled")),
     r"^node 3, again: 'pooled' is computed already$"),
    (lambda tensors, nodes: nodes.pop(), r"^output 'flat' must be computed, and nothing computes it$"),
    (lambda tensors, nodes: tensors.append(tensors[0]), r"^names of tensors must differ, not be 'x' twice$"),
    (lambda tensors, nodes: tensors.pop(), r"^output must be the name of a tensor, not 'flat'$"),
    (lambda tensors, nodes: tensors.pop(1), r"^node 0, pool: no tensor is called 'pooled'$"),
    (lambda tensors, nodes: tensors.__setitem__(2, Tensor("both", (2, 2, 3), wr.Int(8))),
     r"^node 1, join: 'both' must have shape \(2, 2, 2\), not \(2, 2, 3\)$"),
])
def test_wrong_graphs(change: Any, text: str) -> None:
    tensors, nodes = fork()
    change(tensors, nodes)
    with pytest.raises(ValueError, match=text):
        wr.Network("wrong", tensors, nodes, "x", "flat")


def test_an_output_of_the_middle() -> None:
    with pytest.raises(ValueError, match=r"^output 'both' must be at the end, and is read in the middle: cut "
                                         r"the model there, or end it later$"):
        wr.Network("wrong", *fork(), "x", "both")


@pytest.mark.parametrize(("operator", "shapes", "text"), [
    (Concat(3), [(2, 2, 1)], r"^a concat along axis 3 must not get shape \(2, 2, 1\)$"),
    (Concat(0), [(2, 2, 1), (2, 3, 1)],
     r"^a concat along axis 0 must get like shapes, not \(2, 2, 1\) and \(2, 3, 1\)$"),
    (Reshape((7,)), [(2, 2, 2)], r"^a reshape to \(7,\) must not get shape \(2, 2, 2\)$"),
    (Pad(((1, 1),), 0), [(2, 2)], r"^a pad of 1 axes must not get shape \(2, 2\)$"),
    (Layer(wr.MaxPool2d(height=2, width=3, kernel_size=2)), [(2, 2, 1)],
     r"^a max pool of shape \(2, 3, 1\) must not get shape \(2, 2, 1\)$"),
    (MaxPool((1, 1), (1, 1), ((0, 0), (0, 0)), 0, 1), [(4,)],
     r"^a pool must get \(H, W, C\), not shape \(4,\)$"),
])
def test_shapes_that_operators_do_not_take(operator: Any, shapes: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        operator.output_shape(*shapes)
