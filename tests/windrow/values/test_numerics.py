"""Integer types: ranges, names, and what may pass as an integer."""

import copy
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windrow.values.numerics import Int, IntType, UInt, as_int, as_positive, as_real, smallest


@pytest.mark.parametrize(("kind", "low", "high"), [
    (UInt(1), 0, 1), (UInt(8), 0, 255), (UInt(16), 0, 65535), (UInt(64), 0, 2**64 - 1),
    (Int(1), -1, 0), (Int(2), -2, 1), (Int(8), -128, 127), (Int(64), -(2**63), 2**63 - 1),
])
def test_range(kind: IntType, low: int, high: int) -> None:
    assert (kind.min, kind.max) == (low, high)
    assert kind.signed == (low < 0)


def test_types_are_values() -> None:
    assert UInt(8) == UInt(np.int32(8)) != Int(8)  # pyright: ignore[reportArgumentType]
    assert len({UInt(8), UInt(8), Int(8), UInt(9)}) == 3
    assert type(UInt(np.int32(8)).bits) is int  # pyright: ignore[reportArgumentType]
    with pytest.raises(AttributeError):
        UInt(8).bits = 9  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("kind", [UInt(8), Int(1), Int(21), UInt(64)])
def test_forms(kind: IntType) -> None:
    assert eval(repr(kind)) == kind
    assert IntType.parse(str(kind)) == kind
    assert IntType.parse(f"{'i' if kind.signed else 'u'}{kind.bits}") == kind
    assert pickle.loads(pickle.dumps(kind)) == kind == copy.deepcopy(kind)


def test_names() -> None:
    assert (repr(UInt(8)), str(UInt(8)), repr(Int(5)), str(Int(5))) == ("UInt(8)", "uint8", "Int(5)", "int5")


@pytest.mark.parametrize(("bits", "error", "text"), [
    (True, TypeError, r"^bits of UInt must be an int, not True$"),
    (8.0, TypeError, r"^bits of UInt must be an int, not 8\.0$"),
    ("8", TypeError, r"^bits of UInt must be an int, not '8'$"),
    (0, ValueError, r"^bits of UInt must be 1 to 64, not 0$"),
    (65, ValueError, r"^bits of UInt must be 1 to 64, not 65$"),
])
def test_wrong_bits(bits: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        UInt(bits)  # pyright: ignore[reportArgumentType]


def test_base_is_not_a_type() -> None:
    with pytest.raises(TypeError, match=r"^IntType must be UInt\(8\) or Int\(8\), not called itself$"):
        IntType(8)


@pytest.mark.parametrize("text", ["", "8", "uint", "int0", "u08", "uint65", "float8", "Uint8", " u8", "u8 "])
def test_parse_refuses(text: str) -> None:
    pattern = (r"^integer type must be 'uint1' to 'uint64' \('u8' for short\) or 'int1' to 'int64' "
               rf"\('i8' for short\), not {re.escape(repr(text))}$")
    with pytest.raises(ValueError, match=pattern):
        IntType.parse(text)


def test_parse_refuses_other_kinds() -> None:
    with pytest.raises(TypeError, match=r"^input_type must be a str such as 'uint8', not 8$"):
        IntType.parse(8, "input_type")  # pyright: ignore[reportArgumentType]


def test_contains() -> None:
    assert UInt(4).contains([[0, 15]])
    assert not UInt(4).contains(16)
    assert not UInt(4).contains(np.array([-1], dtype=np.int8))
    assert Int(4).contains(np.zeros((0, 3), dtype=np.int16))
    assert not Int(64).contains(np.array([2**63], dtype=np.uint64))
    assert UInt(64).contains(np.array([2**64 - 1], dtype=np.uint64))
    with pytest.raises(TypeError, match=r"^array must hold integers, not bool$"):
        UInt(1).contains([True])


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64, np.int64])
def test_check_converts(dtype: type) -> None:
    checked = UInt(7).check(np.array([[0, 127]], dtype=dtype), "x")
    assert checked.dtype == np.int64
    assert checked.tolist() == [[0, 127]]


@pytest.mark.parametrize(("kind", "array", "text"), [
    (UInt(8), [[1, 2], [3, 256]], r"^x\[1, 1\] is 256, outside uint8 \(0\.\.255\)$"),
    (UInt(8), [5, -1, 256], r"^x\[1\] is -1, outside uint8 \(0\.\.255\)$"),
    (Int(3), np.array([3, -4, 4, -5], dtype=np.int8), r"^x\[2\] is 4, outside int3 \(-4\.\.3\)$"),
    (Int(3), 9, r"^x is 9, outside int3 \(-4\.\.3\)$"),
    (Int(64), np.array([0, 2**63], dtype=np.uint64),
     r"^x\[1\] is 9223372036854775808, outside int64 \(.*\)$"),
    (UInt(64), np.array([0, 2**63], dtype=np.uint64),
     r"^x\[1\] is 9223372036854775808, outside uint64 \(0\.\.9223372036854775807\)$"),
])
def test_check_names_the_first_offender(kind: IntType, array: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        kind.check(array, "x")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("array", "dtype"), [
    ([1.0], "float64"), ([True], "bool"), (["1"], "<U1"), ([2**64], "object"), ([1j], "complex128"),
])
def test_check_refuses_other_kinds(array: list[object], dtype: str) -> None:
    with pytest.raises(TypeError, match=f"^weights must hold integers, not {dtype}$"):
        Int(8).check(array, "weights")  # pyright: ignore[reportArgumentType]


