"""Axes and walks against brute force: what a window reads, and the tables that replay it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import Case, cases
from windrow.window.axis import Axis


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    kernel, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    before, after = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    least = max(1, dilation * (kernel - 1) + 1 - before - after)
    size, stride = draw(st.integers(least, least + 11)), draw(st.integers(1, 5))
    return Axis(size, kernel, stride, dilation, before, after)


@settings(max_examples=500)
@given(axes())
def test_axis_against_brute_force(axis: Axis) -> None:
    read: set[int] = set()
    for x in range(axis.outputs):
        at = [x * axis.stride - axis.before + k * axis.dilation for k in range(axis.kernel)]
        real = [k for k, position in enumerate(at) if 0 <= position < axis.size]
        assert bool(real) == axis.real[x]
        assert list(range(axis.first_tap[x], axis.end_tap[x])) == real
        for k in real:
            assert axis.positions[x * axis.advance + axis.offsets[k]] == at[k]
        if real:
            assert axis.lowest[x] == x * axis.advance + axis.offsets[real[0]]
            assert axis.highest[x] == x * axis.advance + axis.offsets[real[-1]]
        read.update(at[k] for k in real)
    assert read <= set(axis.positions.tolist())
    # What is stored without being read lies between dilated taps at an edge, nowhere else.
    if axis.dilation == 1:
        assert read == set(axis.positions.tolist())


@settings(max_examples=200)
@given(cases(stalled=False))
def test_tables_replay_needs_and_frees(case: Case) -> None:
    design = case.design
    design.schedule.window_walk.check()
    if not design.gathers and design.schedule.frame_beats:
        design.schedule.fetch_walk.check()
        design.schedule.store_walk.check()


def test_nothing_that_no_window_reads_is_stored() -> None:
    assert Axis(10, 1, 2, 1, 0, 0).stored == 5
    assert Axis(10, 2, 4, 1, 0, 0).positions.tolist() == [0, 1, 4, 5, 8, 9]
    assert Axis(12, 3, 2, 2, 0, 0).positions.tolist() == [0, 2, 4, 6, 8, 10]
    assert Axis(11, 3, 4, 1, 0, 0).positions.tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10]
