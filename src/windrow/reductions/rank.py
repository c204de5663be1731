"""Rank filters: the number `rank` of a window's pixels in ascending order; the median is the lower middle.

Two kinds of hardware give the same numbers: networks of minima and maxima (`networks.py`), behind columns
that are sorted once, and bit planes (`bit_planes.py`), which count.  Networks are smaller for small windows
and for ranks near either end, counting is for large ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windrow.reductions.bit_planes import BitPlanes
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.networks import MOST_ROWS, rank_plan
from windrow.values.numerics import IntType, as_int

__all__ = ["METHODS", "RankPlan", "check_rank", "median_rank", "plan_rank", "rank_golden"]

METHODS = ("network", "planes")
"""Kinds of hardware."""


def rank_golden(patches: np.ndarray, rank: int) -> np.ndarray:
    """(...,): the number `rank` in ascending order of each window of `patches` (..., rows, columns)."""
    flat = patches.reshape(*patches.shape[:-2], -1)
    check_rank(rank, flat.shape[-1])
    return np.sort(flat, axis=-1)[..., rank]


def median_rank(taps: int) -> int:
    """The rank of the median: the lower one of the two in the middle of an even number of taps."""
    return (as_int(taps, "taps", 1) - 1) // 2


def check_rank(rank: int, taps: int) -> int:
    """`rank` if a window of `taps` taps has it.  Raises TypeError or ValueError otherwise."""
    number = as_int(rank, "rank")
    if not 0 <= number < taps:
        raise ValueError(f"rank must be 0 to {taps - 1}, the ranks of {taps} taps, not {number}")
    return number


@dataclass(frozen=True)
class RankPlan:
    """How one rank of `rows x columns` pixels is found.

    Exactly one of `network` and `planes` is there.  `shared`: of columns that come one by one.
    """

    rows: int
    columns: int
    rank: int
    pixel: IntType
    shared: bool
    network: ColumnPlan | None = None
    planes: BitPlanes | None = None

    @property
    def depth(self) -> int:
        """Cycles from `step` to `put` of its hardware."""
        if self.planes is not None:
            return 2 + self.planes.depth
        assert self.network is not None
        if self.shared:
            return 2 + self.network.depth
        return 2 + self.network.whole().depth

    @property
    def tables(self) -> int:
        """Look-up tables of four inputs: an estimate."""
        pixel = self.pixel.min, self.pixel.max
        if self.planes is not None:
            return self.planes.tables()
        assert self.network is not None
        if self.shared:
            return self.network.tables(pixel)
        return self.network.whole().tables([pixel] * self.rows * self.columns)


def plan_rank(
    rows: int, columns: int, rank: int, pixel: IntType, *, shared: bool, method: str | None = None
) -> RankPlan:
    """The plan of the fewest look-up tables; `method`, one of `METHODS`, chooses otherwise.

    `shared`: columns come one by one and are sorted once.  Raises ValueError for a window beyond
    `MOST_ROWS` on a side, a rank outside it or an unknown method.
    """
    for name, size in (("rows", rows), ("columns", columns)):
        if not 1 <= as_int(size, name) <= MOST_ROWS:
            raise ValueError(f"{name} must be 1 to {MOST_ROWS}, not {size}")
    check_rank(rank, rows * columns)
    if method is not None and method not in METHODS:
        raise ValueError(f"method must be {' or '.join(map(repr, METHODS))}, not {method!r}")
    plans: list[RankPlan] = []
    if method != "planes":
        plans.append(RankPlan(rows, columns, rank, pixel, shared, network=rank_plan(rows, columns, rank)))
    if method != "network":
        plans.append(RankPlan(rows, columns, rank, pixel, shared,
                              planes=BitPlanes(rows * columns, rank, pixel.bits)))  # fmt: skip
    return min(plans, key=lambda plan: plan.tables)
