"""Several pixels a beat: values and cycles of hardware by equality, every operator, border and stall."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import windrow as wr
from tests.strategies import STRATEGIES, Case, stalls


@st.composite
def cases(draw: st.DrawFn, operator: str) -> Case:
    """A layer of any operator, so many pixels a beat, one of its foldings, and stalls on both sides."""
    layer = draw(STRATEGIES[operator](11))
    assume(all(axis.extent is not None for axis in layer.window.axes))
    pixels = draw(st.sampled_from([2, 3, 4, 5, 8, 16]))
    every = wr.designs(layer, pixels=pixels)
    legal = [each for each in every if each.multipliers <= 250 and each.fold <= 24]
    assume(legal)
    whole = [each for each in legal if each.fold == 1]
    design = draw(st.sampled_from(whole if whole and draw(st.booleans()) else legal))
    return Case(design, draw(st.integers(0, 99)), draw(stalls()), draw(stalls()))


WHOLE = sorted(STRATEGIES.keys() - {"conv-transpose2d", "upsample2d"})
"""Operators whose windows advance by whole pixels: the others take one pixel a beat."""


@pytest.mark.parametrize("operator", WHOLE)
@settings(max_examples=8)
@given(data=st.data())
def test_values_and_cycles(operator: str, data: st.DataObject) -> None:
    data.draw(cases(operator)).check()


@pytest.mark.parametrize(("stride", "taps"), [(1, 9), (2, 5)])
def test_both_engines_alike(stride: int, taps: int) -> None:
    layer = wr.Conv2d(height=6, width=21, in_channels=2, out_channels=2, kernel_size=3, stride=stride,
                      padding=1, padding_mode="reflect",
                      output=wr.Requantize(2**-8, 0, wr.Int(8)))  # fmt: skip
    case = Case(wr.Design(layer, pixels=4, taps=taps), 1, (True, False, False), (False, True, True, False))
    one, two = case.check("amaranth"), case.check("verilator")
    assert (one.output_cycles == two.output_cycles).all()
    assert one.output.shape == (3, *layer.output_shape)
