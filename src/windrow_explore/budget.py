"""Budgets as people write them: `220dsp`, `4Mb`, `220dsp,4Mb`.

One DSP block multiplies one pixel by one weight, whatever their widths: MULT18X18D of ECP5, SB_MAC16 of iCE40
UltraPlus and DSP48E1 of Xilinx 7 all take 16 bits by 16. Windrow does not pack two small products into one
block. Memory is counted in bits, with the prefixes of `windrow_explore.units`: 1 kb is 1000 bits, 1 Kib 1024.
"""

from __future__ import annotations

import re

from windrow_explore.units import PREFIX, times

__all__ = ["read_budget"]

_MULTIPLIERS = re.compile(r"(\d+) ?(dsps?|multipliers?)?", re.IGNORECASE)
_MEMORY = re.compile(rf"(\d+(?:\.\d+)?) ?({PREFIX})?b")
_BYTES = re.compile(rf"(\d+(?:\.\d+)?) ?({PREFIX})?B")
_BUDGET_FORMS = "multipliers such as 220dsp or 220, buffer bits such as 4Mb, or both as in 220dsp,4Mb"


def read_budget(text: str) -> tuple[int | None, int | None]:
    """Multipliers and buffer bits; None for what the budget does not limit.

    Raises ValueError for anything else, with the forms that there are.
    """
    multipliers: int | None = None
    bits: int | None = None
    for part in (part.strip() for part in text.split(",")):
        if (count := _MULTIPLIERS.fullmatch(part)) is not None:
            if multipliers is not None:
                raise ValueError(f"budget must name multipliers once, not twice as in {text!r}")
            multipliers = int(count[1])
        elif (memory := _MEMORY.fullmatch(part)) is not None:
            if bits is not None:
                raise ValueError(f"budget must name buffer bits once, not twice as in {text!r}")
            bits = int(float(memory[1]) * times(memory[2]))
        else:
            raise ValueError(f"budget must be {_BUDGET_FORMS}, not {text!r}{_in_bits(part)}")
    if multipliers == 0 or bits == 0:
        raise ValueError(f"budget must leave at least one multiplier and one bit, not {text!r}")
    return multipliers, bits


def _in_bits(part: str) -> str:
    """What someone who wrote bytes has to write."""
    match = _BYTES.fullmatch(part)
    if match is None:
        return ""
    return f": memory is counted in bits, {float(match[1]) * 8:g}{match[2] or ''}b for {part}"
