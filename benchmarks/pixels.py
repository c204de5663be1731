"""Area and speed of filters that take several pixels a beat, at 3840x2160, on ECP5.

    python -m benchmarks.pixels [WORDS ...]

"layer": all of it, from stream to stream, the line buffer too. "function": what the windows of a beat are
reduced by, alone between registers, and its look-up tables by pixel. At P pixels a beat a picture takes
3840/P * 2160 cycles; `mhz_for_60` is the clock that 60 of them a second take. "frame": a picture at eight
pixels a beat through Verilator, once the simulator is built, and every value and cycle compared; seconds of
processor time. With words, only filters whose names hold all of them. Results of layers are cached: the
second run takes a second.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import windrow as wr
from benchmarks.functions import measure
from benchmarks.report import parser, publish
from windrow.operators.operator import Operator
from windrow.stage.constants import has_constants
from windrow_hdl.reductions.constant_array import make_group
from windrow_hdl.reductions.shared_group import windows_together
from windrow_hdl.reductions.side_by_side import SideBySide
from windrow_hdl.reductions.table import reduction_of
from windrow_hdl.synthesis import fpga_tools

HEIGHT, WIDTH, FRAMES = 2160, 3840, 60
TARGET, DEVICE = "ecp5", "45k"
PIXELS = (4, 8)
BINOMIALS = ([1, 2, 1], [1, 4, 6, 4, 1], [2, 7, 14, 18, 14, 7, 2])
"""Rows of OpenCV's Gaussians."""


def filters() -> Iterator[tuple[str, Operator, Any]]:
    """Names, operators and their weights."""
    size: dict[str, Any] = {"height": HEIGHT, "width": WIDTH}
    three: dict[str, Any] = {**size, "kernel_size": 3, "padding": 1}
    yield "erode 3x3", wr.MinPool2d(**three), None
    yield "median 3x3", wr.Median2d(**three, padding_mode="edge"), None
    five: dict[str, Any] = {**size, "kernel_size": 5, "padding": 2}
    yield "median 5x5", wr.Median2d(**five, padding_mode="edge"), None
    for column in BINOMIALS:
        taps, scale = len(column), 1 / sum(column) ** 2
        layer = wr.Conv2d(**size, kernel_size=taps, padding=taps // 2, padding_mode="reflect",
                          weight_type=wr.Int(10), output=wr.Requantize(scale, 0, wr.UInt(8)))  # fmt: skip
        yield f"Gaussian {taps}x{taps}", layer, np.outer(column, column)[None, :, :, None]
    sobel = np.outer([1, 2, 1], [-1, 0, 1])[None, :, :, None]
    yield "Sobel 3x3", wr.Conv2d(**three, padding_mode="reflect"), sobel
    both = np.concatenate([sobel, sobel.swapaxes(1, 2)])
    yield "Sobel 3x3 in x and y", wr.Conv2d(**three, out_channels=2, padding_mode="reflect"), both
    weights = np.random.default_rng(18).integers(-128, 128, (1, 3, 3, 1))
    yield "random 8-bit 3x3", wr.Conv2d(**three), weights


def layer_figures(name: str, design: wr.Design, weights: Any, place: bool, seeds: int) -> dict[str, Any]:
    """One row of a whole layer."""
    found = wr.synthesize(design, weights, target=TARGET, device=DEVICE, place=place, dsp=False,
                          seeds=tuple(range(1, seeds + 1)))  # fmt: skip
    return {"name": name, "pixels": design.pixels, "lut": found.lut, "ff": found.ff, "bram": found.bram,
            "fmax_mhz": found.fmax_mhz,
            "mhz_for_60": round(design.interval * FRAMES / 1e6, 1)}  # fmt: skip


def function_figures(name: str, design: wr.Design, weights: Any, place: bool) -> dict[str, Any]:
    """One row of a function alone."""
    found = measure(name, _function(design, weights), place)
    return {"name": name, "pixels": design.pixels, "lut_per_pixel": round(found["lut"] / design.pixels, 1),
            **{key: found[key] for key in ("lut", "ff", "depth", "fmax_mhz")}}  # fmt: skip


def _function(design: wr.Design, weights: Any) -> Any:
    """The reduction of a group."""
    if design.group_plan is not None:
        return windows_together(design, design.group_plan)
    parameters = design.layer.check_parameters(weights, None)
    if has_constants(design):
        return make_group(design, parameters)
    make = reduction_of(design).make
    windows = [make(design, parameters, [[0]], TARGET, False) for _ in range(design.output_pixels)]
    return SideBySide(design, windows)


def frame_figures(name: str, layer: Operator, weights: Any) -> dict[str, Any]:
    """One row of a frame in simulation."""
    design, x = wr.Design(layer, pixels=PIXELS[-1]), layer.random_input(0)
    wr.simulate(design, x, weights, engine="verilator")  # builds the simulator, if it is not there
    begun = _processor_time()
    run = wr.simulate(design, x, weights, engine="verilator")
    done = _processor_time()
    run.check()
    return {"name": name, "pixels": design.pixels, "cycles": run.cycles,
            "simulate_s": round(done - begun, 2), "check_s": round(_processor_time() - done, 2)}


def _processor_time() -> float:
    """Seconds of this process and of the simulators that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("words", nargs="*", help="measure only filters whose names hold all of these")
    options.add_argument("--no-place", action="store_true", help="cells only, no clock")
    options.add_argument("--only-frames", action="store_true", help="no synthesis, frames alone")
    options.add_argument("--no-frames", action="store_true", help="synthesis alone")
    options.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of a layer")
    given = options.parse_args(arguments)
    chosen = [each for each in filters() if all(word in each[0] for word in given.words)]
    if not chosen:
        options.error(f"words must be in the name of a filter, not {' '.join(given.words)!r}")
    place, layers, functions = not given.no_place, [], []
    frames = [] if given.no_frames else [frame_figures(*each) for each in chosen]
    for name, layer, weights in chosen if not given.only_frames else ():
        for pixels in PIXELS:
            design = wr.Design(layer, pixels=pixels)
            layers.append(layer_figures(name, design, weights, place, given.seeds))
            functions.append(function_figures(name, design, weights, place))
    tools = [fpga_tools.yosys(), *([] if given.no_place else [fpga_tools.nextpnr(TARGET)])]
    record = {"tools": [tool.identity for tool in tools], "layers": layers, "functions": functions,
              "frames": frames}  # fmt: skip
    tables = [(f"whole layers, {WIDTH}x{HEIGHT}, {TARGET} {DEVICE}, no DSP blocks", layers),
              ("functions alone", functions), (f"a frame of {WIDTH}x{HEIGHT} through Verilator", frames)]
    publish(given, record, [(title, rows) for title, rows in tables if rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
