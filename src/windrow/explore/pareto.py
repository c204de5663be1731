"""Exact Pareto fronts: of many designs, those that no other beats.

    on_front = front(values)               # (n, k) numbers, each column the smaller the better
    on_front = front(values, groups)       # one front for each group, e.g. for each layer

One point beats another if it is nowhere larger and somewhere smaller; equal points do not beat each other, so
all of them stay. Nothing is sampled and nothing rounded. Points are replaced by the ranks of their values,
which keeps the order and makes every comparison one of small integers.

    two objectives   one sort and one running minimum, all groups at once: a million points in half a second
    more             in the order of their rank sums no point can beat an earlier one. So the first that are
                     left are on the front but for what they beat themselves, and strike out all they beat.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["front"]

Mask: TypeAlias = "npt.NDArray[np.bool_]"
Ranks: TypeAlias = "npt.NDArray[np.int64]"

_BLOCK = 64  # points that are compared with all others at once: few, since each strikes out many


def front(values: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Mask:
    """(n,) True for the points on the front.

    Parameters
    ----------
    values : (n, k) numbers
        What each point costs; smaller is better in every column. A point with a NaN is on no front: what it
        costs is not known.
    groups : (n,) integers, optional
        Points of different groups are not compared.

    Raises
    ------
    ValueError
        for values that are not (n, k) with k >= 1, or groups of another length
    """
    points = np.asarray(values)
    if points.ndim != 2 or not points.shape[1]:
        raise ValueError(f"values must have shape (n, k) with at least one objective, not {points.shape}")
    group = np.zeros(len(points), np.int64) if groups is None else np.asarray(groups)
    if group.shape != (len(points),):
        raise ValueError(f"groups must have shape ({len(points)},), one for each point, not {group.shape}")
    known = ~np.isnan(points).any(axis=1) if points.dtype.kind == "f" else np.ones(len(points), bool)
    at = np.flatnonzero(known)
    found = np.zeros(len(points), bool)
    if not at.size:
        return found
    ranks = [_ranks(points[at, column]) for column in range(points.shape[1])]
    group = _ranks(group[at])
    # Objectives in which all points are equal decide nothing.
    ranks = [rank for rank in ranks if rank.max()] or ranks[:1]
    if len(ranks) == 1:
        ranks.append(np.zeros_like(ranks[0]))
    found[at] = _two(ranks[0], ranks[1], group) if len(ranks) == 2 else _many(ranks, group)
    return found


def _ranks(column: npt.NDArray[Any]) -> Ranks:
    """Each value replaced by its place among the distinct values, from 0."""
    return np.unique(column, return_inverse=True)[1].astype(np.int64).ravel()


def _two(first: Ranks, second: Ranks, group: Ranks) -> Mask:
    """Fronts over two objectives."""
    order = np.lexsort((second, first, group))
    # Later groups get lower values, so that a running minimum begins anew with each group.
    base = (int(second.max()) + 1) * (int(group.max()) - group[order])
    height = second[order] + base
    least = np.minimum.accumulate(height)
    # The best of all earlier points that are smaller in `first`; those equal in both stay.
    keeps = np.ones(order.size, bool)
    keeps[1:] = height[1:] < least[:-1]
    same = (first[order][1:] == first[order][:-1]) & (height[1:] == height[:-1])
    # A run of equal points shares the fate of its first.
    start = np.flatnonzero(np.concatenate(([True], ~same)))
    keeps = np.repeat(keeps[start], np.diff(np.append(start, order.size)))
    found = np.empty(order.size, bool)
    found[order] = keeps
    return found


def _many(ranks: list[Ranks], group: Ranks) -> Mask:
    """Fronts over three objectives or more, group by group."""
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order])) + 1
    table = np.stack(ranks).astype(np.int32)
    found = np.zeros(order.size, bool)
    for members in np.split(order, bounds):
        found[members] = _strike(table[:, members])
    return found


def _strike(points: npt.NDArray[np.int32]) -> Mask:
    """The front of points (k, n), by striking out what is beaten."""
    found = np.zeros(points.shape[1], bool)
    left = np.argsort(points.sum(axis=0, dtype=np.int64), kind="stable")
    while left.size:
        block = points[:, left[:_BLOCK]]
        # Within the block, each against each.
        no_more = (block[:, :, None] <= block[:, None, :]).all(axis=0)
        equal = (block[:, :, None] == block[:, None, :]).all(axis=0)
        best = ~(no_more & ~equal).any(axis=0)
        found[left[:_BLOCK][best]] = True
        rest = left[_BLOCK:]
        for point in np.unique(block[:, best], axis=1).T:
            there = points[:, rest]
            beaten = (there >= point[:, None]).all(axis=0)
            if beaten.any():
                beaten &= (there != point[:, None]).any(axis=0)  # its equals are on the front like itself
                rest = rest[~beaten]
        left = rest
    return found
