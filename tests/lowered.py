"""The steps of hardware that a network becomes, beside the network."""

import numpy as np

import windrow as wr
from windrow.pipeline.lowering import lower


def check_steps(net: wr.Network, frames: int = 30) -> None:
    """The hardware's steps give the same output."""
    steps = lower(net)
    x = net.tensors[net.input].type.random((frames, *net.input_shape), 1)
    want = net.golden(x)
    found = steps.golden(x.reshape(frames, *steps.input_shape))[steps.output.name]
    np.testing.assert_array_equal(found.reshape(want.shape), want)
