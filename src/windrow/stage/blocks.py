"""Blocks: which multipliers of a stage are DSP blocks, where there are not enough for all."""

from __future__ import annotations

from dataclasses import dataclass

from windrow.values.numerics import as_flag, as_int

__all__ = ["Blocks"]


@dataclass(frozen=True)
class Blocks:
    """Multipliers in DSP blocks; the others of a stage are logic.

    multipliers: of weights, or of a division, so many, the first ones; None: all
    maps: whether those of output maps are

    Raises TypeError or ValueError for a number that is none.
    """

    multipliers: int | None = None
    maps: bool = True

    def __post_init__(self) -> None:
        if self.multipliers is not None:
            as_int(self.multipliers, "multipliers", 0)
        as_flag(self.maps, "maps")

    @staticmethod
    def of(dsp: object) -> Blocks:
        """What `dsp` says: all in blocks, none, or `Blocks`.  TypeError for anything else."""
        if isinstance(dsp, Blocks):
            return dsp
        return Blocks() if as_flag(dsp, "dsp") else Blocks(0, False)

    def held(self, count: int) -> int:
        """How many of so many multipliers are blocks?"""
        return count if self.multipliers is None else min(count, self.multipliers)

    def of_window(self, window: int, each: int) -> Blocks:
        """Those of one of several windows side by side, of `each` multipliers."""
        return self if self.multipliers is None else (
            Blocks(min(each, max(0, self.multipliers - window * each)), self.maps))

    def holds(self, number: int) -> bool:
        """Is this multiplier, counted from 0, a block?"""
        return self.multipliers is None or number < self.multipliers
