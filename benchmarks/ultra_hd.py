"""Whole filters of `wr.filters` at 3840x2160 and eight pixels a beat, placed and routed on an ECP5-85F.

    python -m benchmarks.ultra_hd [WORDS ...]

No DSP blocks.  Sixty pictures a second take 62.2 MHz and, as video counts them, 74.25 MHz at eight pixels a
beat.  `vendor`: look-up tables that AMD publishes for the filter in its Vitis Vision Library at eight pixels
a beat, of six inputs where those of ECP5 have four.  With words, only filters whose names hold all of them.
Results are cached: the second run takes seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import windrow as wr
from benchmarks.report import parser, publish
from windrow_hdl.synthesis import fpga_tools

HEIGHT, WIDTH = 2160, 3840
TARGET, DEVICE = "ecp5", "85k"
VENDOR = {"erode 3x3": 1249, "median 3x3": 6559, "gaussian 3x3": 3784}
"""Look-up tables at eight pixels a beat."""


def filters(height: int, width: int, pixels: int) -> dict[str, Callable[[], wr.Network]]:
    """How filters of this size are made, by name."""
    size: dict[str, Any] = {"height": height, "width": width, "pixels": pixels}
    return {
        "erode 3x3": lambda: wr.filters.erode(**size),
        "median 3x3": lambda: wr.filters.median(**size, kernel_size=3),
        **{f"gaussian {side}x{side}": lambda side=side: wr.filters.gaussian(**size, kernel_size=side)
           for side in (3, 5, 7)},
        "sobel magnitude": lambda: wr.filters.gradient_magnitude(**size),
    }


def measure(name: str, net: wr.Network, seeds: Sequence[int], place: bool) -> dict[str, Any]:
    """One row: cells, and the clock."""
    pipeline = wr.plan(net)
    found = wr.synthesize(pipeline, target=TARGET, device=DEVICE, dsp=False, place=place, seeds=seeds)
    clock = found.fmax_mhz
    return {"filter": name, "lut": found.lut, "vendor": VENDOR.get(name), "ff": found.ff, "bram": found.bram,
            "interval": pipeline.interval, "fmax_mhz": clock,
            "frames_a_second": None if clock is None else round(clock * 1e6 / pipeline.interval, 1)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("words", nargs="*", help="measure only filters whose names hold all of these")
    options.add_argument("--no-place", action="store_true", help="cells only, no clock")
    options.add_argument("--pixels", type=int, default=8, metavar="P", help="pixels of a beat (default 8)")
    options.add_argument("--seeds", type=int, default=1, metavar="N", help="the clock is the worst of N")
    given = options.parse_args(arguments)
    made = filters(HEIGHT, WIDTH, given.pixels)
    chosen = {name: make for name, make in made.items() if all(word in name for word in given.words)}
    if not chosen:
        options.error(f"words must be in the name of a filter, not {' '.join(given.words)!r}")
    place, seeds = not given.no_place, tuple(range(1, given.seeds + 1))
    found = [measure(name, make(), seeds, place) for name, make in chosen.items()]
    tools = [fpga_tools.yosys(), *([fpga_tools.nextpnr(TARGET)] if place else [])]
    record = {"tools": [tool.identity for tool in tools], "pixels": given.pixels, "filters": found}
    title = f"{WIDTH}x{HEIGHT}, {given.pixels} pixels a beat, {TARGET} {DEVICE}, no DSP blocks"
    publish(given, record, [(title, found)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
