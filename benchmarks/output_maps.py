"""Area and speed of output maps alone on ECP5, between registers: what a layer's rounding costs.

    python -m benchmarks.output_maps

Sums of 22 bits become 8 bits. The scales of several channels are spread over two octaves, as in real layers.
Results are cached: the second run takes seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from amaranth.back import rtlil
from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

import windrow as wr
from benchmarks.report import parser, publish
from windrow.outputs.output_map import Chain
from windrow_hdl.outputs.output_stage import OutputStage
from windrow_hdl.outputs.stages import output_stage
from windrow_hdl.synthesis.boundary import Boundary
from windrow_hdl.synthesis.fpga_devices import DEVICES, resources
from windrow_hdl.synthesis.synthesis import map_cells, place_netlist

SUMS = wr.Int(22)
SEEDS = (1, 2, 3)


class Streamed(wiring.Component):
    """A stage with an input that is always ready, and an output that nobody stops."""

    def __init__(self, stage: OutputStage) -> None:
        self.stage = stage
        super().__init__({"i": In(stream.Signature(unsigned(len(stage.payload)))),
                          "o": Out(stream.Signature(unsigned(len(stage.payload_out))))})  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.stage = stage = self.stage
        m.d.comb += [stage.put.eq(self.i.valid), stage.payload.eq(self.i.payload), self.i.ready.eq(1),
                     self.o.valid.eq(stage.put_out), self.o.payload.eq(stage.payload_out)]  # fmt: skip
        return m


def cases() -> dict[str, tuple[Chain, dict[str, int]]]:
    """Every map with the folding around it, by what it is called."""
    scales = np.random.default_rng(1).uniform(2.0**-10, 2.0**-8, 64)

    def chain(channels: int, zero_point: int, **more: Any) -> Chain:
        return Chain.of(wr.Requantize(scales[:channels], zero_point, **more), SUMS, channels, "double")

    one = {"pe": 1, "beat_steps": 1}
    return {
        "16 channels, ReLU": (chain(16, -128), one),
        "16 channels, both signs": (chain(16, 4), one),
        "64 channels, ReLU": (chain(64, -128), one),
        "64 channels, 4 filters in 9 cycles": (chain(64, -128), {"pe": 4, "beat_steps": 9}),
        "64 channels, 4 filters in 1 cycle": (chain(64, -128), {"pe": 4, "beat_steps": 1}),
        "one scale, fully connected": (Chain.of(wr.Requantize(0.0021, 10), SUMS, 64, "single"), one),
        "1/16, half to even": (Chain.of(wr.Requantize(1 / 16, rounding="half_even"), SUMS, 1, "double"), one),
        "ReLU on sums": (Chain.of(wr.Clamp(0), SUMS, 1, "double"), one),
        "table of 256": (Chain.of(wr.Lookup(np.arange(256) ** 2 % 251), wr.Int(8), 1, "double"), one),
    }


def measure(name: str, chain: Chain, folding: dict[str, int], place: bool) -> dict[str, Any]:
    """One row: what the tools make of a map."""
    reach = min(900_000, chain.before.max)
    ((narrowed, before),) = chain.narrowed(-reach, reach)
    groups = chain.channels // folding["pe"]
    stage = output_stage(narrowed, before, groups=groups, technology="ecp5", **folding)
    device = DEVICES["ecp5"]["25k"]
    text = rtlil.convert(Boundary(Streamed(stage)), name="top", emit_src=False)
    netlist = map_cells(text, device, True, "ecp5")
    clocks = [place_netlist(netlist, "ecp5", device, seed) for seed in SEEDS] if place else []
    found = resources(netlist.cells, "ecp5")
    return {"map": name, "multiplier": getattr(narrowed, "multiplier_bits", None), "LUT": found["lut"],
            "FF": found["ff"], "BRAM": found["bram"], "DSP": found["dsp"],
            "MHz": min(clocks, default=None), "cycles": stage.delay}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser(__doc__)
    options.add_argument("--no-place", action="store_true", help="no place and route: no clock")
    chosen = options.parse_args(arguments)
    rows = [measure(name, *case, not chosen.no_place) for name, case in cases().items()]
    publish(chosen, {"maps": rows}, [("Output maps on ecp5 25k", rows)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
