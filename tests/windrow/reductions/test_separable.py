"""Kernels by columns: factors, sums, and what sharing saves."""

import numpy as np
import pytest

from windrow.reductions.separable import factors, kernel_golden, kernel_plan, kernel_plans

PIXEL = (0, 255)
SOBEL = np.outer([1, 2, 1], [-1, 0, 1])


@pytest.mark.parametrize(
    ("column", "row"),
    [([1, 2, 1], [1, 2, 1]), ([1, 4, 6, 4, 1], [-8, 0, 8]), ([0, 3, -2], [5]), ([1], [2, 0, 1])],
)
def test_factors(column: list[int], row: list[int]) -> None:
    assert factors(np.outer(column, row)) == (column, row)
    assert factors(-3 * np.outer(column, row)) == (column, [-3 * each for each in row])


def test_what_has_no_factors() -> None:
    assert factors(np.eye(3, dtype=int)) is None
    assert factors(np.zeros((2, 3), int)) == ([1, 0], [0, 0, 0])


@pytest.mark.parametrize("seed", range(8))
def test_sums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernels = rng.integers(-9, 9, (rng.integers(1, 4), *rng.integers(1, 6, 2)))
    if seed % 2:
        kernels = np.stack([kernels[0], -2 * kernels[0], 0 * kernels[0]])
    bias = rng.integers(-50, 50, len(kernels))
    patches = rng.integers(0, 256, (30, *kernels.shape[1:]))
    expected = [[(window * kernel).sum() + b for kernel, b in zip(kernels, bias, strict=True)]
                for window in patches]  # fmt: skip
    assert kernel_golden(patches, kernels, bias).tolist() == expected
    plan = kernel_plan(kernels, PIXEL, bias)
    assert np.stack(plan.evaluate(patches), axis=-1).tolist() == expected
    # Columns that are multiples of each other are one item.
    assert not seed % 2 or plan.items <= kernels.shape[2]


def test_what_sharing_saves() -> None:
    assert kernel_plan(SOBEL, PIXEL).items == 1
    assert kernel_plan(np.stack([SOBEL, SOBEL.T]), PIXEL).items == 2
    for kernel in (SOBEL, np.outer([1, 2, 1], [1, 2, 1])):
        plan = kernel_plan(kernel, PIXEL)
        assert plan.tables(PIXEL) <= 54
        assert plan.tables(PIXEL) < plan.whole().tables([PIXEL] * 9)


CASCADES = {
    "1 4 6 4 1": ([[1, 4, 6, 4, 1]], 4),
    "2 7 14 18 14 7 2": ([[2, 7, 14, 18, 14, 7, 2]], 2),
    "a difference": ([[-3, 0, 3]], 1),
    "none": ([[1, 3, 1]], 0),
    "as often as both": ([[1, 2, 1], [1, 0, -1]], 1),
    "a row of zeros": ([[0, 0, 0], [1, 2, 1]], 2),
}


@pytest.mark.parametrize("name", CASCADES)
def test_rows_as_cascades(name: str) -> None:
    """Sums of neighbours, of those again, ...: the same results, as many cascades as rows are products."""
    rows, deepest = CASCADES[name]
    kernels = np.stack([np.outer([1, 2, 3], row) for row in rows])
    bias = [7, -5][: len(rows)]
    plans = kernel_plans(kernels, PIXEL, bias)
    assert len(plans) == 1 + deepest
    assert plans[0] == kernel_plan(kernels, PIXEL, bias)
    patches = np.random.default_rng(0).integers(0, 256, (40, *kernels.shape[1:]))
    expected = kernel_golden(patches, kernels, bias)
    for plan in plans:
        found = np.stack([np.broadcast_to(each, 40) for each in plan.evaluate(patches)], axis=-1)
        assert found.tolist() == expected.tolist()


def test_columns_of_several_sums_have_no_cascades() -> None:
    assert len(kernel_plans(np.stack([SOBEL, SOBEL.T]), PIXEL)) == 1


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="^kernels must be an array of integers, not of float64$"):
        kernel_plan(np.ones((3, 3)), PIXEL)
    with pytest.raises(ValueError, match=r"^kernels must have shape \(rows, columns\) or"):
        kernel_plan(np.ones(3, int), PIXEL)
    with pytest.raises(ValueError, match="^bias must be 1 numbers, not 2$"):
        kernel_plan(SOBEL, PIXEL, [1, 2])
