"""The events of hardware that takes several pixels a beat: `windrow.timing.group_law` says what they are.

    accepts ─▶ shifts ─┬─▶ sends              a group in every cycle; some leave behind their row's last shift
                       └─▶ ends ─▶ sends      a group in several: the register stands still until it is over
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windrow.timing.depths import ARRIVE
from windrow.timing.events import Events
from windrow.timing.group_memories import GroupMemories
from windrow.timing.group_schedule import GroupSchedule
from windrow.timing.ideal import repeat
from windrow.timing.station import Port, Station, Windows

__all__ = ["groups"]

Array = npt.NDArray[np.int64]


def groups(name: str, memories: GroupMemories, frames: int) -> Station:
    """A stage that takes several pixels a beat."""
    return _Groups(name, memories, frames).station()


class _Groups(Windows):
    """Its sequences, as they come to be tied to each other."""

    def station(self) -> Station:
        schedule, walk = self.schedule, self.schedule.fetch_walk
        assert isinstance(schedule, GroupSchedule)
        rows = self.frames * schedule.rows.outputs
        shifts = self.events("shifts", rows * schedule.period)
        shifts.wait(self.accepts, self._arrivals(repeat(walk.needs, self.frames, walk.frame_units)), ARRIVE)
        self._room(shifts, walk.givers, walk.reads.size, None)
        row = schedule.period * np.arange(rows)[:, None]
        # Of every shift, how many groups are complete before it.
        before = np.searchsorted(schedule.completing, np.arange(schedule.period))
        before = (before + schedule.groups * np.arange(rows)[:, None]).ravel()
        if schedule.fold.cycles == 1:
            self._at_once(schedule, shifts, row, before)
            middle = (shifts,)
        else:
            middle = (shifts, self._in_steps(schedule, shifts, row, before))
        return Station((Port(self.accepts),), self.sends, (self.accepts, *middle, self.sends))

    def _at_once(self, schedule: GroupSchedule, shifts: Events, row: Array, before: Array) -> None:
        """The shift that completes a group issues it; those that trail a row come behind its last."""
        pipeline, last = schedule.pipeline, schedule.period - 1
        behind = np.maximum(schedule.completing - last, 0)
        for later in np.unique(behind).tolist():
            index = np.where(behind == later, row + np.minimum(schedule.completing, last), -1)
            self.sends.wait(shifts, index.ravel(), pipeline + later)
        credited = schedule.emits[: schedule.period].copy()
        credited[last] |= schedule.trailing > 0
        self._credits(schedule, shifts, credited, before)

    def _in_steps(self, schedule: GroupSchedule, shifts: Events, row: Array, before: Array) -> Events:
        """Steps that end output beats; the first of a group is the shift that completes it."""
        steps, beats = schedule.fold.beat_steps, schedule.fold.window_beats
        ends = self.events("ends", self.sends.count, steps)
        index = np.full(ends.count, -1)
        index[::beats] = (row + schedule.completing).ravel()
        ends.wait(shifts, index, steps - 1)
        shifts.wait(ends, before * beats - 1, 1)
        if steps == 1:
            self._credits(schedule, shifts, schedule.emits[: schedule.period], before * beats)
        self._sends(ends, None)
        return ends

    def _credits(self, schedule: GroupSchedule, shifts: Events, credited: npt.NDArray[np.bool_], beat: Array
                 ) -> None:  # fmt: skip
        """Some shifts of every row wait for the credit of the output beat that each is before."""
        index = np.where(np.tile(credited, self.frames * schedule.rows.outputs), beat - schedule.credits, -1)
        shifts.wait(self.sends, np.maximum(index, -1), 1)
