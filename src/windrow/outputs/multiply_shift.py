"""MultiplyShift: what the hardware computes of a requantisation, and no bit more.

    a ─▶ saturate ─▶ x multiplier ─▶ + constant ─▶ >> shift ─▶ clamp ─▶ y

A requantisation is a staircase of at most as many steps as its type has numbers.  Any multiplier and constant
with every step in the same place, over all that can come, are as good as those that define it, and mostly
shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.values.numerics import Int, IntType

__all__ = ["MultiplyShift"]

Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MultiplyShift:
    """`clamp((a*multiplier + constant) >> shift, minimum, maximum)` with `a` saturated to `operand` first.

    Attributes
    ----------
    multipliers, constants : tuple of int
        One for all channels, or one per channel; zero points are in the constants.
    below : tuple of int, optional
        The constants for `a < 0`, where these differ; else None.
    tie : bool
        Whether bit `shift` of the product is added, too: half to even.
    shift : int
    operand : UInt or Int
        What `a` is saturated to.
    type : UInt or Int
        Of the result.
    minimum, maximum : int
    """

    multipliers: tuple[int, ...]
    constants: tuple[int, ...]
    below: tuple[int, ...] | None
    tie: bool
    shift: int
    operand: IntType
    type: IntType
    minimum: int
    maximum: int

    depth = 11
    """Cycles from a value to its result in hardware."""

    @property
    def multiplier_bits(self) -> int:
        """Bits of the longest multiplier."""
        return max(1, max(self.multipliers).bit_length())

    @property
    def zeros(self) -> int:
        """Low bits of the product that no result depends on: those that are 0 in all constants."""
        if self.tie:
            return 0
        bits = self.shift
        for constant in (*self.constants, *(self.below or ())):
            if constant:
                bits = min(bits, (constant & -constant).bit_length() - 1)
        return bits

    @property
    def quotients(self) -> tuple[int, int]:
        """Least and largest number before the clamp, for any `a`."""
        ends = []
        below = self.below or self.constants
        for multiplier, above, under in zip(self.multipliers, self.constants, below, strict=True):
            low, high = self.operand.min, self.operand.max
            ends += [(low * multiplier + (under if low < 0 else above)) >> self.shift,
                     ((high * multiplier + above) >> self.shift) + self.tie]
        return min(ends), max(ends)

    def result(self, t: IntType) -> IntType:
        """The type after it, whatever the type `t` of the values is."""
        return self.type

    def of_channels(self, channels: Sequence[int]) -> MultiplyShift:
        """The same for these channels alone, in their order."""
        each = [0 if len(self.multipliers) == 1 else channel for channel in channels]
        chosen = {name: tuple(numbers[at] for at in each) for name, numbers in
                  (("multipliers", self.multipliers), ("constants", self.constants), ("below", self.below))
                  if numbers is not None}  # fmt: skip
        return replace(self, **chosen)

    def golden(self, y: npt.ArrayLike) -> Array:
        """What becomes of `y`, integers (..., O): int64 of the same shape."""
        values = np.clip(Int(64).check(y, "y"), self.operand.min, self.operand.max)
        widest = self.operand.bits + self.multiplier_bits
        exact = np.int64 if max(widest, self.shift + self.type.bits + 2) < 62 else np.object_
        operands: npt.NDArray[Any] = values.astype(exact)
        products = operands * np.array(self.multipliers, exact)
        constants = np.array(self.constants, exact)
        if self.below is not None:
            constants = np.where(values < 0, np.array(self.below, exact), constants)
        q = products + constants
        if self.tie:
            q = q + ((products >> self.shift) & 1)
        return np.clip(q >> self.shift, self.minimum, self.maximum).astype(np.int64)
