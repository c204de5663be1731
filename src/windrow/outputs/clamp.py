"""Clamp: values outside two ends become the nearer one; ReLU and ReLU6 on sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.values.keys import check_keys
from windrow.values.numerics import Int, IntType, as_int, check_kind, smallest

__all__ = ["Clamp"]

Array = npt.NDArray[np.int64]

_KEYS = ("kind", "minimum", "maximum")


@dataclass(frozen=True, init=False)
class Clamp:
    """`min(max(a, minimum), maximum)`.

    Parameters
    ----------
    minimum, maximum : int, optional
        None leaves that end open; one of them must be there. ReLU is `Clamp(0)`.

    Raises
    ------
    TypeError
        if an end is not an integer
    ValueError
        for no end at all, or `minimum > maximum`
    """

    minimum: int | None
    maximum: int | None

    kind = "clamp"
    depth = 2
    channels = None

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        low = None if minimum is None else as_int(minimum, "minimum")
        high = None if maximum is None else as_int(maximum, "maximum")
        if low is None and high is None:
            raise ValueError("Clamp must have a minimum or a maximum, not neither")
        if low is not None and high is not None and low > high:
            raise ValueError(f"minimum must not be above maximum = {high}, not {low}")
        object.__setattr__(self, "minimum", low)
        object.__setattr__(self, "maximum", high)

    def resolved(self, rounding: str) -> Clamp:
        """The same: nothing is rounded here."""
        return self

    def ends(self, t: IntType) -> tuple[int, int]:
        """Least and largest result for values of type `t`.  ValueError if all of them become the same."""
        check_kind(t, IntType, "t")
        low = t.min if self.minimum is None else max(t.min, self.minimum)
        high = t.max if self.maximum is None else min(t.max, self.maximum)
        if low >= high:
            raise ValueError(f"{self!r} leaves one value of {t} ({t.min}..{t.max}), not a range")
        return low, high

    def result(self, t: IntType) -> IntType:
        """The smallest type of what is left of type `t`.  Raises as `ends` does."""
        return smallest(*self.ends(t))

    def golden(self, y: npt.ArrayLike, t: IntType | None = None) -> Array:
        """What becomes of `y`, integers in any shape; of type `t`, if given."""
        values = Int(64).check(y, "y") if t is None else t.check(y, "y")
        return np.clip(values, self.minimum, self.maximum)

    def reach(self, lo: npt.ArrayLike, hi: npt.ArrayLike, t: IntType | None = None) -> tuple[Array, Array]:
        """Least and largest results for what is in `lo..hi`, each a number or (O,)."""
        return self.golden(lo, t), self.golden(hi, t)

    def for_range(self, ranges: Sequence[tuple[int, int]]) -> Clamp:
        """The same."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """The map in JSON types; an open end is left out."""
        ends = {"minimum": self.minimum, "maximum": self.maximum}
        return {"kind": self.kind, **{name: end for name, end in ends.items() if end is not None}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Clamp:
        """The map that `to_dict` wrote.  Raises as `Clamp` does, ValueError for unknown keys."""
        check_keys(data, _KEYS, cls.kind)
        return cls(data.get("minimum"), data.get("maximum"))

    def __repr__(self) -> str:
        said = [f"{name}={end}" for name, end in (("minimum", self.minimum), ("maximum", self.maximum))
                if end is not None]
        return f"Clamp({', '.join(said)})"
