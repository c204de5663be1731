"""Small quantised networks that tests share: every kind of node, made by hand."""

import numpy as np

import windrow as wr
from windrow.network import nodes
from windrow.network.graph import Network, Node, Tensor
from windrow.network.upsampling import TransposedConvolution
from windrow.outputs.roundings import rule

INT8 = wr.Int(8)


def layer(size: tuple[int, int], channels: int, filters: int, seed: int, zero: int = 3, **options: int
          ) -> nodes.Layer:
    """A convolution of 3x3 as a quantised model has it."""
    windows = wr.Conv2d(height=size[0], width=size[1], in_channels=channels, out_channels=filters,
                        kernel_size=3, input_type=wr.Int(9), bias=True, bias_type=wr.Int(32), **options)
    scales = np.random.default_rng(seed).uniform(0.001, 0.01, filters).tolist()
    bias = np.random.default_rng(seed).integers(-2000, 2000, filters)
    return nodes.Layer(windows, windows.random_weights(seed), bias, zero,
                       wr.Requantize(scales, -5, rounding="double"))


def block(rows: int = 8, columns: int = 7) -> Network:
    """Pad, two branches, an addition, a concat, a pool, and a fully connected layer behind it.

    Rows and columns are those of the branches; there is a row more in the input.
    """
    maps, halves = (rows, columns), (rows // 2, columns // 2)
    flat = 8 * halves[0] * halves[1]
    shapes = {"in": (rows + 1, columns, 2), "padded": (rows + 2, columns + 2, 2), "a": (*maps, 4),
              "b": (*maps, 4), "c": (*maps, 4), "sum": (*maps, 4), "both": (*maps, 8), "half": (*maps, 8),
              "pool": (*halves, 8), "flat": (flat,), "out": (5,)}
    full = wr.Conv2d(height=1, width=1, in_channels=flat, out_channels=5, kernel_size=1,
                     input_type=wr.Int(9))
    join = nodes.Add((4, -7), (rule(0.4, "double"), rule(0.5, "double")), 20,
                     wr.Requantize(1.7 / (1 << 20), 2, rounding="double", minimum=-100))
    operators = [
        ("padded", nodes.Pad(((0, 1), (1, 1), (0, 0)), 3), "in"),
        ("a", layer((rows + 2, columns + 2), 2, 4, 1), "padded"),
        ("b", layer(maps, 4, 4, 2, padding=1), "a"),
        ("c", nodes.Rescale(-5, wr.Requantize(0.8, 4, rounding="double")), "b"),
        ("sum", join, "a", "c"),
        ("both", nodes.Concat(2), "sum", "a"),
        ("half", nodes.Multiply(1, np.arange(-4, 4), wr.Requantize(0.3, rounding="double")), "both"),
        ("pool", nodes.AveragePool((2, 2), (2, 2), ((0, 0), (0, 0)), -128, 90), "half"),
        ("flat", nodes.Reshape((flat,)), "pool"),
        ("out", nodes.Layer(full, full.random_weights(3), None, 0, wr.Requantize(0.001, rounding="single"),
                            flat=True), "flat"),
    ]  # fmt: skip
    made = [Node(str(at), each[1], tuple(each[2:]), each[0]) for at, each in enumerate(operators)]
    tensors = [Tensor(name, shape, INT8, zero_point=3 if name == "in" else 0)
               for name, shape in shapes.items()]  # fmt: skip
    return Network("block", tensors, made, "in", "out")


def tiny() -> Network:
    """A convolution at stride 2 and a layer that sees all of it; zero is a 3 in the input."""
    shapes = {"in": (6, 5, 1), "a": (3, 3, 2), "out": (1, 1, 3)}
    first = layer((6, 5), 1, 2, 1, stride=2, padding=1)
    last = layer((3, 3), 2, 3, 2)
    tensors = [Tensor(name, shape, INT8, zero_point=3 if name == "in" else 0)
               for name, shape in shapes.items()]  # fmt: skip
    made = [Node("0", first, ("in",), "a"), Node("1", last, ("a",), "out")]
    return Network("tiny", tensors, made, "in", "out")


def upsampled(shared: bool = False) -> Network:
    """A convolution, a transposed one, and the mean of the image; `shared`: a second path to the mean."""
    shapes = {"in": (4, 3, 2), "a": (4, 3, 3), "up": (8, 7, 3), "out": (1, 1, 3)}
    rng = np.random.default_rng(3)
    weights = rng.integers(-127, 128, (3, 3, 2, 3))
    up = TransposedConvolution((8, 7), (3, 2), (2, 2), (1, 0), weights, rng.integers(-900, 900, 3), 5,
                               wr.Requantize([0.003, 0.002, 0.001], 7, rounding="double"), (4, 3))
    mean = nodes.Mean(7, wr.Requantize(0.7, -3, rounding="double", divisor=56), True)
    path = [("a", layer((4, 3), 2, 3, 1, padding=1), "in"), ("up", up, "a")]
    before = "up"
    if shared:
        shapes |= {"big": (8, 7, 3), "sum": (8, 7, 3)}
        wide = wr.MaxPool2d(height=4, width=3, channels=3, kernel_size=1, padding=((4, 0), (0, 4)),
                            padding_value=-128, input_type=INT8)
        join = nodes.Add((7, 5), (rule(0.4, "double"), rule(0.5, "double")), 20,
                         wr.Requantize(1e-6, 7, rounding="double"))
        path += [("big", nodes.Layer(wide), "a"), ("sum", join, "up", "big")]
        before = "sum"
    path.append(("out", mean, before))
    made = [Node(str(at), each[1], tuple(each[2:]), each[0]) for at, each in enumerate(path)]
    return Network("upsampled", [Tensor(name, shape, INT8) for name, shape in shapes.items()], made, "in",
                   "out")
