"""Area and speed of one complete layer on real devices, by yosys and nextpnr.

    python -m benchmarks.area

The layer: 64x64x1, kernel 3, stride 2, padding 1, 8 bit, one filter with constant weights. Counted is all of
it, from stream to stream; around it are registers, which are not. The clock is the worst of three seeds.
Results are cached: the second run takes a second.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import windrow as wr
from benchmarks.report import parser, publish
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.synthesis.synthesis import technologies

LAYER = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
DEVICES = (("ecp5", "25k"), ("ice40", "hx8k"), ("ice40", "up5k"))

# The same layer by FINN: its Verilog on the same device with the same tools, registers around it, one seed.
PEERS: list[dict[str, Any]] = [
    {"name": "FINN, 9 multipliers", "target": "ecp5", "device": "25k", "technology": "generic", "lut4": 1284,
     "carry": 297, "lut_ram": 16, "ff": 974, "bram": 0, "dsp": 18, "fmax_mhz": 94.0},
    {"name": "FINN, 1 multiplier", "target": "ecp5", "device": "25k", "technology": "generic", "lut4": 483,
     "carry": 105, "lut_ram": None, "ff": 334, "bram": 1, "dsp": 2, "fmax_mhz": 84.2},
]  # fmt: skip

_LUT = {"ecp5": "LUT4", "ice40": "SB_LUT4"}
_CARRY = {"ecp5": "CCU2C", "ice40": "SB_CARRY"}
_COLUMNS = {"design": "name", "technology": "technology", "LUT4": "lut4", "carry": "carry",
            "LUT RAM": "lut_ram", "FF": "ff", "BRAM": "bram", "DSP": "dsp", "MHz": "fmax_mhz"}  # fmt: skip
_WORDS = {
    "ecp5": "carry: CCU2C, two LUT4 each; LUT RAM: DPR16X4, four LUT4 each; BRAM: 18 kbit",
    "ice40": "carry: SB_CARRY, beside a LUT4; BRAM: 4 kbit",
}


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    design: wr.Design
    target: str
    device: str
    technology: str
    dsp: bool

    def __str__(self) -> str:
        count = self.design.multipliers
        planned = ", planned" if self.design == wr.plan(LAYER) else ""
        return f"{count} multiplier{'s' * (count > 1)}{planned}{'' if self.dsp else ', no DSP'}"


def cases() -> Iterator[Case]:
    """The whole kernel at once and the planner's choice, on each device with each of its technologies."""
    whole, planned = wr.Design(LAYER), wr.plan(LAYER)
    for technology in technologies("ecp5"):
        for dsp in (True, False):
            for design in (whole, planned):
                yield Case(design, "ecp5", "25k", technology, dsp)
    for design in (whole, planned):
        yield Case(design, "ice40", "hx8k", "generic", dsp=False)  # it has no DSP blocks
    for technology in technologies("ice40"):
        yield Case(planned, "ice40", "up5k", technology, dsp=True)  # its 8 DSP blocks are too few for 9


def measure(case: Case, place: bool = True) -> dict[str, Any]:
    """One row: what `wr.synthesize` says, and the kinds of look-up tables apart."""
    found = wr.synthesize(case.design, target=case.target, device=case.device, technology=case.technology,
                          dsp=case.dsp, place=place)  # fmt: skip
    cells = found.cells
    return {"name": str(case), **found.to_dict(), "lut4": cells.get(_LUT[case.target], 0),
            "carry": cells.get(_CARRY[case.target], 0),
            "lut_ram": cells.get("TRELLIS_DPR16X4", 0) if case.target == "ecp5" else None}  # fmt: skip


def table(target: str, device: str, found: Sequence[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of one device, its peers included."""
    here = [row for row in [*found, *PEERS] if (row["target"], row["device"]) == (target, device)]
    rows = [{title: row[key] for title, key in _COLUMNS.items()} for row in here]
    return f"{target} {device} ({_WORDS[target]})", rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("--no-place", action="store_true", help="cells only, no clock")
    given = options.parse_args(arguments)
    place = not given.no_place
    found = [measure(case, place) for case in cases()]
    tools = [fpga_tools.yosys(), *(fpga_tools.nextpnr(family) for family in ("ecp5", "ice40") if place)]
    record = {"layer": LAYER.to_dict(), "tools": [tool.identity for tool in tools], "designs": found,
              "peers": PEERS}  # fmt: skip
    publish(given, record, [table(target, device, found) for target, device in DEVICES])
    return 0


if __name__ == "__main__":
    sys.exit(main())
