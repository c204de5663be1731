"""Windows that are open along an axis, against a walk from position to position."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from windrow.window.axis import Axis
from windrow.window.open_windows import OpenWindows, end_apart


def positions(axis: Axis) -> list[list[int]]:
    """Those of each window."""
    return [[at for tap in range(axis.kernel)
             if 0 <= (at := x * axis.stride - axis.before + tap * axis.dilation) < axis.size]
            for x in range(axis.outputs)]  # fmt: skip


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    kernel, stride, dilation = (draw(st.integers(1, most)) for most in (6, 5, 2))
    before, after = (draw(st.integers(0, 4)) for _ in range(2))
    span = dilation * (kernel - 1) + 1
    return Axis(draw(st.integers(max(1, span - before - after), 14)), kernel, stride, dilation, before, after)


@settings(max_examples=400)
@given(axes())
def test_which_axes(axis: Axis) -> None:
    windows = positions(axis)
    ends = [window[-1] for window in windows if window]
    whole = all(window and window[-1] - window[0] + 1 == len(window) for window in windows)
    holes = axis.dilation > 1 and axis.kernel > 1
    assert end_apart(axis) == (whole and not holes and len(set(ends)) == len(windows))


@settings(max_examples=400)
@given(axes())
def test_walk(axis: Axis) -> None:
    assume(end_apart(axis))
    found, windows = OpenWindows(axis), positions(axis)
    held: dict[int, int] = {}
    places: list[int] = []  # numbers of the windows that are open, the oldest first
    for at in range(axis.size):
        assert found.before[at] == len(places)
        places += [number for number, window in enumerate(windows) if window[0] == at]
        assert found.with_it[at] == len(places) == sum(at in window for window in windows)
        if places:
            assert found.reals[found.cases[at]] == len(windows[places[0]])
        assert found.ends[at] == (bool(places) and windows[places[0]][-1] == at)
        if found.ends[at]:
            places.pop(0)
        for place, number in enumerate(places):
            had = sum(position <= at for position in windows[number])
            held[place] = max(held.get(place, 0), had)
    assert not places
    assert found.held == tuple(held[place] for place in sorted(held))
    assert len(found.held) <= -(-(axis.kernel - 1) // axis.stride)


@pytest.mark.parametrize(("axis", "held"), [
    (Axis(112, 3, 2, 1, 1, 1), (2,)), (Axis(9, 3, 1, 1, 0, 0), (2, 1)), (Axis(9, 5, 2, 1, 0, 0), (4, 2)),
    (Axis(9, 5, 4, 1, 0, 0), (4,)), (Axis(9, 2, 3, 1, 0, 0), (1,)), (Axis(9, 1, 1, 1, 0, 0), ()),
])  # fmt: skip
def test_places(axis: Axis, held: tuple[int, ...]) -> None:
    assert OpenWindows(axis).held == held


def test_two_that_end_together() -> None:
    axis = Axis(8, 3, 1, 1, 1, 1)
    assert not end_apart(axis)
    assert end_apart(Axis(8, 3, 1, 1, 1, 0))
    assert np.array_equal(OpenWindows(Axis(4, 3, 1, 1, 1, 0)).before, [0, 2, 2, 1])
