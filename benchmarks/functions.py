"""Area and speed of the functions of a window alone, between registers, on ECP5.

    python -m benchmarks.functions [WORDS ...]

Each function takes a window a cycle, of 8-bit pixels: no line buffer, no reader, no output queue. "shared":
from one new column a cycle, the rest is kept; "whole": from all taps. The clock is the worst of three seeds.
With words, only functions whose names hold all of them. Results are cached: the second run takes a second.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from amaranth.back import rtlil
from amaranth.hdl import Cat, Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

import windrow as wr
from benchmarks.report import parser, publish
from windrow.reductions.average import division
from windrow.reductions.rank import METHODS, median_rank, plan_rank
from windrow_hdl.reductions.constant_kernel import kernel_columns, kernel_window
from windrow_hdl.reductions.division import RoundedDivision
from windrow_hdl.reductions.extreme import extreme_columns, extreme_window
from windrow_hdl.reductions.rank import rank_hardware
from windrow_hdl.reductions.running_rectangle import RunningRectangle
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.synthesis.boundary import Boundary
from windrow_hdl.synthesis.fpga_devices import DEVICES, resources
from windrow_hdl.synthesis.synthesis import map_cells, place_netlist

PIXEL = wr.UInt(8)
TARGET, DEVICE, SEEDS = "ecp5", "25k", (1, 2, 3)


class Alone(wiring.Component):
    """A function as a stream: every port in is a part of the payload, except `step` or `go`, its `valid`."""

    def __init__(self, reduction: Any) -> None:
        self.reduction = reduction
        members = reduction.signature.members
        self.valid = "go" if "go" in members else "step"
        ports_in = [name for name, member in members.items() if member.flow == In]
        self.inputs = [name for name in ports_in if name != self.valid]
        bits = sum(len(port) for port in self._ports())
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(bits))),
                "o": Out(stream.Signature(unsigned(len(reduction.payload)))),
            }
        )

    def _ports(self) -> Iterator[Any]:
        for name in self.inputs:
            port = getattr(self.reduction, name)
            yield from port if isinstance(port, list) else [port]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.reduction = self.reduction
        m.d.comb += [
            Cat(port for port in self._ports()).eq(self.i.payload),
            getattr(self.reduction, self.valid).eq(self.i.valid),
            self.i.ready.eq(1),
            self.o.valid.eq(self.reduction.put),
            self.o.payload.eq(self.reduction.payload),
        ]
        return m


def functions() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names and components."""
    small = [(3, method, shared) for method in METHODS for shared in (True, False)]
    large = [(5, "network", True), (5, "planes", True), (5, "planes", False), (7, "planes", True)]
    for size, method, shared in small + large:
        plan = plan_rank(size, size, median_rank(size * size), PIXEL, shared=shared, method=method)
        name = f"median {size}x{size}, {method}, {'shared' if shared else 'whole'}"
        yield name, lambda plan=plan: rank_hardware(plan)
    for size in (3, 5, 7, 15):
        element = np.ones((size, size), bool)
        yield (f"erode {size}x{size}, shared",
               lambda element=element: extreme_columns("minimum", element, PIXEL))  # fmt: skip
        if size > 3:
            yield (f"erode {size}x{size}, running",
                   lambda size=size: RunningRectangle("minimum", size, size, PIXEL, width=64))  # fmt: skip
    disc = np.hypot(*np.mgrid[-3:4, -3:4]) < 3.5
    yield "erode disc 7x7, shared", lambda: extreme_columns("minimum", disc, PIXEL)
    yield "erode 3x3, whole", lambda: extreme_window("minimum", np.ones((3, 3), bool), PIXEL)
    yield from _linear()


def _linear() -> Iterator[tuple[str, Callable[[], Any]]]:
    sums = wr.Int(21)
    sobel = np.outer([1, 2, 1], [-1, 0, 1])
    named = {
        "Gaussian 3x3": np.outer([1, 2, 1], [1, 2, 1]),
        "Gaussian 5x5": np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]),
        "Gaussian 7x7": np.outer([2, 7, 14, 18, 14, 7, 2], [2, 7, 14, 18, 14, 7, 2]),
        "Sobel 3x3": sobel,
        "Sobel 3x3 in x and y": np.stack([sobel, sobel.T]),
        "box sum 3x3": np.ones((3, 3), int),
    }
    for name, kernel in named.items():
        yield f"{name}, shared", lambda kernel=kernel: kernel_columns(kernel, None, PIXEL, sums)
    for name in ("Gaussian 3x3", "Sobel 3x3"):
        weights = named[name][None, :, :, None]
        yield f"{name}, whole", lambda weights=weights: kernel_window(weights, None, PIXEL, sums)
    divisions = {"9 pixels": [9], "9, 6 or 4 pixels": [9, 6, 4]}
    for name, counts in divisions.items():
        yield (f"average of {name}, of the sum",
               lambda counts=counts: RoundedDivision(division(PIXEL, counts), dsp=False))  # fmt: skip
    for seed in range(20):
        weights = np.random.default_rng(seed).integers(-128, 128, (1, 3, 3, 1))
        yield (f"random 8-bit 3x3, seed {seed}, whole",
               lambda weights=weights: kernel_window(weights, None, PIXEL, sums))  # fmt: skip


def measure(name: str, component: Any, place: bool = True) -> dict[str, Any]:
    """One row: cells, and the clock."""
    text = rtlil.convert(Boundary(Alone(component)), name="top", emit_src=False)
    device = DEVICES[TARGET][DEVICE]
    netlist = map_cells(text, device, dsp=False)
    clocks = [place_netlist(netlist, TARGET, device, seed) for seed in SEEDS] if place else []
    return {"name": name, "lut4": netlist.cells.get("LUT4", 0), "carry": netlist.cells.get("CCU2C", 0),
            **resources(netlist.cells, TARGET), "depth": component.depth,
            "fmax_mhz": min(clocks, default=None)}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("words", nargs="*", help="measure only functions whose names hold all of these")
    options.add_argument("--no-place", action="store_true", help="cells only, no clock")
    given = options.parse_args(arguments)
    chosen = [(name, make) for name, make in functions() if all(word in name for word in given.words)]
    if not chosen:
        options.error(f"words must be in the name of a function, not {' '.join(given.words)!r}")
    found = [measure(name, make(), not given.no_place) for name, make in chosen]
    tools = [fpga_tools.yosys(), *([] if given.no_place else [fpga_tools.nextpnr(TARGET)])]
    record = {"tools": [tool.identity for tool in tools], "functions": found}
    publish(given, record, [(f"{TARGET} {DEVICE} (lut: LUT4 + 2 per CCU2C + 4 per DPR16X4)", found)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
