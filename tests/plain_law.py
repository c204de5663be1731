"""The law of theory.md stepped through plainly: one beat, one fetch, one step at a time, from lists.

`windrow.timing.law` goes through blocks of them at once; it has to find the same cycles.
"""

from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.memories import Memories
from windrow.timing.stalls import Stalls


class PlainLaw:
    """Transfer cycles of all output beats: `run`.  All before is done as far as somebody asks for it."""

    def __init__(self, memories: Memories, input_stall: Stalls | None, output_stall: Stalls | None) -> None:
        schedule = memories.schedule
        self.memories, self.schedule = memories, schedule
        self.stalls = [_Pattern(each) for each in (input_stall, output_stall)]
        self.stored: list[int] = schedule.stored_beats.tolist()
        self.accepted: list[int] = []  # of stored beats
        self.started: list[int] = []  # of the last slice of each frame's first pixel
        self.beat, self.last_accept = 0, -1
        self.room = [0] * memories.ring_beats
        self.start_room = [0] * memories.started_frames
        self.fetched: list[int] = []  # columns: when the array can read them
        self.fetch_cycle = 0
        self.column_room = [0] * memories.store_columns
        self.sent: list[int] = [-1] * schedule.credits  # the first credits are there from the start

    def free(self, stream: int, cycle: int) -> int:
        """The first cycle from `cycle` on in which a stream (0: input, 1: output) is not stalled."""
        while self.stalls[stream].stalled(cycle):
            cycle += 1
        return cycle

    def run(self, frames: int) -> list[int]:
        if self.schedule.shifts:
            self._shift(frames)
        else:
            self._serve(frames)
        return self.sent[self.schedule.credits :]

    def _serve(self, frames: int) -> None:
        schedule, gathers = self.schedule, self.schedule.gathers
        walk = schedule.window_walk if gathers else schedule.store_walk
        issued = -1
        for frame in range(frames):
            for window, (need, frees) in enumerate(zip(walk.needs.flat, walk.frees.flat, strict=True)):
                start, need = issued + 1, int(need) + frame * walk.frame_units
                if need >= 0:
                    start = max(start, self._arrived(need) + ARRIVE if gathers else self._column(need))
                if window == 0 and schedule.starts_in_padding:
                    while len(self.started) <= frame:
                        self._accept()
                    start = max(start, self.started[frame] + ARRIVE + (0 if gathers else STORE))
                    self.start_room.append(start + RETURN)
                issued = start - 1
                for _ in range(schedule.fold.window_beats):
                    issued = self._send(issued + schedule.fold.beat_steps)
                (self.room if gathers else self.column_room).extend([issued + RETURN] * int(frees))

    def _shift(self, frames: int) -> None:
        """The fetch that completes a window issues it; the last of a row may come with the next row."""
        schedule, walk, axis = self.schedule, self.schedule.fetch_walk, self.schedule.columns
        cycle, owed = -1, False
        for frame in range(frames):
            for fetch, (need, frees) in enumerate(zip(walk.needs.flat, walk.frees.flat, strict=True)):
                at = fetch % schedule.row_beats - axis.offsets[-1]
                there = self._arrived(int(need) + frame * walk.frame_units) + ARRIVE
                if owed:
                    cycle = self._send(cycle + 1)
                if not owed or there > cycle:
                    cycle = max(cycle + 1, there)
                    if at >= 0 and at % axis.advance == 0:
                        cycle = self._send(cycle)
                self.room.extend([cycle + RETURN] * int(frees))
                owed = schedule.trailing_shifts > 0 and (fetch + 1) % schedule.row_beats == 0
        if owed:
            self._send(cycle + 1)

    def _send(self, earliest: int) -> int:
        """Issue the last step of a beat when it has a credit, and transfer the beat; the step's cycle."""
        issued = max(earliest, self.sent[-self.schedule.credits] + 1)
        self.sent.append(self.free(1, max(issued + self.schedule.pipeline, self.sent[-1] + 1)))
        return issued

    def _column(self, column: int) -> int:
        """The cycle from which on the array can read a column."""
        schedule, walk = self.schedule, self.schedule.fetch_walk
        while len(self.fetched) <= column:
            cycle = max(self.fetch_cycle, self.column_room[len(self.fetched)])
            for part in range(schedule.slices):
                frame, fetch = divmod(len(self.fetched) * schedule.slices + part, walk.needs.size)
                need = int(walk.needs.flat[fetch]) + frame * walk.frame_units
                cycle = max(cycle, self._arrived(need) + ARRIVE)
                self.room.extend([cycle + RETURN] * int(walk.frees.flat[fetch]))
                cycle += 1
            self.fetch_cycle = cycle
            self.fetched.append(cycle - 1 + STORE)
        return self.fetched[column]

    def _arrived(self, stored: int) -> int:
        """The cycle in which a stored beat is accepted."""
        while len(self.accepted) <= stored:
            self._accept()
        return self.accepted[stored]

    def _accept(self) -> None:
        """Accept one input beat, stored or not."""
        schedule, count = self.schedule, len(self.accepted)
        frame, place = divmod(self.beat, schedule.input_beats)
        cycle = self.free(0, self.last_accept + 1)
        starts = place == schedule.slices - 1
        kept = bool(self.stored) and place == self.stored[count % len(self.stored)]
        if kept:
            cycle = max(cycle, self.room[count])
        if starts and schedule.starts_in_padding:
            cycle = max(cycle, self.start_room[frame])
        if starts:
            self.started.append(cycle)
        if kept:
            self.accepted.append(cycle)
        self.last_accept, self.beat = cycle, self.beat + 1


class _Pattern:
    """A stall pattern, a cycle at a time."""

    def __init__(self, stalls: Stalls | None) -> None:
        self.head = [] if stalls is None else stalls.head.tolist()
        self.period = [False] if stalls is None else stalls.period.tolist()

    def stalled(self, cycle: int) -> bool:
        if cycle < len(self.head):
            return self.head[cycle]
        return self.period[(cycle - len(self.head)) % len(self.period)]
