"""Exact figures where they matter: for all designs, or for as many as it takes to be sure of the front.

Bounds are never above the truth. So if everybody on a front is exact, the front is: whoever is beaten with a
bound for a figure is beaten with the truth as well. Hence: make the front, ask for the exact figures of those
on it that have bounds, and again, until none has.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.planning.pareto import front
from windrow.planning.table import objective_values
from windrow_explore.jobs.deepen import Job, JobFailed, Session, timing_layer
from windrow_explore.points import Points, buffer_bits, rates

__all__ = ["exact", "exact_front", "worth_refining"]

Mask = npt.NDArray[np.bool_]

_TIMING = {"interval", "fps", "utilisation", "latency"}
_BUFFER = {"buffer_bits", "buffer_pixels"}
_CHEAP = 40_000_000  # pixels of all frames to look at: some seconds


def worth_refining(points: Points) -> bool:
    """Is asking for everything a matter of seconds? Counted, not timed: the same on every machine."""
    pixels = (points.geometry["height"] * points.geometry["width"])[points.layer_of]
    todo = ~points.buffer_exact
    if int(pixels[todo].sum()) > _CHEAP:
        _, first = np.unique(points.kinds, return_index=True)
        todo = np.zeros(len(points), bool)
        todo[first] = True
    return int(pixels[todo].sum()) + int(pixels[~points.timing_exact].sum()) <= _CHEAP


def exact(points: Points, rows: Mask, session: Session, columns: set[str] | None = None) -> None:
    """Replace the bounds of `rows` by exact figures, of all or of these columns."""
    wanted = _TIMING | _BUFFER if columns is None else columns
    if wanted & _TIMING:
        _exact_timing(points, rows & ~points.timing_exact, session)
    if wanted & _BUFFER:
        _exact_buffers(points, rows & ~points.buffer_exact, session)


def _exact_timing(points: Points, rows: Mask, session: Session) -> None:
    at = np.flatnonzero(rows)
    if not at.size:
        return
    jobs = [_job("timing", points, row) for row in at.tolist()]
    columns = points.columns
    for row, answer in zip(at.tolist(), session.answers(jobs, "timing law"), strict=True):
        _check(answer, points, row)
        columns["interval"][row], columns["latency"][row] = answer["interval"], answer["latency"]
    points.timing_exact[at] = True
    macs = points.geometry["macs"][points.layer_of[at]]
    part = {name: columns[name][at] for name in ("multipliers", "interval", "clock_mhz")}
    rates(part, macs)
    columns["utilisation"][at], columns["fps"][at] = part["utilisation"], part["fps"]


def _exact_buffers(points: Points, rows: Mask, session: Session) -> None:
    if not rows.any():
        return
    # All designs of the kinds that are asked for, also those that nobody asked for: the answer is the same.
    kind = points.kinds
    wanted = np.zeros(int(kind.max()) + 1, bool)
    wanted[kind[rows]] = True
    at = np.flatnonzero(wanted[kind] & ~points.buffer_exact)
    kinds, first = np.unique(kind[at], return_index=True)
    asked = at[first].tolist()
    answers = session.answers([_job("buffer", points, row) for row in asked], "buffers")
    for row, answer in zip(asked, answers, strict=True):
        _check(answer, points, row)
    ring = np.array([answer["ring_rows"] for answer in answers], np.int64)[np.searchsorted(kinds, kind[at])]
    columns = points.columns
    geometry = {name: column[points.layer_of[at]] for name, column in points.geometry.items()}
    columns["buffer_pixels"][at] = ring * geometry["stored_columns"]
    columns["buffer_bits"][at] = buffer_bits(geometry, ring, columns["lanes"][at], columns["taps"][at],
                                             columns["fold"][at])  # fmt: skip
    points.buffer_exact[at] = True


def _job(kind: str, points: Points, row: int) -> Job:
    design = points.design(row)
    layer = timing_layer(design.layer)
    return Job.of(kind, type(design)(layer, lanes=design.lanes, pe=design.pe, taps=design.taps,
                                     pixels=design.pixels))


def _check(answer: dict[str, Any], points: Points, row: int) -> None:
    if "problem" in answer:
        raise JobFailed(f"{points.words(row)}: {answer['problem']}")


def exact_front(points: Points, objectives: list[str], within: bool, session: Session) -> None:
    """Mark the exact front in the column `pareto`, and drop designs that prove to break a constraint.

    within: compare designs of the same layer, clock and target, or all with all. Raises NothingLeft if no
    design is left.
    """
    columns = points.columns
    constraints = [each for each in points.emptied.constraints if each.column in columns]
    asked = {each.column for each in constraints} | set(objectives)
    if "latency" in asked:
        exact(points, np.ones(len(points), bool), session, {"latency"})  # it has no bound to begin with
    group = points.group if within else np.zeros(len(points), np.int64)
    alive, on_front = np.ones(len(points), bool), np.zeros(len(points), bool)
    for constraint in constraints:
        alive &= constraint.holds(columns[constraint.column])
    stale = np.ones(int(group.max(initial=0)) + 1, bool)  # groups whose front is to be made anew
    while stale.any():
        rows = stale[group]
        on_front[rows] = False
        at = np.flatnonzero(rows & alive)
        values = np.stack([objective_values(columns, name)[at] for name in objectives], axis=1)
        on_front[at] = front(values, group[at], ties=False)
        unsure = on_front & ~_sure(points, asked)
        stale[:] = False
        if unsure.any():
            exact(points, unsure, session, asked)
            stale[group[unsure]] = True
            for constraint in constraints:
                alive &= constraint.holds(columns[constraint.column])
    columns["pareto"][:] = on_front
    if not alive.any():
        points.emptied.again(columns, points.words)
        raise points.emptied.error()
    points.keep(alive)


def _sure(points: Points, asked: set[str]) -> Mask:
    sure = np.ones(len(points), bool)
    if asked & _TIMING:
        sure &= points.timing_exact
    if asked & _BUFFER:
        sure &= points.buffer_exact
    return sure
