"""Stalls: when a stream pauses, as data. One object drives every engine and the timing model alike.

    Stalls.never()                     nothing ever waits
    Stalls.until(40)                   nothing moves for 40 cycles, then it flows
    Stalls.between(100, 140)           one pause
    Stalls.periodic(stalled=3, free=1) a stream at a quarter of its pace
    Stalls.random(0.3, seed=1)         three cycles in ten
    Stalls.bursts(8, 20, seed=1)       pauses of 8 cycles on average, 20 apart
    Stalls.trace("0011101", repeat=False)

A pattern is a head, which comes once, and a period, which is repeated for ever. The period always has a free
cycle: a stream that is stalled for ever would be a hang by definition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.values.numerics import as_flag, as_int, as_real

__all__ = ["LEVELS", "Stalls", "StallsLike", "level"]

LEVELS = ("none", "light", "heavy")
"""How much both streams may stall, for `level`."""

_CYCLES = 1021  # of random patterns: a prime, so that no frame or row is in step with the repetition
_LONGEST = 2**24  # cycles of any part of a pattern: all of them are held in memory


@dataclass(frozen=True, eq=False, repr=False)
class Stalls:
    """A stall pattern: for every cycle whether the stream is stalled in it. Equal patterns are equal.

    An input that is stalled offers no new beat (one already offered stays); an output that is stalled is not
    ready. Made by the class methods; the repr of each is the call that makes it.

    Attributes
    ----------
    head : (any length,) bool
        The first cycles, once.
    period : (at least 1,) bool
        What follows, repeated for ever.
    text : str
        The call that makes it.
    """

    head: npt.NDArray[np.bool_]
    period: npt.NDArray[np.bool_]
    text: str

    @classmethod
    def never(cls) -> Stalls:
        """Always free."""
        return cls._make([], [False], "never()")

    @classmethod
    def until(cls, cycle: int) -> Stalls:
        """Stalled in all cycles before `cycle`, then free for ever."""
        cycle = _length(cycle, "cycle")
        return cls._make(np.ones(cycle, np.bool_), [False], f"until({cycle})")

    @classmethod
    def between(cls, start: int, stop: int) -> Stalls:
        """Stalled in cycles `start` to `stop - 1`, free before and after."""
        start, stop = _length(start, "start"), _length(stop, "stop")
        if stop < start:
            raise ValueError(f"stop must be at least start = {start}, not {stop}")
        return cls._make(np.arange(stop) >= start, [False], f"between({start}, {stop})")

    @classmethod
    def periodic(cls, *, stalled: int, free: int, delay: int = 0) -> Stalls:
        """`stalled` cycles stalled, `free` cycles free, and so on; after `delay` free cycles."""
        stalled, free, delay = _length(stalled, "stalled"), _length(free, "free", 1), _length(delay, "delay")
        text = f"periodic(stalled={stalled}, free={free}{f', delay={delay}' if delay else ''})"
        return cls._make(np.zeros(delay, np.bool_), np.arange(stalled + free) < stalled, text)

    @classmethod
    def random(cls, density: float, *, seed: int = 0, cycles: int = _CYCLES) -> Stalls:
        """Each cycle stalled with probability `density` (0 to below 1); repeats after `cycles` cycles."""
        density, cycles = _density(density), _length(cycles, "cycles", 1)
        period = _generator(seed).random(cycles) < density
        if period.all():  # few cycles, high density
            period[-1] = False
        return cls._make([], period, f"random({density!r}, seed={seed!r}{_unusual(cycles)})")

    @classmethod
    def bursts(cls, stalled: float, free: float, *, seed: int = 0, cycles: int = _CYCLES) -> Stalls:
        """Pauses of `stalled` cycles on average, after `free` free cycles on average (geometric, each at
        least 1); repeats after `cycles` cycles."""
        stalled, free, cycles = _mean(stalled, "stalled"), _mean(free, "free"), _length(cycles, "cycles", 1)
        dice = _generator(seed)
        # Every length is at least 1: so many pairs are enough.
        lengths = np.stack([dice.geometric(1 / free, cycles), dice.geometric(1 / stalled, cycles)], axis=1)
        ends = np.minimum(lengths.cumsum(), cycles)  # free, stalled, free, stalled ...
        period = np.zeros(cycles, np.bool_)
        for start, stop in ends.reshape(-1, 2).tolist():
            period[start:stop] = True
        text = f"bursts({stalled!r}, {free!r}, seed={seed!r}{_unusual(cycles)})"
        return cls._make([], period, text)

    @classmethod
    def trace(cls, cycles: str | Sequence[bool] | npt.NDArray[np.bool_], *, repeat: bool = True) -> Stalls:
        """Exactly these cycles: booleans, or a string of 0 (free) and 1 (stalled).

        Afterwards the same again; with `repeat=False` free for ever.
        """
        repeat = as_flag(repeat, "repeat")
        if isinstance(cycles, str):
            if set(cycles) - set("01"):
                raise ValueError(f"cycles must be a string of 0 and 1, or booleans, not {cycles!r}")
            cycles = np.array([digit == "1" for digit in cycles], np.bool_)
        array = _booleans(cycles, "cycles")
        if repeat:
            _check_period(array, "cycles")
        shown = (array + np.uint8(ord("0"))).tobytes().decode()
        text = f"trace({shown!r}{'' if repeat else ', repeat=False'})"
        return cls._make([], array, text) if repeat else cls._make(array, [False], text)

    @classmethod
    def of(cls, pattern: StallsLike, name: str = "pattern") -> Stalls:
        """A pattern as it is; booleans per cycle as a trace that is repeated; None as `never()`.

        Raises TypeError for anything but booleans, ValueError for none at all or for all true.
        """
        if pattern is None:
            return cls.never()
        if isinstance(pattern, Stalls):
            return pattern
        array = _booleans(pattern, name)
        _check_period(array, name)
        return cls.trace(array)

    @property
    def any(self) -> bool:
        """Whether it ever stalls."""
        return bool(self.head.any() or self.period.any())

    def cycles(self, count: int) -> npt.NDArray[np.bool_]:
        """The first `count` cycles: True where stalled."""
        count = _count(count, "count")
        repeats = -(-max(0, count - len(self.head)) // len(self.period))
        return np.concatenate([self.head, np.tile(self.period, repeats)])[:count]

    def __repr__(self) -> str:
        return f"Stalls.{self.text}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stalls):
            return NotImplemented
        return self._bytes() == other._bytes()

    def __hash__(self) -> int:
        return hash(self._bytes())

    def _bytes(self) -> tuple[bytes, bytes]:
        return self.head.tobytes(), self.period.tobytes()

    @classmethod
    def _make(cls, head: Sequence[bool] | npt.NDArray[np.bool_],
              period: Sequence[bool] | npt.NDArray[np.bool_], text: str) -> Stalls:
        """Arrays that nobody else can write to."""
        once, again = np.array(head, np.bool_), np.array(period, np.bool_)
        once.flags.writeable = again.flags.writeable = False
        return cls(once, again, text)


def level(name: str, seed: int) -> tuple[Stalls, Stalls]:
    """Input and output stalls of one of `LEVELS`, with randomness of `seed`. ValueError for another name."""
    if name == "none":
        return Stalls.never(), Stalls.never()
    if name == "light":
        return Stalls.random(0.1, seed=seed), Stalls.random(0.1, seed=seed + 1)
    if name == "heavy":
        return Stalls.bursts(12, 4, seed=seed), Stalls.random(0.7, seed=seed + 1)
    raise ValueError(f"level must be {' or '.join(LEVELS)}, not {name!r}")


StallsLike: TypeAlias = "Stalls | Sequence[bool] | npt.NDArray[np.bool_] | None"
"""What is accepted wherever stalls are given; booleans are repeated when they run out."""


def _booleans(pattern: Sequence[bool] | npt.NDArray[np.bool_], name: str) -> npt.NDArray[np.bool_]:
    if isinstance(pattern, str) or np.ndim(pattern) == 0:
        raise _no_pattern(pattern, name)
    array = np.asarray(pattern)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name} must be one row of at least one cycle, not of shape {array.shape}")
    if array.dtype != np.bool_:
        raise TypeError(f"{name} must be booleans per cycle, not {array.dtype}: {pattern!r}")
    _most(array.size, f"length of {name}")
    return array


def _no_pattern(value: object, name: str) -> TypeError:
    """Names the call that was probably meant."""
    cycles = value if isinstance(value, str) and 0 < len(value) <= 40 and not set(value) - set("01") else "01"
    density = value if isinstance(value, (float, np.floating)) and 0 <= value < 1 else 0.3
    return TypeError(f"{name} must be booleans per cycle, not {value!r}; for instance "
                     f'Stalls.trace("{cycles}") or Stalls.random({density})')


def _check_period(array: npt.NDArray[np.bool_], name: str) -> None:
    if array.all():
        raise ValueError(f"{name} must leave a cycle free, not stall all {array.size}")


def _count(value: int, name: str, least: int = 0) -> int:
    return as_int(value, name, least, "an integer")


def _length(value: int, name: str, least: int = 0) -> int:
    return _most(_count(value, name, least), name)


def _most(value: int, name: str) -> int:
    if value > _LONGEST:
        raise ValueError(f"{name} must be at most {_LONGEST} cycles, not {value}")
    return value


def _density(value: float) -> float:
    density = as_real(value, "density")
    if not 0 <= density < 1:
        raise ValueError(f"density must be at least 0 and below 1, not {value!r}")
    return density


def _mean(value: float, name: str) -> float:
    mean = as_real(value, name, "a number of cycles")
    if not 1 <= mean < math.inf:
        raise ValueError(f"{name} must be at least 1 cycle on average, not {value!r}")
    if mean > _LONGEST:
        raise ValueError(f"{name} must be at most {_LONGEST} cycles on average, not {value!r}")
    return mean


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(_count(seed, "seed"))


def _unusual(cycles: int) -> str:
    return "" if cycles == _CYCLES else f", cycles={cycles}"
