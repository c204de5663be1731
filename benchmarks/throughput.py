"""Cycles per frame against what physics allows, for well-chosen and for random layers.

    python -m benchmarks.throughput                      # from the timing model
    python -m benchmarks.throughput --simulate           # small ones also in simulated hardware, checked

bound: no hardware of this folding is faster (the larger of input beats and fold x windows). interval:
cycles between frames in steady state. taps: share of multiplier cycles left after rounding the kernel up to
whole steps of `taps` multiplications. busy: share of multiplier cycles that do a MAC. first: cycles from the
first input beat to the first output beat; limit: the same were arithmetic instant.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import windrow as wr
from benchmarks.report import parser, publish

PACE = "at the input's pace"


def chosen() -> Iterator[tuple[str, wr.Design]]:
    """Layers that other generators were measured on, and those whose utilisation is promised."""
    stem = wr.Conv2d(height=224, width=224, in_channels=3, out_channels=64, kernel_size=7, stride=2,
                     padding=3)  # fmt: skip
    for lanes in (1, 3):
        yield PACE, wr.plan(stem, lanes=lanes)
    yield "1176 multipliers", wr.plan(stem, lanes=3, multipliers=1176)
    yield PACE, wr.plan(wr.Conv2d(height=56, width=56, in_channels=64, out_channels=128, kernel_size=3,
                                  stride=2, padding=1))  # fmt: skip
    yield PACE, wr.plan(wr.Conv2d(height=32, width=32, in_channels=16, out_channels=16, kernel_size=5,
                                  stride=4, padding=2))  # fmt: skip
    for size in (6, 64):
        for stride in (1, 2, 4):
            layer = wr.Conv2d(height=size, width=size, kernel_size=3, stride=stride, padding=1)
            yield PACE, wr.plan(layer)
            if stride > 1:
                yield "9 multipliers", wr.Design(layer, taps=9)
    single = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
    yield "1 multiplier", wr.plan(single, multipliers=1)
    few = wr.Conv2d(height=32, width=32, in_channels=3, out_channels=16, kernel_size=3, stride=2, padding=1)
    yield "27 multipliers", wr.plan(few, lanes=3, multipliers=27)
    many = few.replace(in_channels=16, out_channels=32)
    yield "576 multipliers", wr.plan(many, lanes=8, multipliers=576)


def random_layer(dice: random.Random, largest: int) -> wr.Conv2d:
    """A layer of any stride, padding and dilation, up to `largest` pixels wide and high."""
    def pair(low: int, high: int) -> tuple[int, int]:
        return dice.randint(low, high), dice.randint(low, high)

    while True:
        try:
            return wr.Conv2d(
                height=dice.randint(1, largest), width=dice.randint(1, largest),
                in_channels=dice.choice([1, 2, 3, 4, 8]), out_channels=dice.choice([1, 2, 4, 8, 12]),
                kernel_size=pair(1, 5), stride=pair(1, 4), padding=(pair(0, 2), pair(0, 2)),
                dilation=pair(1, 2),
            )  # fmt: skip
        except ValueError:  # the kernel does not fit
            continue


def random_designs(count: int, largest: int, seed: int) -> Iterator[tuple[str, wr.Design]]:
    """For each random layer the cheapest design at the best pace, and any legal design at all."""
    dice = random.Random(seed)
    for _ in range(count):
        layer = random_layer(dice, largest)
        try:
            yield "planned", wr.plan(layer)
        except ValueError:  # more windows than input beats: padding makes them
            yield "planned", wr.plan(layer, multipliers=layer.out_channels * layer.products)
        yield "any", dice.choice(list(wr.designs(layer)))


def measure(kind: str, design: wr.Design) -> dict[str, Any]:
    """The figures of one design."""
    kh, kw = design.layer.kernel_size
    bounds = design.bounds()
    return {
        "layer": str(design.layer).removeprefix("Conv2d(").removesuffix(", uint8 x int8)"),
        "kind": kind, "lanes": design.lanes, "pe": design.pe, "taps": design.taps,
        "multipliers": design.multipliers, "ideal": design.ideal,
        "bound": bounds.interval, "arithmetic": bounds.arithmetic,
        "interval": design.interval, "ratio": design.interval / bounds.interval,
        "tap_rounding": kh * kw / (design.taps * design.steps), "utilisation": design.utilisation,
        "latency": design.latency, "latency_bound": bounds.latency, "simulated": None,
    }  # fmt: skip


def simulate(design: wr.Design, record: dict[str, Any], engine: str) -> None:
    """Run three frames of the hardware and put its interval and latency in place of the model's.

    Raises `wr.Mismatch` where one output or one cycle differs from the models.
    """
    layer = design.layer
    run = wr.simulate(design, layer.random_input(1, 3), layer.random_weights(1), layer.random_bias(1),
                      engine=engine).check()  # fmt: skip
    record |= {"interval": run.interval, "latency": run.latency, "simulated": run.engine}


def row(record: dict[str, Any]) -> dict[str, Any]:
    """A record as one line of the table."""
    return {
        "layer": record["layer"], "design": record["kind"],
        "lanes x pe x taps": f"{record['lanes']} x {record['pe']} x {record['taps']}",
        "bound": record["bound"], "interval": record["interval"],
        "interval / bound": f"{record['ratio']:.3f}",
        "taps": f"{record['tap_rounding']:.1%}", "busy": f"{record['utilisation']:.1%}",
        "first": record["latency"], "limit": record["latency_bound"], "hardware": record["simulated"],
    }  # fmt: skip


def summary(kind: str, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Many random designs in one line; ratios are those of interval and bound."""
    of_kind = [record for record in records if record["kind"] == kind]
    ideal = [record for record in of_kind if record["ideal"]]
    others = [record for record in of_kind if not record["ideal"]]

    def worst(group: Sequence[dict[str, Any]]) -> str | None:
        return f"{max(each['interval'] / each['bound'] for each in group):.3f}" if group else None

    return {
        "designs": kind, "layers": len(of_kind), "ideal": len(ideal), "worst ideal": worst(ideal),
        "worst other": worst(others),
        "others above": sum(each["interval"] > each["bound"] for each in others),
        "longest first - limit": max(each["latency"] - each["latency_bound"] for each in of_kind),
        "simulated": sum(each["simulated"] is not None for each in of_kind),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("--random", type=int, default=200, metavar="N", help="random layers [200]")
    options.add_argument("--largest", type=int, default=48, metavar="PIXELS", help="their size, up to [48]")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="of the random layers [0]")
    options.add_argument("--simulate", action="store_true", help="run hardware that is small enough")
    options.add_argument("--cycles", type=int, default=20_000, metavar="N",
                         help="simulate intervals up to this [20000]")  # fmt: skip
    options.add_argument("--engine", default="auto", help="simulator [auto]")
    given = options.parse_args(arguments)
    tables = []
    record: dict[str, Any] = {}
    at_random = random_designs(given.random, given.largest, given.seed)
    for name, some in (("chosen", chosen()), ("random", at_random)):
        record[name] = []
        for kind, design in some:
            figures = measure(kind, design)
            if given.simulate and figures["interval"] <= given.cycles and design.multipliers <= 256:
                simulate(design, figures, given.engine)
            record[name].append(figures)
    tables.append(("Chosen layers", [row(figures) for figures in record["chosen"]]))
    if record["random"]:
        title = f"{given.random} random layers: interval / bound"
        tables.append((title, [summary(kind, record["random"]) for kind in ("planned", "any")]))
    publish(given, record, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
