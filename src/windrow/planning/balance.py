"""Whole networks: one design for each layer, sharing a budget so that every layer keeps the same frame rate.

    plan = balance(wr.workloads.load("resnet18"), multipliers=220, clock_mhz=100)
    plan.fps, plan.multipliers, plan.buffer_bits
    plan = balance(wr.workloads.load("resnet18"), fps=30)        # the fewest multipliers that reach it

Every layer has hardware of its own, and all of them work at once, each on another part of the stream: the
frame rate is the clock divided by the longest interval. The result is the optimum over all legal designs, not
a heuristic: the shortest common interval `T` such that the cheapest designs with an interval of at most `T`,
one for each layer, fit the budget.

A layer takes one beat per cycle at most and gives one per cycle at most; every interval allows for both.
Between two layers a stream may change its width, and a queue holds what one layer gives in bursts and the
next takes evenly: `queue_bits`, enough behind every layer for whatever reads it (`windrow.planning.queues`).
They are counted, but are not part of a budget. What shortcuts hold, pooling, additions and fully connected
layers are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from windrow.operators.conv2d import Conv2d
from windrow.planning.menu import Menu, Pick
from windrow.planning.pace import pace_of, rate_below, shortest
from windrow.planning.queues import rooms
from windrow.planning.table import Table
from windrow.stage.design import Design
from windrow.values.numerics import as_int, as_positive, check_kind
from windrow.workloads import Workload

__all__ = ["LayerPlan", "NetworkPlan", "balance"]


@dataclass(frozen=True)
class LayerPlan:
    """The hardware of one layer, as often as the layer occurs.

    name, layer, count: those of the workload; figures are those of one of the `count` copies
    lanes, pe, taps, multipliers, fold: the folding
    interval: cycles between frames if nothing else held this layer up; exact
    buffer_bits: bits of pixel memory
    """

    name: str
    layer: Conv2d
    count: int
    lanes: int
    pe: int
    taps: int
    multipliers: int
    fold: int
    interval: int
    buffer_bits: int

    @property
    def design(self) -> Design:
        """The design."""
        return Design(self.layer, lanes=self.lanes, pe=self.pe, taps=self.taps)

    def utilisation(self, interval: int) -> float:
        """Share of multiplier cycles that do a MAC of the layer, at an interval of the whole network."""
        return self.layer.macs / (self.multipliers * interval)

    @property
    def value_bits(self) -> int:
        """Bits of a value that leaves: of the output maps, or without any as many as one that comes in."""
        return (self.layer.output_type if self.layer.output else self.layer.input_type).bits

    def to_dict(self, interval: int) -> dict[str, Any]:
        """One row of the table, in JSON types; `interval` is that of the whole network."""
        layer = self.layer
        return {
            "layer": self.name, "count": self.count,
            "height": layer.height, "width": layer.width,
            "in_channels": layer.in_channels, "out_channels": layer.out_channels, "groups": layer.groups,
            "kernel_h": layer.kernel_size[0], "kernel_w": layer.kernel_size[1],
            "stride_h": layer.stride[0], "stride_w": layer.stride[1],
            "dilation_h": layer.dilation[0], "dilation_w": layer.dilation[1],
            "pad_top": layer.padding[0][0], "pad_bottom": layer.padding[0][1],
            "pad_left": layer.padding[1][0], "pad_right": layer.padding[1][1],
            "out_height": layer.output_shape[0], "out_width": layer.output_shape[1], "macs": layer.macs,
            "lanes": self.lanes, "pe": self.pe, "taps": self.taps, "multipliers": self.multipliers,
            "fold": self.fold, "interval": self.interval, "utilisation": self.utilisation(interval),
            "buffer_bits": self.buffer_bits,
        }  # fmt: skip


@dataclass(frozen=True)
class NetworkPlan:
    """Designs for all layers of a network. Totals count a layer as often as it occurs."""

    layers: tuple[LayerPlan, ...]
    clock_mhz: float

    @cached_property
    def interval(self) -> int:
        """Cycles between frames: the longest interval of all layers, since all work at once."""
        return max(each.interval for each in self.layers)

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.clock_mhz * 1e6 / self.interval

    @property
    def multipliers(self) -> int:
        return sum(each.count * each.multipliers for each in self.layers)

    @property
    def buffer_bits(self) -> int:
        """Bits of pixel memory; queues between layers aside."""
        return sum(each.count * each.buffer_bits for each in self.layers)

    @cached_property
    def queues(self) -> tuple[int, ...]:
        """Bits of the queue behind each layer, of one of its copies."""
        found = rooms([each.design for each in self.layers], self.interval)
        return tuple(room * each.value_bits for room, each in zip(found, self.layers, strict=True))

    @property
    def queue_bits(self) -> int:
        """Bits of all queues."""
        return sum(each.count * bits for each, bits in zip(self.layers, self.queues, strict=True))

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame."""
        return sum(each.count * each.layer.macs for each in self.layers)

    @property
    def utilisation(self) -> float:
        """Share of all multiplier cycles that do a MAC."""
        return self.macs / (self.multipliers * self.interval)

    @property
    def in_turn(self) -> int:
        """Cycles a frame if only one layer worked at a time, the others waiting: the sum of all intervals."""
        return sum(each.count * each.interval for each in self.layers)

    @property
    def slowest(self) -> list[str]:
        """Names of the layers that set the pace."""
        return [each.name for each in self.layers if each.interval == self.interval]

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary of plain values for each layer."""
        return [{**each.to_dict(self.interval), "queue_bits": bits}
                for each, bits in zip(self.layers, self.queues, strict=True)]

    def table(self) -> Table:
        """The rows as a table; its `meta` holds the totals. `Table.write` writes CSV, Parquet or JSON."""
        rows, totals = self.rows(), self.to_dict()
        del totals["layers"]
        return Table({name: [row[name] for row in rows] for name in rows[0]}, totals)

    def to_dict(self) -> dict[str, Any]:
        """The plan in JSON types: totals, and the rows under "layers"."""
        return {
            "clock_mhz": self.clock_mhz, "interval": self.interval, "fps": self.fps,
            "in_turn": self.in_turn, "multipliers": self.multipliers, "buffer_bits": self.buffer_bits,
            "queue_bits": self.queue_bits, "macs": self.macs, "utilisation": self.utilisation,
            "slowest": self.slowest, "layers": self.rows(),
        }  # fmt: skip


def balance(
    layers: Iterable[Workload],
    *,
    multipliers: int | None = None,
    buffer_bits: int | None = None,
    fps: float | None = None,
    clock_mhz: float = 100.0,
) -> NetworkPlan:
    """One design for each layer, such that the whole network is as fast as a budget allows.

    multipliers, buffer_bits: the most of all layers together. The copies of a layer that occurs several times
    are alike, and all count.  fps: a frame rate to reach instead, with the fewest multipliers; a budget given
    as well is then a limit.

    Of the plans with the shortest interval (or within that of `fps`) it is the one with the fewest
    multipliers, of these the one with the least buffer. Without `buffer_bits`, layers with equal buffers have
    the least latency.

    Raises
    ------
    TypeError
        if a layer is not a `Workload` or a number is of the wrong kind
    ValueError
        if there are no layers, neither a budget nor a frame rate is given, a number is not positive, or the
        demand cannot be met; the error says what would be enough, and which layer asks for it
    """
    items = list(layers)
    if not items:
        raise ValueError("a network must have at least one layer")
    for item in items:
        check_kind(item, Workload, "layer")
    if multipliers is None and buffer_bits is None and fps is None:
        raise ValueError("say what to balance for: multipliers, buffer_bits or fps")
    budget = _Budget(
        None if multipliers is None else as_int(multipliers, "multipliers", 1),
        None if buffer_bits is None else as_int(buffer_bits, "buffer_bits", 1),
    )
    clock = as_positive(clock_mhz, "clock_mhz")
    known: dict[Conv2d, Menu] = {}
    network = _Network(items, [known.setdefault(item.layer, Menu(item.layer)) for item in items])
    if fps is None:
        pace = _shortest_pace(network, budget)
    else:
        pace = pace_of(fps, clock)
        network.check_rate(pace, fps, clock)
        network.check_budget(pace, budget, f" for {fps:g} frames/s at {clock:g} MHz")
    picks = network.share(pace, budget)
    assert picks is not None, "the pace was found to be possible"
    chosen = zip(items, network.menus, picks, strict=True)
    return NetworkPlan(tuple(_layer_plan(*each) for each in chosen), clock)


@dataclass(frozen=True)
class _Budget:
    multipliers: int | None
    bits: int | None


@dataclass(frozen=True)
class _Network:
    items: list[Workload]
    menus: list[Menu]

    def fewest(self, pace: int) -> list[int] | None:
        """Per layer, the fewest multipliers of one copy that keeps the pace; None where one cannot."""
        counts = [menu.fewest(pace) for menu in self.menus]
        return None if None in counts else [count for count in counts if count is not None]

    def total(self, counts: Sequence[int]) -> int:
        return sum(item.count * count for item, count in zip(self.items, counts, strict=True))

    def fits(self, pace: int, budget: _Budget) -> bool:
        counts = self.fewest(pace)
        if counts is None or (budget.multipliers is not None and self.total(counts) > budget.multipliers):
            return False
        return budget.bits is None or self.share(pace, budget) is not None

    def share(self, pace: int, budget: _Budget) -> list[Pick] | None:
        """Per layer the design of the cheapest plan within the budget; None where there is none."""
        counts = self.fewest(pace)
        if counts is None:
            return None
        picks = [menu.pick(count, pace) for menu, count in zip(self.menus, counts, strict=True)]
        found = [pick for pick in picks if pick is not None]
        if budget.bits is None or self.total([pick.buffer_bits for pick in found]) <= budget.bits:
            return found  # there are none with fewer multipliers
        fronts = [menu.front(pace, budget.multipliers) for menu in self.menus]
        return _cheapest([item.count for item in self.items], fronts, budget)

    def check_rate(self, pace: int, fps: float, clock: float) -> None:
        each = [menu.shortest for menu in self.menus]
        longest = max(each)
        if longest > pace:
            layer = self.items[each.index(longest)]
            raise ValueError(
                f"fps must be at most {rate_below(clock, longest)} at {clock:g} MHz, not {fps:g}: "
                f"layer {layer.name!r} takes {longest:,} cycles a frame in its fastest design"
            )

    def check_budget(self, pace: int, budget: _Budget, why: str) -> None:
        """ValueError where no plan that keeps the pace is within the budget."""
        counts = self.fewest(pace)
        assert counts is not None, "some design of every layer keeps the pace"
        if budget.multipliers is not None and self.total(counts) > budget.multipliers:
            each = [item.count * count for item, count in zip(self.items, counts, strict=True)]
            raise ValueError(
                f"multipliers must be at least {sum(each):,}{why}, not {budget.multipliers:,}: "
                f"{_most(self.items, each)}"
            )
        if budget.bits is None or self.share(pace, budget) is not None:
            return
        # What the buffers take at the least is the end of each front.
        fronts = [menu.front(pace, budget.multipliers) for menu in self.menus]
        picks = _cheapest([item.count for item in self.items], fronts, budget, least_bits=True)
        assert picks is not None, "the fewest multipliers fit"
        each = [item.count * pick.buffer_bits for item, pick in zip(self.items, picks, strict=True)]
        within = "" if budget.multipliers is None else f" within {budget.multipliers:,} multipliers"
        raise ValueError(f"buffer_bits must be at least {sum(each):,}{within}{why}, not {budget.bits:,}: "
                         f"{_most(self.items, each)}")


def _shortest_pace(network: _Network, budget: _Budget) -> int:
    """The shortest interval that all layers can keep within the budget, by bisection over the cycles."""
    longest = max(menu.longest for menu in network.menus)
    if not network.fits(longest, budget):
        network.check_budget(longest, budget, " at any frame rate")
    without_bits = _Budget(budget.multipliers, None)
    pace = shortest(lambda each: network.fits(each, without_bits), 1, longest)
    # Buffers take longer to compute: only from where the multipliers are enough, and mostly once.
    if budget.bits is None or network.fits(pace, budget):
        return pace
    return shortest(lambda each: network.fits(each, budget), pace + 1, longest)


def _cheapest(
    copies: list[int], fronts: list[list[Pick]], budget: _Budget, least_bits: bool = False
) -> list[Pick] | None:
    """One pick of each front with the fewest multipliers in total, then the fewest bits, within the budget.

    `least_bits`: with the fewest bits instead, however many these are. The sums of a few fronts that no
    other sum beats are again a front, so one layer after another is added to it.
    """
    bits_limit = None if least_bits else budget.bits
    totals = np.zeros((1, 2), np.int64)
    steps: list[tuple[np.ndarray, np.ndarray]] = []
    for count, front in zip(copies, fronts, strict=True):
        costs = count * np.array([pick[:2] for pick in front], np.int64).reshape(-1, 2)
        sums = (totals[:, None] + costs).reshape(-1, 2)
        able = np.ones(len(sums), bool)
        for column, limit in enumerate((budget.multipliers, bits_limit)):
            if limit is not None:
                able &= sums[:, column] <= limit
        places = np.flatnonzero(able)
        places = places[np.lexsort((sums[places, 1], sums[places, 0]))]
        if not places.size:
            return None
        bits = sums[places, 1]
        better = np.append(True, bits[1:] < np.minimum.accumulate(bits)[:-1])
        places = places[better]
        totals = sums[places]
        steps.append((places // len(front), places % len(front)))
    at = len(totals) - 1 if least_bits else 0
    picks: list[Pick] = []
    for (before, taken), front in zip(reversed(steps), reversed(fronts), strict=True):
        picks.append(front[taken[at]])
        at = before[at]
    return picks[::-1]


def _layer_plan(item: Workload, menu: Menu, pick: Pick) -> LayerPlan:
    design = menu.design(pick.at)
    return LayerPlan(
        item.name, item.layer, item.count, design.lanes, design.pe, design.taps, design.multipliers,
        design.fold, menu.interval(pick.at), pick.buffer_bits,
    )  # fmt: skip


def _most(items: list[Workload], each: list[int]) -> str:
    """The layer that asks for most, in words."""
    most = max(each)
    item = items[each.index(most)]
    copies = "" if item.count == 1 else f" ({item.count} copies)"
    return f"layer {item.name!r}{copies} takes {most:,} of them"
