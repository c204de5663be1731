"""Memories in block RAM: what they cost in a family of FPGAs, and how many blocks hold them.

How Yosys lays a memory into block RAM follows from its costs (`memory_libmap`): so many for a block, for a
look-up table used as RAM, and for a bit of logic; the cheapest wins. The same is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ANYTHING", "FAMILIES", "FEW_WORDS", "MOST_STEPS", "Family", "cheapest", "constants", "family_of",
           "packed", "ring_blocks"]  # fmt: skip

Numbers = npt.ArrayLike
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Family:
    """What memories cost in a family of FPGAs, in the units of Yosys.

    size: of a block RAM, in words
    shapes: words and width of a block RAM, each way it can be used
    block: cost of one;  lane: bits under one write enable, spare ones included
    own: words up to which a ring is laid out by hand, in these shapes; 0 where Yosys does it all
    table: cost of a look-up table RAM of 16 words by 4 bits; None where there is none
    dsp: has it DSP blocks?
    """

    size: str
    shapes: tuple[tuple[int, int], ...]
    block: float
    lane: int
    table: float | None
    own: int = 0
    dsp: bool = True


FAMILIES: dict[str, Family] = {
    "ecp5": Family(
        "18 kbit", ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)), 128, 9, 4, own=2048
    ),
    "ice40": Family("4 kbit", ((256, 16), (512, 8), (1024, 4), (2048, 2)), 64, 1, None),
}
"""Families with an estimate; block RAMs of 18 kbit (ECP5) and of 4 kbit (iCE40)."""

FEW_WORDS = 32
"""Constants that are read in turn, weights aside, are look-up tables up to so many words, else block RAM."""

MOST_STEPS = 64
"""Steps up to which synthesis chooses what a ROM of weights is made of; those of more lie in block RAM."""

ANYTHING = 512
"""Bits up to which a ring may be made of anything; by hand half as many."""

_ROM_BIT = 1 / 16  # cost of a bit of a read-only memory made of logic
_MUX_BIT = 0.5  # cost of choosing one of two words, a bit


def ring_blocks(family: Family, rows: Array, bits: Array, depth: Array) -> Array:
    """Block RAMs of a ring laid out by hand (`windrow_hdl.technology`): each row in lanes of its own."""
    lanes = _width(family, depth) // family.lane
    return -(-(rows * -(-bits // family.lane)) // np.maximum(1, lanes))


def constants(family: Family, bits: Array, words: Array) -> Array:
    """Block RAMs of constants that are asked to lie there, by hand where these are deep enough."""
    own = (family.own > 0) & (words <= family.own)
    return np.where(own, -(-bits // _width(family, words)), packed(family, bits, words, None)[0])


def _width(family: Family, depth: Array) -> Array:
    """Width of the widest block RAM of so many words."""
    return np.select([depth <= words for words, _ in family.shapes], [wide for _, wide in family.shapes], 1)


def cheapest(family: Family, bits: Array, depth: Array, parts: Numbers | None = 1) -> Array:
    """Block RAMs of a memory that may also be made of look-up tables or logic: 0 where that costs less.

    parts: words of `bits` side by side, each with a write enable; None for a memory that is only read
    """
    bits, depth = np.broadcast_arrays(bits, depth)
    blocks, cost = packed(family, bits, np.maximum(1, depth), parts)
    width = bits if parts is None else bits * np.asarray(parts, np.int64)
    other = width * depth * (_ROM_BIT if parts is None else 1.0)
    if family.table is not None and parts is not None:
        rows = -(-depth // 16)
        choose = _MUX_BIT * width * np.maximum(0, rows - 1)
        other = np.minimum(other, family.table * -(-width // 4) * rows + choose)
    return np.where(cost < other, blocks, 0)


def packed(family: Family, bits: Array, depth: Array, parts: Numbers | None) -> tuple[Array, Array]:
    """The fewest block RAMs of a memory, and their cost: words that lie in several blocks are packed.

    What is written is packed in whole lanes, what is only read bit by bit.
    """
    width = bits if parts is None else bits * np.asarray(parts, np.int64)
    counts, costs = [], []
    for words, wide in family.shapes:
        rows = -(-depth // words)
        lane = 1 if parts is None else min(family.lane, wide)
        filled = width if parts is None else np.asarray(parts, np.int64) * -(-bits // lane) * lane
        counts.append(-(-(rows * filled) // wide))
        costs.append(family.block * counts[-1] + _MUX_BIT * width * (rows - 1))
    count, cost = np.stack(np.broadcast_arrays(*counts)), np.stack(np.broadcast_arrays(*costs))
    best = np.argmin(cost, axis=0)[np.newaxis]
    return np.take_along_axis(count, best, 0)[0], np.take_along_axis(cost, best, 0)[0]


def family_of(target: str) -> Family:
    """The family called `target`.  Raises ValueError for one without an estimate."""
    if target not in FAMILIES:
        raise ValueError(f"target must be one of {', '.join(FAMILIES)} for an estimate, not {target!r}")
    return FAMILIES[target]
