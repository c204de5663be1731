"""JoinDesign: a join with a number of channels a beat, as `Design` is an operator with a folding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Join
from windrow.stage.design import Design
from windrow.stage.pixels import beats_of, check_pixels
from windrow.timing.depths import OFFER
from windrow.timing.folding import check_choice

__all__ = ["JoinDesign", "StageDesign", "input_lanes"]


@dataclass(frozen=True)
class JoinDesign:
    """Hardware of one join: a beat of `lanes` channels in every cycle, at the most.

    It begins a beat when the beats that it reads are there and an output credit is left; `pipeline` cycles
    later the result is offered, and its transfer gives the credit back.

    With `pixels` above 1 a beat is of so many neighbours of a row, with all their channels on every input,
    and with `lanes`, all of them, on the output.
    """

    runtime: ClassVar[None] = None  # nothing of it is programmed
    layer: Join
    lanes: int
    pixels: int = 1

    def __post_init__(self) -> None:
        if check_pixels(self.pixels) > 1:
            every = self.layer.output_shape[2]
            check_choice("lanes", self.lanes, [every], f"be all {every} channels with pixels={self.pixels}")
            return
        legal = self.layer.legal_lanes
        check_choice("lanes", self.lanes, legal, "divide the channels of every input")

    def __str__(self) -> str:
        return f"pixels {self.pixels}, lanes {self.lanes}" if self.pixels > 1 else f"lanes {self.lanes}"

    @property
    def output_pixels(self) -> int:
        """Neighbours of a row in an output beat."""
        return self.pixels

    def input_lanes(self, port: int) -> int:
        """Channels of a beat at an input."""
        return self.lanes if self.pixels == 1 else self.layer.input_shapes[port][2]

    @property
    def pe(self) -> int:
        """Channels of an output beat."""
        return self.lanes

    @property
    def multipliers(self) -> int:
        """None that work on products of the network."""
        return 0

    @property
    def requantisers(self) -> int:
        """Values that output maps scale in one cycle, with multipliers of their own."""
        return self.pixels * self.layer.requantisers(self.lanes)

    @cached_property
    def reads(self) -> npt.NDArray[np.bool_]:
        """(beats of a pixel, inputs) which inputs each output beat reads a beat of."""
        if self.pixels > 1:
            return np.ones((1, len(self.layer.input_shapes)), np.bool_)
        return self.layer.reads(self.lanes)

    @property
    def input_beats(self) -> int:
        """The most beats of one frame at an input."""
        return max(beats_of(shape, self.pixels, self.input_lanes(port))
                   for port, shape in enumerate(self.layer.input_shapes))

    @property
    def output_beats(self) -> int:
        """Beats of one frame."""
        return beats_of(self.layer.output_shape, self.pixels, self.lanes)

    @property
    def interval(self) -> int:
        """Cycles between frames in steady state, where nothing else holds it up."""
        return self.output_beats

    @property
    def pipeline(self) -> int:
        """Cycles from the beats read to the result offered."""
        return self.layer.depth + OFFER

    @property
    def credits(self) -> int:
        """Output beats that may be under way."""
        return self.pipeline + 1

    @property
    def output_bits(self) -> int:
        """Bits of an output beat."""
        return self.pixels * self.lanes * self.layer.output_type.bits


StageDesign = Design | JoinDesign
"""The hardware of a step."""


def input_lanes(design: StageDesign, port: int) -> int:
    """Channels of a beat at an input of a stage."""
    return design.input_lanes(port) if isinstance(design, JoinDesign) else design.lanes
