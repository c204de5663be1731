"""What a design has whose operands go to many multipliers: registers on the way, and filters in parts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from windrow.timing.depths import fan_out, leaves

__all__ = ["Spread"]


class Spread:
    """Part of `Design`, whose fields these are."""

    if TYPE_CHECKING:
        lanes: int
        pe: int

        @property
        def group_lanes(self) -> int: ...

        @property
        def reduction_depth(self) -> int: ...

    @property
    def copies(self) -> int:
        """Multipliers that take the same operand: one for each filter of a beat that sees its channel."""
        return self.pe * self.group_lanes // self.lanes

    @property
    def fan_out(self) -> int:
        """Cycles to the multipliers and behind them that designs take more whose operands go to many."""
        return fan_out(self.copies)

    @property
    def array_depth(self) -> int:
        """Cycles from a step to the beat that it finishes, output maps aside, whatever computes it."""
        return self.fan_out + self.reduction_depth

    @property
    def parts(self) -> list[list[int]]:
        """The filters of a beat by the register that feeds their multipliers, as even as can be."""
        parts = leaves(self.copies)
        ends = [at * self.copies // parts for at in range(parts + 1)]
        groups = range(0, self.pe, self.copies)
        return [[first + at for first in groups for at in range(*span)] for span in pairwise(ends)]
