"""Distances between frames: one number, but for run-time hardware that is set to rows of a single window."""

import itertools

import numpy as np
import pytest

import windrow as wr

FRAMES = 10


def distances(design: wr.Design) -> list[int]:
    """Cycles between the last beats of successive frames, from the first frame on."""
    ends = design.timing(FRAMES).output_cycles.reshape(FRAMES, -1)[:, -1]
    return np.diff(ends).tolist()


def layers(sizes: range) -> list[wr.Conv2d]:
    found = []
    for h, w, c, o, k, s, p in itertools.product(sizes, sizes, (1, 2), (1, 2), (1, 2, 3), (1, 3), (0, 2)):
        if k <= min(h, w) + 2 * p:
            found.append(wr.Conv2d(height=h, width=w, in_channels=c, out_channels=o, kernel_size=k, stride=s,
                                   padding=p))  # fmt: skip
    return found


def test_every_distance_is_the_interval() -> None:
    """From the second frame on, and of one-pixel frames too."""
    for layer in layers(range(1, 4)):
        for design in wr.designs(layer):
            assert set(distances(design)) == {design.interval}, repr(design)


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_run_time_hardware_may_alternate(kernel: int) -> None:
    """As docs/axi.md says: at rows of one window, by at most as many cycles as the kernel has rows."""
    runtime = wr.Runtime(max_height=6, max_width=6, max_stride=3)
    largest = wr.Conv2d(height=4, width=4, in_channels=1, out_channels=2, kernel_size=kernel,
                        padding=kernel - 1)  # fmt: skip
    alternating = 0
    for taps, pe in itertools.product({1, kernel}, (1, 2)):
        core = wr.Design(largest, pe=pe, taps=taps, runtime=runtime)
        for h, w, s, p in itertools.product((1, 2, 3), (1, 2, 3), (1, 2, 3), (0, 1, 2)):
            try:
                design = core.configured(largest.replace(height=h, width=w, stride=s, padding=p))
            except ValueError:  # no layer, or none that this hardware can be set to
                continue
            found = distances(design)
            even, odd = set(found[::2]), set(found[1::2])
            if even == odd:
                assert even == {design.interval}, repr(design)
                continue
            alternating += 1
            assert design.layer.output_shape[1] == 1, repr(design)
            assert even == {design.interval}, repr(design)
            (longer,) = odd
            assert design.interval < longer <= design.interval + kernel, repr(design)
    assert (alternating > 0) == (kernel < 3)
