"""Maxima and minima over an element: by columns like pixel by pixel, with as few comparisons as stated."""

import numpy as np
import pytest

import windrow as wr
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.extreme import check_element, extreme_golden, extreme_identity, extreme_plan

DISC = np.hypot(*np.mgrid[-7:8, -7:8]) < 7.5


def comparisons(kind: str, element: np.ndarray) -> tuple[int, int]:
    plan = extreme_plan(kind, element)
    return len(plan.column.nodes), len(plan.window.nodes)


@pytest.mark.parametrize("seed", range(12))
def test_by_columns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    element = rng.random(rng.integers(1, 16, 2)) < rng.choice([0.3, 0.8, 1])
    element[0, 0] |= not element.any()
    patches = rng.integers(-99, 99, (40, *element.shape))
    kind = ("minimum", "maximum")[seed % 2]
    expected = [min(window[element]) if kind == "minimum" else max(window[element]) for window in patches]
    assert extreme_golden(patches, kind, element).tolist() == expected
    plan = extreme_plan(kind, element)
    assert plan.evaluate(patches)[0].tolist() == expected
    taps = patches.transpose(2, 1, 0).reshape(element.size, -1)
    assert plan.whole().evaluate(list(taps))[0].tolist() == expected


def test_how_many_comparisons() -> None:
    """Rows less one and columns less one for rectangles; a disc's longer columns contain its shorter ones."""
    assert comparisons("minimum", np.ones((3, 3), bool)) == (2, 2)
    assert comparisons("maximum", np.ones((15, 15), bool)) == (14, 14)
    assert comparisons("minimum", np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)) == (2, 2)
    assert DISC.sum() == 177
    column, window = comparisons("minimum", DISC)
    assert window == 14
    assert column <= 20


@pytest.mark.parametrize("taps", [1, 2, 3, 5, 6])
def test_folds(taps: int) -> None:
    """Steps of taps, column by column; what does not count is masked."""
    element = ((True, False, True), (True, True, False))
    fold = ChannelFold("sum", element, taps)
    assert fold.steps == -(-6 // taps)
    flat = [True, True, False, True, True, False]
    assert fold.masks.ravel()[:6].tolist() == flat
    assert not fold.masks.ravel()[6:].any()
    patches = np.arange(12).reshape(2, 2, 3)
    assert fold.golden(patches).tolist() == [0 + 2 + 3 + 4, 6 + 8 + 9 + 10]
    assert fold.range(wr.Int(8)) == (-512, 508)
    assert ChannelFold("maximum", element, taps).golden(patches).tolist() == [4, 10]


def test_identities() -> None:
    assert extreme_identity("minimum", wr.Int(8)) == 127
    assert extreme_identity("maximum", wr.UInt(8)) == 0
    assert ChannelFold("sum", ((True,),), 1).identity(wr.Int(8)) == 0


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="^element must be an array of booleans, not of int64$"):
        check_element(np.ones((3, 3), int))
    with pytest.raises(ValueError, match=r"^element must have 1 to 15 rows and columns, not shape \(16"):
        check_element(np.ones((16, 1), bool))
    with pytest.raises(ValueError, match="^element must have a True, not only False$"):
        check_element(np.zeros((3, 3), bool))
    with pytest.raises(ValueError, match="^kind must be 'minimum' or 'maximum', not 'max'$"):
        extreme_plan("max", np.ones((3, 3), bool))
    with pytest.raises(ValueError, match="^kind must be 'minimum' or 'maximum' or 'sum', not 'mean'$"):
        ChannelFold("mean", ((True,),), 1)
