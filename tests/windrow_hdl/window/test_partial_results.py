"""Pixels that are accumulated: values and cycles of the hardware by equality, wherever results lie."""

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import FRAMES, Case, apart, mapped, stalls
from windrow.timing.partials import TURN

PARTS = 3


@st.composite
def cases(draw: st.DrawFn) -> Case:
    layer = draw(mapped(apart(8)))
    legal = [design for design in wr.designs(layer) if design.accumulates]
    return Case(draw(st.sampled_from(legal)), draw(st.integers(0, 99)), draw(stalls()), draw(stalls()))


@pytest.mark.parametrize("part", range(PARTS))
def test_values_and_cycles(part: int) -> None:
    @seed(part)
    @settings(max_examples=25)
    @given(cases())
    def sweep(case: Case) -> None:
        case.check()

    sweep()


PLACES = {
    # What a design holds: entries in all, of these in the memory, entries of the ring.
    "a pixel": (wr.MaxPool2d(height=3, width=4, channels=2, kernel_size=1, stride=2), 1, (0, 0, 0)),
    "one register": (wr.AvgPool2d(height=3, width=5, channels=4, kernel_size="global"), 4, (1, 0, 1)),
    "a ring of slices": (wr.AvgPool2d(height=3, width=2, channels=3, kernel_size="global"), 1, (3, 0, 3)),
    "a ring of windows": (wr.MinPool2d(height=4, width=6, kernel_size=2, stride=2), 1, (3, 0, 3)),
    "a ring, window by window": (wr.MinPool2d(height=4, width=3, kernel_size=(2, 1), stride=(2, 1)), 1,
                                 (3, 0, 3)),
    "a row of a window": (wr.MaxPool2d(height=2, width=8, kernel_size=(1, 4), stride=4), 1, (1, 0, 1)),
    "memory, one of each slice": (wr.AvgPool2d(height=3, width=2, channels=5, kernel_size="global"), 1,
                                  (5, 5, 0)),
    "memory, a row of slices": (wr.MaxPool2d(height=3, width=6, channels=4, kernel_size=2, stride=2), 1,
                                (12, 12, 0)),
    "memory, columns": (wr.MaxPool2d(height=6, width=5, kernel_size=(3, 1), stride=(3, 1)), 1, (5, 5, 0)),
    "memory and a register": (wr.AvgPool2d(height=4, width=9, kernel_size=2, stride=2), 1, (4, 4, 1)),
    "memory and a ring": (wr.AvgPool2d(height=5, width=7, channels=3, kernel_size=3, stride=3), 1, (6, 6, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_wherever_results_lie(name: str) -> None:
    layer, lanes, expected = PLACES[name]
    design = wr.Design(layer, lanes=lanes)
    partials = design.memories.partials
    assert (partials.entries, partials.stored, partials.ring) == expected
    assert design.buffer_bits == partials.entries * design.partial_bits
    assert design.ring_rows == 0
    Case(design).check()
    Case(design, 1, (False, True, True), (True, True, False, True)).check()
    Case(design, 2, None, (True,) * 29 + (False,)).check()


def test_a_window_of_one_row_is_no_more_than_a_pixel_of_slices() -> None:
    layer = wr.MaxPool2d(height=64, width=64, channels=16, kernel_size=2, stride=2)
    for lanes in (1, 2, 4, 8, 16):
        assert wr.Design(layer, lanes=lanes).buffer_bits == 32 * 16 * 8  # one row of outputs
    layer = wr.AvgPool2d(height=64, width=64, channels=16, kernel_size="global")
    for lanes in (1, 2, 4, 8, 16):
        assert wr.Design(layer, lanes=lanes).buffer_bits == 16 * (8 + 12)  # one pixel
    assert TURN == 4


LARGE = [
    wr.AvgPool2d(height=25, width=5, channels=2, kernel_size="global"),
    wr.AvgPool2d(height=8, width=8, channels=2, kernel_size="global", input_type=wr.Int(8),
                 output=(wr.Requantize(0.7, zero_point=-3), wr.Clamp(minimum=-100))),
    wr.MaxPool2d(height=20, width=34, channels=2, kernel_size=(20, 17), stride=(20, 17),
                 input_type=wr.Int(8)),
]  # fmt: skip


@pytest.mark.parametrize("layer", LARGE, ids=str)
def test_windows_that_no_line_buffer_serves(layer: wr.AvgPool2d) -> None:
    for lanes in {1, layer.in_channels}:
        Case(wr.Design(layer, lanes=lanes), 3, (False, False, True), (True, False)).check()


def test_the_planner_takes_it_and_taps_ask_for_a_line_buffer() -> None:
    layer = wr.MaxPool2d(height=8, width=8, channels=2, kernel_size=2, stride=2)
    assert wr.plan(layer) == wr.Design(layer, lanes=1) == wr.Design(layer, lanes=1, taps=1)
    assert wr.plan(layer).accumulates
    read = wr.Design(layer, lanes=1, taps=2)
    assert (read.accumulates, read.gathers) == (False, True)
    assert read.buffer_bits > wr.plan(layer).buffer_bits
    runtime = wr.Design(layer, lanes=1, taps=1, runtime=wr.Runtime(max_height=8, max_width=8))
    assert (runtime.accumulates, runtime.gathers) == (False, True)


@pytest.mark.parametrize("engine", ["verilator", "icarus"])
def test_as_verilog(engine: str) -> None:
    layer = wr.AvgPool2d(height=6, width=5, channels=4, kernel_size=2, stride=2, padding=((0, 1), (1, 0)))
    for lanes in (1, 4):
        Case(wr.Design(layer, lanes=lanes), 5, (False, True), (True, False, False)).check(engine)


def test_restart_forgets_what_windows_had() -> None:
    """A run after a run: nothing of the frames before is left in memory or ring."""
    layer = wr.AvgPool2d(height=4, width=4, channels=4, kernel_size="global")
    x = np.zeros((FRAMES, 4, 4, 4), int)
    x[0] = 255
    run = wr.simulate(wr.Design(layer, lanes=1), x, engine="amaranth").check()
    assert run.output[0].min() == 255
    assert not run.output[1:].any()
