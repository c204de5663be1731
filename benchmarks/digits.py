"""The network of our own: digits in sixteen rows and columns, from drawings to a quantised TFLite file.

    python -m benchmarks.digits      trains, prints how many it reads, writes the file of windrow.workloads

The data set is drawn (`windrow.workloads.drawings`): digits of the typefaces that matplotlib ships, turned,
shifted, of many sizes, on noise.  Three typefaces are kept for the test.  Everything is NumPy and seeded;
another machine's floating point may give other weights that read as well.

    16x16x1 ─ 3x3/2 ─▶ 8x8x8 ┬─ 3x3 ─▶ + ─ 3x3/2 ─▶ 4x4x16 ─ largest of 2x2 ─▶ 2x2x16 ─ dense ─▶ 10
                             └─────────▶
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.tflite_builder import Builder
from windrow.workloads.drawings import FACES, SIDE, UNSEEN, drawings

FILE = Path(__file__).resolve().parents[1] / "src" / "windrow" / "workloads" / "digits.tflite"
Real = NDArray[np.float32]
Numbers = NDArray[np.int64]


# The network in real numbers --------------------------------------------------------------------

class Net:
    """Weights and biases by name, as in TFLite: (O, kh, kw, I) and (O,)."""

    shapes: ClassVar = {"first": (8, 3, 3, 1), "second": (8, 3, 3, 8), "third": (16, 3, 3, 8),
                        "last": (10, 64)}  # fmt: skip

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.values: dict[str, Real] = {}
        for name, shape in self.shapes.items():
            spread = np.sqrt(2 / np.prod(shape[1:]))
            self.values[name] = random.normal(0, spread, shape).astype(np.float32)
            self.values[f"{name} bias"] = np.zeros(shape[0], np.float32)

    def forward(self, x: Real) -> dict[str, Real]:
        """Every tensor of (N, 16, 16, 1) pictures."""
        found = {"x": x}
        found["first"] = self._convolve(found, "first", "x", 2)
        found["second"] = self._convolve(found, "second", "first", 1)
        found["sum"] = found["first"] + found["second"]
        found["third"] = self._convolve(found, "third", "sum", 2)
        pairs = found["third"].reshape(-1, 2, 2, 2, 2, 16)
        found["pool"] = pairs.max(axis=(2, 4))
        flat = found["pool"].reshape(-1, 64)
        found["last"] = flat @ self.values["last"].T + self.values["last bias"]
        return found

    def _convolve(self, found: dict[str, Real], name: str, before: str, stride: int) -> Real:
        patches = _patches(found[before], stride)
        found[f"{name} patches"] = patches
        weights = self.values[name]
        sums = patches @ weights.reshape(len(weights), -1).T + self.values[f"{name} bias"]
        return np.maximum(sums, 0)

    def gradients(self, x: Real, shows: Numbers) -> tuple[float, dict[str, Real]]:
        """The loss, and how it changes with every weight and bias."""
        found = self.forward(x)
        odds = np.exp(found["last"] - found["last"].max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        rows = np.arange(len(shows))
        loss = float(-np.log(odds[rows, shows] + 1e-9).mean())
        odds[rows, shows] -= 1
        odds /= len(shows)
        slopes = {"last": odds.T @ found["pool"].reshape(-1, 64), "last bias": odds.sum(axis=0)}
        pool = (odds @ self.values["last"]).reshape(-1, 2, 1, 2, 1, 16)
        pairs = found["third"].reshape(-1, 2, 2, 2, 2, 16)
        best = pairs == found["pool"].reshape(-1, 2, 1, 2, 1, 16)
        third = np.where(best, pool, 0).reshape(found["third"].shape)
        both = self._back(found, slopes, "third", third, "sum", 2)
        first = both + self._back(found, slopes, "second", both, "first", 1)
        self._back(found, slopes, "first", first, "x", 2)
        return loss, {name: slope.astype(np.float32) for name, slope in slopes.items()}

    def _back(self, found: dict[str, Real], slopes: dict[str, Real], name: str, slope: Real, before: str,
              stride: int) -> Real:
        slope = np.where(found[name] > 0, slope, 0)
        weights = self.values[name]
        flat = slope.reshape(-1, len(weights))
        slopes[name] = (flat.T @ found[f"{name} patches"].reshape(len(flat), -1)).reshape(weights.shape)
        slopes[f"{name} bias"] = flat.sum(axis=0)
        parts = (flat @ weights.reshape(len(weights), -1)).reshape(*slope.shape[:3], 3, 3, -1)
        frames, side = found[before].shape[:2]
        wide = np.zeros((frames, side + 2, side + 2, parts.shape[-1]), np.float32)
        first = _before(side, stride)
        for row in range(3):
            for column in range(3):
                place = wide[:, row : row + side : stride, column : column + side : stride]
                place += parts[:, :, :, row, column]
        return wide[:, first : first + side, first : first + side]


def _before(side: int, stride: int) -> int:
    """Pixels of "same" padding in front of an axis, of a kernel of three."""
    return max((-(-side // stride) - 1) * stride + 3 - side, 0) // 2


def _patches(x: Real, stride: int) -> Real:
    """(N, rows, columns, 9 * channels) windows of 3x3, "same" padding."""
    side = x.shape[1]
    first = _before(side, stride)
    wide = np.pad(x, ((0, 0), (first, 2 - first), (first, 2 - first), (0, 0)))
    parts = [wide[:, row : row + side : stride, column : column + side : stride]
             for row in range(3) for column in range(3)]
    return np.concatenate(parts, axis=-1)


def train(count: int, epochs: int, seed: int = 1) -> Net:
    """A network that has seen so many drawings so many times."""
    x, shows = drawings(count, seed)
    pictures = x.astype(np.float32) / 255
    net, random = Net(seed), np.random.default_rng(seed)
    means = {name: np.zeros_like(value) for name, value in net.values.items()}
    squares = {name: np.zeros_like(value) for name, value in net.values.items()}
    at = 0
    for epoch in range(epochs):
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        order = random.permutation(count)
        for batch in np.array_split(order, max(1, count // 64)):
            at += 1
            _, slopes = net.gradients(pictures[batch], shows[batch])
            for name, slope in slopes.items():
                means[name] += 0.1 * (slope - means[name])
                squares[name] += 0.001 * (slope * slope - squares[name])
                step = means[name] / (1 - 0.9**at) / (np.sqrt(squares[name] / (1 - 0.999**at)) + 1e-8)
                net.values[name] -= np.float32(rate) * step
    return net


# And in integers --------------------------------------------------------------------------------

def quantised(net: Net, pictures: Real) -> bytes:
    """The TFLite file: int8, a scale for each filter, tensors as wide as they become for these pictures."""
    found = net.forward(pictures)
    made = Builder()
    scales = {"x": 1 / 255}
    for name in ("first", "second", "sum", "third", "last"):
        top = float(found[name].max())
        scales[name] = (max(top, -float(found[name].min())) / 127) if name == "last" else top / 255
    zeros = {name: 0 if name == "last" else -128 for name in scales}

    def tensor(name: str, shape: tuple[int, ...], label: str) -> int:
        return made.tensor((1, *shape), scale=scales[name], zero_point=zeros[name], name=label)

    def constants(name: str, before: str) -> tuple[int, int]:
        weights = net.values[name]
        each = np.abs(weights.reshape(len(weights), -1)).max(axis=1) / 127
        whole = np.rint(weights / each.reshape(-1, *[1] * (weights.ndim - 1)))
        bias = np.rint(net.values[f"{name} bias"] / (each * scales[before]))
        return (made.tensor(weights.shape, scale=each, data=whole, name=f"{name} weights"),
                made.tensor(bias.shape, "int32", scale=each * np.float32(scales[before]), data=bias,
                            name=f"{name} bias"))

    def convolution(name: str, before: str, source: int, side: int, stride: int) -> int:
        target = tensor(name, (side, side, Net.shapes[name][0]), name)
        made.operator("CONV_2D", [source, *constants(name, before)], [target], 3, "Conv2DOptions", padding=0,
                      strideH=stride, strideW=stride, fusedActivationFunction=1, dilationHFactor=1,
                      dilationWFactor=1)
        return target

    x = tensor("x", (SIDE, SIDE, 1), "picture")
    first = convolution("first", "x", x, 8, 2)
    second = convolution("second", "first", first, 8, 1)
    both = tensor("sum", (8, 8, 8), "sum")
    made.operator("ADD", [first, second], [both], 2, "AddOptions", fusedActivationFunction=0)
    third = convolution("third", "sum", both, 4, 2)
    pool = tensor("third", (2, 2, 16), "pool")
    made.operator("MAX_POOL_2D", [third], [pool], 2, "Pool2DOptions", padding=1, strideH=2, strideW=2,
                  filterHeight=2, filterWidth=2, fusedActivationFunction=0)
    flat = tensor("third", (64,), "features")
    made.operator("RESHAPE", [pool], [flat], 1, "ReshapeOptions", newShape=[1, 64])
    last = tensor("last", (10,), "digits")
    made.operator("FULLY_CONNECTED", [flat, *constants("last", "third")], [last], 4, "FullyConnectedOptions",
                  fusedActivationFunction=0)
    return made.bytes([x], [last])


def main() -> None:
    """Train, quantise, count what is read right, and write the file."""
    import windrow as wr

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=24000)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--out", type=Path, default=FILE)
    arguments = parser.parse_args()
    net = train(arguments.count, arguments.epochs)
    pictures, _ = drawings(1000, 2)
    arguments.out.write_bytes(quantised(net, pictures.astype(np.float32) / 255))
    network = wr.load(arguments.out)
    assert isinstance(network, wr.Network)
    print(network)
    for what, faces in (("known", FACES), ("unseen", UNSEEN)):
        x, shows = drawings(1000, 3, faces)
        real = net.forward(x.astype(np.float32) / 255)["last"].argmax(axis=1)
        whole = network.golden(x.astype(np.int64) - 128).argmax(axis=-1)
        print(f"{what} typefaces: {(real == shows).mean():.1%} read right, quantised "
              f"{(whole == shows).mean():.1%}")
    print(f"{arguments.out}: {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
