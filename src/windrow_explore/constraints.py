"""Constraints: what a design must keep to, in words, and which of them left nothing over.

    multipliers <= 64      interval<=150528      fps >= 30      buffer_bits < 64k      stride_h == 2

Any numeric column of the table may be constrained. Numbers may end in k, M or G (powers of 1000) or Ki, Mi,
Gi (powers of 1024), those of bits in b too: `buffer_bits <= 18kb`.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.planning.table import COLUMNS
from windrow_explore.units import PREFIX, times

__all__ = ["AREA", "Constraint", "Emptied", "NothingLeft"]

AREA = ("lut", "ff", "bram", "dsp", "fmax_mhz")
"""Columns that only synthesis fills."""

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq,
}  # fmt: skip
_LEGAL = [name for name, column in COLUMNS.items()
          if column.dtype not in (object, np.bool_) and not column.derived]  # fmt: skip
_ALIASES = {"luts": "lut", "ffs": "ff", "dsps": "dsp", "brams": "bram", "clock": "clock_mhz",
            "fmax": "fmax_mhz"}  # fmt: skip
_NUMBER = r"[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_FORM = re.compile(rf"\s*(\w+)\s*(<=|>=|==|<|>|=)\s*({_NUMBER})\s*({PREFIX})?(b?)\s*")


@dataclass(frozen=True)
class Constraint:
    """`column comparison value`, e.g. `multipliers <= 64`."""

    column: str
    comparison: str
    value: float

    @staticmethod
    def parse(text: object) -> Constraint:
        """The constraint that a text says.

        Raises TypeError for anything but a text, ValueError for one that says none, or of no numeric column.
        """
        if not isinstance(text, str):
            raise TypeError(f"constraints must be texts such as 'multipliers <= 64', not {text!r}")
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"constraints must have the form NAME <= NUMBER (or >=, <, >, ==), not {text!r}")
        name, comparison, digits, prefix, bits = match.groups()
        name = _ALIASES.get(name.lower(), name)
        if name not in _LEGAL:
            near = difflib.get_close_matches(name, _LEGAL, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(f"constraints must be of a numeric column, not {name!r} in {text!r}: "
                             f"{hint}legal are {', '.join(_LEGAL)}")  # fmt: skip
        if bits and not name.endswith("_bits"):
            raise ValueError(f"constraints of {name} must be without b for bits, not {text!r}")
        value = float(digits.replace("_", "")) * times(prefix)
        return Constraint(name, "==" if comparison == "=" else comparison, value)

    def __str__(self) -> str:
        return f"{self.column} {self.comparison} {_number(self.value)}"

    def holds(self, values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Where it holds; a figure that is not known (NaN) breaks no constraint yet."""
        return _COMPARISONS[self.comparison](values, self.value) | np.isnan(values)

    def distance(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """How far each value is from the limit."""
        return np.abs(values - self.value)


class NothingLeft(ValueError):
    """No design meets the constraints. The text names the one that left nothing, and the nearest value."""


@dataclass
class Emptied:
    """Counts, part by part, what each constraint leaves, to say afterwards which one left nothing.

    For each constraint: designs that meet it and all before it, and of those that meet all *others* the one
    nearest to its limit.
    """

    constraints: Sequence[Constraint]
    total: int = 0
    survivors: list[int] = field(default_factory=list)
    nearest: list[tuple[float, float, str] | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.survivors = [0] * len(self.constraints)
        self.nearest = [None] * len(self.constraints)

    def keep(
        self, columns: Mapping[str, npt.NDArray[Any]], describe: Callable[[int], str]
    ) -> npt.NDArray[np.bool_]:
        """Which rows of this part meet all constraints. `describe` puts a row into words."""
        count = len(next(iter(columns.values())))
        self.total += count
        held = [constraint.holds(columns[constraint.column]) for constraint in self.constraints]
        keep = np.ones(count, bool)
        for index, mask in enumerate(held):
            keep = keep & mask
            self.survivors[index] += int(keep.sum())
        for index, constraint in enumerate(self.constraints):
            others = np.ones(count, bool)
            for other, mask in enumerate(held):
                if other != index:
                    others &= mask
            self._see(index, constraint, columns[constraint.column], others & ~held[index], describe)
        return keep

    def again(self, columns: Mapping[str, npt.NDArray[Any]], describe: Callable[[int], str]) -> None:
        """Begin anew with all that is left, now that its figures are exact."""
        self.constraints = [each for each in self.constraints if each.column in columns]
        self.total = 0
        self.__post_init__()
        self.keep(columns, describe)

    def _see(
        self, index: int, constraint: Constraint, values: npt.NDArray[Any], candidates: npt.NDArray[np.bool_],
        describe: Callable[[int], str],
    ) -> None:  # fmt: skip
        at = np.flatnonzero(candidates)
        if not at.size:
            return
        distance = constraint.distance(values[at])
        best = int(at[np.argmin(distance)])
        found, known = float(distance.min()), self.nearest[index]
        if known is None or found < known[0]:
            self.nearest[index] = (found, float(values[best]), describe(best))

    def error(self) -> NothingLeft:
        """What to say when nothing is left."""
        if not self.total:
            return NothingLeft("there is no design to explore")
        for index, constraint in enumerate(self.constraints):
            near = self.nearest[index]
            if near is not None:
                others = " that meet the other constraints" if len(self.constraints) > 1 else ""
                return NothingLeft(f"{constraint} leaves none of the designs{others}; the nearest has "
                                   f"{constraint.column} {_number(near[1])} ({near[2]})")  # fmt: skip
        at = next((index for index, left in enumerate(self.survivors) if not left), 0)
        before = " and ".join(map(str, self.constraints[:at]))
        return NothingLeft(f"{self.constraints[at]} leaves none of the designs that meet {before}, and no "
                           f"single constraint explains it: relax both")  # fmt: skip


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:g}"
