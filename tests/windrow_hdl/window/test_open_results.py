"""Pixels that are accumulated in several windows: values and cycles of the hardware by equality."""

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import FRAMES, Case, in_common, mapped, stalls

PARTS = 4


@st.composite
def cases(draw: st.DrawFn) -> Case:
    layer = draw(mapped(in_common(8)))
    legal = [design for design in wr.designs(layer) if design.accumulates]
    return Case(draw(st.sampled_from(legal)), draw(st.integers(0, 99)), draw(stalls()), draw(stalls()))


@pytest.mark.parametrize("part", range(PARTS))
def test_values_and_cycles(part: int) -> None:
    @seed(part)
    @settings(max_examples=20)
    @given(cases())
    def sweep(case: Case) -> None:
        case.check()

    sweep()


PLACES = {
    # Places of the row at hand and of rows: how many, pixels of what lies there, words of memory.
    "registers": (wr.MaxPool2d(height=5, width=5, kernel_size=3, stride=2), 1, (1, (2,), 0), (2, (6,), 0)),
    "a row in memory": (wr.MinPool2d(height=5, width=9, kernel_size=3, stride=2), 1,
                        (1, (2,), 0), (4, (6,), 4)),
    "both in memory": (wr.AvgPool2d(height=5, width=5, channels=5, kernel_size=3, stride=2), 1,
                       (5, (2,), 5), (10, (6,), 10)),
    "stride 1": (wr.MaxPool2d(height=4, width=5, channels=4, kernel_size=3), 2,
                 (2, (2, 1), 0), (6, (6, 3), 6)),
    "of one row": (wr.MaxPool2d(height=2, width=7, channels=4, kernel_size=(1, 3), stride=(1, 2)), 1,
                   (4, (2,), 4), (12, (), 0)),
    "of one column": (wr.MaxPool2d(height=6, width=5, kernel_size=(3, 1), stride=2), 1,
                      (1, (), 0), (3, (2,), 0)),
    "rows with gaps": (wr.AvgPool2d(height=9, width=6, kernel_size=(2, 4), stride=(3, 2)), 1,
                       (1, (3, 1), 0), (2, (4,), 0)),
    "padding that counts": (wr.AvgPool2d(height=5, width=6, kernel_size=3, stride=2, padding=1,
                                         padding_value=9, count_include_pad=True), 1,
                            (1, (2,), 0), (3, (6,), 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_wherever_results_lie(name: str) -> None:
    layer, lanes, *expected = PLACES[name]
    design = wr.Design(layer, lanes=lanes, taps=1)
    partials = design.open_partials
    assert partials is not None
    found = [(places.count, places.pixels, places.stored) for places in (partials.along, partials.down)]
    assert found == expected
    assert design.buffer_bits == sum(
        places.count * design.place_bits(places) for places in (partials.along, partials.down))  # fmt: skip
    assert (design.ring_rows, design.interval) == (0, design.input_beats)
    Case(design).check()
    Case(design, 1, (False, True, True), (True, True, False, True)).check()
    Case(design, 2, None, (True,) * 29 + (False,)).check()


def test_bits_are_those_of_the_outputs_of_one_row() -> None:
    """3x3 at stride 2 has one window open in each direction beside the one that ends."""
    layer = wr.MaxPool2d(height=112, width=112, channels=64, kernel_size=3, stride=2, padding=1)
    for lanes in (1, 8, 64):
        assert wr.Design(layer, lanes=lanes, taps=1).buffer_bits == (56 + 1) * 64 * 8
    layer = wr.AvgPool2d(height=9, width=9, channels=4, kernel_size=3, stride=2)
    assert wr.Design(layer, taps=1).buffer_bits == 4 * 9 + 4 * 4 * 11  # 2 and 6 pixels of 8 bits


LARGE = [
    wr.MaxPool2d(height=24, width=20, channels=2, kernel_size=(20, 17), stride=(3, 1), input_type=wr.Int(8)),
    wr.AvgPool2d(height=20, width=19, kernel_size=(17, 16), stride=(2, 3), input_type=wr.Int(8),
                 output=(wr.Requantize(0.7, zero_point=-3), wr.Clamp(minimum=-100))),
]  # fmt: skip


@pytest.mark.parametrize("layer", LARGE, ids=str)
def test_windows_that_no_line_buffer_serves(layer: wr.AvgPool2d) -> None:
    for lanes in {1, layer.in_channels}:
        Case(wr.Design(layer, lanes=lanes), 3, (False, False, True), (True, False)).check()


def test_taps_ask_for_a_line_buffer() -> None:
    layer = wr.MaxPool2d(height=9, width=9, kernel_size=3, stride=2)
    assert wr.Design(layer) == wr.Design(layer, taps=9)
    grows, read = wr.Design(layer, taps=1), wr.Design(layer, taps=3)
    assert (grows.accumulates, grows.gathers, read.accumulates, read.gathers) == (True, False, False, True)
    assert grows.memories.ring_rows == 0
    runtime = wr.Design(layer, taps=1, runtime=wr.Runtime(max_height=9, max_width=9))
    assert (runtime.accumulates, runtime.gathers) == (False, True)
    for more in ({"padding": ((0, 2), (0, 0)), "stride": 1}, {"dilation": 2},
                 {"padding": 1, "padding_mode": "edge"}):  # fmt: skip
        other = wr.Design(layer.replace(**more), taps=1)
        assert (other.accumulates, other.gathers, other.open_partials) == (False, True, None)


@pytest.mark.parametrize("engine", ["verilator", "icarus"])
def test_as_verilog(engine: str) -> None:
    layer = wr.AvgPool2d(height=6, width=7, channels=4, kernel_size=3, stride=2, padding=((1, 0), (1, 1)))
    for lanes in (1, 4):
        Case(wr.Design(layer, lanes=lanes, taps=1), 5, (False, True), (True, False, False)).check(engine)


def test_nothing_of_a_frame_is_left_for_the_next() -> None:
    layer = wr.MaxPool2d(height=5, width=5, channels=4, kernel_size=3, stride=2, padding=1)
    x = np.zeros((FRAMES, 5, 5, 4), int)
    x[0] = 255
    run = wr.simulate(wr.Design(layer, taps=1), x, engine="amaranth").check()
    assert run.output[0].min() == 255
    assert not run.output[1:].any()
