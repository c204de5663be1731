"""The shortest multiplier with the same staircase, over every accumulator that can come.

A result `y` of `a` is right if `y << s <= a*m + c < (y+1) << s`.  Both sides rise with `a`, so it is enough
to ask where the staircase steps (just before, and there) and at the ends of what can come; a result that the
clamp makes needs only one of the two.  For one multiplier, this leaves an interval of constants:

    max((y << s) - a*m)  <=  c  <=  min(((y+1) << s) - 1 - a*m)

The gap between its ends is convex in `m`, so Newton's steps along the points that hold the ends find a
multiplier or show that there is none.  What is possible with a shift `s` is so with `s + 1` (twice all),
hence bisection finds the least shift: that of the shortest multiplier.  One shift serves all channels; it is
wires then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from windrow.outputs.multiply_shift import MultiplyShift
from windrow.outputs.roundings import Rule, Stairs
from windrow.values.numerics import IntType, as_int, smallest

__all__ = ["narrow"]

Range = tuple[int, int]
Array = np.ndarray[Any, Any]


def narrow(stairs: Sequence[Stairs], type: IntType, ranges: Sequence[Range], shared: bool) -> MultiplyShift:
    """`Requantize.for_range`; `stairs` are one for all channels, if `shared`, or one per channel."""
    channels = _ranges(ranges, None if shared else len(stairs))
    if shared:
        # One multiplier that is right wherever any of the channels goes.
        channels = [(min(low for low, _ in channels), max(high for _, high in channels))]
    climbs = [_Climb.of(each, *range_) for each, range_ in zip(stairs, channels, strict=True)]
    moving = [climb for climb in climbs if climb.steps]
    operand = smallest(min((climb.steps[0] - 1 for climb in moving), default=0),
                       max((climb.steps[-1] for climb in moving), default=0))
    tie = any(climb.ties for climb in moving)
    problems = [_Problem.of(climb, operand, tie, signed=False) for climb in climbs]
    signed = operand.signed and any(problem.multiplier(problem.rule.shift) is None for problem in problems)
    if signed:
        problems = [_Problem.of(climb, operand, tie, signed=True) for climb in climbs]
    shift = max(problem.least_shift() for problem in problems)
    multipliers, intervals = [], []
    for problem in problems:
        multiplier = problem.multiplier(shift)
        assert multiplier is not None  # what is possible with a shift is so with a larger one
        multipliers.append(multiplier)
        intervals += problem.constants(multiplier, shift)
    zero, minimum, maximum = stairs[0].zero, stairs[0].minimum, stairs[0].maximum
    constants = tuple(number + (zero << shift) for number in _few_bits(intervals, shift))
    return MultiplyShift(
        multipliers=tuple(multipliers), constants=constants[1::2] if signed else constants,
        below=constants[::2] if signed else None, tie=tie, shift=shift, operand=operand,
        type=type, minimum=minimum, maximum=maximum)


@dataclass(frozen=True)
class _Climb:
    """What a channel does of its stairs; `steps[n]` is the least `a` with a result above `first + n`."""

    stairs: Stairs
    range: Range
    first: int
    steps: list[int]
    points: list[Range]  # (a, result), at both ends, on both sides of all steps, and of zero

    @staticmethod
    def of(stairs: Stairs, low: int, high: int) -> _Climb:
        first, last = stairs.at(low), stairs.at(high)
        steps = stairs.steps(first, last)
        points = {at: stairs.at(at) for at in (low, -1, 0, high) if low <= at <= high}
        for at, step in enumerate(steps):
            points.setdefault(step - 1, first + at)  # of several steps at one place, the first says it
            points[step] = first + at + 1
        return _Climb(stairs, (low, high), first, steps, sorted(points.items()))

    @property
    def ties(self) -> bool:
        return bool(self.steps) and self.stairs.rule.ties(*self.range)


@dataclass(frozen=True)
class _Part:
    """Bounds of one constant: `c >= (low_value << s) - low_at*m` and `c < (high_value << s) - high_at*m`."""

    low_at: Array
    low_value: Array
    high_at: Array
    high_value: Array

    def ends(self, multiplier: int, shift: int) -> tuple[int, int, int]:
        """Least and largest constant; how much less they differ when the multiplier grows by 1."""
        low, low_at = _extreme(self.low_at, self.low_value, multiplier, shift, np.argmax)
        high, high_at = _extreme(self.high_at, self.high_value, multiplier, shift, np.argmin)
        # Where results may be as low or as high as they like, a step's worth of constants is enough.
        if low is None:
            low = 0 if high is None else high - (1 << shift)
        if high is None:
            high = low + (1 << shift)
        return low, high - 1, high_at - low_at


def _extreme(at: Array, value: Array, multiplier: int, shift: int,
             choose: Callable[[Array], np.intp]) -> tuple[int | None, int]:
    """The extreme of `(value << shift) - at*multiplier`, and the `at` that has it."""
    if not at.size:
        return None, 0
    widest = max(max(int(np.abs(at).max()), 1).bit_length() + multiplier.bit_length(),
                 max(int(np.abs(value).max()), 1).bit_length() + shift)
    if widest > 61:
        at, value = at.astype(np.object_), value.astype(np.object_)
    bounds = value * (1 << shift) - at * multiplier
    where = choose(bounds)
    return int(bounds[where]), int(at[where])


@dataclass(frozen=True)
class _Problem:
    """What one channel asks of its multiplier and its constant, or constants: one for each sign."""

    rule: Rule
    parts: list[_Part]
    still: int | None  # the one result, before the zero point, of a channel that has no more
    slack: int  # by how much the ends of the constants must differ: 1 where the bit of a tie is added as well
    exact: bool  # ties: only the scale itself will do

    @staticmethod
    def of(climb: _Climb, operand: IntType, tie: bool, signed: bool) -> _Problem:
        stairs, zero = climb.stairs, climb.stairs.zero
        # What is beyond the operand is saturated, to where the result is the same.
        saturated = {min(max(at, operand.min), operand.max): result for at, result in climb.points}
        points = sorted(saturated.items())
        groups = [[p for p in points if p[0] < 0], [p for p in points if p[0] >= 0]] if signed else [points]
        parts = []
        for group in groups:
            lows = [(at, result - zero) for at, result in group if result > stairs.minimum]
            highs = [(at, result + 1 - zero) for at, result in group if result < stairs.maximum]
            parts.append(_Part(*(np.array([pair[n] for pair in pairs], np.int64)
                                 for pairs in (lows, highs) for n in (0, 1))))
        return _Problem(stairs.rule, parts, None if climb.steps else climb.first - zero,
                        int(tie and not climb.ties), climb.ties)

    def least_shift(self) -> int:
        """The shift of the shortest multiplier."""
        if self.still is not None:
            return self.slack
        if self.exact:
            return self.rule.shift
        low, high = -1, self.rule.shift  # what is not possible, and what is: the definition itself
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.multiplier(middle) is not None else (middle, high)
        return high

    def multiplier(self, shift: int) -> int | None:
        """A multiplier for this shift, or None if there is none."""
        if self.still is not None:
            return 0
        more = shift - self.rule.shift
        if self.exact:
            return self.rule.multiplier << more if more >= 0 else None
        m, direction = round(Fraction(self.rule.multiplier) * Fraction(2) ** more), 0
        while m >= 0:
            gap, shrinks = max(((low - high + self.slack, shrinks) for low, high, shrinks in
                                (part.ends(m, shift) for part in self.parts)))
            if gap <= 0:
                return m
            # Newton's step never jumps over a multiplier that is right: the gap is convex.
            if shrinks == 0 or direction * shrinks < 0:
                return None
            direction = shrinks
            m += -(-gap // abs(shrinks)) * (1 if shrinks < 0 else -1)
        return None

    def constants(self, multiplier: int, shift: int) -> list[Range]:
        """The constants that are right, of each part, before the zero point."""
        if self.still is not None:
            return [(self.still << shift, ((self.still + 1) << shift) - 1 - self.slack)] * len(self.parts)
        if self.exact:
            half = (1 << shift >> 1) - 1
            return [(half, half)] * len(self.parts)
        return [(low, high - self.slack) for low, high, _ in
                (part.ends(multiplier, shift) for part in self.parts)]


def _few_bits(intervals: list[Range], shift: int) -> list[int]:
    """A number of each interval: one for all where there is one, with as many zeros at its end as can be."""
    common = (max(low for low, _ in intervals), min(high for _, high in intervals))
    if common[0] <= common[1]:
        return [_roundest([common], shift)[0]] * len(intervals)
    return _roundest(intervals, shift)


def _roundest(intervals: list[Range], shift: int) -> list[int]:
    for zeros in range(shift, -1, -1):
        numbers = [-(-low >> zeros) << zeros for low, _ in intervals]
        if all(number <= high for number, (_, high) in zip(numbers, intervals, strict=True)):
            return numbers
    raise AssertionError("an interval of constants must hold a number")


def _ranges(ranges: Sequence[Range], channels: int | None) -> list[Range]:
    """The ranges as pairs of integers, as many as there are channels."""
    checked = []
    for number, pair in enumerate(ranges):
        if len(pair) != 2:
            raise ValueError(f"ranges[{number}] must be (low, high), not {pair!r}")
        low, high = (as_int(end, f"ranges[{number}]") for end in pair)
        if low > high:
            raise ValueError(f"ranges[{number}] must have low <= high, not {low}..{high}")
        checked.append((low, high))
    if not checked or channels not in (None, len(checked)):
        raise ValueError(f"ranges must hold {channels or 'at least one'} (low, high), not {len(checked)}")
    return checked
