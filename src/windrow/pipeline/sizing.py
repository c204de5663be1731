"""Room of queues: what keeps the pace of the slowest stage, and hardly more.

The paced schedule (theory.md, "FIFO depths"): fed evenly, a frame every `interval` cycles, queues without end
hold some elements and no more.  With just that room the same schedule satisfies everything that the network
waits for, so the schedule of an input that comes sooner is nowhere later: the interval is that of the slowest
stage, and nothing ever hangs.

What a queue holds then is not always the least that it needs.  The largest are lowered one by one, halving
what is in question, as long as the schedule, put off by what has no room, still comes to repeat itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from windrow.pipeline.fifo import Fifo
from windrow.pipeline.flow import Flow
from windrow.pipeline.join_design import StageDesign
from windrow.pipeline.steps import Steps
from windrow.timing.settling import Relaxation, settle

__all__ = ["sized"]

_FRAMES = 4  # of a schedule, at first, until it repeats itself
_MOST_EVENTS = 1 << 24  # of a schedule that does not
_LARGE = 1 << 7  # bits from which on a queue is worth to be lowered
_QUEUES = 16  # that are lowered, at the most
_PASSES = 6  # through all events, until it is given up that a room is enough
_WORK = 1 << 26  # events that are gone through to lower queues, in all


def sized(steps: Steps, designs: Mapping[str, StageDesign], fifos: tuple[Fifo, ...], interval: int
          ) -> tuple[Fifo, ...]:
    """Queues with room for a frame every `interval` cycles."""
    if not fifos:
        return ()
    flow = paced(steps, designs, fifos, interval)
    found = tuple(replace(fifo, elements=-(-flow.held(fifo) // fifo.unit) * fifo.unit) for fifo in fifos)
    for fifo in found:
        flow.limit(fifo)
    return _Lowering(flow, found, interval).run()


def paced(steps: Steps, designs: Mapping[str, StageDesign], fifos: tuple[Fifo, ...], interval: int) -> Flow:
    """The schedule of a network that is fed evenly, its queues without end, until it repeats itself.

    It then goes on for as long as anything of a frame is under way, so that queues have held their most.
    """
    frames = _FRAMES
    while True:
        flow = Flow(steps, designs, fifos, frames, bounded=False, pace=interval)
        settle(flow.events)
        under_way = max(int(events.known[-1]) for events in flow.events) - (frames - 1) * interval
        enough = under_way // interval + 2
        if frames >= enough and flow.repeats(interval):
            return flow
        if sum(events.count for events in flow.events) >= _MOST_EVENTS:
            return flow  # no stage may be slower than `interval`, but some are in some frames
        frames = max(enough, 2 * frames)
        del flow  # before the next is there


class _Lowering:
    """Queues that are lowered one after the other, over a schedule with the rooms that they have."""

    def __init__(self, flow: Flow, fifos: tuple[Fifo, ...], interval: int) -> None:
        self.flow, self.fifos, self.interval = flow, list(fifos), interval
        self.total = sum(events.count for events in flow.events)
        self.left = _WORK

    def run(self) -> tuple[Fifo, ...]:
        largest = sorted(range(len(self.fifos)), key=lambda at: -self.fifos[at].bits)
        for at in largest[:_QUEUES]:
            if self.fifos[at].bits >= _LARGE:
                self._lower(at)
        return tuple(self.fifos)

    def _lower(self, at: int) -> None:
        fifo = self.fifos[at]
        low, high = 1, fifo.elements // fifo.unit  # high is enough
        while low < high and self.left > 0:
            middle = (low + high) // 2
            if self._enough(replace(fifo, elements=middle * fifo.unit)):
                high = middle
            else:
                low = middle + 1
        self.fifos[at] = replace(fifo, elements=high * fifo.unit)
        self.flow.limit(self.fifos[at])

    def _enough(self, fifo: Fifo) -> bool:
        """Does the schedule still repeat itself?  Then it is put off to that; else it stays as it is."""
        flow, before = self.flow, [_small(events.known) for events in self.flow.events]
        flow.limit(fifo)
        late = [0 if events is flow.writes(fifo) else events.count for events in flow.events]
        relaxation = Relaxation(flow.events, late)
        settled = relaxation.run(min(self.left, _PASSES * self.total))
        self.left -= relaxation.work
        if settled and flow.repeats(self.interval):
            return True
        for events, cycles in zip(flow.events, before, strict=True):
            events.known[:] = cycles
        return False


def _small(cycles: npt.NDArray[np.int64]) -> npt.NDArray[np.signedinteger]:
    """A copy that takes half of the memory where the last cycle, which is the largest, allows it."""
    return cycles.astype(np.int32 if cycles.max(initial=0) <= np.iinfo(np.int32).max else np.int64)
