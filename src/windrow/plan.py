"""The planner: for a layer and a pace, the cheapest design that keeps it.

The choice is exhaustive over the legal foldings, cheapest first, so what it returns is the optimum
and not a heuristic.  Cheap closed forms rule designs out; the exact model decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, overload

import numpy as np

from windrow.design import Design, divisors, legal_taps
from windrow.layer import Conv2d

OBJECTIVES: dict[str, Callable[[Design], tuple[float, ...]]] = {
    "multipliers": lambda d: (d.multipliers, d.buffer_bits, d.latency),
    "buffer": lambda d: (d.buffer_bits, d.multipliers, d.latency),
    "latency": lambda d: (d.latency, d.multipliers, d.buffer_bits),
}


def designs(layer: Conv2d, lanes: int | None = None) -> Iterator[Design]:
    """Every legal design of a layer, or those with `lanes` channels a beat."""
    for beat in divisors(layer.in_channels // layer.groups) if lanes is None else [lanes]:
        for pe in divisors(layer.out_channels):
            for taps in legal_taps(layer.kernel_size):
                yield Design(layer, lanes=beat, pe=pe, taps=taps)


@overload
def plan(
    layer: Conv2d, *, lanes: int = 1, interval: int | None = None, multipliers: int | None = None,
    objective: str = "multipliers", all: Literal[False] = False,
) -> Design: ...  # fmt: skip
@overload
def plan(
    layer: Conv2d, *, lanes: int = 1, interval: int | None = None, multipliers: int | None = None,
    objective: str = "multipliers", all: Literal[True],
) -> list[Design]: ...  # fmt: skip
def plan(
    layer: Conv2d,
    *,
    lanes: int = 1,
    interval: int | None = None,
    multipliers: int | None = None,
    objective: str = "multipliers",
    all: bool = False,
) -> Design | list[Design]:
    """The design that meets a demand at the least cost.

    By default the fewest multipliers (then the least buffer) that take one input beat every cycle.
    `interval`: at most so many cycles a frame instead.  `multipliers`: the fastest design with at
    most so many.  `objective`: what to save, "multipliers", "buffer" or "latency".  `all=True`: the
    whole Pareto front over (multipliers, buffer bits, interval, latency) within the demand,
    cheapest first; without a demand, of all foldings.

    Raises ValueError for a demand that no design meets, naming the closest one that exists.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, not {objective!r}")
    _check_demand("interval", interval)
    _check_demand("multipliers", multipliers)
    candidates = list(designs(layer, lanes))
    if multipliers is not None:
        least = min(d.multipliers for d in candidates)
        candidates = [d for d in candidates if d.multipliers <= multipliers]
        if not candidates:
            raise ValueError(f"multipliers must be at least {least} with lanes={lanes}, not {multipliers}")
    if all:
        return _front(_keeping(candidates, interval) if interval is not None else candidates)
    if interval is None and multipliers is not None:
        return _fastest(candidates, objective)
    pace = candidates[0].input_beats if interval is None else interval
    found = _cheapest(candidates, pace, objective)
    if found is None:
        raise _impossible(candidates, pace, multipliers)
    return found


def _check_demand(name: str, value: int | None) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}")


def _least_interval(design: Design) -> int:
    """What the interval can't be below, without asking the exact model."""
    return max(design.input_beats, design.fold * design.windows)


def _keeping(candidates: Iterable[Design], pace: int) -> list[Design]:
    return [d for d in candidates if _least_interval(d) <= pace and d.interval <= pace]


def _cheapest(candidates: list[Design], pace: int, objective: str) -> Design | None:
    """Cheapest that keeps the pace; among equals of the first cost, an ideal one."""
    cost = OBJECTIVES[objective]
    able = [d for d in candidates if _least_interval(d) <= pace]
    if objective == "multipliers":
        # Few designs share a multiplier count: look no further than the first count that works.
        for count in sorted({d.multipliers for d in able}):
            keeping = _keeping((d for d in able if d.multipliers == count), pace)
            if keeping:
                return min(keeping, key=lambda d: (not d.ideal, *cost(d)))
        return None
    return min(_keeping(able, pace), key=cost, default=None)


def _fastest(candidates: list[Design], objective: str) -> Design:
    cost = OBJECTIVES[objective]
    best: Design | None = None
    for design in sorted(candidates, key=_least_interval):
        if best is not None and _least_interval(design) > best.interval:
            break
        if best is None or (design.interval, *cost(design)) < (best.interval, *cost(best)):
            best = design
    assert best is not None
    return best


def _front(candidates: list[Design]) -> list[Design]:
    """Designs that no other one beats on multipliers, buffer, interval and latency at once."""
    figures = {d: (d.multipliers, d.buffer_bits, d.interval, d.latency) for d in candidates}
    front: list[Design] = []
    for design in sorted(candidates, key=lambda d: figures[d]):
        own = figures[design]
        if not any(_all_le(figures[other], own) for other in front):
            front.append(design)
    return front


def _all_le(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True))


def _impossible(candidates: list[Design], pace: int, multipliers: int | None) -> ValueError:
    fastest = _fastest(candidates, "multipliers")
    within = "" if multipliers is None else f" within {multipliers} multipliers"
    beats = fastest.input_beats
    bound = f"; the input alone takes {beats} beats" if pace < beats else ""
    return ValueError(
        f"interval must be at least {fastest.interval}{within} with lanes={fastest.lanes}, not {pace} "
        f"(closest: pe={fastest.pe}, taps={fastest.taps}, {fastest.multipliers} multipliers{bound})"
    )
