"""The planner: for a layer and a pace, the cheapest design that keeps it.

The choice is exhaustive over the legal foldings, with one lane or with every number of lanes that divides the
channels, so what it returns is the optimum of these and not a heuristic. The closed forms of
`windrow.timing.figures` rule designs out; what they leave open the exact model decides. The buffer and the
intervals of designs that are not ideal take long to compute, so they are asked for last, and only while they
can still change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias, overload

from windrow.network.graph import Network
from windrow.operators.operands import counted, operands_of
from windrow.operators.operator import Operator
from windrow.pipeline.pipeline import Pipeline
from windrow.planning.budget import Budget
from windrow.planning.pace import pace_of
from windrow.planning.pipelines import plan_pipeline
from windrow.stage.costs import multiplier_luts
from windrow.stage.design import Design
from windrow.stage.pixels import check_pixels, pixel_foldings
from windrow.timing.figures import figures_of, foldings
from windrow.timing.folding import legal_lanes
from windrow.values.numerics import as_int, check_kind

# What is saved first, second, third.
OBJECTIVES: dict[str, tuple[str, str, str]] = {
    "multipliers": ("multipliers", "buffer_bits", "latency"),
    "buffer": ("buffer_bits", "multipliers", "latency"),
    "latency": ("latency", "multipliers", "buffer_bits"),
    "luts": ("multiplier_luts", "buffer_bits", "latency"),
}


def designs(layer: Operator, lanes: int | None = None, *, pixels: int = 1) -> Iterator[Design]:
    """Every legal design of a layer, or those with `lanes` channels a beat; with `pixels` pixels a beat."""
    check_kind(layer, Operator, "layer")
    if check_pixels(pixels) > 1:
        for pe, taps in pixel_foldings(layer):
            yield Design(layer, lanes=lanes, pe=pe, taps=taps, pixels=pixels)
        return
    for beat, pe, taps in foldings(layer, lanes):
        yield Design(layer, lanes=beat, pe=pe, taps=taps)


# What is kept up with: a beat of the stream in every cycle, or a whole pixel, all of its channels.
PACES = ("beat", "pixel")


@overload
def plan(
    layer: Operator, *, lanes: int | None = None, pixels: int | None = None, interval: int | None = None,
    pace: str | None = None, multipliers: int | None = None, fps: float | None = None,
    clock_mhz: float | None = None, objective: str = "multipliers", all: Literal[False] = False,
) -> Design: ...  # fmt: skip
@overload
def plan(
    layer: Operator, *, lanes: int | None = None, pixels: int | None = None, interval: int | None = None,
    pace: str | None = None, multipliers: int | None = None, fps: float | None = None,
    clock_mhz: float | None = None, objective: str = "multipliers", all: Literal[True],
) -> list[Design]: ...  # fmt: skip
@overload
def plan(
    layer: Network, *, pixels: int | None = None, interval: int | None = None, multipliers: int | None = None,
    fps: float | None = None, budget: Budget | str | None = None, clock_mhz: float | None = None,
    idle_ends: bool | None = None,
) -> Pipeline: ...  # fmt: skip
def plan(
    layer: Operator | Network,
    *,
    lanes: int | None = None,
    pixels: int | None = None,
    interval: int | None = None,
    pace: str | None = None,
    multipliers: int | None = None,
    fps: float | None = None,
    clock_mhz: float | None = None,
    budget: Budget | str | None = None,
    idle_ends: bool | None = None,
    objective: str = "multipliers",
    all: bool = False,
) -> Design | list[Design] | Pipeline:
    """The design that meets a demand at the least cost, of all legal foldings (`wr.designs`).

    By default the fewest multipliers (then the least buffer) that take one *beat* in every cycle, with one
    channel in a beat: a frame of `H x W x C` then takes `H*W*C` cycles; or, where windows advance by a part
    of a pixel and outputs are more than that, the fastest.  What else can be demanded:

    `interval`: at most so many cycles a frame; `fps` and `clock_mhz` (100 where left out) say the same.
    `pace="pixel"`: a whole pixel in every cycle, so `H*W`
    cycles a frame; `pace="beat"`: the default, said aloud.  `multipliers`: at most so many; alone, the
    fastest design with them.  `lanes`: channels of a beat.  Where none are given, `interval` and
    `pace="pixel"` search all of them (of equal designs the one with the fewest), anything else means 1.
    `pixels`: neighbours of a row in a beat; above 1 a beat brings all of their channels, and one beat a cycle
    is `ceil(W/pixels)*H` cycles a frame.

    `objective`: what to save, "multipliers", "buffer", "latency", or "luts": the logic of multipliers where
    there are no DSP blocks.  Ideal designs come first: another is chosen only where no ideal one keeps the
    pace, or is as fast, or where "luts" are to be saved.  A pool whose windows have pixels in common holds
    partial results where these are fewer bits than the pixels of the design that is chosen else.
    `all=True`: the whole Pareto front over (multipliers, buffer bits, interval, latency) within the
    demand, cheapest first, ideal or not; without a demand, of all foldings with these lanes.

    Of a network it is a pipeline, as `windrow.planning.pipelines.plan_pipeline` says: the shortest interval
    for `multipliers`, or for what a device has, `budget`; or the fewest for `interval` or `fps`, or with
    `pixels` for a beat a cycle; `idle_ends` lets its input and output have idle channels, None where the
    interval gets shorter by it.

    Raises TypeError for anything but a layer or a network and for a demand that is not an integer, ValueError
    for one that no design meets, naming the closest one that exists and the lanes that would do, and for an
    unknown objective or pace, or an interval beside a pace.
    """
    if fps is None and clock_mhz is not None:
        raise ValueError(f"clock_mhz makes cycles of a frame rate: leave out {clock_mhz!r}, or say fps")
    clock = 100.0 if clock_mhz is None else clock_mhz
    if isinstance(layer, Network):
        said = {"lanes": lanes, "pace": pace, "all": all or None,
                "objective": None if objective == "multipliers" else objective}
        idle = [name for name, value in said.items() if value is not None]
        if idle:
            raise TypeError("plan takes multipliers, interval, fps, budget or pixels for a network, "
                            f"not {', '.join(idle)}")
        return plan_pipeline(layer, multipliers=multipliers, interval=interval, fps=fps, budget=budget,
                             clock_mhz=clock, idle_ends=idle_ends, pixels=pixels)
    for name, value in (("idle_ends", idle_ends is not None), ("budget", budget is not None)):
        if value:
            raise ValueError(f"{name} says something about a network: leave it out for a layer")
    if fps is not None:
        if interval is not None or pace is not None:
            raise ValueError(f"fps={fps!r} is an interval: leave out the other interval or pace")
        interval = pace_of(fps, clock)
    if objective not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, not {objective!r}")
    _check_demand("interval", interval)
    _check_demand("multipliers", multipliers)
    if pace is not None and pace not in PACES:
        raise ValueError(f"pace must be one of {', '.join(PACES)}, not {pace!r}")
    if pace is not None and interval is not None:
        raise ValueError(f"pace={pace!r} is an interval: leave out interval={interval}, or the pace")
    check_kind(layer, Operator, "layer")
    pixels = 1 if pixels is None else check_pixels(pixels)
    several = pixels > 1
    if lanes is None and (several or (interval is None and pace != "pixel")):
        lanes = layer.in_channels if several else 1
    candidates = _candidates(layer, lanes, pixels)
    if multipliers is not None:
        least = min(c.multipliers for c in candidates)
        candidates = [c for c in candidates if c.multipliers <= multipliers]
        if not candidates:
            if several:
                raise ValueError(f"multipliers must be at least {least} with pixels={pixels}, "
                                 f"not {multipliers}")  # fmt: skip
            others = [n for n in legal_lanes(layer.in_channels, layer.groups) if n <= multipliers]
            raise ValueError(f"multipliers must be at least {least} with lanes={lanes}, not {multipliers}"
                             f"; {_would_do(others)}")
    if interval is None and pace is None and (all or multipliers is not None):
        if all:
            return _front(candidates)
        fastest = _less_held(candidates, lambda some: _fastest(some, objective), objective, ("interval",))
        assert fastest is not None
        return fastest.design
    if interval is not None:
        limit, origin = int(interval), ""
    elif pace == "pixel":
        limit, origin = layer.height * layer.width, ", one pixel a cycle"
        if layer.window.fractional:
            limit = max(limit, layer.window.output_size[0] * layer.window.output_size[1])
    else:
        limit = candidates[0].design.input_beats
        if layer.window.fractional:  # the outputs, of which there are more, set the pace
            limit = max(limit, min(c.pace for c in candidates))
        origin = ", one beat a cycle" + (", which is the default" if pace is None else "")
    able = [c for c in candidates if c.pace <= limit]
    if all:
        found = [design for design in _front(able) if design.interval <= limit]
    else:
        cheapest = _less_held(able, lambda some: _cheapest(some, limit, objective), objective)
        found = [] if cheapest is None else [cheapest.design]
    if not found:
        others = None
        if lanes is not None and not several and (interval is not None or pace == "pixel"):
            others = _lanes_that_do(layer, limit, multipliers)
        raise _impossible(candidates, limit, origin, lanes, multipliers, others)
    return found if all else found[0]


def _check_demand(name: str, value: int | None) -> None:
    if value is not None:
        as_int(value, name, 1, "an integer")


_Kind: TypeAlias = tuple[int, int, bool, bool]  # lanes, fold, does it gather, or accumulate?


class _Candidate:
    """A design with its figures: the cheap ones at once, the others when somebody asks.

    Designs of equal `kind` have equal buffers: their readers do the same things in the same cycles.
    """

    def __init__(self, design: Design, pace: int, latency: int, buffers: dict[_Kind, int]) -> None:
        self.design = design
        self.lanes = design.lanes
        self.multipliers = design.multipliers
        self.pace = pace  # no design of this folding has a shorter interval
        self.kind = (design.lanes, design.fold, design.gathers, design.accumulates)
        self._latency = latency
        self._buffers = buffers

    @property
    def ideal(self) -> bool:
        return self._latency >= 0 or self.design.ideal

    @property
    def interval(self) -> int:
        return self.pace if self.ideal else self.design.interval

    @property
    def latency(self) -> int:
        return self._latency if self._latency >= 0 else self.design.latency

    @property
    def multiplier_luts(self) -> int:
        return multiplier_luts(self.design)

    @property
    def buffer_bits(self) -> int:
        if self.kind not in self._buffers:
            self._buffers[self.kind] = self.design.buffer_bits
        return self._buffers[self.kind]


def _candidates(layer: Operator, lanes: int | None, pixels: int = 1) -> list[_Candidate]:
    every = list(designs(layer, lanes, pixels=pixels))  # first: its errors name what is legal
    if pixels > 1:
        return [_Candidate(design, design.interval, design.latency, {}) for design in every]
    at = figures_of(layer, lanes)
    buffers: dict[_Kind, int] = {}
    closed = zip(every, at.bound.tolist(), at.latency.tolist(), strict=True)
    return [_Candidate(design, pace, latency, buffers) for design, pace, latency in closed]


def _least(candidates: list[_Candidate], order: Iterable[str]) -> _Candidate:
    """The candidate with the least figures in this order, then the fewest lanes.

    Asks for no more figures than it takes.
    """
    for name in (*order, "lanes"):
        if name == "buffer_bits" and len({c.kind for c in candidates}) == 1:
            continue
        if len(candidates) == 1:
            break
        figures = [getattr(c, name) for c in candidates]
        least = min(figures)
        candidates = [c for c, figure in zip(candidates, figures, strict=True) if figure == least]
    return candidates[0]


def _cheapest(able: list[_Candidate], pace: int, objective: str) -> _Candidate | None:
    """Cheapest that keeps the pace: of the ideal ones, or where there is none, of the others.

    In look-up tables nine constant multipliers are smaller than three general ones, so there the
    ideal ones are not preferred.
    """
    ideal = [c for c in able if c.ideal]
    if ideal and objective != "luts":
        return _least(ideal, OBJECTIVES[objective])
    if objective in ("multipliers", "luts"):
        # Few designs share a first cost: look no further than the first that works.
        first = OBJECTIVES[objective][0]
        for cost in sorted({getattr(c, first) for c in able}):
            keeping = [c for c in able if getattr(c, first) == cost and c.interval <= pace]
            if keeping:
                return _least(keeping, OBJECTIVES[objective])
        return None
    keeping = [c for c in able if c.interval <= pace]
    return _least(keeping, OBJECTIVES[objective]) if keeping else None


def _less_held(
    candidates: list[_Candidate], choose: Callable[[list[_Candidate]], _Candidate | None], objective: str,
    first: tuple[str, ...] = (),
) -> _Candidate | None:
    """What `choose` takes of these; of windows with pixels in common, of the one that holds their pixels and
    the one that holds partial results the one with fewer bits.  Where they are the same it holds pixels.

    first: what counts before bits, as latency does where it is to be saved
    """
    kinds = [[c for c in candidates if c.design.accumulates == grows] for grows in (False, True)]
    if not all(kinds) or candidates[0].design.window.disjoint:
        return choose(candidates)
    found = [each for each in map(choose, kinds) if each is not None]
    order = (*first, *(("latency",) if objective == "latency" else ()), "buffer_bits")
    return min(found, key=lambda c: [getattr(c, name) for name in order], default=None)


def _fastest(candidates: list[_Candidate], objective: str) -> _Candidate:
    """Shortest interval; of the ideal ones that have it, or where there is none, of the others."""
    ideal = [c for c in candidates if c.ideal]
    shortest = min((c.pace for c in ideal), default=None)
    best = [c for c in ideal if c.pace == shortest]
    for candidate in sorted((c for c in candidates if not c.ideal), key=lambda c: c.pace):
        if shortest is not None and (candidate.pace > shortest or (candidate.pace == shortest and ideal)):
            break
        if shortest is None or candidate.interval < shortest:
            shortest, best, ideal = candidate.interval, [candidate], []
        elif candidate.interval == shortest and not ideal:
            best.append(candidate)
    return _least(best, OBJECTIVES[objective])


def _front(candidates: list[_Candidate]) -> list[Design]:
    """Designs that no other beats on multipliers, buffer, interval and latency at once, cheapest first."""
    front: dict[_Candidate, tuple[int, ...]] = {}

    def beaten(figures: tuple[int, ...]) -> bool:
        return any(_all_le(other, figures) for other in front.values())

    # Designs of one kind differ in multipliers and latency only; most are beaten by one of their own kind.
    ideal = sorted((c for c in candidates if c.ideal), key=lambda c: (c.multipliers, c.latency))
    single: list[_Candidate] = []
    for candidate in ideal:
        rivals = (c for c in single if c.kind == candidate.kind)
        if not any(c.latency <= candidate.latency for c in rivals):
            single.append(candidate)
    for candidate in sorted(single, key=_figures):
        if not beaten(_figures(candidate)):
            front[candidate] = _figures(candidate)
    for candidate in (c for c in candidates if not c.ideal):
        cheap = (candidate.multipliers, candidate.buffer_bits, candidate.pace, candidate.latency)
        if not beaten(cheap) and not beaten(_figures(candidate)):
            front[candidate] = _figures(candidate)
    # A design that came late may beat one that came before it, and of equals only one is wanted.
    left: list[tuple[int, ...]] = []
    found: list[Design] = []
    for candidate in sorted(front, key=lambda c: (front[c], not c.ideal, c.lanes)):
        if not any(_all_le(other, front[candidate]) for other in left):
            left.append(front[candidate])
            found.append(candidate.design)
    return found


def _figures(candidate: _Candidate) -> tuple[int, ...]:
    return (candidate.multipliers, candidate.buffer_bits, candidate.interval, candidate.latency)


def _all_le(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True))


def _lanes_that_do(layer: Operator, limit: int, multipliers: int | None) -> list[int]:
    """Lanes with which some design keeps an interval of `limit` cycles within so many multipliers."""

    def keeps(lanes: int) -> bool:
        able = [c for c in _candidates(layer, lanes)
                if c.pace <= limit and (multipliers is None or c.multipliers <= multipliers)]  # fmt: skip
        return any(c.ideal for c in able) or any(c.interval <= limit for c in able)

    return [lanes for lanes in legal_lanes(layer.in_channels, layer.groups) if keeps(lanes)]


def _impossible(
    candidates: list[_Candidate], limit: int, origin: str, lanes: int | None, multipliers: int | None,
    others: list[int] | None,
) -> ValueError:  # fmt: skip
    """The error for a demand that no candidate meets; `others`: the lanes that would do, if asked for."""
    closest = _fastest(candidates, "multipliers")
    design = closest.design
    operands = operands_of(design.layer)
    within = "" if multipliers is None else f" within {counted(multipliers, operands)}"
    with_lanes = "with any lanes" if lanes is None else f"with lanes={lanes}"
    relax = f"; relax it with interval={closest.interval}" if origin else ""
    chosen = f"lanes={design.lanes}, " if lanes is None else ""
    beats = design.input_beats
    bound = f"; the input alone takes {beats} beats" if limit < beats else ""
    return ValueError(
        f"interval must be at least {closest.interval}{within} {with_lanes}, not {limit}{origin}{relax} "
        f"(closest: {chosen}pe={design.pe}, taps={design.taps}, "
        f"{counted(design.multipliers, operands)}{bound})"
        + ("" if others is None else f"; {_would_do(others)}")
    )


def _would_do(lanes: list[int]) -> str:
    return f"lanes that would do: {', '.join(map(str, lanes))}" if lanes else "no other lanes would do"
