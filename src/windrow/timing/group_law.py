"""When groups of windows leave: the exact law of hardware that takes several pixels a beat.

    a_p = next valid >= max(a_{p-1} + 1, freed(p - capacity) + RETURN)         beat p accepted
    v_k = max(v_{k-1} + 1, e_{b-1} + 1, a[need of k] + ARRIVE)                 shift k
    e_b = max(v_k or e_{b-1} + 1, T[b - credits] + 1)                          last step of output beat b
    T_b = next ready >= max(e_b + pipeline, T_{b-1} + 1)                       output beat b transferred

The shift that completes a group is the first step of its first beat; where a beat takes several steps, the
last of them is so many cycles later.  Where it takes one, shifts that trail a row come in the cycles behind
its last, whatever happens: places for their results are kept free, and the last itself waits for a credit.

Where nothing stalls all of it is one scan; else the events of `windrow.timing.group_station` are settled, as
those of a network are.
"""

from __future__ import annotations

import numpy as np

from windrow.timing.free_cycles import FreeCycles
from windrow.timing.group_memories import GroupMemories, completed, free_shifts
from windrow.timing.group_station import groups
from windrow.timing.settling import settle
from windrow.timing.stalls import Stalls, StallsLike
from windrow.timing.timing import Timing, check_frames, check_run, check_stalls

__all__ = ["group_interval", "group_latency", "group_timing"]


def group_timing(
    memories: GroupMemories, frames: int, input_stall: StallsLike = None, output_stall: StallsLike = None
) -> Timing:
    """Exact timing of `frames` frames.  Raises as `windrow.timing.timing.timing`."""
    schedule = memories.schedule
    frames = check_run(frames)
    check_frames(schedule, frames)
    stalls_in = check_stalls(input_stall, "input_stall")
    stalls_out = check_stalls(output_stall, "output_stall")
    if stalls_in is None and stalls_out is None and memories.keeps_up:
        begun = completed(schedule, free_shifts(schedule, frames)).ravel()
        fold = schedule.fold
        ends = np.arange(1, fold.window_beats + 1) * fold.beat_steps - 1
        sent = begun[:, None] + ends + schedule.pipeline
        latency = int(sent[0, 0])
    else:
        sent, latency = _settled(memories, frames, stalls_in, stalls_out)
    shape = (frames, schedule.rows.outputs, schedule.groups, schedule.fold.window_beats)
    return Timing(sent.reshape(shape), latency)


def group_interval(memories: GroupMemories) -> int:
    """Cycles between frames in steady state, neither stream ever stalled."""
    schedule = memories.schedule
    return max(schedule.input_beats, schedule.rows.outputs * schedule.row_cycles)


def group_latency(memories: GroupMemories) -> int:
    """Cycles from the first input beat accepted to the first output beat offered."""
    schedule = memories.schedule
    begun = int(completed(schedule, free_shifts(schedule, 1, rows=1))[0, 0])
    return begun + schedule.fold.beat_steps - 1 + schedule.pipeline


def _settled(
    memories: GroupMemories, frames: int, input_stall: Stalls | None, output_stall: Stalls | None
) -> tuple[np.ndarray, int]:
    """Transfer cycle of every output beat, and the latency, whatever stalls."""
    station = groups("groups", memories, frames)
    accepts, sends = station.ports[0].events, station.sends
    accepts.offers = None if input_stall is None else FreeCycles(input_stall)
    sends.ready = None if output_stall is None else FreeCycles(output_stall)
    settle(station.events)
    return sends.known, station.first_offer - int(accepts.known[0])
