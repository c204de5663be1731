"""What run-time configuration costs on ECP5: fixed hardware, settings in registers, weights in memories too.

    python -m benchmarks.runtime_area

64x64 pixels of 8 bits, kernel 3, stride 2, padding 1, which are also the maxima; pseudo-random weights.
Counted is the whole layer, from stream to stream. `ratio` is the LUTs over those of the fixed hardware. With
the clock (`--place`) it takes as long as the larger designs need in place and route.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import windrow as wr
from benchmarks.report import parser, publish
from windrow_hdl.synthesis import fpga_tools

SIZE = {"height": 64, "width": 64, "kernel_size": 3, "stride": 2, "padding": 1}
MAXIMA = {"max_height": 64, "max_width": 64, "max_stride": 2}
CASES: list[tuple[wr.Conv2d, dict[str, int]]] = [
    (wr.Conv2d(**SIZE), {"taps": 3}),
    (wr.Conv2d(**SIZE), {"taps": 9}),
    (wr.Conv2d(**SIZE, in_channels=4, out_channels=8, bias=True), {"lanes": 4, "pe": 2, "taps": 3}),
    (wr.Conv2d(**SIZE, in_channels=8, out_channels=16, bias=True), {"lanes": 8, "pe": 4, "taps": 3}),
]  # fmt: skip
KINDS = {"fixed": None, "settings": False, "settings, weights": True}


def measure(layer: wr.Conv2d, folding: dict[str, int], place: bool = False) -> list[dict[str, Any]]:
    """One row per kind of hardware, the fixed first."""
    rows: list[dict[str, Any]] = []
    for kind, weights in KINDS.items():
        runtime = None if weights is None else wr.Runtime(**MAXIMA, weights=weights)
        design = wr.Design(layer, **folding, runtime=runtime)
        found = wr.synthesize(design, place=place, seeds=(1,))
        name = f"{layer.in_channels} -> {layer.out_channels}, {design.multipliers} multipliers"
        rows.append({
            "design": name, "hardware": kind, "lut": found.lut,
            "ratio": round(found.lut / (rows[0]["lut"] if rows else found.lut), 2), "ff": found.ff,
            "bram": found.bram, "dsp": found.dsp, "rows": design.ring_rows, "fmax_mhz": found.fmax_mhz,
        })  # fmt: skip
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("--place", action="store_true", help="the clock as well, of one seed")
    given = options.parse_args(arguments)
    found = [row for layer, folding in CASES for row in measure(layer, folding, given.place)]
    record = {"tools": [fpga_tools.yosys().identity], "designs": found}
    publish(given, record, [("ecp5 25k", found)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
