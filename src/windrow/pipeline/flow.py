"""Flow: the exact time of a network, the laws of its stages tied together by the queues between them.

A stage is offered what a queue holds, and sends when all queues that read it have room: events of others to
wait for, where a stage on its own has an input that never pauses and an output that never stalls (theory.md,
"Networks: laws compose").  Every kind of hardware has a function that gives its `Station`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import JoinDesign, StageDesign, input_lanes
from windrow.pipeline.steps import INPUT, Steps
from windrow.stage.pixels import beats_of
from windrow.timing.events import Events, Wait
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.group_memories import GroupMemories
from windrow.timing.group_station import groups
from windrow.timing.ideal import repeat
from windrow.timing.settling import settle
from windrow.timing.stalls import Stalls
from windrow.timing.station import Port, Station, windows

__all__ = ["Deadlock", "Flow"]

Array = npt.NDArray[np.int64]


class Deadlock(ValueError):
    """Stages that wait for each other for ever: a queue has too little room."""


class Flow:
    """A run of so many frames.

    fifos: queues that have no more room than they say, and no less; None for one of each, without end
    pace: cycles that every frame is spread over evenly at the input; None where nothing holds the input up
    """

    def __init__(self, steps: Steps, designs: Mapping[str, StageDesign], fifos: Sequence[Fifo], frames: int,
                 *, bounded: bool = True, pace: int | None = None) -> None:
        self.steps, self.fifos, self.frames = steps, fifos, frames
        self.stations = {step.name: station(step.name, designs[step.name], frames) for step in steps.steps}
        step, port = steps.readers(INPUT)[0]
        beats = beats_of(steps.input_shape, designs[step.name].pixels, input_lanes(designs[step.name], port))
        self.forks = any(fifo.source == INPUT for fifo in fifos)
        alone = self.stations[step.name].ports[port].events
        self.input = Events(INPUT, frames * beats) if self.forks else alone
        if pace is not None:
            self.input.least = repeat(np.arange(beats) * pace // beats, frames, pace)
        self._limits: dict[tuple[str, int], Wait] = {}
        for fifo in fifos:
            self._offer(fifo)
            if bounded:
                self.limit(fifo)

    @property
    def output(self) -> Station:
        """The station whose output leaves."""
        return self.stations[self.steps.output.name]

    @cached_property
    def events(self) -> tuple[Events, ...]:
        """Everything that happens, in the order of the stream."""
        inside = [events for each in self.stations.values() for events in each.events]
        return (*([self.input] if self.forks else []), *inside)

    def stall(self, input_stall: Stalls | None, output_stall: Stalls | None) -> None:
        """Stalls of the outside; None for never."""
        if input_stall is not None:
            self.input.offers = FreeCycles(input_stall)
        if output_stall is not None:
            self.output.sends.ready = FreeCycles(output_stall)

    def settle(self) -> None:
        """Find all cycles; `Deadlock` where outputs are missing."""
        known = dict(zip(map(id, self.events), settle(self.events), strict=True))
        sends = self.output.sends
        if known[id(sends)] < sends.count:
            raise self._deadlock(known)

    # Queues -------------------------------------------------------------------------------------

    def writes(self, fifo: Fifo) -> Events:
        """Writes to a queue."""
        return self.input if fifo.source == INPUT else self.stations[fifo.source].sends

    def reads(self, fifo: Fifo) -> Port:
        """Who reads it."""
        return self.stations[fifo.target].ports[fifo.port]

    def _offer(self, fifo: Fifo) -> None:
        """What is written can be read a cycle later."""
        port, writes = self.reads(fifo), self.writes(fifo)
        if fifo.read == fifo.write and port.beats is None:
            port.events.wait(writes, 0, 1)
            return
        beats = np.arange(writes.count * fifo.write // fifo.read)
        last = ((beats + 1) * fifo.read - 1) // fifo.write
        if port.beats is None:
            port.events.wait(writes, last, 1)
            return
        index = np.full(port.events.count, -1)
        index[port.beats] = last
        port.events.wait(writes, index, 1)

    def limit(self, fifo: Fifo) -> None:
        """Give a queue so much room: a write waits for the read that makes room, and comes a cycle later."""
        port, writes = self.reads(fifo), self.writes(fifo)
        if fifo.read == fifo.write and port.beats is None:
            index = fifo.depth
        else:
            end = (np.arange(writes.count) + 1) * fifo.write
            index = port.event_of(-((fifo.elements - end) // fifo.read) - 1)
        before, wait = self._limits.get((fifo.target, fifo.port)), Wait(port.events, index, 1)
        writes.waits = [each for each in writes.waits if each is not before] + [wait]
        self._limits[fifo.target, fifo.port] = wait

    def held(self, fifo: Fifo) -> int:
        """The most elements that a queue has held."""
        port = self.reads(fifo)
        writes, reads = self.writes(fifo).known, port.events.known
        reads = reads if port.beats is None else reads[port.beats]
        ends = (np.arange(writes.size) + 1) * fifo.write
        return int((ends - fifo.read * np.searchsorted(reads, writes)).max())

    def repeats(self, interval: int) -> bool:
        """Is the end of the run a frame that comes again and again, everything in it `interval` cycles later?

        That is so where so many frames were alike as the longest wait reaches back.
        """
        back = max(self._reach(events, wait) for events in self.events for wait in events.waits)
        if back >= self.frames:
            return False
        return all((np.diff(events.known.reshape(self.frames, -1)[-back - 1 :], axis=0) == interval).all()
                   for events in self.events)

    def _reach(self, events: Events, wait: Wait) -> int:
        """Frames from what the last frame waits for to that frame, one at the least."""
        each, others = events.count // self.frames, wait.source.count // self.frames
        if isinstance(wait.index, int):
            oldest = events.count - each - wait.index
        else:
            last = wait.index[-each:]
            oldest = int(last[last >= 0].min(initial=wait.source.count - 1))
        return max(1, self.frames - 1 - max(0, oldest) // others)

    # What waits for ever ------------------------------------------------------------------------

    def _deadlock(self, known: Mapping[int, int]) -> Deadlock:
        sends = self.output.sends
        full = [fifo for fifo in self.fifos if self._blocks(fifo, known)]
        # Behind the others there is one whose reader could read, were another of its queues not empty.
        starved = [fifo for fifo in full if len(self.stations[fifo.target].ports) > 1]
        queues = ", ".join(f"from {fifo.source!r} to input {fifo.port} of {fifo.target!r} with room for "
                           f"{fifo.elements} elements" for fifo in starved or full)
        return Deadlock(f"the pipeline hangs after {known[id(sends)]} of {sends.count} output beats: full is "
                        f"the queue {queues}; give it more room, or none to have it sized")

    def _blocks(self, fifo: Fifo, known: Mapping[int, int]) -> bool:
        """Does the next write wait for a read that never comes?"""
        writes, port = self.writes(fifo), self.reads(fifo)
        at = known[id(writes)]
        if at == writes.count:
            return False
        read = port.event_of(np.array([-((fifo.elements - (at + 1) * fifo.write) // fifo.read) - 1]))
        return int(read[0]) >= known[id(port.events)]


def station(name: str, design: StageDesign, frames: int) -> Station:
    """The events of a stage or a join."""
    if isinstance(design, JoinDesign):
        return _join(name, design, frames)
    if isinstance(design.memories, GroupMemories):
        return groups(name, design.memories, frames)
    return windows(name, design.memories, frames)


def _join(name: str, design: JoinDesign, frames: int) -> Station:
    """A join: it begins a beat when those that it reads are there and a credit is left."""
    count = frames * design.output_beats
    begins, sends = Events(f"{name} begins", count), Events(f"{name} sends", count)
    begins.wait(sends, design.credits, 1)
    sends.wait(begins, 0, design.pipeline)
    turns = count // len(design.reads)
    ports = tuple(Port(begins, None if read.all() else np.flatnonzero(np.tile(read, turns)))
                  for read in design.reads.T)
    return Station(ports, sends, (begins, sends))
