"""Pools: which windows there is hardware for."""

from typing import Any

import pytest

import windrow as wr

KINDS: dict[str, tuple[Any, dict[str, int], int]] = {
    "max": (wr.MaxPool2d, {}, 15), "min": (wr.MinPool2d, {}, 15), "average": (wr.AvgPool2d, {}, 15),
    "rank": (wr.Rank2d, {"rank": 3}, 7), "median": (wr.Median2d, {}, 7),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_the_largest_window_has_hardware_and_a_larger_one_is_refused(name: str) -> None:
    kind, more, most = KINDS[name]
    layer = kind(height=18, width=18, kernel_size=most, stride=3, **more)
    assert wr.plan(layer).interval == 18 * 18
    for kernel in ((most + 1, 2), (2, most + 1)):
        error = (rf"^kernel_size must be at most {most}x{most} for {kind.__name__}, "
                 rf"not {kernel[0]}x{kernel[1]}$")  # fmt: skip
        with pytest.raises(ValueError, match=error):
            kind(height=20, width=20, kernel_size=kernel, **more)
