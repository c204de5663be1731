"""A layer whose outputs must be those of somebody else's implementation, on every simulator."""

import numpy as np
import pytest

import windrow as wr

LAYER = wr.Conv2d(height=7, width=9, in_channels=2, out_channels=2, kernel_size=3, stride=2)


def reference(image, weights):
    """Put your framework here; this is the textbook."""
    output = np.zeros(LAYER.output_shape, int)
    for row, column, channel in np.ndindex(*output.shape):
        window = image[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        output[row, column, channel] = (window * weights[channel]).sum()
    return output


@pytest.mark.windrow_engines("amaranth", "auto")
@pytest.mark.parametrize("stalls", [None, wr.Stalls.random(0.3, seed=1), wr.Stalls.until(50)], ids=repr)
def test_against_reference(windrow_simulate, windrow_seed, stalls):
    image = LAYER.random_input(windrow_seed)
    weights = LAYER.random_weights(windrow_seed)
    windrow_simulate(wr.plan(LAYER), image, weights, expected=reference(image, weights), output_stall=stalls)
