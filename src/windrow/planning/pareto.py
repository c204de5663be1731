"""Exact Pareto fronts: of many designs, those that no other beats.

    on_front = front(values)                      # (n, k) numbers, each column the smaller the better
    on_front = front(values, groups)              # one front for each group, e.g. for each layer
    on_front = front(values, ties=False)          # of equal points only the first

One point beats another if it is nowhere larger and somewhere smaller; equal points do not beat each other.
Nothing is sampled and nothing rounded. Points are replaced by the ranks of their values, which keeps the
order and makes every comparison one of small integers, and equal points are counted once.

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


def front(values: npt.ArrayLike, groups: npt.ArrayLike | None = None, *, ties: bool = True) -> Mask:
    """(n,) True for the points on the front.

    Parameters
    ----------
    values : (n, k) numbers
        What each point costs; smaller is better in every column. A point with a NaN is on no front: what it
        costs is not known.
    groups : (n,) integers, optional
        Points of different groups are not compared.
    ties : bool
        Whether all of several equal points are on the front, or only the first of them.

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
    # Objectives in which all points are equal decide nothing.
    ranks = [rank for rank in ranks if rank.max()] or ranks[:1]
    ranks.insert(0, _ranks(group[at]))
    if len(ranks) == 2:
        ranks.append(np.zeros_like(ranks[0]))

    key = _joined(ranks)
    order = np.argsort(key, kind="stable")  # of equal points the first comes first
    start = np.flatnonzero(np.diff(key[order], prepend=-1))
    distinct = [rank[order[start]] for rank in ranks]
    best = _two(*distinct) if len(distinct) == 3 else _many(*distinct)
    if ties:
        found[at[order]] = np.repeat(best, np.diff(np.append(start, at.size)))
    else:
        found[at[order[start]]] = best
    return found


def _ranks(column: npt.NDArray[Any]) -> Ranks:
    """Each value replaced by its place among the distinct values, from 0."""
    return np.unique(column, return_inverse=True)[1].astype(np.int64).ravel()


def _joined(ranks: list[Ranks]) -> Ranks:
    """One number for each point: equal where all ranks are, else in the order of the first that differs."""
    joined = ranks[0]
    for rank in ranks[1:]:
        size = int(rank.max()) + 1
        if int(joined.max()) >= np.iinfo(np.int64).max // size - 1:
            joined = _ranks(joined)
        joined = joined * size + rank
    return joined


def _two(group: Ranks, first: Ranks, second: Ranks) -> Mask:
    """Fronts over two objectives, of distinct points in the order of group, first and second."""
    # Later groups get lower values, so that a running minimum begins anew with each group.
    height = second + (int(second.max()) + 1) * (int(group[-1]) - group)
    keeps = np.ones(height.size, bool)
    keeps[1:] = height[1:] < np.minimum.accumulate(height)[:-1]
    return keeps


def _many(group: Ranks, *ranks: Ranks) -> Mask:
    """Fronts over three objectives or more, of distinct points in the order of their groups."""
    points = np.stack(ranks).astype(np.int32)
    bounds = np.flatnonzero(np.diff(group)) + 1
    parts = zip(np.append(0, bounds), np.append(bounds, group.size), strict=True)
    return np.concatenate([_strike(points[:, begin:end]) for begin, end in parts])


def _strike(points: npt.NDArray[np.int32]) -> Mask:
    """The front of distinct points (k, n), by striking out what is beaten."""
    found = np.zeros(points.shape[1], bool)
    left = np.argsort(points.sum(axis=0, dtype=np.int64), kind="stable")
    while left.size:
        block = points[:, left[:_BLOCK]]
        no_more = (block[:, :, None] <= block[:, None, :]).all(axis=0)  # each with itself, too
        best = no_more.sum(axis=0) == 1
        found[left[:_BLOCK][best]] = True
        left = left[_BLOCK:]
        for point in block[:, best].T:
            left = left[(points[:, left] < point[:, None]).any(axis=0)]
    return found
