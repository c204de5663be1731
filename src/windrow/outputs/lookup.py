"""Lookup: any function of a number of few bits, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.values.keys import check_keys
from windrow.values.numerics import MOST_BITS, Int, IntType, as_array, check_kind, smallest

__all__ = ["Lookup"]

Array = npt.NDArray[np.int64]

_KEYS = ("kind", "values", "type")
_MOST_INPUT_BITS = 12


@dataclass(frozen=True, init=False, repr=False)
class Lookup:
    """`values[a - least]`: one number for everything that can come, the least first.

    Parameters
    ----------
    values : integers, (2**bits,)
        2 to 4096 of them, as many as the type before has numbers; of `Int(8)` the first is for -128.
    type : UInt or Int, optional
        Of the result, 1 to 16 bits; by default the smallest that holds all values.

    Raises
    ------
    TypeError
        if the values are not integers
    ValueError
        if their number is not a power of two from 2 to 4096, or `type` does not hold one of them
    """

    values: tuple[int, ...]
    type: IntType

    kind = "lookup"
    depth = 3
    channels = None

    def __init__(self, values: npt.ArrayLike, type: IntType | None = None) -> None:
        array = as_array(values, "values")
        size = array.shape[0] if array.ndim == 1 else 0
        if size < 2 or size & (size - 1) or size > 1 << _MOST_INPUT_BITS:
            raise ValueError(f"values must be a list of 2 to {1 << _MOST_INPUT_BITS} numbers, a power of two "
                             f"of them, not of shape {array.shape}")
        numbers = Int(64).check(array, "values")
        if type is None:
            type = smallest(int(numbers.min()), int(numbers.max()))
        check_kind(type, IntType, "type")
        if type.bits > MOST_BITS:
            raise ValueError(f"type must have 1 to {MOST_BITS} bits, not be {type!r}")
        type.check(numbers, "values")
        object.__setattr__(self, "values", tuple(numbers.tolist()))
        object.__setattr__(self, "type", type)

    @property
    def bits(self) -> int:
        """Bits of the numbers before."""
        return len(self.values).bit_length() - 1

    def resolved(self, rounding: str) -> Lookup:
        """The same: nothing is rounded here."""
        return self

    def result(self, t: IntType) -> IntType:
        """The type after this map.  ValueError for a type `t` with more or fewer numbers than `values`."""
        check_kind(t, IntType, "t")
        if t.bits != self.bits:
            raise ValueError(f"values must be 2**{t.bits} = {1 << t.bits} for {t} before, "
                             f"not {len(self.values)}")
        return self.type

    @cached_property
    def _table(self) -> Array:
        return np.array(self.values, np.int64)

    def golden(self, y: npt.ArrayLike, t: IntType) -> Array:
        """What becomes of `y`, integers of type `t`, in any shape.  Raises as `result` and `t.check` do."""
        self.result(t)
        return self._table[t.check(y, "y") - t.min]

    def reach(self, lo: npt.ArrayLike, hi: npt.ArrayLike, t: IntType) -> tuple[Array, Array]:
        """Least and largest results for what is in `lo..hi`, each a number or (O,), of type `t`."""
        self.result(t)
        low, high = np.broadcast_arrays(t.check(lo, "range"), t.check(hi, "range"))
        parts = [self._table[a - t.min : b - t.min + 1] for a, b in zip(low.flat, high.flat, strict=True)]
        least, most = ([end(part) for part in parts] for end in (np.min, np.max))
        return np.array(least, np.int64).reshape(low.shape), np.array(most, np.int64).reshape(low.shape)

    def for_range(self, ranges: Sequence[tuple[int, int]]) -> Lookup:
        """The same: a table is as short as it can be."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """The map in JSON types."""
        return {"kind": self.kind, "values": list(self.values), "type": str(self.type)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Lookup:
        """The map that `to_dict` wrote.  Raises as `Lookup` does, ValueError for unknown keys."""
        check_keys(data, _KEYS, cls.kind, required=("values",))
        type = IntType.parse(data["type"], "type", MOST_BITS) if "type" in data else None
        return cls(data["values"], type)

    def __repr__(self) -> str:
        return f"Lookup({list(self.values)}, type={self.type!r})"
