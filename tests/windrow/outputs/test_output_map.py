"""Chains of output maps."""

import numpy as np
import pytest

import windrow as wr
from windrow.outputs.multiply_shift import MultiplyShift
from windrow.outputs.output_map import KINDS, Chain, OutputMap, turns

TABLE = wr.Lookup(np.abs(np.arange(-8, 8)))
MAPS = (wr.Clamp(-1000), wr.Requantize([0.01, 0.02], type=wr.Int(4)), TABLE)


def test_every_kind_keeps_the_protocol() -> None:
    for each in (wr.Requantize(0.5), TABLE, wr.Clamp(0)):
        assert isinstance(each, OutputMap)
        assert KINDS[each.kind] is type(each)


def test_a_chain_goes_from_map_to_map() -> None:
    chain = Chain.of(MAPS, wr.Int(16), 2, "double")
    assert chain.types == [wr.Int(16), wr.Int(16), wr.Int(4), wr.UInt(4)]
    assert chain.result == wr.UInt(4)
    y = np.array([[-5000, -5000], [250, 250], [30_000, -100]])
    assert chain.golden(y).tolist() == [[8, 8], [3, 5], [7, 2]]
    low, high = chain.reach(-200, [100, 300])
    assert (low.tolist(), high.tolist()) == ([0, 0], [2, 6])
    narrowed = chain.narrowed(-200, 300)
    assert [kind for _, kind in narrowed] == chain.types[:3]
    assert isinstance(narrowed[1][0], MultiplyShift)
    assert chain.maps[1].rounding == "double"


def test_none_is_an_empty_chain() -> None:
    chain = Chain.of(None, wr.Int(9), 3, "double")
    assert (chain.result, chain.maps, chain.delay(4, 1)) == (wr.Int(9), (), 0)
    assert chain.golden([[1, 2, 3]]).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(("pe", "beat_steps", "width", "cycles"), [
    (1, 1, 1, 1), (16, 1, 16, 1), (16, 9, 2, 8), (16, 144, 1, 16), (6, 4, 2, 3), (5, 4, 2, 3),
])
def test_values_take_turns_where_there_is_time(pe: int, beat_steps: int, width: int, cycles: int) -> None:
    assert turns(pe, beat_steps) == (width, cycles)
    assert width * cycles >= pe
    assert cycles <= beat_steps
    chain = Chain.of(TABLE, wr.Int(4), pe, "double")
    assert chain.delay(pe, beat_steps) == TABLE.depth + cycles - 1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^output must be an output map \(Requantize, .*\), not 3$"):
        Chain.of(3, wr.Int(8), 1, "double")
    with pytest.raises(TypeError, match=r"^output\[1\] must be an output map \(.*\), not 'relu'$"):
        Chain.of((wr.Clamp(0), "relu"), wr.Int(8), 1, "double")
    with pytest.raises(ValueError, match=r"^scale must be a float or 3, one per channel, not 2$"):
        Chain.of(wr.Requantize([0.5, 0.5]), wr.Int(8), 3, "double")
    with pytest.raises(ValueError, match=r"^values must be 2\*\*8 = 256 for int8 before, not 16$"):
        Chain.of((wr.Requantize(0.5), TABLE), wr.Int(20), 3, "double")
