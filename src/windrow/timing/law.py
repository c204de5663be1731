"""The exact law of the datapath in time: theory.md, "The exact law of every class".

Four sequences, beats accepted, columns fetched, steps issued and beats transferred, each waiting for
the one before it and for the credits of the one behind it.
"""

from __future__ import annotations

import numpy as np

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.memories import Memories
from windrow.timing.stalls import Stalls
from windrow.window.walk import Walk

_BLOCK = 24  # beats from which on NumPy is faster than Python


class _Free:
    """The cycles that are not stalled, numbered from 0: a head, then a period again and again."""

    def __init__(self, stalls: Stalls | None) -> None:
        self.always = stalls is None
        self.head = 0 if stalls is None else stalls.head.size
        self.size = 1 if stalls is None else stalls.period.size
        # The head and two periods: every cycle up to the end of the first has a free one ahead.
        count = self.head + 2 * self.size
        free = np.ones(count, bool) if stalls is None else ~stalls.cycles(count)
        self.free = np.flatnonzero(free)
        self.before = np.cumsum(free) - free  # number of free cycles before each
        self.head_free = int(self.before[self.head])
        self.per_turn = int(self.before[self.head + self.size]) - self.head_free
        ahead = self.free[self.before[: self.head + self.size]]
        self.skip: list[int] = (ahead - np.arange(ahead.size)).tolist()

    def __call__(self, cycle: int) -> int:
        """The first free cycle at or after a given one."""
        return cycle + self.skip[cycle if cycle < self.head else self.head + (cycle - self.head) % self.size]

    def number(self, cycles: np.ndarray) -> np.ndarray:
        """How many free cycles lie before each of `cycles`."""
        if self.always:
            return cycles
        turn = np.maximum((cycles - self.head) // self.size, 0)
        return self.before[cycles - turn * self.size] + turn * self.per_turn

    def cycle(self, numbers: np.ndarray) -> np.ndarray:
        """The free cycles with these numbers."""
        if self.always:
            return numbers
        turn = np.maximum((numbers - self.head_free) // self.per_turn, 0)
        return self.free[numbers - turn * self.per_turn] + turn * self.size


def _visits(walk: Walk) -> list[tuple[int, int]]:
    """What each visit of a frame needs and frees, in units of its walk."""
    return list(zip(walk.needs.ravel().tolist(), walk.frees.ravel().tolist(), strict=True))


class Law:
    """The four sequences, each evaluated only as far as the next one asks.

    Python steps through what waits for its own past, windows and columns. Beats, of which there are most,
    are accepted by NumPy in one go as far as it is known when their places are free.
    """

    def __init__(
        self, memories: Memories, input_stall: Stalls | None, output_stall: Stalls | None
    ) -> None:
        self.schedule = schedule = memories.schedule
        self.offer = _Free(input_stall)
        self.ready = _Free(output_stall)
        self.latency = 0
        # A beat is accepted as soon as it is offered, while there is room.
        self.first_accept = self.offer(0)
        # Accepting beats: cycle of every stored beat, and of the last slice of every frame's first pixel.
        self.accepted: list[int] = []
        self.started: list[int] = []
        self.last_accept = -1
        self.room: list[int] = [0] * memories.ring_beats  # when each stored beat has a place
        self.start_room: list[int] = [0] * memories.started_frames
        self.beat = 0  # next input beat, frames concatenated
        self.stored = schedule.stored_beats
        self.stored_list: list[int] = self.stored.tolist()
        # Fetching columns, for designs with a column store.
        self.fetched: list[int] = []  # when the array can read each column
        self.next_fetch = 0  # cycle
        self.column_room: list[int] = [0] * memories.store_columns
        self.fetch = 0  # next fetch of the frame
        self.fetch_base = 0  # stored beats of the frames before
        if schedule.stores and schedule.frame_beats:
            self.fetches = _visits(schedule.fetch_walk)

    def run(self, frames: int, windows: int | None) -> np.ndarray:
        """(frames * windows * groups,) transfer cycles of all output beats."""
        schedule = self.schedule
        if schedule.shifts:
            return self._run_shifts(frames)[:windows]
        gathers, starts_in_padding = schedule.gathers, schedule.starts_in_padding
        walk = schedule.window_walk if gathers else schedule.store_walk
        visits = _visits(walk)[:windows]
        room = self.room if gathers else self.column_room
        arrived, ask = (self.accepted, self._accept) if gathers else (self.fetched, self._fetch)
        arrive = ARRIVE if gathers else 0
        first_arrive = ARRIVE if gathers else ARRIVE + STORE
        fold, always_ready = schedule.fold.cycles, self.ready.always
        groups, steps = range(schedule.fold.window_beats), schedule.fold.beat_steps
        pipeline, skip = schedule.pipeline, self.ready.skip
        head, size = self.ready.head, self.ready.size
        ends: list[int] = []  # last step of each window
        beats: list[int] = [-1] * schedule.credits  # transfers; the first credits are there from the start
        credit = iter(beats)  # the beat that gives back the credit for the next one
        issued = sent = -1
        for frame in range(frames):
            base = frame * walk.frame_units
            for window, (need, frees) in enumerate(visits):
                start = issued + 1
                need += base
                if need >= 0:
                    if need >= len(arrived):
                        ask(need)
                    there = arrived[need] + arrive
                    if there > start:
                        start = there
                if window == 0 and starts_in_padding:
                    start = max(start, self._frame_started(frame) + first_arrive)
                    self.start_room.append(start + RETURN)
                if always_ready:  # no credit is ever missing: `Design.credits`
                    issued = start - 1 + fold
                else:
                    issued = start - 1
                    for _ in groups:
                        issued += steps
                        back = next(credit)
                        if back >= issued:
                            issued = back + 1
                        offered = issued + pipeline
                        sent = offered if offered > sent else sent + 1
                        sent += skip[sent if sent < head else head + (sent - head) % size]
                        beats.append(sent)
                if not ends:
                    self.latency = start - 1 + steps + pipeline - self.first_accept
                ends.append(issued)
                if frees:
                    room.extend([issued + RETURN] * frees)
        if not always_ready:
            return np.array(beats[schedule.credits :], np.int64)
        offsets = (np.arange(len(groups)) - (len(groups) - 1)) * steps + pipeline
        return (np.array(ends, np.int64)[:, None] + offsets).ravel()

    def _run_shifts(self, frames: int) -> np.ndarray:
        """The same for a shift register of columns, where the fetch that completes a window issues it.

        The last window of a row may lack a column that lies in padding. The shift that completes it takes in
        the first column of the next row where that is there, and nothing where it is not.
        """
        schedule, accepted, room = self.schedule, self.accepted, self.room
        visits = _visits(schedule.fetch_walk)
        last, advance, row = schedule.columns.offsets[-1], schedule.columns.advance, schedule.row_beats
        completes = [at >= last and (at - last) % advance == 0 for at in range(row)]
        pipeline, beats = schedule.pipeline, [-1] * schedule.credits
        credit = iter(beats)
        cycle, owed, sent, base = -1, False, -1, 0

        def issue(earliest: int) -> int:
            nonlocal sent
            cycle = max(earliest, next(credit) + 1)
            if len(beats) == schedule.credits:
                self.latency = cycle + pipeline - self.first_accept
            sent = self.ready(max(cycle + pipeline, sent + 1))
            beats.append(sent)
            return cycle

        for _ in range(frames):
            for at, (need, frees) in enumerate(visits):
                if need + base >= len(accepted):
                    self._accept(need + base)
                there = accepted[need + base] + ARRIVE
                if owed:
                    cycle = issue(cycle + 1)
                if not owed or there > cycle:
                    cycle = max(cycle + 1, there)
                    if completes[at % row]:
                        cycle = issue(cycle)
                if frees:
                    room.extend([cycle + RETURN] * frees)
                owed = at % row == row - 1 and schedule.trailing_shifts > 0
            base += schedule.frame_beats
        if owed:
            issue(cycle + 1)
        return np.array(beats[schedule.credits :], np.int64)

    def _accept(self, need: int) -> None:
        """Accept beats until the stored beat `need` is accepted, or further where that is known."""
        count, frame_beats = len(self.accepted), len(self.stored_list)
        frame, first = divmod(count, frame_beats)
        ahead = min(len(self.room) - count, frame_beats - first)
        if self.schedule.starts_in_padding or ahead < _BLOCK:
            while len(self.accepted) <= need:
                self._accept_one()
            return
        # With `u` free cycles up to and including the one in which beat p is accepted,
        #     u_p = max(u_{p-1} + 1, number(room_p + 1)),   a_p = max(cycle(u_{p-1}), room_p).
        offer = self.offer
        position = self.stored[first : first + ahead] + frame * self.schedule.input_beats
        room = np.array(self.room[count : count + ahead], np.int64)
        used = int(offer.number(np.array(self.last_accept + 1)))
        lead = np.empty(ahead + 1, np.int64)  # u_p - p
        lead[0] = used - (self.beat - 1)
        lead[1:] = offer.number(room + 1) - position
        np.maximum.accumulate(lead, out=lead)
        cycles = np.maximum(offer.cycle(lead[:-1] + position - 1), room)
        self.accepted.extend(cycles.tolist())
        self.last_accept = int(cycles[-1])
        self.beat = int(position[-1]) + 1
        if len(self.accepted) <= need:
            self._accept(need)

    def _accept_one(self) -> None:
        """Accept one input beat, stored or not."""
        schedule, count = self.schedule, len(self.accepted)
        frame, place = divmod(self.beat, schedule.input_beats)
        cycle = self.offer(self.last_accept + 1)
        starts = place == schedule.slices - 1
        kept = bool(self.stored_list) and place == self.stored_list[count % len(self.stored_list)]
        if kept:
            cycle = max(cycle, self.room[count])
            self.accepted.append(cycle)
        if starts and schedule.starts_in_padding:
            cycle = max(cycle, self.start_room[frame])
            if kept:
                self.accepted[-1] = cycle
        if starts:
            self.started.append(cycle)
        self.last_accept = cycle
        self.beat += 1

    def _frame_started(self, frame: int) -> int:
        """Cycle in which the last slice of a frame's first pixel is accepted."""
        while len(self.started) <= frame:
            self._accept_one()
        return self.started[frame]

    def _fetch(self, need: int) -> None:
        """Fetch columns until the array can read column `need`."""
        accepted, room, column_room = self.accepted, self.room, self.column_room
        fetched, fetches, slices, base = self.fetched, self.fetches, self.schedule.slices, self.fetch_base
        cycle, at = self.next_fetch, self.fetch
        # Fetching does not wait for windows but for room, unless windows let a frame begin.
        stop = need + 1 if self.schedule.starts_in_padding else max(need + 1, len(column_room))
        for column in range(len(fetched), stop):
            if column_room[column] > cycle:
                cycle = column_room[column]
            for needs, frees in fetches[at : at + slices]:
                beat = needs + base
                if beat >= len(accepted):
                    self._accept(beat)
                there = accepted[beat] + ARRIVE
                if there > cycle:
                    cycle = there
                if frees:
                    room.extend([cycle + RETURN] * frees)
                cycle += 1
            fetched.append(cycle - 1 + STORE)
            at += slices
            if at == len(fetches):
                at = 0
                base += self.schedule.frame_beats
        self.fetch, self.fetch_base = at, base
        self.next_fetch = cycle
