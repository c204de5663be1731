"""Frames that begin in padding may be far ahead of their windows, but not without limit."""

import numpy as np
import pytest

import windrow as wr

FRAMES = 100

LAYERS = {
    "nothing but padding": wr.Conv2d(height=1, width=1, kernel_size=2, dilation=3, padding=((1, 2), (1, 2))),
    "one pixel": wr.Conv2d(height=1, width=1, kernel_size=1, stride=2, padding=2),
    "two pixels": wr.Conv2d(height=1, width=2, kernel_size=1, padding=1),
}


@pytest.mark.parametrize("name", LAYERS)
def test_frames_ahead_of_a_stalled_output(name: str) -> None:
    """More frames wait than the counter of those that have begun can hold."""
    layer = LAYERS[name]
    design = wr.Design(layer)
    assert 2 * design.memories.started_frames < FRAMES
    stall = np.arange(400) < 300
    wr.simulate(design, layer.random_input(0, FRAMES), layer.random_weights(0), engine="amaranth",
                output_stall=stall).check()
