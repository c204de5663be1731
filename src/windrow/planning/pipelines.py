"""Whole networks as pipelines: the shortest interval for a budget, or the least hardware for an interval.

    pipeline = wr.plan(net, multipliers=156)

What is chosen, of all steps at once: lanes, pe and taps, and how many channels each tensor has in hardware
(`windrow.pipeline.widening`), so that they need not divide those of the network.

For an interval `T` every step takes the fewest multipliers that keep it.  Steps only meet in the number of
channels of the tensors between them, so the least sum over the network is found one tensor after another
(`windrow.planning.elimination`), and is the optimum.  The shortest `T` within the budget: by bisection over
all integers.  Of equal plans the one with fewer requantisers, comparators and bits of memory, weighed as
look-up tables, then of less latency.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from windrow.joins.add import Add
from windrow.joins.concat import Concat
from windrow.joins.join import Join
from windrow.network.graph import Network
from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.pipeline.area import area, assigned, queue_area, step_area
from windrow.pipeline.lowering import lower
from windrow.pipeline.pipeline import Pipeline, StageDesign
from windrow.pipeline.pixels import pixels_of
from windrow.pipeline.steps import INPUT, Step, Steps
from windrow.pipeline.widening import depthwise, widen
from windrow.planning.budget import Budget
from windrow.planning.elimination import least
from windrow.planning.pace import pace_of, rate_below, shortest
from windrow.planning.step_table import NEVER, StepTable, beside
from windrow.stage.design import Design
from windrow.stage.pixels import beats_of, check_pixels
from windrow.timing.folding import divisors
from windrow.values.numerics import as_flag, as_int, as_positive, check_kind

__all__ = ["pipeline_front", "plan_pipeline"]


def plan_pipeline(
    network: Network,
    *,
    multipliers: int | None = None,
    interval: int | None = None,
    fps: float | None = None,
    budget: Budget | str | None = None,
    clock_mhz: float = 100.0,
    idle_ends: bool | None = None,
    pixels: int | None = None,
) -> Pipeline:
    """The pipeline with the shortest interval for so many multipliers, or the smallest for an interval.

    multipliers: the most of all steps together; those of requantisations are not counted
    interval: cycles between frames, at most.  fps: the same as a frame rate at `clock_mhz`.  With multipliers
    or a budget as well, these are limits.
    budget: of an ECP5, a `Budget` or what `Budget.of` reads: all multipliers counted, and `pipeline.blocks`
    says which of them are DSP blocks
    idle_ends: input and output may have idle channels too, so that their beats need not divide a pixel's.
    None: where that makes the interval shorter that multipliers or a budget allow
    pixels: neighbours of a row in an input beat, those that the network says where it is left out; with
        several a beat brings all of their channels.  Without another demand a beat is taken in every cycle,
        or, where a step cannot do that, as often as it can

    Raises TypeError for anything but a network and for numbers of the wrong kind, ValueError where nothing is
    asked for, interval and fps are, a step has no hardware, and for a demand that cannot be met, with what
    could be, and the step that asks for it.
    """
    check_kind(network, Network, "network")
    several = network.pixels if pixels is None else check_pixels(pixels)
    asked = [each for each in (multipliers, interval, fps, budget, pixels) if each is not None]
    if not asked and several == 1:
        raise ValueError("say what to plan for: multipliers, interval, fps, budget or pixels")
    if interval is not None and fps is not None:
        raise ValueError(f"fps must be left out beside interval={interval}, not be {fps!r}")
    room = None if budget is None else Budget.of(budget)
    limits = [None if multipliers is None else as_int(multipliers, "multipliers", 1),
              None if room is None else room.most_multipliers]
    most = min((limit for limit in limits if limit is not None), default=None)
    clock = as_positive(clock_mhz, "clock_mhz")
    always = idle_ends is not None and as_flag(idle_ends, "idle_ends")
    planner = _Planner(network, lower(network), always, several)
    if interval is not None:
        pace = as_int(interval, "interval", 1)
        planner.check_pace(pace, f"interval must be at least {planner.fastest[0]:,}, not {pace:,}")
    elif fps is not None:
        pace = pace_of(fps, clock)
        rate = rate_below(clock, planner.fastest[0])
        planner.check_pace(pace, f"fps must be at most {rate} at {clock:g} MHz, not {fps:g}")
    elif most is None and room is None:
        pace = max(planner.fastest[0], beats_of(planner.steps.input_shape, several,
                                                planner.steps.input_shape[2]))
    else:
        found, ends = planner.quickest(most, room), replace(planner, idle_ends=True)
        faster = idle_ends is None and several == 1 and ends.keeps(found.bound - 1, most, room)
        return ends.quickest(most, room) if faster else found
    planner.check_budget(pace, most, room, f" for an interval of {pace:,} cycles")
    return planner.pipeline(pace) if room is None else planner.fitted(pace, room)


def pipeline_front(network: Network, points: int = 24, progress: Callable[[int, int], object] | None = None,
                   *, idle_ends: bool | None = None) -> list[tuple[int, int]]:  # fmt: skip
    """Plans that no other beats, (interval, multipliers), the slowest first: some `points` or fewer of them.

    idle_ends: as of `plan_pipeline`
    progress: called with how many are done, and of how many.  Raises as `plan_pipeline`.
    """
    check_kind(network, Network, "network")
    as_int(points, "points", 2)
    steps = lower(network)
    ends = (False, True) if idle_ends is None else (as_flag(idle_ends, "idle_ends"),)
    planners, found = [_Planner(network, steps, each) for each in ends], list[tuple[int, int]]()
    fastest = min(planner.fastest[0] for planner in planners)
    paces = np.geomspace(max(planner.slowest for planner in planners), fastest, points).round().astype(int)
    for at, pace in enumerate(paces.tolist()):
        if progress is not None:
            progress(at, points)
        if found and pace >= found[-1][0]:
            continue
        choices = [planner.choose(pace) for planner in planners]
        budget = min(choice[0] for choice in choices if choice is not None)
        best = shortest(lambda each, most=budget: any(planner.fits(each, most) for planner in planners),
                        fastest, pace)
        found.append((best, budget))
    return found


@dataclass(frozen=True, eq=False)
class _Tensor:
    """Numbers of channels that a tensor, and all that must have as many, may have in hardware."""

    number: int
    choices: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Planner:
    network: Network
    steps: Steps
    idle_ends: bool = False
    pixels: int = 1

    @cached_property
    def abreast(self) -> dict[str, int]:
        """Neighbours of a row in a beat that each step takes."""
        return pixels_of(self.steps, self.pixels)

    @cached_property
    def tensors(self) -> dict[str, _Tensor]:
        """The tensor that each step gives, and `INPUT`: one for all that must have equal channels."""
        steps = self.steps
        same = {name: name for name in (INPUT, *(step.name for step in steps.steps))}
        shapes = {INPUT: steps.input_shape, **{each.name: each.operator.output_shape for each in steps.steps}}
        fixed = set() if self.idle_ends else {INPUT, steps.output.name}

        def root(name: str) -> str:
            while same[name] != name:
                name = same[name]
            return name

        for step in steps.steps:
            if _tied(step):
                for source in step.sources:
                    same[root(source)] = root(step.name)
            for source, shape in zip(step.sources, step.input_shapes, strict=True):
                flat = shape[:2] == (1, 1)
                if not _takes_idle(step.operator) or (shape != shapes[source] and not flat):
                    fixed.add(source)
            if not (isinstance(step.operator, Conv2d) and step.operator.groups == 1) and not _tied(step):
                fixed.add(step.name)
            if self.abreast[step.name] > 1:
                fixed |= {step.name, *step.sources}
        roots = {root(name) for name in fixed}
        numbers: dict[str, _Tensor] = {}
        for name in same:
            if name == root(name):
                channels = shapes[name][2]
                numbers[name] = _Tensor(len(numbers), (channels,) if name in roots else _composite(channels))
        return {name: numbers[root(name)] for name in same}

    @cached_property
    def sizes(self) -> list[int]:
        every = {tensor.number: len(tensor.choices) for tensor in self.tensors.values()}
        return [every[number] for number in range(len(every))]

    @cached_property
    def tables(self) -> list[tuple[tuple[int, ...], StepTable]]:
        """Of every step: its tensors, in the order of the table's axes, and the table."""
        known: dict[tuple[object, ...], StepTable] = {}
        found = []
        for step in self.steps.steps:
            after = self.tensors[step.name]
            before = self.tensors[step.sources[0]]
            tied = before is after
            pixels = 1 if isinstance(step.operator, Join) else self._pixels(step)
            befores = tuple(pixels * channels for channels in before.choices)
            if isinstance(step.operator, Concat):  # whose inputs differ
                before, befores, tied = after, after.choices, True
            key = (step.operator, befores, after.choices, tied, self.abreast[step.name])
            if key not in known:
                known[key] = StepTable(step, befores, after.choices, tied, self.abreast[step.name])
            names = (after.number,) if tied else (before.number, after.number)
            found.append((names, known[key]))
        return found

    def _pixels(self, step: Step) -> int:
        """Pixels whose channels a step sees as those of one."""
        source = self.steps.input_shape if step.sources[0] == INPUT else (
            self.steps[step.sources[0]].operator.output_shape)
        return math.prod(source[:2]) // math.prod(step.input_shapes[0][:2])

    @cached_property
    def fastest(self) -> tuple[int, str]:
        """The shortest interval that every step can keep, and the step that keeps no shorter one."""
        found = []
        for (_, table), step in zip(self.tables, self.steps.steps, strict=True):
            rows = np.flatnonzero(table.cell == 0)  # idle channels make nothing faster
            best = min((table.interval[row] for row in rows if table.settled[row]), default=None)
            for row in rows[np.argsort(table.interval[rows], kind="stable")]:
                if best is not None and table.interval[row] >= best:
                    break
                each = table.settle(int(row), step.operator)
                best = each if best is None else min(best, each)
            assert best is not None, "every step has hardware"
            found.append((int(best), step.name))
        return max(found, key=lambda each: each[0])

    @cached_property
    def slowest(self) -> int:
        """An interval that the fewest multipliers of every step keep."""
        return max(int(table.interval.max()) for _, table in self.tables)

    def choose(self, pace: int, everything: bool = False) -> tuple[int, list[int]] | None:
        """The fewest multipliers that keep a pace, and the tensors' choices; None where nothing does.

        everything: of the plans with the fewest multipliers that with the least of the rest
        """
        while True:
            factors = []
            for names, table in self.tables:
                cells = table.least(pace, table.cost if everything else table.multipliers)
                ordered = tuple(sorted(names))
                factors.append((ordered, cells if ordered == names else cells.T))
            total, chosen = least(factors, self.sizes)
            if total >= NEVER:
                return None
            if self._settled(pace, chosen):
                return sum(int(table.multipliers[table.cheapest(pace, [chosen[at] for at in names])[0]])
                           for names, table in self.tables), chosen

    def _settled(self, pace: int, chosen: list[int]) -> bool:
        """Does a row of every step keep the pace that was thought to?"""
        wide = None
        settled = True
        for number, (names, table) in enumerate(self.tables):
            rows = table.cheapest(pace, [chosen[at] for at in names])
            if any(table.settled[row] for row in rows):
                continue
            wide = wide or widen(self.steps, self.channels(chosen))
            operator = wide.steps[number].operator
            settled &= any(table.settle(row, operator) <= pace for row in rows)
        return settled

    def fits(self, pace: int, budget: int | None) -> bool:
        found = self.choose(pace)
        return found is not None and (budget is None or found[0] <= budget)

    def quickest(self, most: int | None, room: Budget | None) -> Pipeline:
        """The pipeline with the shortest interval for so many multipliers, and within what a device has."""
        self.check_budget(self.slowest, most, room, " at any frame rate")
        pace = shortest(lambda each: self.fits(each, most), self.fastest[0], self.slowest)
        return self.pipeline(pace) if room is None else self.within(pace, room)

    def keeps(self, pace: int, most: int | None, room: Budget | None) -> bool:
        """Does some pipeline keep a pace with so many multipliers, and within what a device has?"""
        return self.fits(pace, most) and (room is None or self.has_room(pace, room))

    def within(self, pace: int, room: Budget) -> Pipeline:
        """The fastest pipeline within what a device has, none faster than a pace."""
        while pace < self.slowest:
            # Counting takes longer than adding up multipliers: mostly the first will do.
            if not self.has_room(pace, room):
                pace = shortest(lambda each: self.has_room(each, room), pace + 1, self.slowest)
            found, over = self.counted(pace, room)
            if over is None:
                return found
            pace += max(1, pace // 64)  # queues need more than the least
        return self.fitted(self.slowest, room)

    def has_room(self, pace: int, room: Budget) -> bool:
        """Is what keeps a pace within what a device has, with the least queues and any constants?"""
        pipeline = replace(self.pipeline(pace), room={})
        areas = {step.name: step_area(step, design, exact=False) for step, design in pipeline.stages}
        return room.over(area(areas, assigned(areas, room.dsps)) + queue_area(pipeline.fifos)) is None

    def counted(self, pace: int, room: Budget) -> tuple[Pipeline, str | None]:
        """The pipeline with as many multipliers in DSP blocks as there are, and what is too little."""
        pipeline = self.pipeline(pace)
        areas = {step.name: step_area(step, design, exact=True) for step, design in pipeline.stages}
        found = replace(pipeline, blocks=assigned(areas, room.dsps))
        return found, room.over(found.area)

    def fitted(self, pace: int, room: Budget) -> Pipeline:
        """The pipeline as `counted`.  Raises ValueError for too little."""
        found, over = self.counted(pace, room)
        if over is not None:
            raise ValueError(f"budget must have {over}, for an interval of {found.bound:,} cycles")
        return found

    def check_pace(self, pace: int, wrong: str) -> None:
        """ValueError for a pace that some step cannot keep."""
        fastest, name = self.fastest
        if pace < fastest:
            raise ValueError(f"{wrong}: step {name!r} takes {fastest:,} cycles in its fastest design")

    def check_budget(self, pace: int, most: int | None, room: Budget | None, why: str) -> None:
        """ValueError where no plan that keeps the pace has so few multipliers; `room`: what may say so."""
        found = self.choose(pace)
        assert found is not None, "every step keeps the pace"
        total, chosen = found
        if most is None or total <= most:
            return
        each = [int(table.multipliers[table.cheapest(pace, [chosen[at] for at in names])[0]])
                for names, table in self.tables]
        largest = self.steps.steps[each.index(max(each))].name
        said = (room.too_few(total) if room is not None and room.most_multipliers == most else
                f"multipliers must be at least {total:,}")
        raise ValueError(f"{said}{why}, not {most:,}: step {largest!r} takes {max(each):,} of them")

    def channels(self, chosen: list[int]) -> dict[str, int]:
        """The channels of tensors that have more than in the network, by the step that gives them."""
        found = {name: tensor.choices[chosen[tensor.number]] for name, tensor in self.tensors.items()
                 if chosen[tensor.number]}
        return {name: wide for name, wide in found.items() if name == INPUT or not _tied(self.steps[name])}

    def pipeline(self, pace: int) -> Pipeline:
        """The least hardware that keeps a pace."""
        found = self.choose(pace, everything=True)
        assert found is not None, "the pace was found to be possible"
        channels = self.channels(found[1])
        wide = widen(self.steps, channels)
        designs: dict[str, StageDesign] = {}
        for step, (names, table) in zip(wide.steps, self.tables, strict=True):
            rows = [row for row in table.cheapest(pace, [found[1][at] for at in names])
                    if table.settle(row, step.operator) <= pace]
            designs[step.name] = _best([table.design(row, step.operator) for row in rows], step, designs)
        return Pipeline(self.network, designs, channels=channels)


def _best(able: list[StageDesign], step: Step, before: dict[str, StageDesign]) -> StageDesign:
    """Of designs with equal multipliers that with the least of the rest, queues in front of it too."""
    if len(able) == 1:
        return able[0]
    rest = [_rest(design, step, before) for design in able]
    able = [design for design, each in zip(able, rest, strict=True) if each == min(rest)]
    if len(able) > 1 and isinstance(able[0], Design):
        latencies = [design.latency for design in able if isinstance(design, Design)]
        return able[latencies.index(min(latencies))]
    return able[0]


def _rest(design: StageDesign, step: Step, before: dict[str, StageDesign]) -> int:
    """What a design takes beside multipliers, with the least queues that join it to what comes before."""
    bits = 0
    for source in step.sources:
        if source != INPUT:
            write = before[source]
            bits += math.lcm(write.pe, design.lanes) * (write.output_bits // write.pe)
    return beside(design, bits)


def _composite(channels: int) -> tuple[int, ...]:
    """Numbers of channels that something may divide that does not divide so many; these first."""
    most = channels + channels // 4 + 2
    return (channels, *(number for number in range(channels + 1, most) if len(divisors(number)) > 2))


def _tied(step: Step) -> bool:
    """Has its output the channels of its input, whatever they are?"""
    operator = step.operator
    if isinstance(operator, Join):
        return isinstance(operator, Add)
    return depthwise(operator) or not isinstance(operator, Conv2d)


def _takes_idle(operator: Operator | Join) -> bool:
    """May channels come in that the network has not?"""
    if not isinstance(operator, Conv2d):
        return not isinstance(operator, Concat)
    if operator.groups > 1:
        return depthwise(operator)
    wider = operator.replace(in_channels=2 * operator.in_channels)
    return wider.output_type == operator.output_type
