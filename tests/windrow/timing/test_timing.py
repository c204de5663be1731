"""The short cuts of the timing model against the law, stepped through."""

import numpy as np
import pytest
from hypothesis import given, settings

import windrow as wr
from strategies import Case, cases
from windrow.timing.free_flow import FreeFlow
from windrow.timing.law import Law
from windrow.timing.timing import check_frames

FRAMES = 4


@settings(max_examples=400)
@given(cases(stalled=False))
def test_free_flow_equals_the_law(case: Case) -> None:
    design = case.design
    law = Law(design.memories, None, None)
    stepped = law.run(FRAMES, None)
    found = design.timing(FRAMES)
    np.testing.assert_array_equal(found.output_cycles.ravel(), stepped)
    assert found.latency == law.latency == stepped[0]


@pytest.mark.parametrize("layer", [
    wr.Conv2d(height=40, width=40, kernel_size=3, stride=2, padding=1),
    wr.Conv2d(height=40, width=40, kernel_size=7, stride=2, padding=3, in_channels=3, out_channels=4),
    wr.Conv2d(height=40, width=30, kernel_size=3),
    wr.Conv2d(height=40, width=30, kernel_size=5, dilation=2, stride=3),
])  # fmt: skip
def test_over_provisioned_designs_take_the_short_cut(layer: wr.Conv2d) -> None:
    design = wr.Design(layer, pe=layer.out_channels)
    assert not design.ideal
    assert FreeFlow.of(design.memories, FRAMES) is not None
    np.testing.assert_array_equal(
        design.timing(FRAMES).output_cycles.ravel(), Law(design.memories, None, None).run(FRAMES, None)
    )


def test_frames_must_be_a_positive_number() -> None:
    design = wr.Design(wr.Conv2d(height=4, width=4, kernel_size=3))
    with pytest.raises(ValueError, match=r"^frames must be at least 1, not 0$"):
        design.timing(0)
    with pytest.raises(TypeError, match=r"^frames must be an integer, not 1\.5$"):
        design.timing(1.5)  # type: ignore[arg-type]


def test_frames_that_no_memory_holds_are_refused() -> None:
    layer = wr.Conv2d(height=4, width=4, kernel_size=3, padding=1, out_channels=2)
    x, weights = layer.random_input(0), layer.random_weights(0)
    for design, most in ((wr.Design(layer), 2**26), (wr.Design(layer, pe=2), 2**27)):  # output, input
        for frames in (most + 1, 10**12):
            found = f"^frames={frames} makes a run of {2**31 // most * frames} beats, at most 2147483648"
            with pytest.raises(ValueError, match=found):
                design.timing(frames)
            with pytest.raises(ValueError, match=found):
                wr.simulate(design, x, weights, frames=frames)
        check_frames(design.schedule, most)
