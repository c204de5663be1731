"""Windows abreast: the same results as one by one, from fewer operations, no later."""

import numpy as np
import pytest

from windrow.reductions.abreast import abreast, items_abreast
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.extreme import extreme_plan
from windrow.reductions.networks import rank_plan
from windrow.reductions.separable import check_kernels, kernel_plan, kernel_plans

PIXEL = (0, 255)
DISC = np.hypot(*np.mgrid[-2:3, -2:3]) < 2.5
UNEVEN = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]], bool)
PLANS = {
    "erode 3x3": extreme_plan("minimum", np.ones((3, 3), bool)),
    "dilate 4x5": extreme_plan("maximum", np.ones((4, 5), bool)),
    "erode by a disc": extreme_plan("minimum", DISC),
    "an element of uneven columns": extreme_plan("maximum", UNEVEN),
    "median 3x3": rank_plan(3, 3, 4),
    "second of 2x4": rank_plan(2, 4, 1),
    "Gaussian 3x3": kernel_plan(check_kernels(np.outer([1, 2, 1], [1, 2, 1])), PIXEL, None),
    "Sobel 3x3": kernel_plan(check_kernels(np.outer([1, 2, 1], [-1, 0, 1])), PIXEL, None),
}


def windows_of(plan: ColumnPlan, pixels: int, stride: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(range(q * stride, q * stride + plan.columns)) for q in range(-(-pixels // stride)))


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize(("pixels", "stride"), [(1, 1), (2, 1), (5, 1), (8, 1), (4, 2)])
def test_results(name: str, pixels: int, stride: int) -> None:
    plan = PLANS[name]
    windows = windows_of(plan, pixels, stride)
    graph = abreast(plan, windows)
    columns = graph.inputs // plan.rows
    values = np.random.default_rng(pixels).integers(0, 256, (200, plan.rows, columns))
    found = graph.evaluate([values[:, row, x] for x in range(columns) for row in range(plan.rows)])
    expected = [each for window in windows for each in plan.evaluate(values[:, :, list(window)])]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (np.broadcast_to(one, 200) == other).all()
    assert graph.depth == plan.whole().depth
    items: list[np.ndarray] = []
    for x in range(columns):
        items += plan.column.evaluate([values[:, row, x] for row in range(plan.rows)])
    for one, other in zip(items_abreast(plan, windows).evaluate(items), expected, strict=True):
        assert (np.broadcast_to(one, 200) == other).all()


@pytest.mark.parametrize(("name", "tables"), [("erode 3x3", 64), ("median 3x3", 222)])
def test_neighbours_share(name: str, tables: int) -> None:
    """Tables a pixel, estimated, of eight windows side by side."""
    plan = PLANS[name]
    graph = abreast(plan, windows_of(plan, 8, 1))
    assert graph.tables([PIXEL] * graph.inputs) == 8 * tables


def test_cascades_share_with_neighbours() -> None:
    """A window of 1 4 6 4 1 adds four times where neighbours have added before; alone it is no cascade."""
    kernel = check_kernels(np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]))
    direct, *cascades = kernel_plans(kernel, PIXEL)

    def additions(plan: ColumnPlan, pixels: int) -> int:
        return len(items_abreast(plan, windows_of(plan, pixels, 1)).nodes)

    assert additions(cascades[-1], 8) == 11 + 10 + 9 + 8 < additions(direct, 8)
    assert additions(direct, 1) < additions(cascades[-1], 1)
