"""The law of several pixels a beat: its closed form against its steps, the pace, and what is stored."""

import random

import numpy as np
import pytest

import windrow as wr
from plain_groups import stepped
from windrow.timing import group_law
from windrow.timing.group_memories import GroupMemories, ring_beats
from windrow.timing.group_schedule import GroupSchedule
from windrow.timing.stalls import Stalls


def random_design(dice: random.Random) -> wr.Design:
    while True:
        kernel = dice.randint(1, 4), dice.choice([1, 2, 3, 5, 7, 9])
        pads = [[dice.randint(0, k) for _ in range(2)] for k in kernel]
        try:
            layer = wr.MaxPool2d(
                height=dice.randint(1, 8), width=dice.randint(1, 40), kernel_size=kernel,
                stride=(dice.randint(1, 4), dice.randint(1, 4)), padding=(tuple(pads[0]), tuple(pads[1])),
                dilation=(dice.choice([1, 1, 2]), dice.choice([1, 1, 2, 3])),
            )  # fmt: skip
            some = [each for each in wr.designs(layer, pixels=dice.randint(2, 16)) if each.fold < 20]
            return some[-1] if dice.random() < 0.5 else dice.choice(some)
        except ValueError:
            continue


def test_the_closed_form_is_what_the_steps_give() -> None:
    dice, kept = random.Random(0), 0
    for _ in range(60):
        memories = random_design(dice).memories
        assert isinstance(memories, GroupMemories)
        cycles, latency = stepped(memories, 3, None, None)
        found = group_law.group_timing(memories, 3)
        assert (found.output_cycles.ravel() == cycles).all()
        assert found.latency == latency == group_law.group_latency(memories)
        settled = group_law.group_timing(memories, 6).interval
        assert settled == group_law.group_interval(memories)
        kept += memories.keeps_up
    assert kept > 20  # of which the closed form was asked


@pytest.mark.parametrize("pixels", [1, 2, 4, 8])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 6, 7])
def test_the_pace_is_a_beat_a_cycle(pixels: int, stride: int, kernel: int) -> None:
    for width in (33, 40):
        for mode in ("constant", "edge"):
            half = (kernel - 1) // 2
            layer = wr.MinPool2d(height=9, width=width, kernel_size=kernel, stride=stride, padding=half,
                                 padding_mode=mode)  # fmt: skip
            design = wr.Design(layer, pixels=pixels, taps=kernel**2)
            assert design.interval == -(-width // pixels) * 9


@pytest.mark.parametrize(("kernel", "pixels", "rows"),
                         [(3, 4, 2.02), (3, 8, 2.02), (5, 8, 4.02), (7, 8, 6.02)])  # fmt: skip
def test_storage_is_the_rows_that_a_window_needs(kernel: int, pixels: int, rows: float) -> None:
    layer = wr.MaxPool2d(height=20, width=3840, kernel_size=kernel, padding=kernel // 2)
    design = wr.Design(layer, pixels=pixels)
    schedule = design.schedule
    assert isinstance(schedule, GroupSchedule)
    assert ring_beats(schedule) <= rows * schedule.row_beats
    assert design.ring_rows == kernel
    assert design.ideal


def test_rings_that_are_smaller_cost_cycles() -> None:
    """The least storage is least: with a row less some run is slower, or the hardware would hang."""
    dice, slower = random.Random(1), 0
    for _ in range(40):
        memories = random_design(dice).memories
        assert isinstance(memories, GroupMemories)
        rows, row = memories.ring_rows, memories.schedule.row_beats
        if (rows - 1) * row < memories.schedule.fetch_walk.span:
            continue
        less = GroupMemories(memories.schedule, rows - 1)
        assert less.ring_rows == rows - 1
        some = stepped(less, 4, None, None)[0]
        assert (some >= stepped(memories, 4, None, None)[0]).all()
        slower += 1
    assert slower


def test_the_law_is_its_steps_under_any_stalls() -> None:
    dice, stepping = random.Random(3), 0
    for _ in range(80):
        memories = random_design(dice).memories
        assert isinstance(memories, GroupMemories)
        share = dice.choice([0.1, 0.5])
        coming, leaving = (Stalls.of([dice.random() < share for _ in range(size)] + [False], "stall")
                           for size in (13, 17))
        cycles, latency = stepped(memories, 3, coming, leaving)
        found = group_law.group_timing(memories, 3, coming, leaving)
        assert (found.output_cycles.ravel() == cycles).all()
        assert found.latency == latency
        stepping += memories.schedule.fold.cycles > 1
    assert 20 < stepping < 70


def test_stalls_never_make_anything_earlier() -> None:
    dice = random.Random(2)
    for _ in range(20):
        design = random_design(dice)
        pattern = np.array([dice.random() < 0.5 for _ in range(17)] + [False])
        free, stalled = design.timing(2), design.timing(2, input_stall=pattern, output_stall=~pattern)
        assert (stalled.output_cycles >= free.output_cycles).all()
