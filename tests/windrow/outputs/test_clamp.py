"""Clamp: ReLU and its kin on sums."""

import pytest

import windrow as wr
from windrow.outputs.output_map import from_dict


def test_values_and_types() -> None:
    relu = wr.Clamp(0)
    assert relu.golden([-5, 0, 5]).tolist() == [0, 0, 5]
    assert relu.result(wr.Int(20)) == wr.UInt(19)
    relu6 = wr.Clamp(0, 96)
    assert relu6.golden([[-5], [200]], wr.Int(9)).tolist() == [[0], [96]]
    assert relu6.result(wr.Int(20)) == wr.UInt(7)
    assert wr.Clamp(maximum=3).result(wr.Int(4)) == wr.Int(4)
    low, high = relu6.reach(-10, 50, wr.Int(20))
    assert (int(low), int(high)) == (0, 50)


@pytest.mark.parametrize("clamp", [wr.Clamp(0), wr.Clamp(maximum=-3), wr.Clamp(-1, 1)])
def test_forms(clamp: wr.Clamp) -> None:
    assert from_dict(clamp.to_dict()) == clamp == eval(repr(clamp), {"Clamp": wr.Clamp})
    assert clamp.for_range([(0, 1)]) is clamp
    assert hash(clamp) == hash(from_dict(clamp.to_dict()))


def test_wrong_ends() -> None:
    with pytest.raises(ValueError, match=r"^Clamp must have a minimum or a maximum, not neither$"):
        wr.Clamp()
    with pytest.raises(ValueError, match=r"^minimum must not be above maximum = 1, not 2$"):
        wr.Clamp(2, 1)
    with pytest.raises(TypeError, match=r"^minimum must be an int, not 0\.0$"):
        wr.Clamp(0.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^Clamp\(minimum=300\) leaves one value of uint8 \(0\.\.255\), "
                                         r"not a range$"):
        wr.Clamp(300).result(wr.UInt(8))
