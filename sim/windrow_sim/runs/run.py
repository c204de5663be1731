"""Run: what a simulation saw, output values and their cycles, and the check against both models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from windrow.pictures.html import run_html
from windrow.stage.beats import taken
from windrow.timing.stalls import StallsLike
from windrow.timing.streamed import Streamed
from windrow_sim.streams.stimulus import Stimulus, unpack

__all__ = ["Hang", "Mismatch", "Recording", "Run"]

Array = npt.NDArray[np.int64]
Hardware = TypeVar("Hardware", bound=Streamed)


class Mismatch(AssertionError):
    """The hardware did something else than the model says. The text names the first difference."""

    @classmethod
    def extra_beat(cls, delivered: int, cycle: int) -> Mismatch:
        """An output beat after all `delivered` ones that there should be."""
        return cls(f"output beat {delivered} is offered in cycle {cycle}, but there are only {delivered}")

    @classmethod
    def refused(cls) -> Mismatch:
        """A setting that the model calls legal."""
        return cls("the hardware refuses a setting that the model calls legal")


class Hang(RuntimeError):
    """A simulation in which nothing moved any more. The text names the stream that is stuck."""

    @classmethod
    def at(cls, stimulus: Stimulus, *, cycle: int, accepted: int, delivered: int) -> Hang:
        """A hang noticed in `cycle`, after `accepted` input and `delivered` output beats."""
        stuck = []
        if accepted < stimulus.input_beats:
            stuck.append(f"input stream i is stuck at beat {accepted} of {stimulus.input_beats}")
        if delivered < stimulus.output_beats:
            stuck.append(f"output stream o is stuck at beat {delivered} of {stimulus.output_beats}")
        return cls(f"no transfer for {stimulus.patience} cycles, up to cycle {cycle}: {', '.join(stuck)}")

    @classmethod
    def at_port(cls, stimulus: Stimulus, port: str) -> Hang:
        """A port of run-time hardware that takes nothing, before cycle 0."""
        return cls(f"no transfer for {stimulus.patience} cycles: port {port} takes nothing")


@dataclass(frozen=True, eq=False)
class Recording:
    """What an engine saw, in beats.

    Attributes
    ----------
    beats : (output beats, words) uint32
        Payloads as transferred, low word first.
    cycles : (output beats,) int64
        Cycle in which each was transferred.
    first_accepted, first_offered : int
        Cycle in which the first input beat was transferred, and the first output beat was valid.
    seen : (cycles, words) uint32, optional
        What a component with a port `seen` said on it in each cycle, low word first.
    """

    beats: npt.NDArray[np.uint32]
    cycles: Array
    first_accepted: int
    first_offered: int
    seen: npt.NDArray[np.uint32] | None = None


@dataclass(frozen=True, eq=False)
class Run(Generic[Hardware]):
    """A finished simulation. Every engine returns the same for the same stimulus.

    Cycle 0 is the first clock cycle after reset, the first in which an input beat may be offered.

    Attributes
    ----------
    output : (N, Ho, Wo, O) int64
    output_cycles : (N, Ho, Wo, O/pe) int64
        Cycle in which each output beat is transferred; (N, Ho, ceil(Wo/Q), O/pe) where each holds
        Q = `design.output_pixels` pixels.
    interval : int or None
        Cycles between the last output beats of the last two frames; None for a single frame.
    latency : int
        Cycles from the first input beat accepted to the first output beat offered.
    cycles : int
        Cycle of the last output transfer, plus one: `total_cycles` of the timing model.
    engine : str
        Name of the simulator.
    design, weights, bias, x, input_stall, output_stall
        What was simulated: weights (O, kh, kw, I/groups), bias (O,) or None, of a pipeline both, x
        (N, H, W, C), stall patterns or None.
    """

    output: Array = field(repr=False)
    output_cycles: Array = field(repr=False)
    interval: int | None
    latency: int
    cycles: int
    engine: str
    design: Hardware
    weights: Array | None = field(repr=False)
    bias: Array | None = field(repr=False)
    x: Array = field(repr=False)
    input_stall: StallsLike = field(repr=False, default=None)
    output_stall: StallsLike = field(repr=False, default=None)

    def _repr_html_(self) -> str:
        interval = "one frame" if self.interval is None else f"{self.interval:,} cycles"
        frames = len(self.output)
        return run_html(self, [
            ("design", str(self.design)), ("computes", self.design.computes),
            ("frames", f"{frames:,}"), ("interval", interval), ("latency", f"{self.latency:,} cycles"),
            ("cycles", f"{self.cycles:,}"), ("engine", self.engine),
        ])  # fmt: skip

    @classmethod
    def build(cls, recording: Recording, *, engine: str, design: Hardware, weights: Array | None = None,
              bias: Array | None = None, x: Array, input_stall: StallsLike = None,
              output_stall: StallsLike = None) -> Run[Hardware]:
        """The run of frames `x` (N, H, W, C) that an engine recorded in beats."""
        ho, wo, filters = design.output_shape
        kind, wide = design.output_type, design.output_pixels
        numbers = unpack(recording.beats, wide * design.pe, kind.bits, kind.signed)
        cycles = recording.cycles.reshape(len(x), ho, -(-wo // wide), filters // design.pe)
        ends = cycles[:, -1, -1, -1]
        return cls(
            output=taken(numbers, design.output_shape, wide, design.pe),
            output_cycles=cycles,
            interval=int(ends[-1] - ends[-2]) if len(x) > 1 else None,
            latency=recording.first_offered - recording.first_accepted,
            cycles=int(ends[-1]) + 1,
            engine=engine, design=design, weights=weights, bias=bias, x=x,
            input_stall=input_stall, output_stall=output_stall,
        )

    def check(self) -> Run[Hardware]:
        """This run, if every output equals the golden model and every cycle the timing model.

        Raises
        ------
        Mismatch
            names the first output that differs (frame, row, column, channel, expected, got, cycle), else
            the first output beat whose cycle differs, else the latency
        """
        self._check_output()
        self._check_cycles()
        return self

    def _check_output(self) -> None:
        # One frame that was sent many times has stride 0: compute it once.
        distinct = self.x[:1] if self.x.strides[0] == 0 else self.x
        constants = () if self.weights is None else (self.weights, self.bias)
        expected = np.broadcast_to(self.design.golden(distinct, *constants), self.output.shape)
        wrong = self.output != expected
        if wrong.any():
            at = frame, row, column, channel = _first(wrong)
            beat = column // self.design.output_pixels
            cycle = self.output_cycles[frame, row, beat, channel // self.design.pe]
            raise Mismatch(f"output differs first at frame {frame}, row {row}, column {column}, "
                           f"channel {channel}: expected {expected[at]}, got {self.output[at]} in cycle "
                           f"{cycle}; {np.count_nonzero(wrong)} of {wrong.size} outputs differ "
                           f"({self._origin()})")

    def _check_cycles(self) -> None:
        timing = self.design.timing(len(self.x), input_stall=self.input_stall,
                                    output_stall=self.output_stall)
        wrong = self.output_cycles != timing.output_cycles
        if wrong.any():
            at = frame, row, beat, group = _first(wrong)
            column, channel = beat * self.design.output_pixels, group * self.design.pe
            raise Mismatch(f"output cycle differs first at frame {frame}, row {row}, column {column}, "
                           f"channel {channel}: expected cycle {timing.output_cycles[at]}, got cycle "
                           f"{self.output_cycles[at]}; {np.count_nonzero(wrong)} of {wrong.size} beats "
                           f"differ ({self._origin()})")
        # Cycles can agree and latency differ: valid may rise while the output is stalled.
        if self.latency != timing.latency:
            raise Mismatch(f"latency differs: expected {timing.latency} cycles, got {self.latency} "
                           f"({self._origin()})")

    def _origin(self) -> str:
        return f"engine {self.engine}, {self.design!r}"


def _first(wrong: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Index of the first True in C order, which is the order of the stream."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
