"""JoinDesign: a join with a number of channels a beat, as `Design` is an operator with a folding."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Join
from windrow.stage.design import Design
from windrow.timing.depths import OFFER
from windrow.timing.folding import check_choice

__all__ = ["JoinDesign", "StageDesign"]


@dataclass(frozen=True)
class JoinDesign:
    """Hardware of one join: a beat of `lanes` channels in every cycle, at the most.

    It begins a beat when the beats that it reads are there and an output credit is left; `pipeline` cycles
    later the result is offered, and its transfer gives the credit back.
    """

    layer: Join
    lanes: int

    def __post_init__(self) -> None:
        legal = self.layer.legal_lanes
        check_choice("lanes", self.lanes, legal, "divide the channels of every input")

    def __str__(self) -> str:
        return f"lanes {self.lanes}"

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
        return self.layer.requantisers(self.lanes)

    @cached_property
    def reads(self) -> npt.NDArray[np.bool_]:
        """(beats of a pixel, inputs) which inputs each output beat reads a beat of."""
        return self.layer.reads(self.lanes)

    @property
    def input_beats(self) -> int:
        """The most beats of one frame at an input."""
        return max(math.prod(shape) for shape in self.layer.input_shapes) // self.lanes

    @property
    def output_beats(self) -> int:
        """Beats of one frame."""
        height, width, channels = self.layer.output_shape
        return height * width * (channels // self.lanes)

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
        return self.lanes * self.layer.output_type.bits


StageDesign = Design | JoinDesign
"""The hardware of a step."""
