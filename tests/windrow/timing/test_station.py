"""One stage as events against the law stepped through: settled at once, stepped one by one, or both."""

import random

import numpy as np
import pytest

from plain_law import PlainLaw
from schedules import random_schedule
from stall_patterns import random_stalls
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.memories import Memories
from windrow.timing.settling import Relaxation, settle
from windrow.timing.station import windows
from windrow.timing.stepping import step

SCHEDULES = 100  # for each seed


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("way", ["settled", "stepped", "handed over"])
def test_events_equal_single_steps(seed: int, way: str) -> None:
    dice, kinds, handed = random.Random(seed), set(), 0
    for _ in range(SCHEDULES):
        schedule = random_schedule(dice, 8)
        memories, frames = Memories(schedule), dice.randint(1, 3)
        stalls = random_stalls(dice), random_stalls(dice)
        station = windows("stage", memories, frames)
        for events, name, pattern in zip((station.ports[0].events, station.sends), ("offers", "ready"),
                                         stalls, strict=True):
            if pattern is not None and pattern.any:
                setattr(events, name, FreeCycles(pattern))
        known = [0] * len(station.events)
        if way == "stepped":
            step(station.events, known)
        elif way == "settled":
            known = settle(station.events)
        else:  # what is final when it is given up to settle all at once stays
            relaxation = Relaxation(station.events, known)
            settled = relaxation.run(2 * sum(events.count for events in station.events))
            known = [events.count for events in station.events] if settled else relaxation.final
            handed += not settled and min(known) > 0
            step(station.events, known)
        assert known == [events.count for events in station.events]
        expected = PlainLaw(memories, *stalls).run(frames)
        np.testing.assert_array_equal(station.sends.known, expected, f"{schedule}, {stalls}, frames={frames}")
        kinds.add(("gather" if schedule.gathers else "shift" if schedule.shifts else "store",
                   schedule.starts_in_padding, schedule.dense))
    for field, values in enumerate((("gather", "store", "shift"), (False, True), (False, True))):
        assert {kind[field] for kind in kinds} == set(values)
    assert way != "handed over" or handed
