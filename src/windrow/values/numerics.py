"""Integer types: what a number in the stream, a weight or an accumulator may be.

`UInt(8)` and `Int(8)` are values, not NumPy dtypes: hardware has 5-bit and 21-bit numbers, and every
width in Windrow is derived from such a type, never from the data that happens to be there. Arrays
themselves are always `int64`; `IntType.check` is the door through which user data enters.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

__all__ = ["Int", "IntType", "UInt", "as_array", "as_flag", "as_int", "as_positive", "as_real", "check_kind",
           "int_type", "smallest"]

MAX_BITS = 64
"""Widest type there is: the golden model computes in int64."""

MOST_BITS = 16
"""Widest pixels and weights: what the hardware multiplies."""

_NAME = re.compile(r"(uint|u|int|i)([1-9][0-9]*)")


def as_int(value: object, name: str, least: int | None = None, legal: str = "an int") -> int:
    """`value` as a plain `int`, or an error that calls it `name`.

    NumPy integers are integers. Booleans are not: `stride=True` is a mistake, not a stride of 1. `legal` is
    what a `TypeError` says the caller takes.

    Raises
    ------
    TypeError
        if `value` is not an integer
    ValueError
        if `value` is below `least`
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be {legal}, not {value!r}")
    number = int(value)
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, not {number}")
    return number


def as_real(value: object, name: str, legal: str = "a number") -> float:
    """`value` as a `float`; TypeError, as of `as_int`, for what is no number.

    An integer that no float reaches is infinite, which no caller takes.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be {legal}, not {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_positive(value: object, name: str) -> float:
    """`value` as `as_real` gives it; ValueError for what is not above 0 and finite."""
    number = as_real(value, name)
    if not 0 < number < math.inf:  # neither is NaN
        raise ValueError(f"{name} must be above 0 and finite, not {value!r}")
    return number


@dataclass(frozen=True, repr=False)
class IntType:
    """Common base of `UInt` and `Int`: a width in bits and a sign. Use one of the two.

    Parameters
    ----------
    bits : int
        Width, 1 to 64. (A layer's inputs and weights have at most 16; the rest is for accumulators.)

    Raises
    ------
    TypeError
        if `bits` is not an integer, or `IntType` itself is called
    ValueError
        if `bits` is outside 1 to 64
    """

    bits: int

    signed: ClassVar[bool]

    def __post_init__(self) -> None:
        name = type(self).__name__
        if type(self) is IntType:
            raise TypeError(f"IntType must be UInt({self.bits!r}) or Int({self.bits!r}), not called itself")
        bits = as_int(self.bits, f"bits of {name}")
        if not 1 <= bits <= MAX_BITS:
            raise ValueError(f"bits of {name} must be 1 to {MAX_BITS}, not {bits}")
        object.__setattr__(self, "bits", bits)

    @staticmethod
    def parse(text: str, name: str = "integer type", most: int = MAX_BITS) -> IntType:
        """The type called `text`: `"uint8"` or `"u8"`, `"int8"` or `"i8"`, of at most `most` bits.

        `name` is what errors call it.

        Raises
        ------
        TypeError
            if `text` is not a string
        ValueError
            if `text` is not the name of a type
        """
        if not isinstance(text, str):
            raise TypeError(f"{name} must be a str such as 'uint8', not {text!r}")
        match = _NAME.fullmatch(text)
        if match is None or int(match[2]) > most:
            raise ValueError(f"{name} must be 'uint1' to 'uint{most}' ('u8' for short) or 'int1' to "
                             f"'int{most}' ('i8' for short), not {text!r}")
        return (UInt if match[1].startswith("u") else Int)(int(match[2]))

    @property
    def min(self) -> int:
        """Smallest value."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def max(self) -> int:
        """Largest value."""
        return (1 << (self.bits - self.signed)) - 1

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.bits})"

    def __str__(self) -> str:
        return f"{'int' if self.signed else 'uint'}{self.bits}"

    def contains(self, array: npt.ArrayLike) -> bool:
        """Whether every element of `array` (any shape, also empty) has this type.

        Raises
        ------
        TypeError
            if `array` does not hold integers; booleans are not integers
        """
        values = _integers(array, "array")
        return values.size == 0 or (int(values.min()) >= self.min and int(values.max()) <= self.max)

    def check(self, array: npt.ArrayLike, name: str) -> npt.NDArray[np.int64]:
        """`array` (any shape) as `int64`, or an error that calls it `name`.

        An array that is `int64` already is returned as it is, not copied.

        Raises
        ------
        TypeError
            if `array` does not hold integers; booleans are not integers
        ValueError
            if an element is out of range: names the first one in C order, its value and the range
        """
        values = _integers(array, name)
        # int64 is all we compute in, so for uint64 data the range is that of UInt(63).
        highest = min(self.max, np.iinfo(np.int64).max)
        if values.size and not (int(values.min()) >= self.min and int(values.max()) <= highest):
            # Compare only with bounds that the dtype can hold: uint64 and negative ints do not mix.
            info = np.iinfo(values.dtype)
            outside = np.zeros(values.shape, dtype=np.bool_)
            if self.min > info.min:
                outside |= values < self.min
            if highest < info.max:
                outside |= values > highest
            index = tuple(int(i) for i in np.unravel_index(int(np.argmax(outside)), values.shape))
            where = f"{name}[{', '.join(map(str, index))}]" if index else name
            raise ValueError(f"{where} is {int(values[index])}, outside {self} ({self.min}..{highest})")
        return values.astype(np.int64, copy=False)

    def random(self, shape: tuple[int, ...], seed: int, stream: int = 0) -> npt.NDArray[np.int64]:
        """Reproducible pseudo-random values over the full range, of any `shape`, in int64.

        Different `stream`s of one `seed` are independent. Raises `TypeError` or `ValueError` for a seed that
        is not a non-negative integer.
        """
        generator = np.random.default_rng([stream, as_int(seed, "seed", 0)])
        return generator.integers(self.min, min(self.max, np.iinfo(np.int64).max), size=shape, dtype=np.int64,
                                  endpoint=True)


