"""Outline: a network as a board tells of it: what goes in, what comes out, and how long it takes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Shape
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import Steps
from windrow.values.numerics import IntType, as_int

__all__ = ["Outline", "constants"]

_NAME = 40  # characters of a name that a board keeps


@dataclass(frozen=True)
class Outline:
    """A network on a board.

    name: of the network, or its beginning
    input_shape, output_shape: (H, W, C) of a frame as it is streamed
    inputs, outputs: channels of these that the network has; those behind them are idle
    input_type, output_type: of every value
    interval, latency: cycles, as of `Pipeline`
    """

    name: str
    input_shape: Shape
    inputs: int
    input_type: IntType
    output_shape: Shape
    outputs: int
    output_type: IntType
    interval: int
    latency: int

    @staticmethod
    def of(pipeline: Pipeline) -> Outline:
        return Outline(
            pipeline.network.name[:_NAME], pipeline.input_shape, pipeline.plain.input_shape[2],
            pipeline.input_type, pipeline.output_shape, pipeline.plain.output.operator.output_shape[2],
            pipeline.output_type, pipeline.interval, pipeline.latency)

    def __str__(self) -> str:
        shapes = [" x ".join(map(str, shape)) for shape in (self.input_shape, self.output_shape)]
        return f"network {self.name!r}, {' -> '.join(shapes)}"

    def check_input(self, x: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Frames as they are streamed, (N, H, W, C): idle channels are 0.

        `x` is one frame of the network or several, with its axes or in any other shape of as many numbers.
        Raises TypeError or ValueError for numbers that the input does not hold.
        """
        height, width, channels = self.input_shape
        frames = self.input_type.check(x, "x")
        size = height * width * self.inputs
        if not frames.size or frames.size % size:
            raise ValueError(f"x must be frames of {height} x {width} x {self.inputs} numbers, "
                             f"not shape {frames.shape}")
        idle = ((0, 0), (0, 0), (0, 0), (0, channels - self.inputs))
        return np.pad(frames.reshape(-1, height, width, self.inputs), idle)

    def dumps(self) -> str:
        """As a line of JSON."""
        kinds = {name: str(getattr(self, name)) for name in ("input_type", "output_type")}
        return json.dumps({**asdict(self), **kinds}, separators=(",", ":"))

    @staticmethod
    def loads(text: str) -> Outline:
        """The reverse.  Raises TypeError or ValueError for what is none."""
        found = json.loads(text)
        if not isinstance(found, dict) or found.keys() != Outline.__dataclass_fields__.keys():
            raise ValueError(f"an outline must hold {', '.join(Outline.__dataclass_fields__)}, not {text!r}")
        for name, value in found.items():
            if name.endswith("_shape"):
                found[name] = tuple(as_int(size, name, 1) for size in value)
            elif name.endswith("_type"):
                found[name] = IntType.parse(value, name)
            elif name != "name":
                found[name] = as_int(value, name, 0)
        return Outline(**found)


def constants(steps: Steps) -> bytes:
    """What tells the values of one network from those of another: operators and numbers, in 32 bytes."""
    known = hashlib.sha256()
    for step in steps.steps:
        known.update(repr((step.name, step.sources, step.operator)).encode())
        for part in (step.weights, step.bias):
            if part is not None:
                known.update(np.ascontiguousarray(part, "<i8").tobytes())
    return known.digest()
