"""Several pixels a beat: values and cycles of hardware by equality, every operator, border and stall."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import windrow as wr
from tests.strategies import STRATEGIES, Case, stalls


@st.composite
def cases(draw: st.DrawFn, operator: str) -> Case:
    """A layer of any operator, so many pixels a beat, and stalls on both sides."""
    layer = draw(STRATEGIES[operator](11))
    assume(all(axis.extent is not None for axis in layer.window.axes))
    design = wr.Design(layer, pixels=draw(st.sampled_from([2, 3, 4, 5, 8, 16])))
    assume(design.multipliers <= 250)
    return Case(design, draw(st.integers(0, 99)), draw(stalls()), draw(stalls()))


@pytest.mark.parametrize("operator", STRATEGIES)
@settings(max_examples=20)
@given(data=st.data())
def test_values_and_cycles(operator: str, data: st.DataObject) -> None:
    data.draw(cases(operator)).check()
