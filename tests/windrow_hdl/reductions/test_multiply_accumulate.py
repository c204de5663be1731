"""The bias with which the sums of a beat begin, of few and many groups of filters, when it is needed."""

import pytest

import windrow as wr
from strategies import Case

LAYER = wr.Conv2d(height=4, width=3, kernel_size=2, bias=True)


@pytest.mark.parametrize("pe", [1, 2])
@pytest.mark.parametrize("taps", [1, 2])
@pytest.mark.parametrize("groups", [1, 2, 4, 5, 9])
def test_every_beat_begins_with_its_own_bias(groups: int, taps: int, pe: int) -> None:
    """Beats of two and of four steps, back to back and apart; the first one after a reset too."""
    layer = LAYER.replace(out_channels=groups * pe, bias_type=None)
    design = wr.Design(layer, pe=pe, taps=taps)
    assert (design.filter_groups, design.beat_steps) == (groups, 4 // taps)
    for seed in range(2):
        Case(design, seed).check()
    Case(design, 2, (True, False, False), (False, True, True, False, False)).check()
