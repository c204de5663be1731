"""Mirrored borders in functions that share columns: rows of windows as of `numpy.pad`."""

import numpy as np
import pytest

import windrow as wr
from reduction_benches import run_columns, unpack
from windrow.reductions.mirror import MODES, Mirror
from windrow.reductions.rank import METHODS, median_rank, plan_rank, rank_golden
from windrow.reductions.separable import kernel_golden
from windrow_hdl.reductions.constant_kernel import kernel_columns
from windrow_hdl.reductions.rank import rank_hardware

GAUSS = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])


def row_events(width: int, columns: int, left: int, right: int) -> list[tuple[bool, bool, int]]:
    """Shifts of one row: its columns, and then as many of nothing as windows are owed."""
    events: list[tuple[bool, bool, int]] = []
    for newest in range(width + right):
        begin = newest - columns + 1
        mask = sum(1 << x for x in range(columns) if not 0 <= begin + x < width)
        events.append((True, begin >= -left, mask))
    return events


def windows_of(row: np.ndarray, columns: int) -> np.ndarray:
    """(windows, rows, columns) of a row (rows, width)."""
    return np.stack([row[:, x : x + columns] for x in range(row.shape[1] - columns + 1)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("columns", "left", "right", "width"), [(3, 1, 1, 6), (5, 2, 2, 3), (4, 1, 2, 7)])
def test_medians(mode: str, method: str, columns: int, left: int, right: int, width: int) -> None:
    if mode == "reflect" and columns == 4:
        left = right = 1
    mirror, number = Mirror(mode, columns, left, right), wr.Int(6)
    plan = plan_rank(3, columns, median_rank(3 * columns), number, shared=True, method=method)
    row = np.random.default_rng(3).integers(-32, 32, (3, width))
    junk = np.full((right, 3), 31)
    found = run_columns(rank_hardware(plan, mirror=mirror), np.concatenate([row.T, junk]),
                        row_events(width, columns, left, right), plan.depth)  # fmt: skip
    expected = rank_golden(windows_of(np.pad(row, ((0, 0), (left, right)), mode=mode), columns), plan.rank)
    assert [unpack(payload, 1, number)[0] for payload in found] == expected.tolist()


@pytest.mark.parametrize("mode", MODES)
def test_a_gaussian(mode: str) -> None:
    component = kernel_columns(GAUSS, None, wr.UInt(8), wr.UInt(16), mirror=Mirror(mode, 5, 2, 2))
    row = np.random.default_rng(4).integers(0, 256, (5, 9))
    columns = np.concatenate([row.T, np.zeros((2, 5), int)])
    found = run_columns(component, columns, row_events(9, 5, 2, 2), component.depth)
    expected = kernel_golden(windows_of(np.pad(row, ((0, 0), (2, 2)), mode=mode), 5), GAUSS)
    assert found == expected[:, 0].tolist()


def test_what_is_refused() -> None:
    shared = plan_rank(3, 3, 4, wr.Int(8), shared=True)
    with pytest.raises(ValueError, match="^mirror must be of 3 columns side by side, not Mirror"):
        rank_hardware(shared, mirror=Mirror("edge", 5, 1, 1))
    with pytest.raises(ValueError, match="^mirror must be of 3 columns side by side, not Mirror"):
        rank_hardware(shared, mirror=Mirror("edge", 3, 1, 1), offsets=[0, 2, 4])
    for plan in (shared, plan_rank(5, 5, 12, wr.Int(8), shared=True)):
        with pytest.raises(ValueError, match="^border must be None with a mirror, not 0$"):
            rank_hardware(plan, border=0, mirror=Mirror("edge", plan.columns, 1, 1))
    with pytest.raises(ValueError, match="^mirror must be None for whole windows, not Mirror"):
        rank_hardware(plan_rank(3, 3, 4, wr.Int(8), shared=False), mirror=Mirror("edge", 3, 1, 1))
