"""Looks: where the columns of a group of windows are in the shift register, and which lie in padding.

Nearly all groups of a row look alike; those at its ends differ, and, where the columns of a group do not come
in whole beats, neighbours do.
"""

from __future__ import annotations

from dataclasses import dataclass

from windrow.timing.group_schedule import GroupSchedule

__all__ = ["Look", "Looks"]


@dataclass(frozen=True)
class Look:
    """One way in which a group can look.

    distances: (places,) how many columns lie behind the one that each place shows
    clear: (places,) bool: does it lie in padding, so that what it shows does not matter?
    """

    distances: tuple[int, ...]
    clear: tuple[bool, ...]


@dataclass(frozen=True)
class Looks:
    """Every look of a row's groups, and which of them each group has."""

    every: tuple[Look, ...]
    of: tuple[int, ...]

    @classmethod
    def of_schedule(cls, schedule: GroupSchedule) -> Looks:
        """The looks of a schedule's groups."""
        found = [_look(schedule, group) for group in range(schedule.groups)]
        every = tuple(dict.fromkeys(found))
        return cls(every, tuple(every.index(look) for look in found))

    @property
    def reach(self) -> int:
        """The most columns that lie behind one that is shown."""
        return max(max(look.distances) for look in self.every)

    def behind(self, place: int) -> list[int]:
        """Of every look, how many columns lie behind the one that a place shows; as usual where cleared."""
        usual = next((look.distances[place] for look in self.every if not look.clear[place]), 0)
        return [usual if look.clear[place] else look.distances[place] for look in self.every]


def _look(schedule: GroupSchedule, group: int) -> Look:
    """The look of one group; windows of a last group that do not exist show what lies there."""
    window, places, columns = schedule.window, schedule.places, schedule.columns
    stride, dilation = window.stride[1], columns.dilation
    behind = int(schedule.distances[group])
    distances = {place: behind + places[-1] - place for place in places}
    clear = dict.fromkeys(places, False)
    sources = window.sources[1]
    for number in range(schedule.outputs):
        x = group * schedule.outputs + number
        if x >= columns.outputs:
            break
        case = sources.cases[sources.of[x]]
        for tap in range(columns.kernel):
            place = number * stride + tap * dilation
            column = x * stride - columns.before + tap * dilation
            if not 0 <= column < columns.size:
                shown = number * stride + case[tap] * dilation
                distances[place] = behind + places[-1] - shown
                clear[place] = window.mode == "constant"
    return Look(tuple(distances.values()), tuple(clear.values()))