@given(st.integers(1, 16), st.booleans(), st.data())
def test_check_agrees_with_contains(bits: int, signed: bool, data: st.DataObject) -> None:
    kind = Int(bits) if signed else UInt(bits)
    values = data.draw(st.lists(st.integers(kind.min - 2, kind.max + 2), min_size=1, max_size=5))
    if all(kind.min <= value <= kind.max for value in values):
        assert kind.contains(values)
        assert kind.check(values, "x").tolist() == values
    else:
        assert not kind.contains(values)
        first = next(i for i, value in enumerate(values) if not kind.min <= value <= kind.max)
        with pytest.raises(ValueError, match=rf"^x\[{first}\] is {values[first]}, outside "):
            kind.check(values, "x")


def test_random_covers_the_range() -> None:
    values = Int(2).random((100,), seed=3)
    assert values.dtype == np.int64
    assert set(values.tolist()) == {-2, -1, 0, 1}
    assert np.array_equal(values, Int(2).random((100,), seed=3))
    assert not np.array_equal(values, Int(2).random((100,), seed=3, stream=1))
    assert UInt(64).random((1000,), 0).min() >= 0
    with pytest.raises(ValueError, match=r"^seed must be at least 0, not -1$"):
        UInt(8).random((1,), -1)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_smallest_holds_and_nothing_smaller_does(a: int, b: int) -> None:
    lo, hi = sorted((a, b))
    kind = smallest(lo, hi)
    assert kind.min <= lo <= hi <= kind.max
    assert kind.signed == (lo < 0)
    if kind.bits > 1:
        narrower = type(kind)(kind.bits - 1)
        assert not narrower.min <= lo <= hi <= narrower.max


@pytest.mark.parametrize(("lo", "hi", "kind"), [
    (0, 0, UInt(1)), (0, 1, UInt(1)), (3, 256, UInt(9)), (0, 2**64 - 1, UInt(64)),
    (-1, 0, Int(1)), (-1, -1, Int(1)), (-1, 1, Int(2)), (-129, 0, Int(9)), (-128, 128, Int(9)),
    (-5, -3, Int(4)),
])
def test_smallest(lo: int, hi: int, kind: IntType) -> None:
    assert smallest(lo, hi) == kind


def test_smallest_refuses() -> None:
    with pytest.raises(ValueError, match=r"^range must have lo <= hi, not 3\.\.2$"):
        smallest(3, 2)
    with pytest.raises(ValueError, match=r"^range -1\.\.\d+ needs 65 bits, at most 64 are possible$"):
        smallest(-1, 2**63)
    with pytest.raises(TypeError, match=r"^lo must be an int, not 0\.5$"):
        smallest(0.5, 2)  # pyright: ignore[reportArgumentType]


def test_as_int() -> None:
    assert type(as_int(np.uint8(7), "pe")) is int
    with pytest.raises(TypeError, match=r"^pe must be an int, not np\.True_$"):
        as_int(np.True_, "pe")
    with pytest.raises(TypeError, match=r"^pe must be a count, not '7'$"):
        as_int("7", "pe", legal="a count")
    with pytest.raises(ValueError, match=r"^pe must be at least 1, not 0$"):
        as_int(0, "pe", least=1)


@pytest.mark.parametrize("value", [3, 3.0, np.int8(3), np.float32(3)])
def test_as_real(value: float) -> None:
    assert type(as_real(value, "fps")) is float
    assert as_real(value, "fps") == as_positive(value, "fps") == 3


@pytest.mark.parametrize("value", ["7", None, True, np.True_, 1j, np.ones(1)])
def test_as_real_takes_numbers_only(value: object) -> None:
    with pytest.raises(TypeError, match=rf"^fps must be a rate, not {re.escape(repr(value))}$"):
        as_real(value, "fps", "a rate")
    with pytest.raises(TypeError, match=rf"^fps must be a number, not {re.escape(repr(value))}$"):
        as_positive(value, "fps")


@pytest.mark.parametrize("value", [0, -1.5, float("inf"), float("nan"), 10**400, np.float64(-0.0)])
def test_as_positive_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match=rf"^fps must be above 0 and finite, not {re.escape(repr(value))}$"):
        as_positive(value, "fps")


def test_an_integer_that_no_float_reaches_is_infinite() -> None:
    assert (as_real(10**400, "fps"), as_real(-(10**400), "fps")) == (float("inf"), float("-inf"))
