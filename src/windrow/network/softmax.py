"""Softmax in fixed point, as TFLite's reference kernel computes it: what networks end in, on the host.

Numbers of `n` integer bits are written Qn.m, with 31 - n bits behind the point.  `exp` of what is not above 0
is a polynomial within a quarter and a factor per bit of the rest; the reciprocal is three steps of Newton's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.network.nodes import Plain, Shape

__all__ = ["Softmax"]

Array = npt.NDArray[np.int64]

_ONE = (1 << 31) - 1
_BEHIND = 26  # bits behind the point of a Q5.26
_EIGHTH = 1 << 28
_EXP_OF_MINUS_EIGHTH = 1895147668
_THIRD = 715827883
# exp(-2**n) in Q0.31, for n from -2 to 4.
_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
_NEWTON_FIRST, _NEWTON_SLOPE = 1515870810, -1010580540  # 48/17 and -32/17 in Q2.29
_SUM_BITS = 12  # integer bits of the sum of exponentials


@dataclass(frozen=True)
class Softmax(Plain):
    """exp(scale * x) over the last axis, each over their sum: 256ths, less 128.

    `multiplier` and `shift` scale differences to Q5.26: `(d << shift) * multiplier / 2**31`.
    """

    multiplier: int
    shift: int

    title = "softmax"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    @property
    def _least(self) -> int:
        """Below this difference, exp is taken for 0: what 5 integer bits hold."""
        return -(31 * (1 << _BEHIND) // (1 << self.shift))

    def golden(self, *inputs: Array) -> Array:
        (x,) = inputs
        below = x - x.max(axis=-1, keepdims=True)
        counts = below >= self._least
        exponential = _exp(_high(np.where(counts, below, 0) << self.shift, self.multiplier))
        total = np.where(counts, _round_shift(exponential, _SUM_BITS), 0).sum(axis=-1, keepdims=True)
        bits = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # of numbers below 2**31: exact
        # The sum as 1 + f, f in Q0.31.
        reciprocal = _reciprocal((total << (32 - bits)) - (1 << 31))
        shifted = _round_shift(_high(exponential, reciprocal), bits - (32 - _SUM_BITS) + 31 - 8) - 128
        return np.where(counts, np.clip(shifted, -128, 127), -128)


def _high(a: Array, b: Array | int) -> Array:
    """a*b / 2**31, rounded: half away from zero, by a division that drops what is behind the point."""
    product = a * b
    product = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    return np.sign(product) * (np.abs(product) >> 31)


def _round_shift(a: Array, bits: Array | int) -> Array:
    """a / 2**bits, rounded half away from zero."""
    shift = np.asarray(bits, np.int64)
    rest = a & ((np.int64(1) << shift) - 1)
    half = ((np.int64(1) << shift) - 1) >> 1
    return (a >> shift) + (rest > half + (a < 0))


def _exp(a: Array) -> Array:
    """exp of a Q5.26 that is not above 0, in Q0.31."""
    quarter = 1 << (_BEHIND - 2)
    within = (a & (quarter - 1)) - quarter
    x = (within << 5) + _EIGHTH
    x2 = _high(x, x)
    x3, x4 = _high(x2, x), _high(x2, x2)
    tail = _round_shift(_high(_round_shift(x4, 2) + x3, _THIRD) + x2, 1)
    result = _EXP_OF_MINUS_EIGHTH + _high(np.full_like(x, _EXP_OF_MINUS_EIGHTH), x + tail)
    rest = within - a
    for bit, factor in enumerate(_FACTORS, _BEHIND - 2):
        result = np.where(rest & (1 << bit), _high(result, factor), result)
    return np.where(a == 0, _ONE, result)


def _reciprocal(f: Array) -> Array:
    """1 / (1 + f) for f in Q0.31 from 0 to 1, in Q0.31."""
    total = f + _ONE
    half = np.where(total >= 0, (total + 1) // 2, -((1 - total) // 2))
    x = _NEWTON_FIRST + _high(half, _NEWTON_SLOPE)
    for _ in range(3):
        x = x + np.clip(_high(x, (1 << 29) - _high(half, x)) << 2, -(1 << 31), _ONE)
    return np.clip(x << 1, -(1 << 31), _ONE)
