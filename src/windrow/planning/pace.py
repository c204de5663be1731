"""The pace that several stages keep: rates as cycles, and the shortest interval that something fits."""

from __future__ import annotations

from collections.abc import Callable

from windrow.values.numerics import as_positive

__all__ = ["pace_of", "rate_below", "shortest"]


def shortest(fits: Callable[[int], bool], low: int, high: int) -> int:
    """The shortest of the intervals `low` to `high` that fits, by bisection; `high` does."""
    while low < high:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return high


def pace_of(fps: float, clock_mhz: float) -> int:
    """Cycles that a frame may take at a frame rate.  TypeError or ValueError for what is no rate."""
    # A rate that is one of a plan's own must give its interval back, rounded or not.
    return int(as_positive(clock_mhz, "clock_mhz") * 1e6 / as_positive(fps, "fps") * (1 + 1e-12))


def rate_below(clock_mhz: float, interval: int) -> str:
    """The frame rate of an interval with two decimals, rounded down: what is printed can be asked for."""
    return f"{int(clock_mhz * 1e6 / interval * 100) / 100:,.2f}"
