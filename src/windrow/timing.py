"""When every output beat leaves: equal to the hardware, to the cycle, under any stalls.

In free flow an ideal design is the ideal server of theory.md and two lines of NumPy say it all.
Everything else follows the max-plus law of theory.md, "The exact law of every class": four
sequences (beats accepted, columns fetched, steps issued, beats transferred), each waiting for the
one before it and for the credits of the one behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from windrow import capacity
from windrow.pipeline import ARRIVE, RETURN, STORE

if TYPE_CHECKING:
    from windrow.design import Design

Stalls: TypeAlias = "Sequence[bool] | np.ndarray | None"


@dataclass(frozen=True, eq=False)
class Timing:
    """Cycle 0 is the first in which a beat can be offered.

    output_cycles: (N, Ho, Wo, O/pe) cycle in which each output beat is transferred
    latency: cycles from the first input beat accepted to the first output beat offered
    """

    output_cycles: np.ndarray
    latency: int

    @property
    def total_cycles(self) -> int:
        """Cycles up to and including the last transfer."""
        return int(self.output_cycles.max()) + 1

    @property
    def interval(self) -> int | None:
        """Cycles between the ends of the last two frames; None for a single frame."""
        ends = self.output_cycles[:, -1, -1, -1]
        return int(ends[-1] - ends[-2]) if ends.size > 1 else None

    @property
    def steady_interval(self) -> int:
        """The interval of at least two frames."""
        interval = self.interval
        assert interval is not None
        return interval


def check_stalls(stalls: Stalls, name: str) -> np.ndarray | None:
    """Booleans per cycle as an array; None where nothing ever stalls.

    Raises TypeError for anything but booleans, ValueError for none at all or for all true.
    """
    if stalls is None:
        return None
    array = np.asarray(stalls)
    if array.dtype != np.bool_:
        raise TypeError(f"{name} must be booleans per cycle, not {array.dtype}: {stalls!r}")
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name} must be one row of at least one cycle, not of shape {array.shape}")
    if array.all():
        raise ValueError(f"{name} must leave a cycle free, not stall all {array.size}")
    return array if array.any() else None


def _next_free(stalls: np.ndarray | None) -> Callable[[int], int]:
    """A function: the first cycle at or after a given one that is not stalled."""
    if stalls is None:
        return lambda cycle: cycle
    size = stalls.size
    free = np.flatnonzero(~stalls)
    ahead = np.append(free, free[0] + size)[np.searchsorted(free, np.arange(size))] - np.arange(size)
    skip: list[int] = ahead.tolist()
    return lambda cycle: cycle + skip[cycle % size]


def timing(
    design: Design,
    frames: int,
    input_stall: Stalls = None,
    output_stall: Stalls = None,
    *,
    windows: int | None = None,
) -> Timing:
    """Exact timing of `frames` frames; of the first `windows` windows alone where given."""
    if isinstance(frames, bool) or not isinstance(frames, (int, np.integer)):
        raise TypeError(f"frames must be an integer, not {frames!r}")
    if frames < 1:
        raise ValueError(f"frames must be at least 1, not {frames}")
    stalls_in = check_stalls(input_stall, "input_stall")
    stalls_out = check_stalls(output_stall, "output_stall")
    shape = (int(frames), design.rows.outputs, design.columns.outputs, design.filter_groups)
    if stalls_in is None and stalls_out is None and windows is None and design.ideal:
        groups = np.arange(design.filter_groups) - (design.filter_groups - 1)
        done = capacity.finish(design, int(frames)) + design.pipeline_latency
        cycles = (done[:, None] + groups * design.beat_steps).reshape(shape)
        return Timing(cycles, int(cycles[0, 0, 0, 0]))
    law = _Law(design, stalls_in, stalls_out)
    beats = law.run(int(frames), windows)
    if windows is not None:
        shape = (1, 1, windows, design.filter_groups)
    return Timing(np.array(beats, np.int64).reshape(shape), law.latency)


class _Law:
    """The four sequences, each evaluated only as far as the next one asks."""

    def __init__(
        self, design: Design, input_stall: np.ndarray | None, output_stall: np.ndarray | None
    ) -> None:
        self.design = design
        self.next_offer = _next_free(input_stall)
        self.next_ready = _next_free(output_stall)
        self.latency = 0
        # Accepting beats: cycle of every stored beat, of every frame's first pixel, of the last beat.
        self.accepted: list[int] = []
        self.started: list[int] = []
        self.last_accept = -1
        self.first_accept = 0
        self.room: list[int] = [0] * design.ring_beats  # when each stored beat has a place
        self.start_room: list[int] = [0] * design.started_frames
        self.beat = 0  # position in the frame
        kept = np.zeros(design.input_beats, bool)
        kept[design.stored_beats] = True
        self.kept: list[bool] = kept.tolist()
        # Fetching columns, for designs with a column store.
        self.fetched: list[int] = []  # when the array can read each column
        self.last_fetch = -1
        self.column_room: list[int] = [0] * design.store_columns
        self.fetch = 0
        self.fetch_frame = 0
        if not design.gathers and design.frame_beats:
            self.fetch_needs: list[int] = design.fetch_walk.needs.ravel().tolist()
            self.fetch_frees: list[int] = design.fetch_walk.frees.ravel().tolist()

    def run(self, frames: int, windows: int | None) -> list[int]:
        """Transfer cycles of all output beats, in order."""
        design = self.design
        gathers, starts_in_padding = design.gathers, design.starts_in_padding
        walk = design.window_walk if gathers else design.store_walk
        needs, frees = walk.needs.ravel().tolist(), walk.frees.ravel().tolist()
        room = self.room if gathers else self.column_room
        groups, steps = design.filter_groups, design.beat_steps
        pipeline, credits = design.pipeline, design.credits
        arrive = ARRIVE if gathers else ARRIVE + STORE
        beats: list[int] = []
        issued = sent = -1
        for frame in range(frames):
            base = frame * walk.frame_units
            for window in range(len(needs) if windows is None else windows):
                need = needs[window] + base
                start = issued + 1
                if need >= 0:
                    there = self.beat_arrived(need) + ARRIVE if gathers else self.column_arrived(need)
                    start = max(start, there)
                if window == 0 and starts_in_padding:
                    start = max(start, self.frame_started(frame) + arrive)
                issued = start - 1
                for _ in range(groups):
                    issued += steps
                    if len(beats) >= credits:
                        issued = max(issued, beats[-credits] + 1)
                    sent = self.next_ready(max(issued + pipeline, sent + 1))
                    if not beats:
                        self.latency = issued + pipeline - self.first_accept
                    beats.append(sent)
                    if window == 0 and starts_in_padding and len(beats) % groups == 1 % groups:
                        self.start_room.append(start + RETURN)
                room.extend([issued + RETURN] * frees[window])
        return beats

    def beat_arrived(self, need: int) -> int:
        """Cycle in which a stored beat is accepted."""
        while len(self.accepted) <= need:
            self._accept()
        return self.accepted[need]

    def frame_started(self, frame: int) -> int:
        """Cycle in which the last slice of a frame's first pixel is accepted."""
        while len(self.started) <= frame:
            self._accept()
        return self.started[frame]

    def _accept(self) -> None:
        cycle = self.next_offer(self.last_accept + 1)
        starts = self.beat == self.design.slices - 1
        kept = self.kept[self.beat]
        if kept:
            cycle = max(cycle, self.room[len(self.accepted)])
        if starts and self.design.starts_in_padding:
            cycle = max(cycle, self.start_room[len(self.started)])
        if self.last_accept < 0:
            self.first_accept = cycle
        self.last_accept = cycle
        if kept:
            self.accepted.append(cycle)
        if starts:
            self.started.append(cycle)
        self.beat = self.beat + 1 if self.beat + 1 < self.design.input_beats else 0

    def column_arrived(self, need: int) -> int:
        """Cycle from which on the array can read a column of the column store."""
        while len(self.fetched) <= need:
            self._fetch_column()
        return self.fetched[need]

    def _fetch_column(self) -> None:
        base = self.fetch_frame * self.design.frame_beats
        cycle = max(self.last_fetch + 1, self.column_room[len(self.fetched)])
        for fetch in range(self.fetch, self.fetch + self.design.slices):
            cycle = max(cycle, self.beat_arrived(self.fetch_needs[fetch] + base) + ARRIVE)
            self.room.extend([cycle + RETURN] * self.fetch_frees[fetch])
            cycle += 1
        self.last_fetch = cycle - 1
        self.fetched.append(self.last_fetch + STORE)
        self.fetch += self.design.slices
        if self.fetch == len(self.fetch_needs):
            self.fetch = 0
            self.fetch_frame += 1
