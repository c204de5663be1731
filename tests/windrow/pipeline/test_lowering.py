"""Networks as steps of hardware: the same integers on every tensor."""

import numpy as np
import pytest

import windrow as wr
from networks import INT8, block, layer, upsampled
from windrow.joins.add import Add
from windrow.network import exact, nodes
from windrow.network.graph import Network, Node, Tensor
from windrow.network.softmax import Softmax
from windrow.pipeline.lowering import lower
from windrow.pipeline.steps import INPUT


def test_the_same_integers() -> None:
    net = block()
    steps = lower(net)
    x = np.random.default_rng(0).integers(-128, 128, (3, 9, 7, 2))
    want, got = net.golden(x, every=True), steps.golden(x)
    names = [step.name for step in steps.steps]
    assert names == ["convolution_1", "convolution_2", "add_4", "concat_5", "multiply_6", "average_pool_7",
                     "fully_connected_9"]  # fmt: skip
    for tensor, name in (("a", names[0]), ("c", names[1]), ("sum", names[2]), ("both", names[3]),
                         ("half", names[4]), ("pool", names[5]), ("out", names[6])):
        np.testing.assert_array_equal(got[name].reshape(want[tensor].shape), want[tensor], err_msg=tensor)
    assert steps["convolution_1"].operator.padding == ((0, 1), (1, 1))
    assert [(step.name, at) for step, at in steps.readers("convolution_1")] == [
        ("convolution_2", 0), ("add_4", 0), ("concat_5", 1)]  # fmt: skip
    assert steps.readers(INPUT) == [(steps["convolution_1"], 0)]
    assert isinstance(steps["add_4"].operator, Add)


def test_a_pad_with_another_value_is_a_step() -> None:
    pad = nodes.Pad(((1, 0), (0, 2), (0, 0)), -9)
    shapes = {"in": (4, 5, 2), "padded": (5, 7, 2), "out": (3, 5, 3)}
    tensors = [Tensor(name, shape, INT8) for name, shape in shapes.items()]
    net = Network("pad", tensors, [Node("0", pad, ("in",), "padded"),
                                   Node("1", layer((5, 7), 2, 3, 5), ("padded",), "out")], "in", "out")
    steps = lower(net)
    x = np.random.default_rng(1).integers(-128, 128, (2, 4, 5, 2))
    assert [step.operator.kind for step in steps.steps] == ["max-pool2d", "conv2d"]
    np.testing.assert_array_equal(steps.golden(x)[steps.output.name], net.golden(x))


def test_what_leads_to_no_output_is_left_out() -> None:
    """Wherever it stands, and though nothing has hardware for it."""
    convolution = layer((4, 5), 2, 3, 5, padding=1)
    shapes = {"in": (4, 5, 2), "out": (4, 5, 3), "dead": (4, 5, 3), "more": (4, 5, 3), "soft": (4, 5, 3)}
    pool = nodes.MaxPool((1, 1), (1, 1), ((0, 0), (0, 0)), -9, 9)
    dead = [Node("1", layer((4, 5), 2, 3, 6, padding=1), ("in",), "dead"), Node("2", pool, ("dead",), "more"),
            Node("3", Softmax(1 << 30, 4), ("dead",), "soft")]  # fmt: skip
    tensors = [Tensor(name, shape, INT8) for name, shape in shapes.items()]
    used = Node("0", convolution, ("in",), "out")
    alone = lower(Network("alone", tensors[:2], [used], "in", "out"))
    for order in ([used, *dead], [dead[0], used, *dead[1:]]):
        assert [step.operator for step in lower(Network("more", tensors, order, "in", "out")).steps] == [
            step.operator for step in alone.steps]  # fmt: skip


def test_what_has_no_hardware_is_named() -> None:
    tensors = [Tensor(name, (4, 4, 2), INT8) for name in ("in", "shares", "out")]
    net = Network("soft", tensors, [Node("the middle", Softmax(1 << 30, 4), ("in",), "shares"),
                                    Node("the rest", nodes.MaxPool((1, 1), (1, 1), ((0, 0), (0, 0)), -9, 9),
                                         ("shares",), "out")], "in", "out")  # fmt: skip
    with pytest.raises(ValueError, match=r"^node 0, softmax 'the middle': has no hardware yet: end the "):
        lower(net)


@pytest.mark.parametrize("shape", [(1, 1, 6), (3, 2, 1), (3, 2, 4)])
def test_weights_follow_a_flattened_image(shape: tuple[int, int, int]) -> None:
    """Where features come in another order than the stream."""
    size = int(np.prod(shape))
    full = wr.Conv2d(height=1, width=1, in_channels=size, out_channels=5, kernel_size=1, input_type=wr.Int(9))
    dense = nodes.Layer(full, full.random_weights(2), None, 3, wr.Requantize(0.001, 3, rounding="single"),
                        flat=True)  # fmt: skip
    tensors = [Tensor("in", shape, INT8), Tensor("flat", (size,), INT8), Tensor("out", (5,), INT8)]
    net = Network("flat", tensors, [Node("0", exact.Flatten(), ("in",), "flat"),
                                    Node("1", dense, ("flat",), "out")], "in", "out")
    steps = lower(net)
    x = np.random.default_rng(1).integers(-128, 128, (4, *shape))
    np.testing.assert_array_equal(steps.golden(x)[steps.output.name].reshape(4, 5), net.golden(x))


def test_pixels_lose_their_zero_in_front_of_a_transposed_convolution() -> None:
    """Behind the step before where nobody else reads that, and else as a step of its own."""
    for shared in (False, True):
        net = upsampled(shared)
        steps = lower(net)
        names = [step.name for step in steps.steps]
        more = ["transposed_convolution_1_input"] if shared else []
        assert names == ["convolution_0", *more, "transposed_convolution_1",
                         *(["max_pool_2", "add_3"] if shared else []), f"mean_{4 if shared else 2}"]
        assert steps["transposed_convolution_1"].operator.input_type == wr.Int(9)
        x = np.random.default_rng(0).integers(-128, 128, (5, *net.input_shape))
        np.testing.assert_array_equal(steps.golden(x)[steps.output.name], net.golden(x))


def test_operators_without_weights_and_raw_sums() -> None:
    first = wr.Conv2d(height=7, width=6, in_channels=2, out_channels=3, kernel_size=3, padding=1,
                      input_type=wr.UInt(4), weight_type=wr.Int(5))
    pool = wr.MaxPool2d(height=7, width=6, channels=3, kernel_size=2, stride=2,
                        input_type=first.output_type, output=wr.Clamp(0))
    net = Network.chain([(first, np.ones(first.weight_shape, np.int64), None), (pool, None, None)])
    steps = lower(net)
    assert [step.operator for step in steps.steps] == [first, pool]
    x = first.random_input(0, 2)
    np.testing.assert_array_equal(steps.golden(x)[steps.output.name], net.golden(x))
