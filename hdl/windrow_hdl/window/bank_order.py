"""Bank order: operands as the banks of the line buffer have them, whichever kernel rows lie there.

A reduction that takes its operands in any order, or turns its weights, spares a choice for every bit of them.
"""

from __future__ import annotations

from windrow.stage.design import Design

__all__ = ["bank_rows", "every_bank"]

_LUT_WORDS = 16  # a look-up table of four inputs


def every_bank(design: Design) -> bool:
    """Is a kernel row in every bank, and would weights in all orders fit the LUTs?"""
    kh, banks, offsets = design.window.kernel_size[0], design.ring_rows, design.schedule.rows.offsets
    apart = len({offset % banks for offset in offsets}) == kh
    fits = design.fold * kh <= _LUT_WORDS
    return kh == banks and apart and fits and design.window.sources[0].plain


def bank_rows(design: Design) -> list[list[int]]:
    """Per bank of the first kernel row: which kernel row lies in each bank."""
    banks, offsets = design.ring_rows, design.schedule.rows.offsets
    rows = [
        {(turn + offset - offsets[0]) % banks: row for row, offset in enumerate(offsets)}
        for turn in range(banks)
    ]
    return [[row[bank] for bank in range(banks)] for row in rows]
