"""Lookup: a table of everything that can come."""

import numpy as np
import pytest

import windrow as wr
from windrow.outputs.output_map import from_dict


def test_the_first_is_of_the_least_value() -> None:
    table = wr.Lookup([7, -1, 0, 3])
    assert table.golden([-2, -1, 0, 1], wr.Int(2)).tolist() == [7, -1, 0, 3]
    assert table.golden([0, 1, 2, 3], wr.UInt(2)).tolist() == [7, -1, 0, 3]
    assert table.type == table.result(wr.Int(2)) == wr.Int(4)


def test_reach_is_the_range_of_what_can_come() -> None:
    table = wr.Lookup([7, -1, 0, 3])
    low, high = table.reach(np.array([-1, -2]), np.array([1, -1]), wr.Int(2))
    assert (low.tolist(), high.tolist()) == ([-1, -1], [3, 7])


def test_forms() -> None:
    table = wr.Lookup(np.arange(256) // 2, type=wr.UInt(8))
    assert from_dict(table.to_dict()) == table == wr.Lookup(list(table.values), wr.UInt(8))
    assert eval(repr(table), {"Lookup": wr.Lookup, "UInt": wr.UInt}) == table
    assert len({table, wr.Lookup(np.arange(256) // 2)}) == 2
    assert table.for_range([(0, 3)]) is table
    assert table.resolved("single") is table


@pytest.mark.parametrize(("values", "kind", "error", "text"), [
    ([1, 2, 3], None, ValueError, r"^values must be a list of 2 to 4096 numbers, a power of two of them, "
                                  r"not of shape \(3,\)$"),
    ([1], None, ValueError, r"^values must be a list of 2 to 4096 numbers, .* not of shape \(1,\)$"),
    ([[1, 2]], None, ValueError, r"^values must be a list of 2 to 4096 numbers, .* not of shape \(1, 2\)$"),
    ([1.0, 2.0], None, TypeError, r"^values must hold integers, not float64$"),
    ([1, 16], wr.UInt(4), ValueError, r"^values\[1\] is 16, outside uint4 \(0\.\.15\)$"),
    ([1, 70_000], None, ValueError, r"^type must have 1 to 16 bits, not be UInt\(17\)$"),
])
def test_wrong_values(values: list, kind: wr.UInt | None, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        wr.Lookup(values, kind)


def test_what_comes_before_must_fit() -> None:
    table = wr.Lookup([1, 2, 3, 4])
    with pytest.raises(ValueError, match=r"^values must be 2\*\*8 = 256 for int8 before, not 4$"):
        table.result(wr.Int(8))
    with pytest.raises(ValueError, match=r"^y\[1\] is 2, outside int2 \(-2\.\.1\)$"):
        table.golden([0, 2], wr.Int(2))
