"""Random small networks with random hardware: chains, forks and joins, windows of every kind, any widths."""

import random

import numpy as np

import windrow as wr
from windrow.joins.join import Join
from windrow.network import nodes
from windrow.network.graph import Network, Node, Tensor
from windrow.outputs.roundings import rule
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline, StageDesign
from windrow.pipeline.pixels import pixels_of
from windrow.planning.plan import designs
from windrow.stage.pixels import beats_of

__all__ = ["random_designs", "random_frames", "random_network", "random_pipeline"]

INT8 = wr.Int(8)


class _Growing:
    """A network that grows behind one tensor."""

    def __init__(self, dice: random.Random, largest: int, dead: float) -> None:
        self.dice, self.dead = dice, dead
        shape = (dice.randint(2, largest), dice.randint(2, largest), dice.randint(1, 3))
        self.tensors, self.nodes = [Tensor("in", shape, INT8)], list[Node]()

    def add(self, operator: nodes.Operator, *inputs: Tensor) -> Tensor:
        shape = operator.output_shape(*(tensor.shape for tensor in inputs))
        number = len(self.nodes)
        self.tensors.append(Tensor(f"t{number}", shape, INT8))
        names = tuple(tensor.name for tensor in inputs)
        self.nodes.append(Node(f"n{number}", operator, names, self.tensors[-1].name))
        return self.tensors[-1]

    def convolution(self, before: Tensor, kernel: tuple[int, int], stride: tuple[int, int],
                    padding: tuple[tuple[int, int], tuple[int, int]], filters: int | None = None) -> Tensor:
        height, width, channels = before.shape
        groups = channels if filters is None or (self.dice.random() < 0.2 and filters == channels) else 1
        filters = channels if filters is None else filters
        windows = wr.Conv2d(height=height, width=width, in_channels=channels, out_channels=filters,
                            kernel_size=kernel, stride=stride, padding=padding, groups=groups, bias=True,
                            bias_type=wr.Int(20), input_type=wr.Int(9), weight_type=wr.Int(3))
        seed = self.dice.randrange(1000)
        requantise = wr.Requantize([0.02 + 0.01 * at for at in range(filters)], 3, rounding="double")
        zero = self.dice.choice([0, 3, -128])
        bias = np.array([self.dice.choice([-400_000, 400_000]) if self.dice.random() < self.dead
                         else self.dice.randint(-99, 99) for _ in range(filters)])
        return self.add(nodes.Layer(windows, windows.random_weights(seed), bias, zero, requantise), before)

    def any_window(self, before: Tensor) -> Tensor:
        """A convolution or a pool with a stride of its own."""
        dice = self.dice
        height, width, _ = before.shape
        sides = [dice.randint(1, 3) for _ in range(2)]
        padding = tuple((dice.randint(0, k - 1), dice.randint(0, k - 1)) for k in sides)
        if any(k > size + sum(pad) for k, size, pad in zip(sides, (height, width), padding, strict=True)):
            return before
        kernel, (rows, columns) = (sides[0], sides[1]), padding
        stride = dice.randint(1, 2), dice.randint(1, 2)
        if dice.random() < 0.4:
            kind = dice.choice([nodes.MaxPool, nodes.AveragePool])
            apart = dice.choice([None, kernel, before.shape[:2]])  # windows that have no pixel in common
            if apart is not None and all(k <= size for k, size in zip(apart, (height, width), strict=True)):
                return self.add(kind(apart, apart, ((0, 0), (0, 0)), -128, 127), before)
            return self.add(kind(kernel, stride, (rows, columns), -128, 127), before)
        filters = None if dice.random() < 0.2 else dice.randint(1, 4)
        return self.convolution(before, kernel, stride, (rows, columns), filters)

    def block(self, before: Tensor) -> Tensor:
        """Two branches of the same size, or one and nothing, and a join."""
        dice, stride = self.dice, self.dice.randint(1, 2)
        long = self.convolution(before, (3, 3), (stride, stride), ((1, 1), (1, 1)), dice.randint(1, 4))
        if dice.random() < 0.5:
            long = self.convolution(long, (3, 3), (1, 1), ((1, 1), (1, 1)), dice.randint(1, 4))
        short = before
        adds = dice.random() < 0.5
        if stride > 1 or (adds and short.shape != long.shape) or dice.random() < 0.3:
            filters = long.shape[2] if adds else dice.randint(1, 4)
            short = self.convolution(before, (1, 1), (stride, stride), ((0, 0), (0, 0)), filters)
        both = (long, short) if dice.random() < 0.5 else (short, long)
        if not adds:
            return self.add(nodes.Concat(2), *both)
        join = nodes.Add((4, -7), (rule(0.4, "double"), rule(0.5, "double")), 20,
                         wr.Requantize(1.7 / (1 << 20), 2, rounding="double"))
        return self.add(join, *both)


def random_network(dice: random.Random, largest: int = 7, dead: float = 0.0) -> Network:
    """A network of a few operators on images of at most `largest` pixels a side.

    dead: share of channels that saturate at one end
    """
    growing = _Growing(dice, largest, dead)
    last = growing.tensors[0]
    for _ in range(dice.randint(1, 3) if not dead else 4):
        last = growing.block(last) if dice.random() < 0.5 else growing.any_window(last)
    if not growing.nodes:
        last = growing.convolution(last, (1, 1), (1, 1), ((0, 0), (0, 0)), 2)
    return Network("random", growing.tensors, growing.nodes, "in", last.name)


def random_designs(dice: random.Random, network: Network, pixels: int = 1) -> dict[str, StageDesign]:
    """Any hardware for every step, with so many pixels a beat of the input."""
    found: dict[str, StageDesign] = {}
    steps = lower(network)
    for step in steps.steps:
        come = pixels_of(steps, pixels)[step.name]
        if isinstance(step.operator, Join):
            every = [step.operator.output_shape[2]]
            lanes = dice.choice(step.operator.legal_lanes if come == 1 else every)
            found[step.name] = JoinDesign(step.operator, lanes, come)
        else:
            found[step.name] = dice.choice(list(designs(step.operator, pixels=come)))
    return found


def random_pipeline(dice: random.Random, largest: int = 7, spare: float = 0.5, pixels: int = 1) -> Pipeline:
    """Queues from the least to a good deal more; `spare`: how many are certain to have enough."""
    while True:
        network = random_network(dice, largest)
        try:
            chosen = random_designs(dice, network, pixels)
        except ValueError:  # several pixels a beat of what takes one
            if pixels == 1:
                raise
            continue
        break
    least = Pipeline(network, chosen, {})
    room = {}
    for fifo in least.fifos:
        shape = least.steps[fifo.target].input_shapes[fifo.port]
        frame = beats_of(shape, fifo.pixels, shape[2]) * fifo.pixels * shape[2]
        most = frame if dice.random() < spare else 4 * fifo.unit
        room[fifo.target, fifo.port] = fifo.unit * dice.randint(1, max(1, most // fifo.unit))
    return Pipeline(network, chosen, room)


def random_frames(network: Network, frames: int, seed: int) -> np.ndarray:
    """Anything that may come in."""
    return network.tensors[network.input].type.random((frames, *network.input_shape), seed)
