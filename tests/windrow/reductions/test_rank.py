"""Rank filters: the golden model, bit planes as the hardware counts them, and the choice between the two."""

import numpy as np
import pytest

import windrow as wr
from windrow.reductions.bit_planes import BitPlanes, counter
from windrow.reductions.rank import check_rank, median_rank, plan_rank, rank_golden


@pytest.mark.parametrize("bits", [1, 2, 6, 7, 9, 25, 49])
def test_counters(bits: int) -> None:
    """What is left counts as much as there are ones, whatever they are."""
    found = counter(bits)
    assert len(found.left) <= 6
    ones = np.random.default_rng(0).integers(0, 2, (500, bits))
    values = list(ones.T)
    for level in found.levels:
        for group in level:
            total = sum(values[bit] for bit in group)
            values += [total & 1, total >> 1]
    assert (sum(values[bit] * found.weights[bit] for bit in found.left) == ones.sum(1)).all()
    for least in (1, (bits + 1) // 2, bits):
        words = sum(values[bit] << at for at, bit in enumerate(found.left))
        assert (np.isin(words, found.reaching(least)) == (ones.sum(1) >= least)).all()


@pytest.mark.parametrize(("taps", "bits"), [(1, 8), (4, 1), (9, 8), (25, 3), (49, 8)])
def test_bit_planes(taps: int, bits: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 1 << bits, (200, taps))
    for rank in {0, taps // 3, median_rank(taps), taps - 1}:
        planes = BitPlanes(taps, rank, bits)
        assert (planes.evaluate(list(pixels.T)) == np.sort(pixels, axis=1)[:, rank]).all()
        assert planes.depth == bits * planes.cycles == bits * (len(planes.cuts()) + 1)


def test_golden() -> None:
    patches = np.array([[[9, 1], [5, 3]], [[-1, -1], [7, -2]]])
    assert rank_golden(patches, 0).tolist() == [1, -2]
    assert rank_golden(patches, median_rank(4)).tolist() == [3, -1]
    assert rank_golden(patches, 3).tolist() == [9, 7]


def test_medians() -> None:
    """The lower middle of an even number of pixels."""
    assert [median_rank(taps) for taps in (1, 2, 3, 4, 9, 25)] == [0, 0, 1, 1, 4, 12]


def test_the_smaller_of_both() -> None:
    shared = plan_rank(3, 3, 4, wr.UInt(8), shared=True, method="network")
    assert (shared.tables, shared.depth) == (220, 9)
    planes = plan_rank(5, 5, 12, wr.UInt(8), shared=True)
    network = plan_rank(5, 5, 12, wr.UInt(8), shared=True, method="network")
    assert planes.planes is not None
    assert planes.tables < 776 < network.tables
    assert plan_rank(5, 5, 1, wr.UInt(8), shared=True).network is not None


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="^rank must be 0 to 8, the ranks of 9 taps, not 9$"):
        check_rank(9, 9)
    with pytest.raises(TypeError, match="^rank must be an int, not 4.0$"):
        plan_rank(3, 3, 4.0, wr.UInt(8), shared=True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="^columns must be 1 to 7, not 8$"):
        plan_rank(3, 8, 4, wr.UInt(8), shared=True)
    with pytest.raises(ValueError, match="^method must be 'network' or 'planes', not 'sort'$"):
        plan_rank(3, 3, 4, wr.UInt(8), shared=True, method="sort")
    with pytest.raises(ValueError, match="^rank must be 0 to 3, not -1$"):
        BitPlanes(4, -1, 8)
