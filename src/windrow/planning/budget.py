"""Budget: what hardware may take, in what a device has.

    Budget.of("85F")                        an ECP5 by the size in its name
    Budget.of("156dsp,40klut,208bram")      or what of it is free
    Budget(dsps=156, luts=40_000, block_rams=208)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from windrow.pipeline.area import Area
from windrow.stage.devices import ECP5
from windrow.values.numerics import as_int

__all__ = ["Budget"]

_FILL = 0.7
"""Share of a device's look-up tables that place and route has room for at a good clock."""

_PART = re.compile(r"(\d+(?:\.\d+)?)(k?)(dsp|lut|bram)s?", re.IGNORECASE)
_FORMS = f"{', '.join(ECP5)} of ECP5, or parts such as 156dsp,40klut,208bram with dsp at least"
_NAMES = {"luts": "look-up tables", "block_rams": "block RAMs", "dsps": "DSP blocks"}


@dataclass(frozen=True)
class Budget:
    """DSP blocks, look-up tables and block RAMs of an ECP5.

    dsps: blocks of all multipliers, those that scale results too; what they are too few for is logic
    luts: None: any number, but no more multipliers of weights than `dsps`; else of both as many as fit
    block_rams: None: any number
    """

    dsps: int
    luts: int | None = None
    block_rams: int | None = None

    def __post_init__(self) -> None:
        as_int(self.dsps, "dsps", 0)
        for name in ("luts", "block_rams"):
            if getattr(self, name) is not None:
                as_int(getattr(self, name), name, 1)

    @staticmethod
    def of(budget: object) -> Budget:
        """A budget, or what a text says.  TypeError or ValueError for anything else, with the legal forms."""
        if isinstance(budget, Budget):
            return budget
        if not isinstance(budget, str):
            raise TypeError(f"budget must be a Budget or a text, not {budget!r}")
        if budget.upper() in ECP5:
            device = ECP5[budget.upper()]
            return Budget(device.dsp, int(_FILL * device.lut), device.bram)
        found: dict[str, int] = {}
        for part in budget.split(","):
            match = _PART.fullmatch(part.strip())
            number = Fraction(0) if match is None else Fraction(match[1]) * (1000 if match[2] else 1)
            if match is None or match[3].lower() in found or number.denominator > 1:
                raise ValueError(f"budget must be {_FORMS}, not {budget!r}")
            found[match[3].lower()] = int(number)
        if "dsp" not in found:
            raise ValueError(f"budget must be {_FORMS}, not {budget!r}")
        return Budget(found["dsp"], found.get("lut"), found.get("bram"))

    @property
    def most_multipliers(self) -> int | None:
        """Of weights; None where look-up tables limit them."""
        return self.dsps if self.luts is None else None

    def too_few(self, multipliers: int) -> str:
        """What is wrong with a budget that limits multipliers, of which there must be so many."""
        return (f"budget must have at least {multipliers:,} DSP blocks, one for each multiplier of weights, "
                "or some look-up tables besides")

    def over(self, area: Area) -> str | None:
        """What an area has too much of, in words; None for one that fits."""
        for name, limit in (("luts", self.luts), ("block_rams", self.block_rams), ("dsps", self.dsps)):
            needed = getattr(area, name)
            if limit is not None and needed > limit:
                return f"at least {needed:,} {_NAMES[name]}, not {limit:,}"
        return None
