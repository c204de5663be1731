"""When every output beat leaves: equal to the hardware, to the cycle, under any stalls.

In free flow an ideal design is the ideal server of theory.md and two lines of NumPy say it all.
Everything else follows the exact law (`windrow.timing.law`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from windrow.timing.accumulation import accumulated
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.free_flow import FreeFlow
from windrow.timing.ideal import Rows, Server
from windrow.timing.law import Law
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule
from windrow.timing.stalls import Stalls, StallsLike
from windrow.values.numerics import as_int

MAX_BEATS = 2**31
"""Most beats on either side of a run: cycles and values of all of them are held in memory."""


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


def check_stalls(stalls: StallsLike, name: str) -> Stalls | None:
    """A stall pattern, also of booleans per cycle; None where nothing ever stalls.

    Raises TypeError for anything but booleans, ValueError for none at all or for all true.
    """
    pattern = Stalls.of(stalls, name)
    return pattern if pattern.any else None


def check_frames(schedule: Schedule, frames: int) -> None:
    """ValueError for frames of more beats, in or out, than `MAX_BEATS`."""
    check_beats(max(schedule.input_beats, schedule.windows * schedule.fold.window_beats), frames)


def check_beats(beats_of_a_frame: int, frames: int) -> None:
    """ValueError for frames that have more than `MAX_BEATS` beats."""
    beats = frames * beats_of_a_frame
    if beats > MAX_BEATS:
        raise ValueError(f"frames={frames} makes a run of {beats} beats, at most {MAX_BEATS} are possible")


def check_run(frames: int) -> int:
    """`frames` as an int; TypeError or ValueError where it is no positive number."""
    return as_int(frames, "frames", 1, "an integer")


def timing(
    memories: Memories,
    frames: int,
    input_stall: StallsLike = None,
    output_stall: StallsLike = None,
    *,
    windows: int | None = None,
) -> Timing:
    """Exact timing of `frames` frames; of the first `windows` windows alone where given."""
    schedule = memories.schedule
    fold = schedule.fold
    frames = check_run(frames)
    if windows is None:
        check_frames(schedule, frames)
    stalls_in = check_stalls(input_stall, "input_stall")
    stalls_out = check_stalls(output_stall, "output_stall")
    shape = (frames, schedule.rows.outputs, schedule.columns.outputs, fold.window_beats)
    if windows is not None:
        shape = (1, 1, windows, fold.window_beats)
    if stalls_in is None and stalls_out is None:
        groups = np.arange(fold.window_beats) - (fold.window_beats - 1)
        rows = slice(None if windows is None else -(-windows // schedule.columns.outputs))
        done = _free(memories, frames, rows)
        if done is not None:
            cycles = (done.ravel()[:windows, None] + groups * fold.beat_steps).reshape(shape)
            return Timing(cycles, int(cycles[0, 0, 0, 0]))
    if schedule.accumulates:
        offer, ready = FreeCycles(stalls_in), FreeCycles(stalls_out)
        sent, latency = accumulated(schedule, int(frames), offer, ready)
        return Timing(sent[: math.prod(shape)].reshape(shape), latency)
    law = Law(memories, stalls_in, stalls_out)
    return Timing(law.run(frames, windows).reshape(shape), law.latency)


def interval(memories: Memories) -> int:
    """Cycles between frames in steady state, neither stream ever stalled."""
    schedule, frames = memories.schedule, 4
    if memories.ideal:
        return max(schedule.input_beats, schedule.work)
    ends = _free(memories, frames, np.arange(1, frames + 1) * schedule.rows.outputs - 1)
    if ends is not None:
        return int(ends[-1, -1] - ends[-2, -1])
    return timing(memories, frames).steady_interval


def _free(memories: Memories, frames: int, rows: Rows) -> np.ndarray | None:
    """(rows, columns) cycle in which each window's last beat leaves in free flow; None where only the law
    knows."""
    schedule = memories.schedule
    if memories.ideal:
        return Server(schedule, frames).finish(rows) + schedule.pipeline_latency
    run = FreeFlow.of(memories, frames)
    return None if run is None else run.last_steps(rows) + schedule.pipeline
