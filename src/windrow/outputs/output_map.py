"""Output maps: the protocol, a chain of them, and which kinds there are.

    sums ─▶ map ─▶ map ─▶ ... ─▶ beat          output=map, or a tuple of maps

An operator asks a `Chain` for what it needs: the type and the values after it, the range that can come, and
for the hardware each map narrowed to the range that comes before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
import numpy.typing as npt

from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.requantise import Requantize
from windrow.values.numerics import IntType, as_int

__all__ = ["KINDS", "Chain", "Map", "OutputMap", "from_dict", "turns"]

Array = npt.NDArray[np.int64]


@runtime_checkable
class OutputMap(Protocol):
    """What becomes of a value, whatever comes before and after.  Maps are frozen and hashable."""

    kind: str
    """Its name in files."""
    depth: int
    """Cycles that a value takes through its hardware."""

    @property
    def channels(self) -> int | None:
        """For how many channels it is; None: any number."""
        ...

    def resolved(self, rounding: str) -> OutputMap:
        """The map with `rounding` where it left that to the operator."""
        ...

    def result(self, t: IntType) -> IntType:
        """The type after it, for values of type `t`; ValueError where there is none."""
        ...

    def golden(self, y: npt.ArrayLike, t: IntType) -> Array:
        """What becomes of `y`, int64 (..., O) of type `t`."""
        ...

    def reach(self, lo: npt.ArrayLike, hi: npt.ArrayLike, t: IntType) -> tuple[Array, Array]:
        """Least and largest results for values of type `t` in `lo..hi`, each (O,)."""
        ...

    def for_range(self, ranges: Sequence[tuple[int, int]]) -> Any:
        """What the hardware needs, if channel `c` is in `ranges[c]`."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The map in JSON types, with its `kind`."""
        ...


Map: TypeAlias = Requantize | Lookup | Clamp
"""Any map that there is."""

KINDS: dict[str, Any] = {kind.kind: kind for kind in get_args(Map)}
"""Every map by its name in files."""


def from_dict(data: Mapping[str, Any]) -> Map:
    """The map that its `to_dict` wrote.  TypeError or ValueError for anything else, with the legal kinds."""
    if not isinstance(data, Mapping):
        raise TypeError(f"output must be a mapping, not {data!r}")
    kind = data.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind of an output map must be {' or '.join(map(repr, KINDS))}, not {kind!r}")
    return KINDS[kind].from_dict(data)


def turns(pe: int, beat_steps: int) -> tuple[int, int]:
    """How many values go through a map side by side, and in how many cycles after each other.

    A beat of `pe` values every `beat_steps` cycles needs `ceil(pe / beat_steps)` side by side.
    """
    width = -(-pe // beat_steps)
    return width, -(-pe // width)


@dataclass(frozen=True)
class Chain:
    """Maps one after another, for `channels` channels of type `before`.

    Raises
    ------
    TypeError
        if one of `maps` is no map
    ValueError
        if a map is for another number of channels, or takes no values of the type before it
    """

    maps: tuple[Map, ...]
    before: IntType
    channels: int

    @staticmethod
    def of(output: object, before: IntType, channels: int, rounding: str) -> Chain:
        """The chain of `output`: None, a map, or a tuple of maps; `rounding` is what "tflite" means here."""
        several = isinstance(output, (tuple, list))
        maps: list[Map] = []
        for at, each in enumerate(output if several else () if output is None else (output,)):
            if not isinstance(each, Map):
                legal = ", ".join(kind.__name__ for kind in KINDS.values())
                raise TypeError(f"output{f'[{at}]' if several else ''} must be an output map ({legal}), "
                                f"not {each!r}")
            maps.append(each.resolved(rounding))
        return Chain(tuple(maps), before, channels)

    def __post_init__(self) -> None:
        as_int(self.channels, "channels", 1)
        for each in self.maps:
            if each.channels not in (None, self.channels):
                raise ValueError(f"scale must be a float or {self.channels}, one per channel, "
                                 f"not {each.channels}")
        _ = self.types  # every map says whether it takes what comes

    @property
    def types(self) -> list[IntType]:
        """The type before every map, and after the last."""
        types = [self.before]
        for each in self.maps:
            types.append(each.result(types[-1]))
        return types

    @property
    def result(self) -> IntType:
        """The type after all maps."""
        return self.types[-1]

    def delay(self, pe: int, beat_steps: int) -> int:
        """Cycles of a beat of `pe` values through the hardware of all maps; beats are `beat_steps` apart."""
        _, cycles = turns(pe, beat_steps)
        return sum(each.depth + cycles - 1 for each in self.maps)

    def requantisers(self, pe: int, beat_steps: int) -> int:
        """Values that all requantisations together scale in one cycle, each by a multiplier of its own."""
        width, _ = turns(pe, beat_steps)
        return width * sum(isinstance(each, Requantize) for each in self.maps)

    def golden(self, y: npt.ArrayLike) -> Array:
        """What becomes of `y`, int64 (..., O)."""
        values = self.before.check(y, "y")
        for each, t in zip(self.maps, self.types, strict=False):
            values = each.golden(values, t)
        return values

    def reach(self, lo: npt.ArrayLike, hi: npt.ArrayLike) -> tuple[Array, Array]:
        """Least and largest results, (O,) each, for what is in `lo..hi`, numbers or (O,)."""
        low, high = (np.broadcast_to(self.before.check(end, "range"), (self.channels,)) for end in (lo, hi))
        for each, t in zip(self.maps, self.types, strict=False):
            low, high = each.reach(low, high, t)
        return low, high

    def narrowed(self, lo: npt.ArrayLike, hi: npt.ArrayLike) -> list[tuple[Any, IntType]]:
        """Each map as its hardware needs it, and the type before it; sums are in `lo..hi`, (O,) or one."""
        low, high = (np.broadcast_to(self.before.check(end, "range"), (self.channels,)) for end in (lo, hi))
        narrowed = []
        for each, t in zip(self.maps, self.types, strict=False):
            narrowed.append((each.for_range(list(zip(low.tolist(), high.tolist(), strict=True))), t))
            low, high = each.reach(low, high, t)
        return narrowed
