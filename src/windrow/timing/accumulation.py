"""The law of windows that grow as their pixels arrive: the last pixel of a window finishes it.

    a_p = first cycle >= a_{p-1} + 1 in which beat p is offered, and, if it finishes output beat q,
          >= t_{q-credits} + 1
    t_q = first cycle >= max(a_p + P, t_{q-1} + 1) in which the output is ready

Beats that finish nothing never wait for room, so only the others are looked at.  As many as there are credits
wait for transfers that are known, and are gone through at once.
"""

from __future__ import annotations

import numpy as np

from windrow.timing.free_cycles import FreeCycles
from windrow.timing.ideal import repeat
from windrow.timing.schedule import Schedule

__all__ = ["accumulated"]


def accumulated(
    schedule: Schedule, frames: int, offer: FreeCycles, ready: FreeCycles
) -> tuple[np.ndarray, int]:
    """(frames * windows * slices,) transfer cycles, and the latency."""
    beats = repeat(schedule.finishing_beats, frames, schedule.input_beats)
    credits, pipeline = schedule.credits, schedule.pipeline
    sent = np.empty(beats.size + credits, np.int64)
    sent[:credits] = -1
    lead, last, first_finish = 0, 0, 0  # free cycles used less beats; free output cycles used
    size = beats.size if ready.stalls is None else credits  # never stalled, never short of credits
    for at in range(0, beats.size, size):
        here = beats[at : at + size]
        room = sent[at : at + here.size] + 1
        if ready.stalls is None:
            room = np.zeros(here.size, np.int64)
        # As `Accepts.take`: with `u` free cycles up to and including that in which beat p is accepted,
        #     u_p = max(u_{p-1} + 1, number(room_p + 1)),   a_p = max(cycle(u_{p-1}), room_p).
        used = np.empty(here.size + 1, np.int64)
        used[0] = lead
        np.subtract(offer.number(room + 1), here + 1, out=used[1:])
        np.maximum.accumulate(used, out=used)
        accepts = np.maximum(offer.cycle(used[:-1] + here), room)
        lead = int(used[-1])
        order = np.arange(here.size)
        numbers = ready.number(accepts + pipeline) - order
        numbers[0] = max(numbers[0], last)
        numbers = np.maximum.accumulate(numbers) + order
        sent[credits + at : credits + at + here.size] = ready.cycle(numbers)
        last = int(numbers[-1]) + 1
        if not at:
            first_finish = int(accepts[0])
    return sent[credits:], first_finish + pipeline - int(offer.cycle(np.array([0]))[0])
