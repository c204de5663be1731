"""Requantize: sums become numbers of a few bits again, scaled, rounded and saturated.

    y = clamp(round(a * scale) + zero_point, minimum, maximum)

`roundings` says which integers each rounding stands for.  Every result is exact: the golden model is integer
arithmetic where that fits 64 bits, and otherwise the list of the values at which the result steps up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.outputs.multiply_shift import MultiplyShift
from windrow.outputs.narrowing import narrow
from windrow.outputs.roundings import ROUNDINGS, Rule, Stairs, rule
from windrow.values.keys import check_keys
from windrow.values.numerics import MOST_BITS, Int, IntType, as_int, as_real, check_kind

__all__ = ["Requantize"]

Array = npt.NDArray[np.int64]

_MOST = 2.0**30
_KEYS = ("kind", "scale", "zero_point", "type", "rounding", "minimum", "maximum", "divisor")


@dataclass(frozen=True, init=False, repr=False)
class Requantize:
    """`clamp(round(a * scale) + zero_point, minimum, maximum)`.

    Parameters
    ----------
    scale : float, or one per channel
        Positive, below 2**30. For a layer of quantised numbers: input scale times weight scale over output
        scale.
    zero_point : int
        What 0 becomes.
    type : UInt or Int
        Of the result, 1 to 16 bits.
    rounding : str
        "tflite": what the reference kernel of the operator does, "double" for convolutions and "single" for
        fully connected layers; or one of "single", "double", "double_up", "half_even", "half_up", "floor".
    minimum, maximum : int, optional
        Where the result saturates; by default at the ends of `type`.
    divisor : int
        How many values a sum is the mean of, which divides the multiplier as TFLite's reference kernel of
        the mean does, for the rounding "double" only.

    Raises
    ------
    TypeError
        if an argument is of the wrong kind
    ValueError
        for a scale that is not positive, not finite or too large, an unknown rounding, a zero point or an end
        that `type` does not hold, `minimum > maximum`, a divisor with another rounding
    """

    scale: float | tuple[float, ...]
    zero_point: int
    type: IntType
    rounding: str
    minimum: int
    maximum: int
    divisor: int

    kind = "requantize"
    depth = MultiplyShift.depth

    def __init__(self, scale: float | Sequence[float] | npt.NDArray[np.floating], zero_point: int = 0,
                 type: IntType = Int(8), rounding: str = "tflite",  # noqa: B008 (immutable)
                 minimum: int | None = None, maximum: int | None = None, divisor: int = 1) -> None:
        check_kind(type, IntType, "type")
        if type.bits > MOST_BITS:
            raise ValueError(f"type must have 1 to {MOST_BITS} bits, not be {type!r}")
        check_kind(rounding, str, "rounding")
        if rounding not in ROUNDINGS:
            raise ValueError(f"rounding must be one of {', '.join(map(repr, ROUNDINGS))}, not {rounding!r}")
        ends = {"minimum": type.min if minimum is None else as_int(minimum, "minimum"),
                "maximum": type.max if maximum is None else as_int(maximum, "maximum")}
        numbers = {"zero_point": as_int(zero_point, "zero_point"), **ends}
        for name, number in numbers.items():
            if not type.min <= number <= type.max:
                raise ValueError(f"{name} must be in {type.min}..{type.max} ({type}), not {number}")
        if ends["minimum"] > ends["maximum"]:
            raise ValueError(f"minimum must not be above maximum = {ends['maximum']}, not {ends['minimum']}")
        numbers["divisor"] = as_int(divisor, "divisor", 1)
        if divisor > 1 and rounding != "double":
            raise ValueError(f"divisor must be 1 for rounding {rounding!r}, not {divisor}; 'double' has one")
        for name, value in {"scale": _scale(scale), "type": type, "rounding": rounding, **numbers}.items():
            object.__setattr__(self, name, value)  # the only writes to a frozen object

    @property
    def channels(self) -> int | None:
        """How many channels this is for; None: any number."""
        return len(self.scale) if isinstance(self.scale, tuple) else None

    def resolved(self, rounding: str) -> Requantize:
        """The same with `rounding` for "tflite"; a rounding that was chosen stays."""
        return self._with(rounding) if self.rounding == "tflite" else self

    def of_channels(self, channels: Sequence[int]) -> Requantize:
        """The same for these channels alone, in their order; one may come several times."""
        if not isinstance(self.scale, tuple):
            return self
        scales = [self.scale[channel] for channel in channels]
        return Requantize(scales, self.zero_point, self.type, self.rounding, self.minimum, self.maximum,
                          self.divisor)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Scale and rounding as integers: one, or one per channel.  ValueError while it is "tflite"."""
        if self.rounding == "tflite":
            raise ValueError("rounding='tflite' is what the kernel of an operator does: "
                             "resolved('double') for convolutions, resolved('single') for fully connected")
        scales = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        found = tuple(rule(scale, self.rounding) for scale in scales)
        return found if self.divisor == 1 else tuple(each.divided(self.divisor) for each in found)

    @property
    def _stairs(self) -> list[Stairs]:
        return [Stairs(each, self.zero_point, self.minimum, self.maximum) for each in self.rules]

    @property
    def multiplier(self) -> int | tuple[int, ...]:
        """The scale is `multiplier / 2**shift`: exactly for half_even, half_up, floor; else to 31 bits."""
        return self._each("multiplier")

    @property
    def shift(self) -> int | tuple[int, ...]:
        """See `multiplier`."""
        return self._each("shift")

    def result(self, t: IntType) -> IntType:
        """The type after this map, whatever type `t` comes before."""
        check_kind(t, IntType, "t")
        return self.type

    def golden(self, y: npt.ArrayLike, t: IntType | None = None) -> Array:
        """What becomes of `y`, integers (..., O), of type `t` if given: int64 of the same shape.

        Raises TypeError if not integers, ValueError if the last axis is not that of the scales, or as
        `IntType.check` does.
        """
        values = (Int(64) if t is None else t).check(y, "y")
        if self.channels is not None and (not values.ndim or values.shape[-1] != self.channels):
            raise ValueError(f"y must have {self.channels} channels on its last axis, as scale has, "
                             f"not shape {values.shape}")
        if not values.size:
            return values.copy()
        most = max(int(values.max()), -int(values.min()))
        rules = self.rules
        # Some bits to spare: for the constants, and for the sum of it all.
        if most * max(r.multiplier for r in rules) < 1 << 62 and max(r.shift for r in rules) <= 61:
            q = self._computed(values) + self.zero_point
            return np.asarray(np.clip(q, self.minimum, self.maximum))
        found = np.empty_like(values)
        for at, (ground, steps) in enumerate(self._tables):
            channel = ... if self.channels is None else (..., at)
            found[channel] = ground + np.searchsorted(steps, values[channel], side="right")
        return found

    @cached_property
    def _tables(self) -> list[tuple[int, Array]]:
        """For each scale the least result of any int64, and where each of the others begins."""
        tables = []
        for each in self._stairs:
            steps = each.steps(each.minimum, each.maximum)
            inside = [step for step in steps if -(1 << 63) <= step < 1 << 63]
            ground = each.ground + sum(step < -(1 << 63) for step in steps)
            tables.append((ground, np.array(inside, np.int64)))
        return tables

    def _computed(self, values: Array) -> Array:
        multiplier, shift, constant, below, tie = (
            np.array(numbers[0] if self.channels is None else numbers, np.int64)
            for numbers in ([getattr(r, name) for r in self.rules]
                            for name in ("multiplier", "shift", "constant", "below", "tie")))
        products = values * multiplier
        q = products + constant - np.where(values < 0, below, 0)
        if tie.any():
            q = q + ((products >> shift) & tie)
        return q >> shift

    def reach(self, lo: npt.ArrayLike, hi: npt.ArrayLike, t: IntType | None = None) -> tuple[Array, Array]:
        """Least and largest results for what is in `lo..hi`, each a number or (O,)."""
        # No rounding ever falls where its value rises.
        return self.golden(self._wide(lo), t), self.golden(self._wide(hi), t)

    def _wide(self, ends: npt.ArrayLike) -> Array:
        values = Int(64).check(ends, "range")
        return np.broadcast_to(values, (self.channels,)) if self.channels and not values.ndim else values

    def for_range(self, ranges: Sequence[tuple[int, int]]) -> MultiplyShift:
        """The shortest multipliers with the same results for channel `c` in `ranges[c]` (low, high).

        Raises ValueError for ranges that are none, or not as many as there are scales.
        """
        return narrow(self._stairs, self.type, ranges, shared=self.channels is None)

    def to_dict(self) -> dict[str, Any]:
        """The map in JSON types."""
        scale = list(self.scale) if isinstance(self.scale, tuple) else self.scale
        mean = {} if self.divisor == 1 else {"divisor": self.divisor}
        return {"kind": self.kind, "scale": scale, "zero_point": self.zero_point, "type": str(self.type),
                "rounding": self.rounding, "minimum": self.minimum, "maximum": self.maximum, **mean}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Requantize:
        """The map that `to_dict` wrote.  Raises as `Requantize` does, ValueError for unknown keys."""
        check_keys(data, _KEYS, cls.kind, required=("scale",))
        arguments = {name: value for name, value in data.items() if name != "kind"}
        if "type" in arguments:
            arguments["type"] = IntType.parse(arguments["type"], "type", MOST_BITS)
        return cls(**arguments)

    def _each(self, name: str) -> int | tuple[int, ...]:
        numbers = tuple(getattr(r, name) for r in self.rules)
        return numbers if self.channels is not None else numbers[0]

    def _with(self, rounding: str) -> Requantize:
        return Requantize(self.scale, self.zero_point, self.type, rounding, self.minimum, self.maximum)

    def __repr__(self) -> str:
        said = [repr(self.scale)]
        said += [f"zero_point={self.zero_point}"] if self.zero_point else []
        said += [f"type={self.type!r}"] if self.type != Int(8) else []
        said += [f"rounding={self.rounding!r}"] if self.rounding != "tflite" else []
        said += [f"minimum={self.minimum}"] if self.minimum != self.type.min else []
        said += [f"maximum={self.maximum}"] if self.maximum != self.type.max else []
        said += [f"divisor={self.divisor}"] if self.divisor > 1 else []
        return f"Requantize({', '.join(said)})"


def _scale(scale: object) -> float | tuple[float, ...]:
    """A scale, or a tuple of them, as floats."""
    if isinstance(scale, np.ndarray):
        scale = scale.tolist()
    if isinstance(scale, (tuple, list)):
        if not scale:
            raise ValueError("scale must be a float or one per channel, not an empty list")
        return tuple(_positive(value, f"scale[{at}]") for at, value in enumerate(scale))
    return _positive(scale, "scale")


def _positive(value: object, name: str) -> float:
    number = as_real(value, name, "a float")
    if not 0 < number < _MOST:  # neither is NaN
        raise ValueError(f"{name} must be positive and below 2**30, not {number!r}")
    return number
