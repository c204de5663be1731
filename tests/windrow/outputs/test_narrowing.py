"""The narrowed form is the same in every value that can come, and no shorter multiplier is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from windrow.outputs.multiply_shift import MultiplyShift

ROUNDINGS = ["single", "double", "double_up", "half_even", "half_up", "floor"]
SCALES = st.floats(2.0**-12, 4.0) | st.builds(lambda n, bits: n / 2**bits, st.integers(1, 40),
                                             st.integers(0, 8))


@st.composite
def cases(draw: st.DrawFn) -> tuple[wr.Requantize, list[tuple[int, int]]]:
    kind = draw(st.sampled_from([wr.Int(8), wr.UInt(8), wr.Int(4), wr.UInt(1), wr.Int(10)]))
    channels = draw(st.integers(1, 4))
    scale = [draw(SCALES) for _ in range(channels)] if draw(st.booleans()) else draw(SCALES)
    lo, hi = sorted((draw(st.integers(kind.min, kind.max)), draw(st.integers(kind.min, kind.max))))
    ends = (lo, hi) if draw(st.booleans()) else (None, None)
    ranges = []
    for _ in range(channels):
        low = draw(st.integers(-20_000, 20_000))
        ranges.append((low, low + draw(st.integers(0, 20_000))))
    requantise = wr.Requantize(scale, draw(st.integers(kind.min, kind.max)), kind,
                               draw(st.sampled_from(ROUNDINGS)), *ends)
    return requantise, ranges


def differences(requantise: wr.Requantize, ranges: list[tuple[int, int]], narrowed: MultiplyShift) -> int:
    """In how many of all the values that can come the two differ."""
    wrong = 0
    for channel, (low, high) in enumerate(ranges):
        frame = np.zeros((high - low + 1, len(ranges)), np.int64)
        frame[:, channel] = np.arange(low, high + 1)
        wrong += int((requantise.golden(frame) != narrowed.golden(frame))[:, channel].sum())
    return wrong


@settings(max_examples=150)
@given(cases())
def test_same_in_every_value(case: tuple[wr.Requantize, list[tuple[int, int]]]) -> None:
    requantise, ranges = case
    narrowed = requantise.for_range(ranges)
    assert differences(requantise, ranges, narrowed) == 0
    assert (narrowed.minimum, narrowed.maximum) == (requantise.minimum, requantise.maximum)


@settings(max_examples=40)
@given(st.floats(2.0**-6, 0.5), st.sampled_from(["single", "double_up", "half_up", "floor"]),
       st.integers(-300, 100), st.integers(100, 300))
def test_no_multiplier_is_shorter(scale: float, rounding: str, low: int, more: int) -> None:
    requantise = wr.Requantize(scale, rounding=rounding)
    narrowed = requantise.for_range([(low, low + more)])
    values = np.arange(low, low + more + 1)[:, None]
    want = requantise.golden(values)[:, 0]
    # Every multiplier with a bit less, whatever its shift and its constant.
    multipliers = np.arange(1, 1 << (max(narrowed.multipliers).bit_length() - 1))[:, None]
    low_end, high_end = want > -128, want < 127
    for shift in range(narrowed.shift + 2):
        needed = (want << shift) - values[:, 0] * multipliers
        least = needed[:, low_end].max(axis=1)
        most = (needed + (1 << shift) - 1)[:, high_end].min(axis=1)
        assert (least > most).all(), f"{multipliers[np.argmin(least > most)]} >> {shift} is shorter"


def test_one_multiplier_serves_all_channels_of_one_scale() -> None:
    narrowed = wr.Requantize(0.01, rounding="single").for_range([(-100, 5000), (-9000, 3), (0, 0)])
    assert len(narrowed.multipliers) == len(narrowed.constants) == 1


def test_a_channel_that_never_changes_needs_no_multiplier() -> None:
    requantise = wr.Requantize([0.01, 2.0**-25], 3, rounding="double")
    narrowed = requantise.for_range([(-5000, 5000), (2**30 - 50, 2**30 + 10)])
    assert narrowed.multipliers[1] == 0
    assert narrowed.operand.bits <= 14
    assert narrowed.golden([[0, 2**30]]).tolist() == requantise.golden([[0, 2**30]]).tolist() == [[3, 35]]


@pytest.mark.parametrize("scale", [1e-25, 2.0**-70, 3e-10, 1.0])
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_scales_of_any_size(scale: float, rounding: str) -> None:
    """Shifts may be far beyond 64 bits, and still there may be a step: of floor, where the sign turns."""
    requantise = wr.Requantize(scale, rounding=rounding)
    ranges = [(-7, 5)]
    narrowed = requantise.for_range(ranges)
    assert differences(requantise, ranges, narrowed) == 0
    assert narrowed.shift <= 3


def test_signs_have_constants_of_their_own_only_where_that_matters() -> None:
    double = wr.Requantize(1 / 4, rounding="double")
    assert double.for_range([(-500, 500)]).below is not None
    assert double.for_range([(0, 500)]).below is None
    assert wr.Requantize(1 / 4, -128, rounding="double").for_range([(-500, 500)]).below is None  # ReLU
    assert wr.Requantize(1 / 4, rounding="single").for_range([(-500, 500)]).below is None


def test_multipliers_of_a_real_layer_are_short() -> None:
    """28 bits serve every layer seen; as defined it is 31."""
    scales = np.random.default_rng(0).uniform(2.0**-10, 2.0**-8, 16)
    narrowed = wr.Requantize(scales, -128, rounding="double").for_range([(-900_000, 900_000)] * 16)
    assert narrowed.multiplier_bits <= 26
    assert narrowed.operand == wr.UInt(18)


@pytest.mark.parametrize(("ranges", "text"), [
    ([], r"^ranges must hold 2 \(low, high\), not 0$"),
    ([(0, 1)], r"^ranges must hold 2 \(low, high\), not 1$"),
    ([(0, 1), (3, 2)], r"^ranges\[1\] must have low <= high, not 3\.\.2$"),
    ([(0, 1), (3,)], r"^ranges\[1\] must be \(low, high\), not \(3,\)$"),
])
def test_wrong_ranges(ranges: list[tuple[int, ...]], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        wr.Requantize([0.5, 0.25], rounding="floor").for_range(ranges)  # type: ignore[arg-type]
