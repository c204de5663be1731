"""LaneNumbers: the multipliers and constants that one lane of a requantisation takes in turn, in as few bits.

The hardware is built from them, and counted by them where nothing is synthesised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_

from windrow.outputs.multiply_shift import MultiplyShift

__all__ = ["BLOCKS", "ROWS", "Field", "LaneNumbers", "channel_of"]

BLOCKS = {"ecp5": (18, 18), "ice40": (16, 16), "generic": (18, 17)}
"""Bits of operand and multiplier that one block multiplies, both unsigned."""

ROWS = 4
"""Bits of an operand above a block's that are multiplied by adding."""


def channel_of(turn: int, lane: int, pe: int, width: int, turns: int) -> int | None:
    """The channel of value `lane` of a turn, counted over all beats of a window; None for a spare one.

    A beat of `pe` values takes `turns` turns of `width` values.
    """
    beat, part = divmod(turn, turns)
    number = part * width + lane
    return beat * pe + number if number < pe else None


@dataclass(frozen=True)
class Field:
    """A number of a word: the same in every word, or some of its bits."""

    values: tuple[int, ...]

    @property
    def ends(self) -> tuple[int, int]:
        """Least and largest."""
        return min(self.values), max(self.values)

    @property
    def constant(self) -> int | None:
        """The number, where it is always the same."""
        return self.values[0] if len(set(self.values)) == 1 else None

    @property
    def bits(self) -> int:
        """Of a word."""
        low, high = self.ends
        if low == high:
            return 0
        return high.bit_length() if low >= 0 else max(high.bit_length(), (~low).bit_length()) + 1


@dataclass(frozen=True)
class LaneNumbers:
    """Of a map for the channels of one lane alone: no width may come from a channel that is never there.

    block: bits of operand and multiplier that one block multiplies
    """

    map: MultiplyShift
    block: tuple[int, int]

    @staticmethod
    def of(chosen: MultiplyShift, channels: Sequence[int], technology: str) -> LaneNumbers:
        """The numbers of `channels`, in their order."""
        return LaneNumbers(chosen.of_channels(channels), BLOCKS[technology])

    @cached_property
    def multipliers(self) -> Field:
        return Field(self.map.multipliers)

    @property
    def high(self) -> bool:
        """Do multipliers have bits above a block's?"""
        return self.multipliers.ends[1] >> self.block[1] > 0

    @property
    def high_fits(self) -> bool:
        """Are these no more than one block takes?"""
        return self.multipliers.ends[1].bit_length() <= 2 * self.block[1]

    @property
    def above_block(self) -> int:
        """Bits of the operand above a block's."""
        return max(0, self.map.operand.bits - self.block[0])

    @property
    def quarters(self) -> bool:
        """Have operand and multiplier both what takes a second block, and no third?  Then blocks multiply
        each part of one by each of the other.
        """
        return self.high and self.high_fits and ROWS < self.above_block <= self.block[0]

    @cached_property
    def dropped(self) -> int:
        """Low bits of the product that no result depends on and that are never added."""
        dropped = min(self.map.zeros, self.block[1]) if self.high else self.map.zeros
        return min(dropped, self.block[0]) if self.above_block else dropped

    @cached_property
    def above(self) -> Field:
        """Constants of operands of either sign, or of those that are not negative."""
        return self._constants(self.map.constants)

    @cached_property
    def below(self) -> Field | None:
        """Constants of negative operands, where these are others."""
        return None if self.map.below is None else self._constants(self.map.below)

    def _constants(self, constants: Sequence[int]) -> Field:
        """Results are counted from the minimum on."""
        first = self.map.minimum << self.map.shift
        return Field(tuple((constant - first) >> self.dropped for constant in constants))

    @property
    def fields(self) -> list[Field]:
        """Of a word, the first in its low bits."""
        return [self.multipliers, self.above, *([] if self.below is None else [self.below])]

    @cached_property
    def words(self) -> list[int]:
        """All fields side by side, one word per turn."""
        words = []
        for turn in range(len(self.multipliers.values)):
            word, low = 0, 0
            for field in self.fields:
                word |= (field.values[turn] & ((1 << field.bits) - 1)) << low
                low += field.bits
            words.append(word)
        return words

    @cached_property
    def kept(self) -> list[int]:
        """Bits that differ between words; the others need no memory."""
        ones, zeros = reduce(and_, self.words), ~reduce(or_, self.words)
        bits = sum(field.bits for field in self.fields)
        return [bit for bit in range(bits) if not ((ones | zeros) >> bit) & 1]
