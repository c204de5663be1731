"""How fast the timing model is, on one core.

    python -m benchmarks.model_speed

steady state: designs per second of `windrow.figures`, over random legal designs of random layers.
every cycle: time until the cycle of every output beat of one frame is known. first: for a new `Design`, with
everything that is derived from it on the way; again: when it has been asked before. The best of a few runs.
planning: time and peak memory of a process of its own that plans a large layer and asks for all its figures.
Ratios are to the goals: below 1 is better. Time is that of the processor, so other work counts less.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import windrow as wr
from benchmarks.report import machine, parser, publish
from windrow.timing.figures import figures
from windrow.timing.folding import legal_taps

STALLED_MS = 20
"""Goal for every cycle of a 224x224 frame under stalls at both ends."""
PLAN_SECONDS, PLAN_MB = 5, 1024
"""Goals for planning a large layer."""

LARGE = [
    "height=1080, width=1920, in_channels=32, out_channels=8, kernel_size=3, padding=1",
    "height=1080, width=1920, in_channels=32, out_channels=8, kernel_size=3, stride=2",
    "height=4096, width=4096, kernel_size=3, padding=1",
    "height=4096, width=4096, kernel_size=3",
]
"""Layers whose beats no machine should hold."""

_PLAN = """
import json, time
import windrow as wr
design = wr.plan(wr.Conv2d({}))
figures = design.to_dict()
seconds = time.process_time()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({{**figures, "seconds": seconds, "memory_mb": int(status["VmHWM"].split()[0]) / 1024}}))
"""


def best(runs: int, job: Callable[[], object]) -> float:
    """Shortest of a few run times, in seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def random_arguments(count: int, seed: int = 0) -> dict[str, Any]:
    """Arguments of `figures`: as many random legal designs, each of a layer of its own."""
    dice = np.random.default_rng(seed)
    sides = dice.integers(1, 8, (2, count))
    legal = {(kh, kw): np.array(legal_taps((kh, kw))) for kh in range(1, 8) for kw in range(1, 8)}
    taps = np.empty(count, np.int64)
    for (kh, kw), choice in legal.items():
        here = (sides[0] == kh) & (sides[1] == kw)
        taps[here] = dice.choice(choice, int(here.sum()))
    lanes, pe = 2 ** dice.integers(0, 5, (2, count))
    padding = dice.integers(0, 4, (4, count))
    return {
        "height": dice.integers(16, 225, count), "width": dice.integers(16, 225, count),
        "in_channels": lanes * dice.integers(1, 17, count),
        "out_channels": pe * dice.integers(1, 17, count),
        "kernel_size": (sides[0], sides[1]), "stride": tuple(dice.integers(1, 5, (2, count))),
        "padding": ((padding[0], padding[1]), (padding[2], padding[3])),
        "dilation": tuple(dice.integers(1, 3, (2, count))), "lanes": lanes, "pe": pe, "taps": taps,
    }  # fmt: skip


def steady_state(count: int, runs: int) -> dict[str, Any]:
    """Designs per second of the vectorised model."""
    arguments = random_arguments(count)
    seconds = best(runs, lambda: figures(**arguments))
    in_closed_form = float(figures(**arguments).ideal.mean())
    return {"designs": count, "seconds": seconds, "designs_per_second": int(count / seconds),
            "in_closed_form": in_closed_form}  # fmt: skip


def cases(size: int) -> Iterator[tuple[str, wr.Design]]:
    """Designs of layers of `size` x `size` pixels."""
    one = wr.Conv2d(height=size, width=size, kernel_size=3, stride=2, padding=1)
    yield "k3 s2 p1, 1 channel, 3 multipliers", wr.Design(one, taps=3)
    yield "k3 s2 p1, 1 channel, 9 multipliers", wr.Design(one, taps=9)
    stem = wr.Conv2d(height=size, width=size, in_channels=3, out_channels=64, kernel_size=7, stride=2,
                     padding=3)  # fmt: skip
    yield "k7 s2 p3, 3 channels, 64 filters, at the input's pace", wr.plan(stem)
    yield "the same with all 64 filters at once", wr.Design(stem, pe=64)
    unpadded = wr.Conv2d(height=size, width=size, kernel_size=3)
    yield "k3 s1, no padding, over-provisioned", wr.Design(unpadded, taps=9)
    yield "k3 s1 p1, 9 multipliers", wr.Design(unpadded.replace(padding=1), taps=9)


