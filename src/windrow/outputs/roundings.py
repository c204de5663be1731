"""Roundings by name: the integers that each of them stands for.

A scale becomes `multiplier / 2**shift`, and every rounding is one expression of the value `a`:

    q = (a*multiplier + constant - (a < 0 ? below : 0) + (tie ? bit `shift` of a*multiplier : 0)) >> shift

| rounding | multiplier | what it is |
|---|---|---|
| `single` | 31 bits, rounded | half up: fully connected layers of TFLite's reference kernels |
| `double` | 31 bits, rounded | half up at 2**31, then half away from zero: its convolutions, add |
| `double_up` | 31 bits, rounded | half up at 2**31, then half up: its optimised kernels without delegates |
| `half_up` | the scale exactly | floor(a*scale + 1/2) |
| `half_even` | the scale exactly | the nearest integer, the even one of two |
| `floor` | the scale exactly | floor(a*scale) |

A float is a fraction with a power of two below: "exactly" means that fraction, so `scale=1/3` is the float
nearest to a third.  The shift of the first three is `31 - e` for a scale of `[0.5, 1) * 2**e`; in `double`,
rounding twice is one expression because nested floors are (`floor(floor(x/m)/n) = floor(x/(m*n))`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

__all__ = ["EXACT", "ROUNDINGS", "Rule", "Stairs", "rule"]

EXACT = ("half_even", "half_up", "floor")
"""Roundings of the scale as it is given."""

ROUNDINGS = ("tflite", "single", "double", "double_up", *EXACT)
"""Legal values of `rounding`; "tflite" stands for "single" or "double", whichever the operator has."""


@dataclass(frozen=True)
class Rule:
    """One scale with its rounding, as integers (see above)."""

    multiplier: int
    shift: int
    constant: int
    below: int = 0
    tie: bool = False

    def value(self, at: int) -> int:
        """`at`, scaled and rounded."""
        product = at * self.multiplier
        odd = self.tie and (product >> self.shift) & 1
        return (product + self.constant - (self.below if at < 0 else 0) + odd) >> self.shift

    def values(self, at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """`value` of every element; products must fit 62 bits."""
        products = at * self.multiplier
        odd = (products >> self.shift) & 1 if self.tie else 0
        return (products + self.constant - np.where(at < 0, self.below, 0) + odd) >> self.shift

    def divided(self, count: int) -> Rule:
        """The same of a mean of `count` values, as TFLite's kernel folds the division into the multiplier.

        It drops what is behind the point there, so this is no rule of another scale.
        """
        bits = min(count.bit_length() - 1, 32, 31 + (31 - self.shift))
        shift = self.shift + bits
        twice = shift > 31
        return Rule((self.multiplier << bits) // count, shift, (1 << (shift - 1)) + (1 << 30 if twice else 0),
                    1 << 31 if twice else 0)

    def first(self, value: int) -> int:
        """The least integer that is scaled and rounded to `value` or more; needs a multiplier above 0."""
        need = (value << self.shift) - self.constant
        if self.tie and value % 2 == 0:
            need -= 1  # from the odd number below, half a step is enough
        if not self.below:
            return -(-need // self.multiplier)
        negative = -(-(need + self.below) // self.multiplier)
        return negative if negative < 0 else max(0, -(-need // self.multiplier))

    def ties(self, low: int, high: int) -> bool:
        """Does `low..high` hold a value that is exactly between two integers, so that `tie` matters?"""
        if not self.tie:
            return False
        # Exactly between two: an odd multiple of half a step. What is left of the multiplier is odd.
        common = self.multiplier & -self.multiplier
        period = (1 << self.shift) // common
        if period < 2:
            return False
        half = period // 2
        return (high - half) // period >= -((half - low) // period)


@dataclass(frozen=True)
class Stairs:
    """What one channel makes of a value: scaled, rounded, moved by `zero`, clamped.  It only rises."""

    rule: Rule
    zero: int
    minimum: int
    maximum: int

    def at(self, value: int) -> int:
        """What becomes of `value`, an integer of any size."""
        return min(max(self.rule.value(value) + self.zero, self.minimum), self.maximum)

    @property
    def ground(self) -> int:
        """The least result."""
        return self.minimum if self.rule.multiplier else self.at(0)

    def steps(self, low: int, high: int) -> list[int]:
        """For each result in `low+1..high`, which are some, the least integer that becomes it or more."""
        if not self.rule.multiplier:
            return []
        return [self.rule.first(result - self.zero) for result in range(low + 1, high + 1)]


def rule(scale: float, rounding: str) -> Rule:
    """The integers of a positive, finite `scale` with a rounding of its own (not "tflite")."""
    if rounding in EXACT:
        multiplier, denominator = Fraction(scale).as_integer_ratio()
        shift = denominator.bit_length() - 1
        half = (1 << shift) >> 1
        if rounding == "half_even":
            return Rule(multiplier, shift, max(half - 1, 0), tie=shift > 0)
        return Rule(multiplier, shift, half if rounding == "half_up" else 0)
    fraction, exponent = math.frexp(scale)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier, exponent = multiplier // 2, exponent + 1
    if exponent < -31:
        return Rule(0, 31, 0)  # the kernels, too, take such a scale for 0
    shift = 31 - exponent
    constant = 1 << (shift - 1)
    twice = rounding != "single" and shift > 31
    return Rule(multiplier, shift, constant + (1 << 30 if twice else 0),
                1 << 31 if twice and rounding == "double" else 0)
