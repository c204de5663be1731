"""When groups of windows leave: the exact law of hardware that takes several pixels a beat.

    a_p = next valid >= max(a_{p-1} + 1, freed(p - capacity) + RETURN)         beat p accepted
    v_k = max(v_{k-1} + 1, a[need of k] + ARRIVE, T[b - credits] + 1)          shift k, up to its row's last
    T_b = next ready >= max(v of b + pipeline, T_{b-1} + 1)                    output beat b transferred

Only shifts that complete a group, and the last of a row, wait for a credit.  The shifts that trail a row come
in the cycles behind its last, whatever happens: places for their results are kept free.

Where nothing stalls all of it is one scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN
from windrow.timing.group_memories import GroupMemories, free_shifts
from windrow.timing.group_schedule import GroupSchedule
from windrow.timing.ideal import repeat
from windrow.timing.stalls import Stalls, StallsLike
from windrow.timing.timing import Timing, check_frames, check_run, check_stalls

__all__ = ["group_interval", "group_latency", "group_timing"]

_FRAMES = 4  # until the interval is that of steady state


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
        issued = _issued(schedule, free_shifts(schedule, frames))
        sent, latency = issued + schedule.pipeline, int(issued[0]) + schedule.pipeline
    else:
        sent, latency = _stepped(memories, frames, stalls_in, stalls_out)
    shape = (frames, schedule.rows.outputs, schedule.groups, schedule.fold.window_beats)
    return Timing(sent.reshape(shape), latency)


def group_interval(memories: GroupMemories) -> int:
    """Cycles between frames in steady state, neither stream ever stalled."""
    schedule = memories.schedule
    if memories.keeps_up:
        return schedule.input_beats
    return group_timing(memories, _FRAMES).steady_interval


def group_latency(memories: GroupMemories) -> int:
    """Cycles from the first input beat accepted to the first output beat offered."""
    return group_timing(memories, 1).latency


def _issued(schedule: GroupSchedule, shifts: np.ndarray) -> np.ndarray:
    """(groups,) the shift of each group, from those of the rows (rows, period)."""
    trailing = shifts[:, -1:] + 1 + np.arange(schedule.trailing)
    return np.append(shifts, trailing, axis=1)[:, schedule.completing].ravel()


def _next_free(stalls: Stalls | None) -> Callable[[int], int]:
    """The first cycle from a given one on that is not stalled."""
    if stalls is None:
        return lambda cycle: cycle
    head, period = len(stalls.head), len(stalls.period)
    free = np.flatnonzero(~np.concatenate([stalls.head, stalls.period, stalls.period]))
    known = np.arange(head + period)
    waits = (free[np.searchsorted(free, known)] - known).tolist()

    def following(cycle: int) -> int:
        return cycle + waits[cycle if cycle < head else head + (cycle - head) % period]

    return following


def _accepts(memories: GroupMemories, offered: Callable[[int], int], room: list[int]) -> Iterator[int]:
    """When each stored beat is accepted, for ever.

    room: the first cycle in which there is room for a stored beat, to be known when that is asked for
    """
    schedule = memories.schedule
    stored = schedule.stored_beats
    unstored = np.diff(stored, prepend=-1) - 1  # beats before each that are accepted and dropped
    behind, gaps = schedule.input_beats - 1 - int(stored[-1]), unstored.tolist()
    last, at, owed = -1, 0, 0
    while True:
        for gap in gaps:
            for _ in range(owed + gap):
                last = offered(last + 1)
            owed = 0
            last = max(offered(last + 1), room[at])
            at += 1
            yield last
        owed = behind


def _stepped(
    memories: GroupMemories, frames: int, input_stall: Stalls | None, output_stall: Stalls | None
) -> tuple[np.ndarray, int]:
    """Transfer cycle of every output beat, shift by shift, and the latency."""
    schedule, pipeline, credits_ = memories.schedule, memories.schedule.pipeline, memories.schedule.credits
    offered, ready = _next_free(input_stall), _next_free(output_stall)
    room = [0] * memories.ring_beats  # of a ring that nothing was in
    accepts = _accepts(memories, offered, room)
    walk, period = schedule.fetch_walk, schedule.period
    needs = repeat(walk.needs, frames, walk.frame_units).reshape(-1, period).tolist()
    frees = np.tile(walk.frees, (frames, 1)).tolist()
    emits, trailing = schedule.emits[:period].tolist(), schedule.emits[period:].tolist()
    arrived: list[int] = []
    sent = [-1 - credits_] * credits_  # transfers, after as many that gave the first credits
    first_issue, shift = -1, -1

    def send(issued: int) -> None:
        sent.append(ready(max(issued + pipeline, sent[-1] + 1)))

    for row_needs, row_frees in zip(needs, frees, strict=True):
        for x, (need, freed) in enumerate(zip(row_needs, row_frees, strict=True)):
            while len(arrived) <= need:
                arrived.append(next(accepts))
            shift = max(shift + 1, arrived[need] + ARRIVE)
            if emits[x] or (trailing and x == period - 1):
                shift = max(shift, sent[-credits_] + 1)
            if emits[x]:
                if first_issue < 0:
                    first_issue = shift
                send(shift)
            room += [shift + RETURN] * freed
        for number, emit in enumerate(trailing):
            if emit:
                if first_issue < 0:
                    first_issue = shift + 1 + number
                send(shift + 1 + number)
    return np.array(sent[credits_:], np.int64), first_issue + pipeline - offered(0)

