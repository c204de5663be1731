"""Pipeline: a network as hardware, a stage for every step, queues between them, all at work at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Join
from windrow.network.graph import Network
from windrow.operators.conv2d import Conv2d
from windrow.pipeline.area import Area, area, queue_area, step_area
from windrow.pipeline.facts import facts
from windrow.pipeline.fifo import Fifo
from windrow.pipeline.flow import Flow
from windrow.pipeline.join_design import StageDesign, input_lanes
from windrow.pipeline.lowering import lower
from windrow.pipeline.pixels import check_pixels_of
from windrow.pipeline.sizing import sized
from windrow.pipeline.steps import INPUT, Array, Step, Steps
from windrow.pipeline.widening import widen
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.stage.pixels import beats_of
from windrow.timing.stalls import StallsLike
from windrow.timing.timing import Timing, check_beats, check_run, check_stalls
from windrow.values.numerics import IntType, as_int, check_kind

__all__ = ["Pipeline", "StageDesign"]

_FRAMES = 4  # of a run, at least, of which the frames of the second half must take equally long
_SETTLE = 2  # latencies that it takes, at least
_FEWEST, _MOST_FRAMES, _LONGEST = 16, 1 << 10, 1 << 22  # frames, and cycles, until an average must do


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Stages of a network with the queues between them.

    designs: the hardware of every step, by its name
    room: elements in the queue to input `port` of a step, by `(step, port)`, the least that never deadlocks a
        chain where it is left out; None for queues that keep the pace of the slowest stage
    channels: of the outputs of steps that have more in hardware, idle ones at the end, by the step's name
    blocks: of steps that have not all their multipliers in DSP blocks, which of them are, by the step's name

    With several pixels a beat, every step takes as many as come.

    Raises TypeError or ValueError for a step without a design, a design that is not one of its step, and one
    that takes another number of pixels a beat than come.
    """

    runtime: ClassVar[None] = None  # nothing of it is programmed
    loads_weights: ClassVar[bool] = False
    network: Network
    designs: Mapping[str, StageDesign] = field(repr=False)
    room: Mapping[tuple[str, int], int] | None = field(default=None, repr=False)
    channels: Mapping[str, int] = field(default_factory=dict, repr=False)
    blocks: Mapping[str, Blocks] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check_kind(self.network, Network, "network")
        for step in self.steps.steps:
            design = self.designs.get(step.name)
            if design is None or design.layer != step.operator:
                raise ValueError(f"designs must have one of step {step.name!r}, {step.operator!r}, "
                                 f"not {design!r}")
            if design.runtime is not None:
                raise ValueError(f"runtime must be None for step {step.name!r} of a pipeline, "
                                 f"not {design.runtime!r}")
        check_pixels_of(self.steps, {name: design.pixels for name, design in self.designs.items()},
                        self.pixels)
        for name, each in self.blocks.items():
            if name not in self.designs:
                raise ValueError(f"blocks must name steps, {', '.join(self.designs)}, not {name!r}")
            check_kind(each, Blocks, f"blocks of {name!r}")

    def __str__(self) -> str:
        pixels = f"pixels {self.pixels}, " if self.pixels > 1 else ""
        return f"{pixels}{len(self.designs)} stages, {self.multipliers} multipliers"

    @cached_property
    def plain(self) -> Steps:
        """The network as operators that have hardware, without idle channels."""
        return lower(self.network)

    @cached_property
    def steps(self) -> Steps:
        """The operators as the hardware has them."""
        return widen(self.plain, self.channels)

    @property
    def stages(self) -> list[tuple[Step, StageDesign]]:
        """Every step with its hardware, in the order of the stream."""
        return [(step, self.designs[step.name]) for step in self.steps.steps]

    # The streams at both ends -------------------------------------------------------------------

    @property
    def lanes(self) -> int:
        """Channels of an input beat: those of the first stage that reads it."""
        step, port = self.steps.readers(INPUT)[0]
        return input_lanes(self.designs[step.name], port)

    @property
    def pe(self) -> int:
        """Channels of an output beat."""
        return self.designs[self.steps.output.name].pe

    @property
    def pixels(self) -> int:
        """Neighbours of a row in an input beat."""
        return self.designs[self.steps.readers(INPUT)[0][0].name].pixels

    @property
    def output_pixels(self) -> int:
        """Neighbours of a row in an output beat."""
        return self.designs[self.steps.output.name].output_pixels

    @property
    def beat_bits(self) -> int:
        """Bits of an input beat."""
        return self.pixels * self.lanes * self.input_type.bits

    @property
    def zero_beat(self) -> int:
        """An input beat of zero points, which stand for 0; lane 0 in the low bits."""
        zero = self.network.tensors[self.network.input].zero_point & ((1 << self.input_type.bits) - 1)
        return sum(zero << bit for bit in range(0, self.beat_bits, self.input_type.bits))

    @property
    def output_bits(self) -> int:
        """Bits of an output beat."""
        return self.output_pixels * self.pe * self.output_type.bits

    @property
    def input_beats(self) -> int:
        """Beats of an input frame."""
        return beats_of(self.input_shape, self.pixels, self.lanes)

    @property
    def output_beats(self) -> int:
        """Beats of an output frame."""
        return beats_of(self.output_shape, self.output_pixels, self.pe)

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

    # What comes out -----------------------------------------------------------------------------

    def check_input(self, x: npt.ArrayLike) -> Array:
        """`x`, of a frame's shape or of (N,) before it, as the (N, H, W, C) that go in.

        A frame is of the network's shape, or (H, W, C).  Idle channels are 0, whatever came there.  Raises as
        `Network.check_input` does.
        """
        shape, plain, streamed = self.network.input_shape, self.plain.input_shape, np.asarray(x)
        if streamed.shape[-3:] == self.input_shape != shape:
            streamed = streamed[..., : plain[2]].reshape(*streamed.shape[:-3], *shape)
        frames = self.network.check_input(streamed).reshape(-1, *plain)
        return np.pad(frames, ((0, 0), (0, 0), (0, 0), (0, self.input_shape[2] - plain[2])))

    def random_input(self, seed: int, frames: int | None = None) -> Array:
        """Reproducible input over the full range of its type: (H, W, C), or (frames, H, W, C)."""
        shape = self.input_shape if frames is None else (as_int(frames, "frames", 1), *self.input_shape)
        return self.check_input(self.input_type.random(shape, seed)).reshape(shape)

    def golden(self, x: npt.ArrayLike) -> Array:
        """What leaves the hardware, exactly: (N, Ho, Wo, O), without what is left to the host."""
        return self.steps.golden(self.check_input(x))[self.steps.output.name]

    @property
    def computes(self) -> str:
        """What, in a line."""
        shapes = [" x ".join(map(str, shape)) for shape in (self.input_shape, self.output_shape)]
        return f"{self.network.name}, {' -> '.join(shapes)}"

    @property
    def silence(self) -> int:
        """Cycles in which nothing need move on either stream while all is well: a frame of each stage's."""
        return sum(design.interval for design in self.designs.values())

    # Queues -------------------------------------------------------------------------------------

    @cached_property
    def fifos(self) -> tuple[Fifo, ...]:
        """One in front of every input of a stage, but for a lone reader of the pipeline's own input."""
        alone = len(self.steps.readers(INPUT)) == 1
        least = tuple(self._fifo(step, port) for step in self.steps.steps for port, source in
                      enumerate(step.sources) if not (alone and source == INPUT))
        return least if self.room is not None else sized(self.steps, self.designs, least, self.bound)

    def _fifo(self, step: Step, port: int) -> Fifo:
        source = step.sources[port]
        design, pixels = self.designs[step.name], self.designs[step.name].pixels
        write = pixels * (self.lanes if source == INPUT else self.designs[source].pe)
        read = pixels * input_lanes(design, port)
        operator = step.operator
        kind = operator.input_types[port] if isinstance(operator, Join) else operator.input_type
        elements = (self.room or {}).get((step.name, port), math.lcm(write, read))
        return Fifo(source, step.name, port, write, read, kind.bits, elements, pixels)

    # What it takes ------------------------------------------------------------------------------

    @property
    def multipliers(self) -> int:
        """Those of all stages that multiply; the requantisation's are not counted."""
        return sum(design.multipliers for step, design in self.stages if step.weights is not None)

    @property
    def requantisers(self) -> int:
        """Values that all requantisations scale in one cycle, with multipliers of their own."""
        return sum(design.requantisers for _, design in self.stages)

    @cached_property
    def area(self) -> Area:
        """Of an ECP5, without synthesis: DSP blocks and block RAMs counted, look-up tables estimated."""
        areas = {step.name: step_area(step, design, exact=True) for step, design in self.stages}
        return area(areas, self.blocks) + queue_area(self.fifos)

    @property
    def utilisation(self) -> float:
        """Share of multiplier cycles that do a MAC of the network in steady state."""
        macs = sum(step.operator.macs for step in self.plain.steps if isinstance(step.operator, Conv2d))
        return macs / (self.multipliers * self.interval) if macs else 0.0

    @property
    def fifo_bits(self) -> int:
        """Bits that all queues hold."""
        return sum(fifo.bits for fifo in self.fifos)

    @property
    def buffer_bits(self) -> int:
        """Bits of line buffers, column stores and queues."""
        lines = sum(design.buffer_bits for _, design in self.stages if isinstance(design, Design))
        return lines + self.fifo_bits

    @property
    def weight_bits(self) -> int:
        """Bits of all weights, biases aside."""
        return sum(step.weights.size * step.operator.weight_type.bits for step in self.steps.steps
                   if step.weights is not None and isinstance(step.operator, Conv2d))

    # Time ---------------------------------------------------------------------------------------

    @cached_property
    def bound(self) -> int:
        """Cycles between frames that no queue makes fewer: those of the slowest stage."""
        return max(design.interval for _, design in self.stages)

    @cached_property
    def interval(self) -> int:
        """Cycles between frames in steady state, input and output never stalled; where they differ for good,
        their average, rounded up.  Raises as `timing`.
        """
        frames = _FRAMES + _SETTLE * self.latency // self.bound  # a run begins faster than it goes on
        most = max(_FEWEST, min(_MOST_FRAMES, _LONGEST // self.bound))
        while True:
            ends = self.timing(frames).output_cycles[frames // 2 :, -1, -1, -1]
            apart = np.diff(ends)
            if (apart == apart[0]).all() or frames >= most:
                return -(-int(ends[-1] - ends[0]) // apart.size)
            frames *= 2

    @cached_property
    def latency(self) -> int:
        """Cycles from the first input beat to the first output beat offered.  Raises as `timing`."""
        return self.timing(1).latency

    def timing(self, frames: int = 1, *, input_stall: StallsLike = None, output_stall: StallsLike = None
               ) -> Timing:
        """Exact cycle of every output beat of `frames` frames streamed back to back.

        `input_stall`, `output_stall`: `Stalls`, or booleans per cycle, repeated when they run out.  Raises
        `Deadlock` where the queues have too little room for all outputs to come.
        """
        frames = check_run(frames)
        stalls = check_stalls(input_stall, "input_stall"), check_stalls(output_stall, "output_stall")
        check_beats(max(max(design.input_beats, design.output_beats) for _, design in self.stages), frames)
        flow = Flow(self.steps, self.designs, self.fifos, frames)
        flow.stall(*stalls)
        flow.settle()
        height, width, channels = self.output_shape
        groups = -(-width // self.output_pixels)
        cycles = flow.output.sends.known.reshape(frames, height, groups, channels // self.pe)
        return Timing(cycles, flow.output.first_offer - int(flow.input.known[0]))

    def to_dict(self) -> dict[str, object]:
        """The promised JSON keys of a pipeline."""
        return facts(self)
