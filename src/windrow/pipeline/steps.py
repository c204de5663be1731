"""Steps: the operators of a network as hardware knows them, windows and joins, and what stays on the host."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Join, Shape
from windrow.network.graph import Node
from windrow.operators.operator import Operator
from windrow.values.numerics import IntType

__all__ = ["INPUT", "Step", "Steps"]

Array = npt.NDArray[np.int64]

INPUT = "input"
"""The source of what comes from outside."""


@dataclass(frozen=True, eq=False)
class Step:
    """One operator with its constants.

    name: unique, an identifier
    operator: a window or a join
    sources: the steps whose outputs it reads, or `INPUT`; as many as the operator has inputs
    weights, bias: as the operator's `check_parameters` gives them
    """

    name: str
    operator: Operator | Join
    sources: tuple[str, ...]
    weights: Array | None = field(default=None, repr=False)
    bias: Array | None = field(default=None, repr=False)

    def golden(self, *frames: Array) -> Array:
        """What comes out, (N, Ho, Wo, O), of inputs with the numbers of (N, H, W, C) in their order."""
        shaped = [frame.reshape(len(frame), *shape) for frame, shape in
                  zip(frames, self.input_shapes, strict=True)]
        if isinstance(self.operator, Join):
            return self.operator.golden(*shaped)
        (frame,) = shaped
        return self.operator.golden(frame, self.weights, self.bias)

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """(H, W, C) of each input."""
        operator = self.operator
        return operator.input_shapes if isinstance(operator, Join) else (operator.input_shape,)


@dataclass(frozen=True, eq=False)
class Steps:
    """A network as steps, each behind those that it reads; the last one gives the output.

    input_shape, input_type: of what comes from outside, (H, W, C)
    host: what is left to do behind the output, in software: a softmax, for one
    """

    input_shape: Shape
    input_type: IntType
    steps: tuple[Step, ...]
    host: tuple[Node, ...] = ()

    def __getitem__(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    @property
    def output(self) -> Step:
        """The step whose output leaves."""
        return self.steps[-1]

    def readers(self, name: str) -> list[tuple[Step, int]]:
        """Who reads the output of a step, or `INPUT`, and as which of its inputs."""
        return [(step, at) for step in self.steps for at, source in enumerate(step.sources) if source == name]

    def golden(self, x: Array) -> dict[str, Array]:
        """What every step makes of `x` (N, H, W, C), by name; `INPUT` too."""
        values = {INPUT: x}
        for step in self.steps:
            values[step.name] = step.golden(*(values[source] for source in step.sources))
        return values
