"""Mirrored kernel columns: where `numpy.pad` looks, the window has it."""

import numpy as np
import pytest

from windrow.reductions.mirror import MODES, Mirror


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("columns", "left", "right"), [(3, 1, 1), (5, 2, 2), (4, 1, 1), (7, 3, 2), (1, 0, 0)]
)
def test_sources(mode: str, columns: int, left: int, right: int) -> None:
    """Each window of a padded row, seen through its own columns alone."""
    mirror = Mirror(mode, columns, left, right)
    for width in range(max(left, right) + 1, 9):
        row = np.random.default_rng(width).integers(0, 1 << 30, width)
        padded = np.pad(row, (left, right), mode=mode)
        assert (mirror.padded(row) == padded).all()
        for x in range(width + left + right - columns + 1):
            before, after = max(0, left - x), max(0, x + columns - left - width)
            for column in range(columns):
                place = mirror.source(column, before, after)
                assert 0 <= x + place - left < width
                assert padded[x + column] == row[x + place - left]


def test_other_places() -> None:
    mirror = Mirror("reflect", 5, 2, 1)
    assert mirror.sources_left(0) == [(1, 2), (2, 4)]
    assert mirror.sources_left(1) == [(2, 3)]
    assert mirror.sources_right(4) == [(1, 2)]
    assert mirror.sources_left(2) == mirror.sources_right(3) == []


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="^mode must be 'edge', 'reflect', 'symmetric', not 'wrap'$"):
        Mirror("wrap", 3, 1, 1)
    with pytest.raises(ValueError, match="^left must be 0 to 1 for 3 columns and 'reflect', not 2$"):
        Mirror("reflect", 3, 2, 0)
    with pytest.raises(ValueError, match="^right must be 0 to 2 for 4 columns and 'symmetric', not 3$"):
        Mirror("symmetric", 4, 0, 3)
    with pytest.raises(ValueError, match="^left and right must be less than 4 columns together, not 2"):
        Mirror("symmetric", 4, 2, 2)
