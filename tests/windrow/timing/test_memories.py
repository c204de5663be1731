"""Memory sizes from rows and columns apart against whole arrays of beats and windows."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import schedules
from windrow.timing.ideal import Server, keeps_up, settled_frames
from windrow.timing.memories import ring_beats

SEEDS = range(4)
SCHEDULES = 500  # for each seed


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_equals_that_of_whole_arrays(seed: int) -> None:
    dice = random.Random(seed)
    kinds = set()
    for _ in range(SCHEDULES):
        schedule = schedules.random_schedule(dice, 40 if dice.random() < 0.05 else 9)
        whole = schedules.Arrays(schedule, settled_frames(schedule))
        server = Server(schedule, whole.frames)
        np.testing.assert_array_equal(server.finish().ravel(), whole.finish(), str(schedule))
        if not schedule.frame_beats:
            continue
        assert ring_beats(schedule) == schedules.ring_beats(schedule), schedule
        if not schedule.gathers:
            last, fetched = whole.last_fetch(), schedules.serve(whole.fetch_releases(), 1)
            found = np.where(last >= 0, fetched[last], 0)
            np.testing.assert_array_equal(np.maximum(server.last_fetched().ravel(), 0), found, str(schedule))
            if schedule.fold.cycles * schedule.columns.outputs >= schedule.row_beats:
                assert keeps_up(schedule) == whole.keeps_up(), schedule
        fetches = 0 if schedule.gathers else schedule.fetch_walk.reads.size
        paces = [(schedule.input_beats, "input"), (schedule.work, "array"), (fetches, "fetch")]
        kinds.add((schedule.gathers, max(paces)[1], schedule.dense, schedule.starts_in_padding))
    # Both readers; the input, the array and the fetch as what sets the pace; dense; begun in padding.
    every = ((False, True), ("input", "array", "fetch"), (False, True), (False, True))
    for field, values in enumerate(every):
        assert {kind[field] for kind in kinds} == set(values)


PLAN = """
import windrow as wr
design = wr.plan(wr.Conv2d({layer}))
print(design.ring_rows, design.latency, design.interval, design.multipliers)
print(dict(line.split(":", 1) for line in open("/proc/self/status"))["VmHWM"].split()[0])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak")
@pytest.mark.parametrize(("layer", "figures"), [
    ("height=1080, width=1920, in_channels=32, out_channels=8, kernel_size=3, padding=1",
     [3, 61_552, 1080 * 1920 * 32, 72]),
    ("height=4096, width=4096, kernel_size=3, padding=1", [3, 4_110, 4096 * 4096, 9]),
    ("height=4096, width=4096, kernel_size=3", [3, 8_207, 4096 * 4096, 9]),
])  # fmt: skip
def test_large_layers_are_planned_within_a_gigabyte(layer: str, figures: list[int]) -> None:
    """Peak memory of a process of its own, as Linux counts it; its time is the benchmark's affair."""
    code = PLAN.format(layer=layer)
    command = [sys.executable, "-c", code]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    found, peak = text.splitlines()
    assert [int(figure) for figure in found.split()] == figures
    assert int(peak) * 1024 < 2**30