class UInt(IntType):
    """Unsigned integer of `bits` bits: 0 .. 2**bits - 1. Raises as `IntType` does."""

    signed = False


class Int(IntType):
    """Two's complement integer of `bits` bits: -2**(bits-1) .. 2**(bits-1) - 1. Raises as `IntType` does."""

    signed = True


def int_type(value: object, name: str, most: int) -> IntType:
    """`value` as a type of at most `most` bits; TypeError or ValueError with the value else."""
    if not isinstance(value, IntType):
        raise TypeError(f"{name} must be UInt(bits) or Int(bits), not {value!r}")
    if value.bits > most:
        raise ValueError(f"{name} must have 1 to {most} bits, not be {value!r}")
    return value


def smallest(lo: int, hi: int) -> IntType:
    """The narrowest type that holds the closed range `lo..hi`: `UInt` if `lo >= 0`, else `Int`.

    Raises
    ------
    TypeError
        if a bound is not an integer
    ValueError
        if `lo > hi`, or no type of at most 64 bits holds the range
    """
    lo, hi = as_int(lo, "lo"), as_int(hi, "hi")
    if lo > hi:
        raise ValueError(f"range must have lo <= hi, not {lo}..{hi}")
    if lo >= 0:
        kind, bits = UInt, max(hi.bit_length(), 1)
    else:
        # ~lo = -lo - 1: the magnitude bits of a negative number in two's complement.
        kind, bits = Int, max((~lo).bit_length(), max(hi, 0).bit_length()) + 1
    if bits > MAX_BITS:
        raise ValueError(f"range {lo}..{hi} needs {bits} bits, at most {MAX_BITS} are possible")
    return kind(bits)


def _integers(array: npt.ArrayLike, name: str) -> npt.NDArray[np.integer]:
    """`array` as an ndarray of some integer dtype, or `TypeError`."""
    values = as_array(array, name)
    if not np.issubdtype(values.dtype, np.integer):
        raise TypeError(f"{name} must hold integers, not {values.dtype}")
    return values


def as_array(array: npt.ArrayLike | None, name: str) -> npt.NDArray[Any]:
    """`array` as an ndarray. Raises ValueError for lists of different lengths, which are none."""
    try:
        return np.asarray(array)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array, not lists of different lengths") from error


def check_kind(value: object, kind: type | tuple[type, ...], name: str) -> None:
    """TypeError, with the value, for anything but a `kind`, or one of several."""
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        said = [f"{'an' if each.__name__[0] in 'AEIOU' else 'a'} {each.__name__}" for each in kinds]
        raise TypeError(f"{name} must be {' or '.join(said)}, not {value!r}")


def as_flag(value: object, name: str) -> bool:
    """`value` as a bool; TypeError for anything else, numbers included."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)
