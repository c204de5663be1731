"""Which foldings are legal: the divisors of the channels, and the taps worth having."""

from __future__ import annotations

import numpy as np


def legal_taps(kernel_size: tuple[int, int]) -> list[int]:
    """Ascending legal `taps` of a kernel `(kh, kw)`.

    `1..kh`, and for each number of steps the fewest taps that manage with it: any other value
    would add multipliers without saving a step.
    """
    kh, kw = kernel_size
    return sorted({*range(1, kh + 1), *(-(-kh * kw // steps) for steps in range(1, kh * kw + 1))})


def divisors(number: int) -> list[int]:
    """Ascending divisors of a positive number."""
    return [n for n in range(1, number + 1) if number % n == 0]


def check_choice(name: str, value: int, legal: list[int], why: str) -> int:
    """`value` as an int, or TypeError, or ValueError with the nearest of the `legal` values."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value not in legal:
        near = sorted(sorted(legal, key=lambda n: (abs(n - value), n))[:3])
        raise ValueError(f"{name} must {why}, not {value}; nearest legal: {', '.join(map(str, near))}")
    return int(value)
