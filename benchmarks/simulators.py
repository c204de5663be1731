"""Cycles per second of every simulation engine, side by side.

    python -m benchmarks.simulators                    # all engines that are installed
    python -m benchmarks.simulators --engine verilator --cycles 10000000

The design: `plan` of a 512 pixels wide 3x3 layer with stride 2, as in `windrow demo`. Each engine streams
so many frames that it is busy for a while: slow engines get lower frames, the width stays.
cold: with an empty cache of builds, everything included; start: one frame, built before; cycles/s: of the
difference between a long and a short run, so that no start is in it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import windrow as wr
from benchmarks.report import machine, parser, publish
from windrow_sim import ENGINES

# Rows of a frame, and cycles of the long run in relation to `--cycles`: about what each engine is slower by.
PLANS: dict[str, tuple[int, float]] = {
    "verilator": (512, 1.0), "verilator-cocotb": (16, 0.02), "icarus": (16, 0.01), "amaranth": (16, 0.01),
}  # fmt: skip


def measure(engine: str, width: int, rows: int, cycles: int) -> dict[str, Any]:
    """The figures of one engine. Every run is checked against both models."""
    layer = wr.Conv2d(height=rows, width=width, kernel_size=3, stride=2, padding=1)
    design = wr.plan(layer)
    x, weights = layer.random_input(1), layer.random_weights(1)

    def run(frames: int) -> tuple[wr.Run, float]:
        start = time.perf_counter()
        finished = wr.simulate(design, x, weights, engine=engine, frames=frames)
        seconds = time.perf_counter() - start
        return finished.check(), seconds

    _, cold = run(1)
    short, start = run(1)
    long, seconds = run(1 + max(1, round(cycles / design.interval)))
    return {
        "engine": engine, "frame": f"{rows} x {width}", "multipliers": design.multipliers,
        "cycles": long.cycles, "cold_s": round(cold, 3), "start_s": round(start, 3),
        "seconds": round(seconds, 3),
        "cycles_per_s": round((long.cycles - short.cycles) / max(seconds - start, 1e-9)),
    }  # fmt: skip


def row(figures: dict[str, Any]) -> dict[str, Any]:
    """A record as one line of the table."""
    return {
        "engine": figures["engine"], "frame": figures["frame"], "cycles": figures["cycles"],
        "cold": f"{figures['cold_s']:.2f} s", "start": f"{figures['start_s']:.2f} s",
        "cycles/s": figures["cycles_per_s"],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("--engine", action="append", choices=ENGINES,
                         help="one of them; repeat it for more [all]")  # fmt: skip
    options.add_argument("--cycles", type=int, default=5_000_000, metavar="N",
                         help="of the fastest engine; the others get a share [5000000]")  # fmt: skip
    options.add_argument("--width", type=int, default=512, metavar="PIXELS", help="of a frame [512]")
    options.add_argument("--rows", type=int, metavar="PIXELS", help="of a frame, for all engines [512 or 16]")
    given = options.parse_args(arguments)
    measured, missing = [], {}
    kept = os.environ.get("WINDROW_CACHE")
    with tempfile.TemporaryDirectory(prefix="windrow-") as cache:
        os.environ["WINDROW_CACHE"] = cache
        try:
            for engine in given.engine or PLANS:
                rows, share = PLANS[engine]
                try:
                    cycles = round(share * given.cycles)
                    measured.append(measure(engine, given.width, given.rows or rows, cycles))
                except wr.ToolMissing as reason:
                    missing[engine] = str(reason)
        finally:
            if kept is None:
                del os.environ["WINDROW_CACHE"]
            else:
                os.environ["WINDROW_CACHE"] = kept
    for reason in missing.values():
        print(reason, file=sys.stderr)
    tables = [(f"Engines, 3x3 stride 2 ({machine()})", [row(each) for each in measured])] if measured else []
    publish(given, {"machine": machine(), "engines": measured, "missing": missing}, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
