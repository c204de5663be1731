"""Transposed convolution: the golden model against onnxruntime, phases, hardware, and what is refused."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from onnx import TensorProto, helper

import windrow as wr
from strategies import Case, transposed


def by_onnxruntime(layer: wr.ConvTranspose2d, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """ConvTranspose in double or single precision, which hold these sums exactly: (N, Ho, Wo, O)."""
    (top, bottom), (left, right) = layer.padding
    node = helper.make_node(
        "ConvTranspose", ["x", "w"], ["y"], kernel_shape=layer.kernel_size, group=layer.groups,
        strides=layer.stride, dilations=layer.dilation, pads=[top, left, bottom, right],
        output_padding=layer.output_padding)
    graph = helper.make_graph(
        [node], "transposed", [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4)
                               for name in ("x", "w")],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])  # fmt: skip
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    # Ours are (O, kh, kw, I/groups); ONNX has (I, O/groups, kh, kw).
    each = layer.out_channels // layer.groups
    split = weights.reshape(layer.groups, each, *weights.shape[1:])
    theirs = split.transpose(0, 4, 1, 2, 3).reshape(layer.in_channels, each, *layer.kernel_size)
    feeds = {"x": x.transpose(0, 3, 1, 2).astype(np.float32), "w": theirs.astype(np.float32)}
    return np.asarray(session.run(None, feeds)[0]).transpose(0, 2, 3, 1)


@settings(max_examples=60)
@given(layer=transposed(9))
def test_as_onnxruntime_has_it(layer: wr.ConvTranspose2d) -> None:
    layer = layer.replace(bias=False, bias_type=None)
    x, weights = layer.random_input(1, 2), layer.random_weights(1)
    expected = by_onnxruntime(layer, x, weights)
    assert expected.shape[1:] == layer.output_shape
    assert np.array_equal(layer.golden(x, weights), expected)


@settings(max_examples=30)
@given(layer=transposed(7))
def test_phases_are_windows_over_real_pixels(layer: wr.ConvTranspose2d) -> None:
    """Each output from its window and the kernel of its phase, without the formula of the golden model."""
    x, weights, bias = layer.random_input(2), layer.random_weights(2), layer.random_bias(2)
    window, kernels = layer.window, layer.by_phase(weights)
    rows, columns = window.axes
    for at, (k, s, d) in enumerate(zip(layer.kernel_size, layer.stride, layer.dilation, strict=True)):
        whole = d % s == 0  # pixels from one tap to the next
        assert window.kernel_size[at] == (k if whole else -(-layer.effective_kernel[at] // s))
        assert window.dilation[at] == (d // s if whole else 1)
    depth, each = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    golden = layer.golden(x, weights, bias)
    for i, j, o in np.ndindex(*layer.output_shape):
        kernel = kernels[rows.phase[i] * layer.stride[1] + columns.phase[j], o]
        total = 0 if bias is None else int(bias[o])
        for r, c in np.ndindex(*window.kernel_size):
            at = rows.positions_of_taps[i] + r * rows.dilation
            to = columns.positions_of_taps[j] + c * columns.dilation
            if 0 <= at < layer.height and 0 <= to < layer.width:
                first = o // each * depth
                total += int(x[at, to, first : first + depth] @ kernel[r, c])
        assert golden[i, j, o] == total


def test_an_ideal_reader_of_a_few_rows() -> None:
    layer = wr.ConvTranspose2d(height=6, width=8, in_channels=4, out_channels=2, kernel_size=4, stride=2,
                               padding=1)  # fmt: skip
    for design in wr.designs(layer):
        assert design.ideal
        assert design.interval == design.fold * 12 * 16 == design.bounds().interval
        assert design.ring_rows <= 3
    assert {design.taps for design in wr.designs(layer)} == {1, 2}
    Case(wr.Design(layer, lanes=4, pe=1), 1, (True, False), (False, True, True)).check()
    with pytest.raises(ValueError, match=r"^taps must be in 1\.\.2, the rows of pixels that a window reads"):
        wr.Design(layer, taps=4)


def test_holes_of_a_kernel() -> None:
    """At stride 1 it is a convolution with the mirrored kernel, also dilated."""
    layer = wr.ConvTranspose2d(height=5, width=6, kernel_size=(2, 3), dilation=(3, 2), in_channels=2,
                               out_channels=2, padding=((1, 0), (2, 2)))  # fmt: skip
    same = wr.Conv2d(height=5, width=6, kernel_size=(2, 3), dilation=(3, 2), padding=((2, 3), (2, 2)),
                     in_channels=2, out_channels=2)  # fmt: skip
    x, weights = layer.random_input(0, 2), layer.random_weights(0)
    assert layer.output_shape == same.output_shape == (7, 6, 2)
    assert np.array_equal(layer.golden(x, weights), same.golden(x, weights[:, ::-1, ::-1]))
    assert (layer.window.kernel_size, layer.effective_kernel, layer.macs) == ((2, 3), (4, 5), 720)
    apart = wr.ConvTranspose2d(height=3, width=4, kernel_size=3, stride=2, dilation=2)
    assert (apart.window.kernel_size, apart.output_shape) == ((3, 3), (9, 11, 1))
    Case(wr.Design(apart, taps=2), 1, (True, False), (False, True, True)).check()
    mixed = apart.replace(dilation=3)  # taps of both phases, with holes
    assert (mixed.window.kernel_size, mixed.by_phase(np.ones((1, 3, 3, 1), int)).sum()) == ((4, 4), 9)
    Case(wr.Design(mixed, taps=2), 1, (True, False), (False, True, True)).check()
    only = np.argwhere(apart.golden(np.ones((3, 4, 1), int), np.ones((1, 3, 3, 1), int))[..., 0])
    assert not (only % 2).any()  # outputs between are 0


def test_planned_in_a_network_as_alone() -> None:
    for dilation in (1, 2):
        layer = wr.ConvTranspose2d(height=5, width=5, in_channels=2, out_channels=2, kernel_size=4, stride=2,
                                   dilation=dilation, padding=1, input_type=wr.Int(8))  # fmt: skip
        net = wr.Network.chain([(layer, layer.random_weights(0), None)])
        for design in wr.plan(layer, all=True, lanes=2):
            pipeline = wr.plan(net, interval=design.interval)
            assert (pipeline.multipliers, pipeline.interval) == (
                wr.plan(layer, interval=design.interval).multipliers, design.interval)  # fmt: skip


def test_what_it_refuses() -> None:
    plain = {"height": 4, "width": 4, "kernel_size": 3}
    with pytest.raises(ValueError, match=r"^output_padding must be less than the stride 2x2, not 0x2$"):
        wr.ConvTranspose2d(**plain, stride=2, output_padding=(0, 2))
    with pytest.raises(ValueError, match=r"^padding must leave outputs of 6x6, not be 3,3,3,3$"):
        wr.ConvTranspose2d(**plain, padding=3)
    with pytest.raises(ValueError, match=r"^padding must be an int, \(h, w\) or .*, not 'same'$"):
        wr.ConvTranspose2d(**plain, padding="same")  # type: ignore[arg-type]
    layer = wr.ConvTranspose2d(**plain, stride=2)
    with pytest.raises(ValueError, match=r"^stride must be left to hardware without a runtime, not 2x2 "):
        wr.Design(layer, runtime=wr.Runtime(max_height=4, max_width=4))
    with pytest.raises(ValueError, match=r"^groups must divide in_channels = 3, not be 2$"):
        wr.ConvTranspose2d(**plain, in_channels=3, out_channels=2, groups=2)


def test_one_phase_whose_operands_turn() -> None:
    """At stride 1 it is a convolution, whose weights turn with the banks of the line buffer."""
    layer = wr.ConvTranspose2d(height=1, width=2, kernel_size=(2, 1))
    wr.simulate(wr.Design(layer, taps=2), layer.random_input(0, 3), layer.random_weights(0)).check()
