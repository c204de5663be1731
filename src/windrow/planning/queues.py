"""Room behind layers of which nobody says what reads them: enough for whatever does.

A workload lists layers, and not how they are joined.  But a queue can make any neighbours fit: let every
layer be fed evenly, a frame every `pace` cycles, and let its queue give its outputs away as evenly, as late
as it has to.  That is a schedule that needs nothing but the room that is found here, and by theory.md ("FIFO
depths") the hardware, which waits for nothing, is nowhere later: with that room every layer keeps the pace.

    room = max over t of (pixels that have begun to leave by t - pixels given away by t)

A reader may begin what it is offered later than that, by its `lag`, where its line buffer is full; and it may
take a pixel in several beats, which leaves up to a pixel more in the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.pipeline.sizing import paced
from windrow.pipeline.steps import INPUT, Step, Steps
from windrow.stage.design import Design
from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.ideal import Server, repeat, serve
from windrow.timing.schedule import Schedule

__all__ = ["rooms"]

Array = npt.NDArray[np.int64]


def rooms(designs: Sequence[Design], pace: int) -> list[int]:
    """Elements that the queue behind each design must hold for a frame every `pace` cycles.

    No design may take longer than that.
    """
    known = {design: _outlet(design, pace) for design in dict.fromkeys(designs)}
    late = max(outlet.lag for outlet in known.values())
    return [known[design].room(pace, late) * design.layer.out_channels for design in designs]


@dataclass(frozen=True, eq=False)
class _Outlet:
    """A layer that is fed evenly, in a frame like all that follow.

    begins, ends: (pixels,) cycles in which the first and the last beat of each output pixel leave
    lag: cycles that input beats wait for room at the most
    """

    begins: Array
    ends: Array
    lag: int

    def room(self, pace: int, late: int) -> int:
        """Pixels of the queue, where what reads it begins to wait up to `late` cycles after it could."""
        count = self.ends.size
        reads = np.arange(count) * pace // count
        reads += max(0, int((self.ends + 1 - reads).max())) + late
        frames = int(reads[-1] - self.begins[0]) // pace + 1  # of which something may still be there
        every = (reads + pace * np.arange(-frames, 1)[:, None]).ravel()
        given = np.searchsorted(every, self.begins) - frames * count
        return int((np.arange(1, count + 1) - given).max()) + 1


def _outlet(design: Design, pace: int) -> _Outlet:
    """In closed form where the design is the ideal server at that pace, by the law of networks elsewhere."""
    schedule = design.schedule
    if schedule.frame_beats and design.ideal and not (schedule.starts_in_padding or schedule.accumulates):
        found = _ideal(design, pace)
        if found is not None:
            return found
    layer = design.layer
    flow = paced(Steps(layer.input_shape, layer.input_type, (Step("layer", layer, (INPUT,)),)),
                 {"layer": design}, (), pace)  # fmt: skip
    sends = flow.output.sends.known.reshape(flow.frames, -1, schedule.fold.window_beats)
    sends = sends[-1] - (flow.frames - 1) * pace
    late = flow.input.known - repeat(np.arange(design.input_beats) * pace // design.input_beats, flow.frames,
                                     pace)  # fmt: skip
    return _Outlet(sends[:, 0], sends[:, -1], int(late.max()))


def _ideal(design: Design, pace: int) -> _Outlet | None:
    """The ideal server, whose windows are released by beats that come evenly; None where fetches hold it up,
    or the input, or may.
    """
    schedule, ring = design.schedule, design.memories.ring_beats
    server, fold, beats = Server(schedule, 1), schedule.fold, schedule.input_beats
    released = (server.row_releases[:, None] + server.column_releases).ravel()
    frames = pace * np.arange(2)[:, None]
    cycles = np.where(released < 0, released, released * pace // beats + frames)
    done = serve(cycles.ravel(), fold.cycles)[released.size :] - pace
    ends = done + schedule.pipeline_latency
    begins = ends - (fold.window_beats - 1) * fold.beat_steps
    accepted = schedule.stored_beats * pace // beats
    over, walk = ends - schedule.pipeline, schedule.window_walk
    if not schedule.gathers:
        over, walk = _latest_fetches(schedule, begins, pace), schedule.fetch_walk
        there = _at(accepted, walk.needs.ravel(), pace)
        places = design.memories.store_columns + np.arange(schedule.store_walk.givers.size)
        freed = (ends - schedule.pipeline)[schedule.store_walk.givers - 1] + RETURN
        if (over < there + ARRIVE).any() or (_at(over, places * schedule.slices, pace) < freed).any():
            return None
    # Every place of the ring is taken again, `ring` stored beats later, when its last visit is over.
    freed = over[walk.givers - 1] + RETURN
    lag = int((freed - _at(accepted, ring + np.arange(freed.size), pace)).max())
    return None if lag > 0 and not schedule.gathers else _Outlet(begins, ends, max(0, lag))


def _latest_fetches(schedule: Schedule, begins: Array, pace: int) -> Array:
    """The latest cycles of a frame's fetches with which windows begin to leave in these."""
    count = schedule.fetch_walk.reads.size
    last = (schedule.store_walk.needs.ravel() + 1) * schedule.slices - 1
    latest = begins - schedule.pipeline - schedule.fold.beat_steps - (STORE - 1)
    cycles = np.full(2 * count, begins[-1] + pace)
    for frame in range(2):
        np.minimum.at(cycles, last[last >= 0] + frame * count, latest[last >= 0] + frame * pace)
    order = np.arange(2 * count)
    return (np.minimum.accumulate((cycles - order)[::-1])[::-1] + order)[:count]


def _at(cycles: Array, index: Array, pace: int) -> Array:
    """Cycles of events that come again in every frame."""
    frame, place = np.divmod(index, cycles.size)
    return cycles[place] + frame * pace
