"""The demo system on every board whose bitstream is built here: what it takes, and the clock it reaches.

    python -m benchmarks.boards
    python -m benchmarks.boards --board icebreaker

The layer: 64x64x1, kernel 3, stride 2, padding 1, 8 bit, one filter; three multipliers, as planned.
Counted is all of it: serial line, buffers, datapath, PLL. Netlists and placements are cached.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence

import windrow as wr
from benchmarks.report import Record, parser, publish
from windrow_hdl.boards import BOARDS, board, build
from windrow_hdl.synthesis import fpga_tools

LAYER = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)


def measure(name: str) -> Record:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        found = build(name, wr.plan(LAYER), LAYER.random_weights(0), out=folder, allow_slow=True,
                      progress=lambda phase: print(f"{name}: {phase}", file=sys.stderr))
    return {"board": name, **found.resources(), "FF": found.ff, "MHz reached": found.fmax_mhz,
            "clock": found.clock_mhz, "baud": found.baud}


def main(arguments: Sequence[str] | None = None) -> int:
    """Build for the boards and publish the table."""
    options = parser(__doc__)
    options.add_argument("--board", action="append", metavar="NAME", help="this board only; may be repeated")
    chosen = options.parse_args(arguments)
    names = chosen.board or [name for name, one in BOARDS.items() if one.built]
    unbuilt = [name for name in names if not board(name).built]
    if unbuilt:
        options.error(f"no bitstream is built here for {', '.join(unbuilt)}")
    rows = [measure(name) for name in names]
    tools = f"{fpga_tools.yosys().identity}, {fpga_tools.nextpnr('ecp5').identity}"
    publish(chosen, {"layer": LAYER.to_dict(), "tools": tools, "boards": rows}, [(tools, rows)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