def every_cycle(size: int, runs: int) -> list[dict[str, Any]]:
    """Time of all output cycles of one frame, for each design, free and stalled."""
    dice = np.random.default_rng(0)
    often = {"input_stall": dice.random(997) < 0.25, "output_stall": dice.random(991) < 0.25}
    found = []
    for name, design in cases(size):
        for stalls, arguments in (("none", {}), ("a quarter of all cycles, both ends", often)):
            def new(design: wr.Design = design, arguments: dict[str, Any] = arguments) -> object:
                fresh = wr.Design(design.layer, lanes=design.lanes, pe=design.pe, taps=design.taps)
                return fresh.timing(**arguments)

            def again(design: wr.Design = design, arguments: dict[str, Any] = arguments) -> object:
                return design.timing(**arguments)

            found.append({
                "layer": name, "size": size, "ideal": design.ideal, "stalls": stalls,
                "beats": design.windows * design.filter_groups,
                "first_ms": best(runs, new) * 1e3, "again_ms": best(runs, again) * 1e3,
            })  # fmt: skip
            # The goal is for 224x224 pixels, and goes with their number.
            goal = STALLED_MS * (size / 224) ** 2
            found[-1]["ratio"] = found[-1]["again_ms"] / goal if arguments else None
    return found


def planning(layers: Sequence[str]) -> list[dict[str, Any]]:
    """Time and memory of planning each layer, the start of Python and its imports included."""
    found = []
    for layer in layers:
        command = [sys.executable, "-c", _PLAN.format(layer)]
        figures = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        found.append({"layer": layer, **figures, "time_ratio": figures["seconds"] / PLAN_SECONDS,
                      "memory_ratio": figures["memory_mb"] / PLAN_MB})  # fmt: skip
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("--designs", type=int, default=1_000_000, metavar="N", help="designs [1000000]")
    options.add_argument("--size", type=int, default=224, metavar="PIXELS", help="size of the frame [224]")
    options.add_argument("--runs", type=int, default=5, metavar="N", help="the best of so many counts [5]")
    options.add_argument("--large", type=int, default=len(LARGE), metavar="N",
                         help=f"plan the first N large layers [{len(LARGE)}]")  # fmt: skip
    given = options.parse_args(arguments)
    record = {"machine": machine(), "steady_state": steady_state(given.designs, given.runs),
              "every_cycle": every_cycle(given.size, given.runs),
              "planning": planning(LARGE[: given.large])}  # fmt: skip
    steady = record["steady_state"]
    publish(given, record, [
        (f"Steady state ({record['machine']})", [{
            "designs": steady["designs"], "seconds": f"{steady['seconds']:.3f}",
            "designs a second": steady["designs_per_second"],
            "in closed form": f"{steady['in_closed_form']:.1%}"}]),
        (f"Every output cycle of a {given.size}x{given.size} frame", [
            {"layer": each["layer"], "ideal": each["ideal"], "stalls": each["stalls"],
             "output beats": each["beats"], "first, ms": f"{each['first_ms']:.1f}",
             "again, ms": f"{each['again_ms']:.1f}",
             "of the goal": "" if each["ratio"] is None else f"{each['ratio']:.2f}"}
            for each in record["every_cycle"]]),
        *([] if not record["planning"] else [("Planning of large layers", [
            {"layer": each["layer"], "multipliers": each["multipliers"], "interval": each["interval"],
             "seconds": f"{each['seconds']:.2f}", "of the goal": f"{each['time_ratio']:.2f}",
             "peak, MB": f"{each['memory_mb']:.0f}", "of its goal": f"{each['memory_ratio']:.2f}"}
            for each in record["planning"]])]),
    ])  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
