"""Requantize: values, arguments and their errors, files."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import windrow as wr
from windrow.outputs.output_map import from_dict


def test_values_by_hand() -> None:
    requantise = wr.Requantize(0.5, zero_point=10, rounding="half_even", maximum=12)
    assert requantise.golden([-1000, -3, -1, 1, 3, 4, 1000]).tolist() == [-128, 8, 10, 10, 12, 12, 12]


def test_a_single_number_stays_one() -> None:
    for rounding in ("half_even", "half_up", "floor"):
        requantise = wr.Requantize(0.5, zero_point=10, rounding=rounding)
        for value in (5, 2**62):  # computed, and looked up
            assert requantise.golden(value).shape == ()
            assert requantise.golden(value) == requantise.golden([value])[0]


def test_one_scale_per_channel() -> None:
    requantise = wr.Requantize([0.5, 0.25], rounding="floor", type=wr.UInt(4))
    assert requantise.golden(np.full((2, 3, 2), 9)).tolist() == [[[4, 2]] * 3] * 2
    assert requantise.channels == 2
    with pytest.raises(ValueError, match=r"^y must have 2 channels on its last axis, as scale has, not shape "
                                         r"\(2, 3\)$"):
        requantise.golden(np.zeros((2, 3), np.int64))


@given(st.floats(2.0**-40, 2.0**20), st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20),
       st.integers(-128, 127), st.sampled_from(["half_even", "half_up", "floor"]))
def test_any_integer_is_exact(scale: float, values: list[int], zero_point: int, rounding: str) -> None:
    """Also where products are far beyond 64 bits."""
    def one(value: int) -> int:
        product = Fraction(scale) * value
        q = (round(product) if rounding == "half_even" else
             math.floor(product + (Fraction(1, 2) if rounding == "half_up" else 0)))
        return min(max(q + zero_point, -128), 127)

    requantise = wr.Requantize(scale, zero_point, rounding=rounding)
    assert requantise.golden(values).tolist() == [one(value) for value in values]
    per_channel = wr.Requantize([scale] * len(values), zero_point, rounding=rounding)
    assert per_channel.golden(values).tolist() == [one(value) for value in values]


@given(st.floats(2.0**-20, 2.0**3), st.integers(-(2**40), 2**40),
       st.sampled_from(["single", "double", "double_up", "half_even", "half_up", "floor"]))
def test_both_ways_to_compute_agree(scale: float, value: int, rounding: str) -> None:
    requantise = wr.Requantize(scale, 7, rounding=rounding, type=wr.Int(6))
    direct = requantise.golden([value])
    assert requantise.golden([value, 2**62])[0] == direct[0] == requantise.golden([value, -(2**62)])[0]


def test_multiplier_and_shift() -> None:
    assert (wr.Requantize(0.375, rounding="floor").multiplier, wr.Requantize(0.375, rounding="floor").shift) \
        == (3, 3)
    single = wr.Requantize(0.375, rounding="single")
    assert (single.multiplier, single.shift) == (3 << 29, 32)
    several = wr.Requantize([0.5, 0.375], rounding="half_up")
    assert (several.multiplier, several.shift) == ((1, 3), (1, 3))


def test_tflite_is_what_the_operator_does() -> None:
    requantise = wr.Requantize(0.25)
    for name in ("multiplier", "shift"):
        with pytest.raises(ValueError, match=r"^rounding='tflite' is what the kernel of an operator does: "
                                             r"resolved\('double'\) for convolutions, resolved\('single'\) "
                                             r"for fully connected$"):
            getattr(requantise, name)
    assert requantise.resolved("double").golden([-2]).tolist() == [-1]
    assert requantise.resolved("single").golden([-2]).tolist() == [0]
    chosen = wr.Requantize(0.25, rounding="floor")
    assert chosen.resolved("double") is chosen


def test_reach_is_where_the_results_lie() -> None:
    requantise = wr.Requantize([0.5, 0.001], -3, rounding="half_up")
    low, high = requantise.reach(-100, np.array([50, 10_000]))
    assert (low.tolist(), high.tolist()) == ([-53, -3], [22, 7])


@pytest.mark.parametrize("requantise", [
    wr.Requantize(0.1), wr.Requantize([0.1, 1 / 3], 5, wr.UInt(8), "floor", 3, 200),
    wr.Requantize(1e-9, rounding="half_even", type=wr.Int(16)),
])
def test_forms(requantise: wr.Requantize) -> None:
    assert from_dict(requantise.to_dict()) == requantise
    assert eval(repr(requantise), {"Requantize": wr.Requantize, "Int": wr.Int, "UInt": wr.UInt}) == requantise
    assert hash(from_dict(requantise.to_dict())) == hash(requantise)
    with pytest.raises(AttributeError):
        requantise.scale = 1.0  # type: ignore[misc]


def test_scales_may_be_of_numpy() -> None:
    assert wr.Requantize(np.float32(0.1)).scale == float(np.float32(0.1))
    assert wr.Requantize(np.array([0.5, 2.0], np.float32)).scale == (0.5, 2.0)
    assert wr.Requantize(2).scale == 2.0


@pytest.mark.parametrize(("arguments", "error", "text"), [
    ({"scale": 0.0}, ValueError, r"^scale must be positive and below 2\*\*30, not 0\.0$"),
    ({"scale": -1}, ValueError, r"^scale must be positive and below 2\*\*30, not -1\.0$"),
    ({"scale": math.nan}, ValueError, r"^scale must be positive and below 2\*\*30, not nan$"),
    ({"scale": math.inf}, ValueError, r"^scale must be positive and below 2\*\*30, not inf$"),
    ({"scale": [0.5, math.nan]}, ValueError, r"^scale\[1\] must be positive and below 2\*\*30, not nan$"),
    ({"scale": []}, ValueError, r"^scale must be a float or one per channel, not an empty list$"),
    ({"scale": "1"}, TypeError, r"^scale must be a float, not '1'$"),
    ({"scale": True}, TypeError, r"^scale must be a float, not True$"),
    ({"scale": 1, "type": 8}, TypeError, r"^type must be an IntType, not 8$"),
    ({"scale": 1, "type": wr.Int(17)}, ValueError, r"^type must have 1 to 16 bits, not be Int\(17\)$"),
    ({"scale": 1, "rounding": "up"}, ValueError,
     r"^rounding must be one of 'tflite', 'single', 'double', 'double_up', 'half_even', 'half_up', 'floor', "
     r"not 'up'$"),
    ({"scale": 1, "rounding": 3}, TypeError, r"^rounding must be a str, not 3$"),
    ({"scale": 1, "zero_point": 128}, ValueError, r"^zero_point must be in -128\.\.127 \(int8\), not 128$"),
    ({"scale": 1, "zero_point": 1.0}, TypeError, r"^zero_point must be an int, not 1\.0$"),
    ({"scale": 1, "minimum": -129}, ValueError, r"^minimum must be in -128\.\.127 \(int8\), not -129$"),
    ({"scale": 1, "divisor": 0, "rounding": "double"}, ValueError, r"^divisor must be at least 1, not 0$"),
    ({"scale": 1, "divisor": 9, "rounding": "half_up"}, ValueError,
     r"^divisor must be 1 for rounding 'half_up', not 9; 'double' has one$"),
    ({"scale": 1, "minimum": 4, "maximum": 3}, ValueError,
     r"^minimum must not be above maximum = 3, not 4$"),
])
def test_wrong_arguments(arguments: dict, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        wr.Requantize(**arguments)


@pytest.mark.parametrize("count", [2, 4, 49, 63, 3000])
def test_the_mean_of_so_many(count: int) -> None:
    """A little off the quotient, and in the hardware's multipliers the same for every sum."""
    scales = [0.7, 1.0, 0.013]
    mean = wr.Requantize(scales, 3, rounding="double", divisor=count)
    low, high = -256 * count, 255 * count
    a = np.unique(np.linspace(low, high, 5000, dtype=np.int64))[:, np.newaxis].repeat(3, axis=1)
    exact = np.clip(a * np.array(scales) / count + 3, -128, 127)
    assert np.abs(mean.golden(a) - exact).max() < 0.77
    narrowed = mean.for_range([(low, high)] * 3)
    assert np.array_equal(narrowed.golden(a), mean.golden(a))
    assert from_dict(mean.to_dict()) == mean
    assert repr(mean).endswith(f", divisor={count})")
    assert mean.of_channels([1]).rules == (mean.rules[1],)
    assert "divisor" not in wr.Requantize(0.5).to_dict()


def test_wrong_files() -> None:
    with pytest.raises(ValueError, match=r"^unknown requantize key 'scales': did you mean 'scale'\?$"):
        from_dict({"kind": "requantize", "scales": 1})
    with pytest.raises(ValueError, match=r"^kind of an output map must be 'requantize' or 'lookup' or "
                                         r"'clamp', not None$"):
        from_dict({})
    with pytest.raises(TypeError, match=r"^output must be a mapping, not 3$"):
        from_dict(3)  # type: ignore[arg-type]
