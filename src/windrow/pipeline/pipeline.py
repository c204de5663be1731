"""Pipeline: a network as hardware, a stage for every step, queues between them, all at work at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from windrow.joins.join import Join
from windrow.network.graph import Network
from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.lowering import lower
from windrow.pipeline.steps import INPUT, Step, Steps
from windrow.pipeline.widening import widen
from windrow.stage.design import Design
from windrow.values.numerics import IntType, check_kind

__all__ = ["Pipeline", "StageDesign"]

StageDesign = Design | JoinDesign


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Stages of a network with the queues between them.

    designs: the hardware of every step, by its name
    room: elements in the queue to input `port` of a step, by `(step, port)`; the least that never deadlocks
    a chain where it is left out
    channels: of the outputs of steps that have more in hardware, idle ones at the end, by the step's name

    Raises TypeError or ValueError for a step without a design, or a design that is not one of its step.
    """

    network: Network
    designs: Mapping[str, StageDesign] = field(repr=False)
    room: Mapping[tuple[str, int], int] = field(default_factory=dict, repr=False)
    channels: Mapping[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check_kind(self.network, Network, "network")
        for step in self.steps.steps:
            design = self.designs.get(step.name)
            if design is None or design.layer != step.operator:
                raise ValueError(f"designs must have one of step {step.name!r}, {step.operator!r}, "
                                 f"not {design!r}")

    @cached_property
    def steps(self) -> Steps:
        """The network as operators that have hardware."""
        return widen(lower(self.network), self.channels)

    @property
    def stages(self) -> list[tuple[Step, StageDesign]]:
        """Every step with its hardware, in the order of the stream."""
        return [(step, self.designs[step.name]) for step in self.steps.steps]

    # The streams at both ends -------------------------------------------------------------------

    @property
    def lanes(self) -> int:
        """Channels of an input beat: those of the first stage that reads it."""
        step, _ = self.steps.readers(INPUT)[0]
        return self.designs[step.name].lanes

    @property
    def pe(self) -> int:
        """Channels of an output beat."""
        return self.designs[self.steps.output.name].pe

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of an input frame."""
        return self.steps.input_shape

    @property
    def input_type(self) -> IntType:
        """Type of every value of the input."""
        return self.steps.input_type

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(H, W, O) of an output frame."""
        return self.steps.output.operator.output_shape

    @property
    def output_type(self) -> IntType:
        """Type of every value of the output."""
        return self.steps.output.operator.output_type

    # Queues -------------------------------------------------------------------------------------

    @cached_property
    def fifos(self) -> tuple[Fifo, ...]:
        """One in front of every input of a stage, but for a lone reader of the pipeline's own input."""
        alone = len(self.steps.readers(INPUT)) == 1
        return tuple(self._fifo(step, port) for step in self.steps.steps for port, source in
                     enumerate(step.sources) if not (alone and source == INPUT))

    def _fifo(self, step: Step, port: int) -> Fifo:
        source = step.sources[port]
        write = self.lanes if source == INPUT else self.designs[source].pe
        read = self.designs[step.name].lanes
        operator = step.operator
        kind = operator.input_types[port] if isinstance(operator, Join) else operator.input_type
        least = math.lcm(write, read)
        return Fifo(source, step.name, port, write, read, kind.bits, self.room.get((step.name, port), least))
