"""The law in blocks against the law stepped through, over random schedules and stalls at both ends."""

import random

import numpy as np
import pytest

import windrow as wr
from plain_law import PlainLaw
from schedules import random_schedule
from stall_patterns import random_stalls
from windrow.timing.law import Law
from windrow.timing.memories import Memories
from windrow.timing.stalls import Stalls

SEEDS = range(4)
SCHEDULES = 400  # for each seed


@pytest.mark.parametrize("seed", SEEDS)
def test_blocks_equal_single_steps(seed: int) -> None:
    dice, kinds = random.Random(seed), set()
    for _ in range(SCHEDULES):
        schedule = random_schedule(dice, 8)
        memories, frames = Memories(schedule), dice.randint(1, 3)
        stalls = random_stalls(dice), random_stalls(dice)
        law, plain = Law(memories, *stalls), PlainLaw(memories, *stalls)
        expected, case = plain.run(frames), f"{schedule}, {stalls}, frames={frames}"
        assert law.run(frames, None).tolist() == expected, case
        windows = dice.randint(1, schedule.windows)
        some = Law(memories, *stalls).run(1, windows).tolist()
        assert some == expected[: windows * schedule.fold.window_beats], case
        reader = "gather" if schedule.gathers else "shift" if schedule.shifts else "store"
        kinds.add((reader, schedule.starts_in_padding, schedule.dense))
    for field, values in enumerate((("gather", "store", "shift"), (False, True), (False, True))):
        assert {kind[field] for kind in kinds} == set(values)


@pytest.mark.parametrize("rows", [3, 4])
@pytest.mark.parametrize("stalled", [(0.3, 0.3), (0.0, 0.6), (0.6, 0.0), (0.1, 0.9)])
@pytest.mark.parametrize("design", [
    wr.Design(wr.Conv2d(height=48, width=60, kernel_size=3, stride=2, padding=1), taps=3),
    wr.Design(wr.Conv2d(height=48, width=60, kernel_size=3, padding=1), taps=9),
    wr.Design(wr.Conv2d(height=48, width=60, kernel_size=3, padding=1), taps=1),
    wr.Design(wr.Conv2d(height=40, width=50, kernel_size=3, in_channels=2, out_channels=4, stride=2), pe=1),
], ids=["gather", "shift", "slow", "store"])  # fmt: skip
def test_blocks_of_many_steps(design: wr.Design, stalled: tuple[float, float], rows: int) -> None:
    """Frames of several blocks, with rings that are none too large: some wait for credits, some do not."""
    memories = Memories(design.schedule, rows)
    stalls = [Stalls.random(share, seed=at) for at, share in enumerate(stalled)]
    law, plain = Law(memories, *stalls), PlainLaw(memories, *stalls)
    found = law.run(2, None)
    np.testing.assert_array_equal(found, plain.run(2))
    first = int(found[0]) - plain.free(0, 0)  # transferred; offered it was before, if the output stalls
    assert law.latency == first if not stalled[1] else 0 < law.latency <= first
