"""Station: the events of one piece of hardware, and where a network is tied to them.

    beats read ─▶ Port ─▶ ... ─▶ issued ─▶ sends ─▶ beats written

`windows` are those of a stage with windows (theory.md, "The exact law of every class"): accept, fetch, issue
and send, each waiting for the one before it and for the credits of the one behind.  Where pixels are
accumulated, accept and send are all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.events import Events
from windrow.timing.ideal import repeat
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule
from windrow.timing.shifts import Shifts

__all__ = ["Port", "Station", "Windows", "windows"]

Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Port:
    """An input.

    events: in which beats are read
    beats: (beats,) the event that reads each; None where event i reads beat i
    """

    events: Events
    beats: Array | None = None

    def event_of(self, beats: Array) -> Array:
        """The event that reads each beat; -1 for none, which negative beats are."""
        if self.beats is None:
            return np.maximum(beats, -1)
        return np.where(beats < 0, -1, self.beats[np.maximum(beats, 0)])


@dataclass(frozen=True, eq=False)
class Station:
    """One stage or join over a number of frames.

    ports: its inputs
    sends: events in which output beats are transferred
    events: all of them, in the order of the stream
    """

    ports: tuple[Port, ...]
    sends: Events
    events: tuple[Events, ...]

    @property
    def first_offer(self) -> int:
        """The cycle in which the first output beat is offered, once all is known; of a station whose output
        leaves, which waits for nothing else.
        """
        return max(int(wait.cycles(0, 1)[0]) for wait in self.sends.waits)


def windows(name: str, memories: Memories, frames: int) -> Station:
    """A stage with windows."""
    return Windows(name, memories, frames).station()


class Windows:
    """The sequences of a stage with windows, as they come to be tied to each other."""

    def __init__(self, name: str, memories: Memories, frames: int) -> None:
        self.name, self.memories, self.frames = name, memories, frames
        self.schedule: Schedule = memories.schedule
        schedule = self.schedule
        self.accepts = self.events("accepts", frames * schedule.input_beats)
        self.sends = self.events("sends", frames * schedule.windows * schedule.fold.window_beats)
        self.position = repeat(schedule.stored_beats, frames, schedule.input_beats)

    def events(self, what: str, count: int, order: Array | int = 1) -> Events:
        return Events(f"{self.name} {what}", count, order)

    def station(self) -> Station:
        schedule = self.schedule
        if schedule.accumulates:
            self._sends(self.accepts, repeat(schedule.finishing_beats, self.frames, schedule.input_beats))
            return Station((Port(self.accepts),), self.sends, (self.accepts, self.sends))
        middle = self._shifts() if schedule.shifts else self._served()
        return Station((Port(self.accepts),), self.sends, (self.accepts, *middle, self.sends))

    # Line buffer --------------------------------------------------------------------------------

    def _arrivals(self, units: Array) -> Array:
        """The beats that are these stored ones; -1 for those before the first."""
        if not self.position.size:
            return np.full(units.shape, -1)
        return np.where(units < 0, -1, self.position[units])

    def _room(self, frees: Events, givers: Array, visits: int, event: Array | None) -> None:
        """A place of the ring is free when the visit that frees it is over.

        givers: (stored beats of a frame,) which visit frees each, from 1 on, of so many `visits` a frame
        event: (visits of all frames,) the event of each; None where they are the same
        """
        giver = repeat(givers, self.frames, visits) - 1
        index = np.full(self.accepts.count, -1)
        taken = self.position[self.memories.ring_beats :]
        giver = giver[: taken.size]
        index[taken] = giver if event is None else event[giver]
        self.accepts.wait(frees, index, RETURN)

    # Readers ------------------------------------------------------------------------------------

    def _served(self) -> tuple[Events, ...]:
        """Windows one after the other, from the line buffer or from a column store."""
        schedule, fold, frames = self.schedule, self.schedule.fold, self.frames
        steps, beats = fold.beat_steps, fold.window_beats
        issues = self.events("issues", self.sends.count, steps)
        walk = schedule.window_walk if schedule.gathers else schedule.store_walk
        needs = repeat(walk.needs, frames, walk.frame_units)
        ends = np.arange(1, needs.size + 1) * beats - 1  # the last beat of each window
        fetches, source, arrive = (), self.accepts, ARRIVE
        columns = np.maximum(-1, (needs + 1) * schedule.slices - 1)
        there = self._arrivals(needs) if schedule.gathers else columns
        if schedule.frame_beats and schedule.gathers:
            self._room(issues, walk.givers, walk.reads.size, ends)
        elif schedule.frame_beats:
            source, arrive = self._fetches(issues, ends), STORE
            fetches = (source,)
        index = np.full(issues.count, -1)
        index[::beats] = there
        begins = self._begins(issues, source, there, arrive) if schedule.starts_in_padding else ()
        if there.max(initial=-1) >= 0:
            issues.wait(source, index, arrive - 1 + steps)
        self._sends(issues, None)
        return (*fetches, *begins, issues)

    def _fetches(self, issues: Events, ends: Array) -> Events:
        """Fetches of columns, one slice a cycle, into a store that windows free."""
        schedule, frames, slices = self.schedule, self.frames, self.schedule.slices
        walk, windows = schedule.fetch_walk, schedule.store_walk
        fetches = self.events("fetches", frames * walk.reads.size)
        fetches.wait(self.accepts, self._arrivals(repeat(walk.needs, frames, walk.frame_units)), ARRIVE)
        giver = repeat(windows.givers, frames, windows.reads.size) - 1
        columns = self.memories.store_columns
        index = np.full(fetches.count, -1)
        index[columns * slices :: slices] = ends[giver[: max(0, fetches.count // slices - columns)]]
        fetches.wait(issues, index, RETURN)
        self._room(fetches, walk.givers, walk.reads.size, None)
        return fetches

    def _begins(self, issues: Events, source: Events, there: Array, arrive: int) -> tuple[Events, ...]:
        """First steps of frames whose first window is all padding: they wait for the frame's first pixel."""
        schedule, frames = self.schedule, self.frames
        firsts = np.arange(frames) * schedule.input_beats + schedule.slices - 1
        later = ARRIVE if schedule.gathers else ARRIVE + STORE
        beats, steps = self.sends.count // frames, schedule.fold.beat_steps
        begins = self.events("begins", frames)
        begins.wait(self.accepts, firsts, later)
        begins.wait(issues, np.arange(frames) * beats - 1, 1)
        if there.max(initial=-1) >= 0:
            begins.wait(source, there[:: schedule.windows].copy(), arrive)
        index = np.full(issues.count, -1)
        index[::beats] = np.arange(frames)
        issues.wait(begins, index, steps - 1)
        # A step that ends a beat begins when it has a credit.
        taken, event = (issues, np.arange(frames) * beats) if steps == 1 else (begins, np.arange(frames))
        index, most = np.full(self.accepts.count, -1), self.memories.started_frames
        index[firsts[most:]] = event[: max(0, frames - most)]
        self.accepts.wait(taken, index, RETURN)
        return (begins,)

    def _shifts(self) -> tuple[Events, ...]:
        """Columns shifted into a register, where the fetch that completes a window issues it."""
        walk, found = self.schedule.fetch_walk, Shifts.of(self.schedule, self.frames)
        shifts = self.events("shifts", found.order.size, found.order)
        shifts.wait(self.accepts, self._arrivals(found.needs), ARRIVE)
        self._room(shifts, walk.givers, walk.reads.size, np.flatnonzero(found.takes))
        self._sends(shifts, np.flatnonzero(found.emits))
        return (shifts,)

    def _sends(self, issues: Events, emits: Array | None) -> None:
        """Beats that are issued, a credit for each, are offered a pipeline later.

        emits: (beats,) the event that issues each; None where event i issues beat i
        """
        schedule, credits = self.schedule, self.schedule.credits
        if emits is None:
            self.sends.wait(issues, 0, schedule.pipeline)
            issues.wait(self.sends, credits, 1)
            return
        self.sends.wait(issues, emits, schedule.pipeline)
        index = np.full(issues.count, -1)
        index[emits] = np.maximum(np.arange(emits.size) - credits, -1)
        issues.wait(self.sends, index, 1)
