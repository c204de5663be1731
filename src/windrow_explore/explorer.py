"""explore: one call from a sweep to a table, as deep as one asks.

    expand ─▶ constraints ─▶ exact front ─▶ simulate ─▶ synthesise ─▶ Table
             (closed form)   (timing law,     (equal to    (look-up tables,
                              buffers)         the model?)   clock, frames/s)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from windrow.operators.operator import Operator
from windrow.planning.pareto import front
from windrow.planning.table import Table, objective_values
from windrow.values.numerics import as_int
from windrow_explore.constraints import AREA, NothingLeft
from windrow_explore.jobs.deepen import Job, Progress, Session, content_key
from windrow_explore.jobs.executors import executor
from windrow_explore.jobs.store import Store
from windrow_explore.points import Points, expand
from windrow_explore.refine import exact, exact_front, worth_refining
from windrow_explore.sweep import AXES, FOLDING, Sweep

__all__ = ["DEPTHS", "EXACT", "ExplorationFailed", "explore"]

EXACT = ("auto", "all", "front")
"""Legal values of `exact`."""

DEPTHS = ("pareto", "all")
"""Legal values of `verify` and `synth_which`, besides a number."""


class ExplorationFailed(AssertionError):
    """Hardware was simulated and does not agree with the model, or could not be simulated.

    `table` holds everything that was found.
    """

    def __init__(self, message: str, table: Table) -> None:
        super().__init__(message)
        self.table = table


def explore(
    sweep: Sweep | Operator | str | Sequence[Any],
    *,
    exact: str = "auto",
    verify: str | int | None = None,
    synth: bool | str | int = False,
    place: bool = True,
    engine: str = "auto",
    store: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
    command: str = "",
    **axes: Any,
) -> Table:
    """Explore the designs of a layer, of several, of a network, or of a `Sweep`.

    Parameters
    ----------
    sweep : Sweep, operator such as Conv2d, name of a workload, or (name, operator) pairs
    axes
        Fields of `Sweep`: stride, kernel_size, padding, dilation, lanes, pe, taps, pixels, clock_mhz, target
        (values to try), constraints, objectives, front.
    exact : str
        Every row says how its figures are known. "front" asks the exact law as often as it takes to make the
        front exact, "all" for every design; "auto" is "all" where that takes some seconds at most.
    verify : "pareto", "all" or int, optional
        Simulate these designs, or so many of them, and compare every value and cycle with the model.
    synth : "pareto", "all", int, or bool
        Synthesise these for their `target`, with the clock by place and route if `place`; True is "pareto".
    engine : str
        Simulator, as `wr.simulate` takes it.
    store : path, optional
        SQLite file of results; what is known there is not computed again.
    workers, dask
        Local processes (all cores by default), or a Dask cluster: "tcp://host:port" or "local".
    progress : callable, optional
        Called with a phase, what is done and how much there is to do.

    Returns
    -------
    Table
        One row for each design that meets the constraints; the front is marked in `pareto`.

    Raises
    ------
    TypeError, ValueError
        for a sweep that is none; NothingLeft where no design meets the constraints
    ExplorationFailed
        if simulated hardware does not agree with the model
    StoreError, ClusterLost, MissingTool, JobFailed
        if the store, the cluster, a tool or a worker is not there, or fails
    """
    spec = _sweep(sweep, axes)
    if exact not in EXACT:
        raise ValueError(f"exact must be one of {', '.join(EXACT)}, not {exact!r}")
    _check_depth("verify", verify)
    if verify is not None:
        _check_engine(engine)
    depth = None if synth is False else "pareto" if synth is True else synth
    _check_depth("synth", depth)
    area = [name for name in (*spec.objectives, *(c.column for c in _constraints(spec))) if name in AREA]
    if depth is None and area:
        raise ValueError(f"{area[0]} is known only after synthesis: ask for it (synth), or leave it out")
    if depth != "all" and any(name in AREA for name in spec.objectives):
        raise ValueError(f"the objective {area[0]} needs every design synthesised, not only {depth}: 'all'")
    if depth is not None and "" in spec.target:
        raise ValueError("synth needs a target: ecp5, ice40 or xc7")
    meta = {"command": command, **spec.to_dict()}
    say = progress or (lambda phase, done, total: None)
    with ExitStack() as stack:
        book = None if store is None else stack.enter_context(Store(store))
        key = content_key(repr(sorted(spec.to_dict().items())), str((verify, depth, place)))
        if book is not None:
            book.begin(key, spec.to_dict(), command)
        say("designs", 0, 1)
        points = expand(spec)
        say("designs", points.explored, points.explored)
        if not len(points):
            raise points.emptied.error()
        pool = stack.enter_context(executor(dask, workers))
        session = Session(book, pool, progress)
        _front(points, spec, exact, session)
        problems = _verify(points, verify, engine, session)
        problems += _synthesise(points, spec, depth, place, session)
        meta |= {"designs": points.explored, "skipped": points.skipped, "versions": _versions(),
                 "problems": problems}  # fmt: skip
        if book is not None:
            book.finish(key, points.explored)
    table = points.table(meta)
    failed = [text for text in problems if text.startswith("simulation")]
    if failed:
        many = f"{len(failed)} design{'' if len(failed) == 1 else 's'}"
        raise ExplorationFailed(f"{many} not confirmed by simulation; first: {failed[0]}", table)
    return table


def _sweep(sweep: Any, axes: dict[str, Any]) -> Sweep:
    fields = (*AXES, "constraints", "objectives", "front")
    for name in axes:
        if name not in fields:
            raise TypeError(f"explore takes {', '.join(fields)}, not {name!r}")
    if isinstance(sweep, Sweep):
        if axes:
            raise TypeError(f"a Sweep is complete: say {', '.join(axes)} in it")
        return sweep
    if isinstance(sweep, Operator):
        return Sweep(layers=[("layer", sweep)], **axes)
    if isinstance(sweep, str):
        from windrow import workloads

        return Sweep(layers=[(item.name, item.layer) for item in workloads.load(sweep)], **axes)
    if not isinstance(sweep, Sequence):
        raise TypeError("sweep must be a Sweep, an operator such as Conv2d, a workload or (name, operator) "
                        f"pairs, not {sweep!r}")  # fmt: skip
    return Sweep(layers=sweep, **axes)


def _constraints(spec: Sweep) -> list[Any]:
    return list(spec.constraints)


def _check_depth(name: str, value: object) -> None:
    if value is None or value in DEPTHS:
        return
    if isinstance(value, str):
        raise ValueError(f"{name} must be {', '.join(DEPTHS)} or a number, not {value!r}")
    as_int(value, name, 1, f"{', '.join(DEPTHS)} or a number")


def _check_engine(engine: str) -> None:
    from windrow_sim.simulation import ENGINES

    if engine not in ("auto", *ENGINES):
        raise ValueError(f"engine must be auto, {', '.join(ENGINES)}, not {engine!r}")


def _versions() -> dict[str, str]:
    from windrow.version import __version__

    return {"windrow": __version__, "numpy": np.__version__}


def _front(points: Points, spec: Sweep, how: str, session: Session) -> None:
    """Mark the exact front; with everything exact where that is asked for, or cheap."""
    if how == "all" or (how == "auto" and worth_refining(points)):
        exact(points, np.ones(len(points), bool), session)
    objectives = [name for name in spec.objectives if name not in AREA]
    exact_front(points, objectives or ["multipliers", "interval"], spec.front == "layer", session)


def _chosen(points: Points, depth: str | int) -> np.ndarray:
    """Row numbers for a depth: those on the front first, then the others, evenly spread."""
    front = np.flatnonzero(points.columns["pareto"])
    if depth == "pareto":
        return front
    if depth == "all":
        return np.arange(len(points))
    rest = np.flatnonzero(~points.columns["pareto"])
    count = min(int(depth), len(points))
    ranked = front if count >= front.size else front[np.linspace(0, front.size - 1, count).astype(int)]
    more = count - ranked.size
    spread = rest[np.linspace(0, rest.size - 1, more).astype(int)] if more > 0 else rest[:0]
    return np.concatenate([ranked, spread])


def _verify(points: Points, depth: str | int | None, engine: str, session: Session) -> list[str]:
    """Simulate designs; what disagrees with the model, in words."""
    if depth is None:
        return []
    rows = _chosen(points, depth)
    mask = np.zeros(len(points), bool)
    mask[rows] = True
    exact(points, mask, session)  # what a simulation is compared with
    jobs = [Job.of("simulate", points.design(row), engine=engine) for row in rows]
    problems: dict[str, None] = {}
    for row, answer in zip(rows, session.answers(jobs, "simulated"), strict=True):
        said = answer.get("problem")
        if said is None and answer["interval"] != points.columns["interval"][row]:
            said = f"interval {answer['interval']}, the model says {points.columns['interval'][row]}"
        if said is not None:
            problems[f"simulation of {points.words(row)}: {said}"] = None
            continue
        points.simulated[row] = True
        points.columns["latency"][row] = answer["latency"]
    return list(problems)


def _synthesise(
    points: Points, spec: Sweep, depth: str | int | None, place: bool, session: Session
) -> list[str]:
    """Synthesise designs; what failed, in words. The frame rate follows the clock that was reached.

    A design of the front that proves to break a constraint makes room for others; those come next.
    """
    if depth is None:
        return []
    limits = [each for each in _constraints(spec) if each.column in (*AREA, "fps", "clock_mhz")]
    problems: dict[str, None] = {}
    done: set[tuple[int, ...]] = set()
    while True:
        rows = [row for row in _chosen(points, depth).tolist() if _identity(points, row) not in done]
        if not rows:
            break
        done.update(_identity(points, row) for row in rows)
        problems |= _synthesise_rows(points, rows, place, session)
        alive = np.ones(len(points), bool)
        for constraint in limits:
            alive &= constraint.holds(points.columns[constraint.column])
        if not alive.any():
            said = " and ".join(map(str, limits))
            raise NothingLeft(f"{said} leaves none of the designs that were synthesised")
        if alive.all() or depth != "pareto":
            points.keep(alive)
            break
        points.keep(alive)
        _front(points, spec, "front", session)
    if any(name in AREA for name in spec.objectives):
        values = np.stack([objective_values(points.columns, name) for name in spec.objectives], axis=1)
        groups = points.group if spec.front == "layer" else None
        points.columns["pareto"] = front(values, groups, ties=False)
    return list(problems)


def _identity(points: Points, row: int) -> tuple[int, ...]:
    """What stays the same of a row when others are dropped."""
    return (int(points.group[row]), *(int(points.columns[name][row]) for name in (*FOLDING, "pixels")))


def _synthesise_rows(points: Points, rows: list[int], place: bool, session: Session) -> dict[str, None]:
    columns = points.columns
    jobs = [Job.of("synthesise", points.design(row), target=str(columns["target"][row]), place=place)
            for row in rows]  # fmt: skip
    problems: dict[str, None] = {}
    for row, answer in zip(rows, session.answers(jobs, "synthesised"), strict=True):
        if "problem" in answer:
            problems[f"synthesis of {points.words(row)}: {answer['problem']}"] = None
            continue
        for name in AREA:
            if answer[name] is not None:
                columns[name][row] = answer[name]
        if answer["fmax_mhz"] is not None:
            columns["clock_mhz"][row] = answer["fmax_mhz"]
            columns["fps"][row] = answer["fmax_mhz"] * 1e6 / columns["interval"][row]
    return problems
