"""One stage as events against the law stepped through, settled at once and stepped one by one."""

import random

import numpy as np
import pytest

from plain_law import PlainLaw
from schedules import random_schedule
from stall_patterns import random_stalls
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.memories import Memories
from windrow.timing.settling import settle
from windrow.timing.station import windows
from windrow.timing.stepping import step

SCHEDULES = 100  # for each seed


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("stepped", [False, True])
def test_events_equal_single_steps(seed: int, stepped: bool) -> None:
    dice, kinds = random.Random(seed), set()
    for _ in range(SCHEDULES):
        schedule = random_schedule(dice, 8)
        memories, frames = Memories(schedule), dice.randint(1, 3)
        stalls = random_stalls(dice), random_stalls(dice)
        station = windows("stage", memories, frames)
        for events, name, pattern in zip((station.ports[0].events, station.sends), ("offers", "ready"),
                                         stalls, strict=True):
            if pattern is not None and pattern.any:
                setattr(events, name, FreeCycles(pattern))
        if stepped:
            known = [0] * len(station.events)
            step(station.events, known)
        else:
            known = settle(station.events)
        assert known == [events.count for events in station.events]
        expected = PlainLaw(memories, *stalls).run(frames)
        np.testing.assert_array_equal(station.sends.known, expected, f"{schedule}, {stalls}, frames={frames}")
        kinds.add(("gather" if schedule.gathers else "shift" if schedule.shifts else "store",
                   schedule.starts_in_padding, schedule.dense))
    for field, values in enumerate((("gather", "store", "shift"), (False, True), (False, True))):
        assert {kind[field] for kind in kinds} == set(values)
