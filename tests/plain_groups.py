"""The law of several pixels a beat stepped through plainly: one shift at a time, from lists.

`windrow.timing.group_law` goes through whole sequences at once; it has to find the same cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN
from windrow.timing.group_memories import GroupMemories
from windrow.timing.ideal import repeat
from windrow.timing.stalls import Stalls


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


def stepped(
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
    steps, beats = schedule.fold.beat_steps, range(schedule.fold.window_beats)
    arrived: list[int] = []
    sent = [-1 - credits_] * credits_  # transfers, after as many that gave the first credits
    ends: list[int] = []  # of the output beats
    shift, busy = -1, -1  # the last shift; the last step of the group in the register

    def end(step: int) -> None:
        ends.append(step)
        sent.append(ready(max(step + pipeline, sent[-1] + 1)))

    for row_needs, row_frees in zip(needs, frees, strict=True):
        for x, (need, freed) in enumerate(zip(row_needs, row_frees, strict=True)):
            while len(arrived) <= need:
                arrived.append(next(accepts))
            shift = max(shift + 1, busy + 1, arrived[need] + ARRIVE)
            if steps == 1 and (emits[x] or (trailing and x == period - 1)):
                shift = max(shift, sent[-credits_] + 1)
            if emits[x]:
                busy = shift - 1
                for _ in beats:
                    busy = max(busy + steps, sent[-credits_] + 1)
                    end(busy)
            room += [shift + RETURN] * freed
        for number, emit in enumerate(trailing):
            if emit:
                end(shift + 1 + number)
    return np.array(sent[credits_:], np.int64), ends[0] + pipeline - offered(0)
