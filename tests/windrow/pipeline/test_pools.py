"""Pools that accumulate and upsampling in a pipeline: planned, timed and simulated."""

import numpy as np

import windrow as wr
from windrow.network import nodes
from windrow.network.graph import Network, Node, Tensor
from windrow.network.upsampling import Nearest

INT8 = wr.Int(8)


def network(kernel: int = 2, padding: int = 0) -> Network:
    """A convolution, a pool to half the size, twice that by nearest neighbours, and the average of all."""
    pool = nodes.MaxPool((kernel, kernel), (2, 2), ((padding, 0), (padding, 0)), -128, 127)
    layer = wr.Conv2d(height=8, width=8, in_channels=2, out_channels=4, kernel_size=3, padding=1,
                      input_type=wr.Int(9), weight_type=wr.Int(3))  # fmt: skip
    weights = layer.random_weights(0)
    convolution = nodes.Layer(layer, weights, None, 3, wr.Requantize(0.02, 3, rounding="double"))
    shapes = [(8, 8, 2), (8, 8, 4), (4, 4, 4), (8, 8, 4), (1, 1, 4)]
    operators = [convolution, pool,
                 Nearest((0, 0, 1, 1, 2, 2, 3, 3), (0, 0, 1, 1, 2, 2, 3, 3)),
                 nodes.AveragePool((8, 8), (1, 1), ((0, 0), (0, 0)), -128, 127)]  # fmt: skip
    tensors = [Tensor(f"t{at}", shape, INT8) for at, shape in enumerate(shapes)]
    found = [Node(f"n{at}", each, (f"t{at}",), f"t{at + 1}") for at, each in enumerate(operators)]
    return Network("pools", tensors, found, "t0", "t4")


def test_planned_timed_and_simulated() -> None:
    net = network()
    pipeline = wr.plan(net, interval=1024)
    designs = {step.operator.kind: design for step, design in pipeline.stages}
    assert set(designs) == {"conv2d", "max-pool2d", "upsample2d", "avg-pool2d"}
    assert {kind: getattr(design, "accumulates", None) for kind, design in designs.items()} == {
        "conv2d": False, "max-pool2d": True, "upsample2d": False, "avg-pool2d": True}  # fmt: skip
    assert pipeline.interval <= 1024
    check(net, pipeline)


def test_windows_with_pixels_in_common() -> None:
    net = network(kernel=3, padding=1)
    pipeline = wr.plan(net, interval=1024)
    found, = (design for step, design in pipeline.stages if step.operator.kind == "max-pool2d")
    assert isinstance(found, wr.Design)
    assert (found.accumulates, found.buffer_bits) == (True, (4 + 1) * 4 * 8)
    check(net, pipeline)


def check(net: Network, pipeline: wr.Pipeline) -> None:
    x = np.random.default_rng(0).integers(-128, 128, (3, 8, 8, 2))
    run = wr.simulate(pipeline, x, engine="verilator")
    run.check()
    assert np.array_equal(run.output, net.golden(x))
