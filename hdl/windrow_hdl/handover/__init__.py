"""Hand-over: a folder with a design as Verilog and all that its next user needs, none of it Python.

    design, weights ─┬─▶ windrow.v, constraints, FuseSoC core, Vivado Tcl, registers in C
                     └─▶ vectors ─▶ sim/: a testbench in Verilog that checks every value and every cycle

Each part is a module of its own here; files that are the same for every design lie in `files/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files as resources
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from windrow.stage.design import Design
from windrow.storage.folders import check_replaceable, write_folder
from windrow.timing.timing import check_frames
from windrow.values.numerics import as_int, check_kind
from windrow_hdl.axi import register_map
from windrow_hdl.axi.register_texts import c_header, python_driver
from windrow_hdl.handover.constraints import constraints
from windrow_hdl.handover.fusesoc import core
from windrow_hdl.handover.readme import readme
from windrow_hdl.handover.snippets import snippets
from windrow_hdl.handover.vectors import vectors
from windrow_hdl.handover.vivado import vivado
from windrow_hdl.technology import cell_models
from windrow_hdl.verilog.writer import to_verilog

__all__ = ["handover"]

MOST_MHZ = 10_000
"""No FPGA comes near; constraints give the period in picoseconds, and faster ones would round to nothing."""


def handover(design: Design, weights: npt.ArrayLike | None, bias: npt.ArrayLike | None = None, *,
             path: str | PathLike[str], interface: str = "axi", x: npt.ArrayLike | None = None,
             frames: int = 3, technology: str = "generic", dsp: bool = True, clock_mhz: float = 100.0,
             source: str = "given") -> Sequence[Path]:
    """Write a folder that a Verilog user can check and use without Python.

    `make` in its `sim` folder runs a testbench in plain Verilog, in Icarus or Verilator: every output value
    is compared with the golden model, and in free flow every output cycle with the timing model.

    Parameters
    ----------
    design, weights, bias, interface, technology, dsp
        As `windrow.verilog` takes them. Of a design with a runtime, the setting at power-up is checked; it
        needs AXI.
    path : path
        The folder. It is replaced as a whole if it is empty, or as an earlier call left it.
    x : (N, H, W, C) or (H, W, C) integers, optional
        What the testbench sends; without it, `frames` pseudo-random frames from seed 0.
    clock_mhz : float
        The clock that constraints ask for.
    source : str
        Where the weights come from, for the README.

    Returns
    -------
    sequence of Path
        The files.

    Raises
    ------
    TypeError, ValueError
        as `windrow.verilog` and `Conv2d.check_input` do; for a folder with files that would be lost, and for
        a clock or a number of frames that is none
    OSError
        if the folder cannot be written
    """
    check_kind(design, Design, "design")
    _check_runtime(design, interface)
    check_replaceable(path)
    layer = design.layer
    clock_mhz = _clock(clock_mhz)
    frames = as_int(frames, "frames", 1)
    sent = layer.random_input(0, frames) if x is None else layer.check_input(x)
    check_frames(design.schedule, len(sent))
    weights, bias = layer.check_parameters(weights, bias)

    contents = {"windrow.v": to_verilog(design, weights, bias, interface, technology=technology, dsp=dsp)}
    simulated = vectors(design, weights, bias, sent, interface)
    contents |= {f"sim/{name}": text for name, text in simulated.items()}
    ours_of = {"testbench.v": "testbench.v", "dut.v": f"dut_{interface}.v", "Makefile": "sim.mk"}
    for name, ours in ours_of.items():
        contents[f"sim/{name}"] = resources("windrow_hdl.handover").joinpath("files", ours).read_text("utf-8")
    cells = cell_models(technology)
    if cells:
        contents["sim/cells.v"] = cells
    contents |= constraints(interface, technology, clock_mhz)
    if technology == "generic":
        contents |= vivado(design, interface)
    contents |= snippets(design, interface)
    if interface == "axi":
        registers = register_map(design)
        contents["software/windrow_registers.h"] = c_header(registers)
        contents["software/windrow_registers.py"] = python_driver(registers)
    contents["windrow.core"] = core(design, contents)
    contents["README.md"] = readme(design, interface, technology, frames=len(sent), source=source,
                                   clock_mhz=clock_mhz, files=contents)
    return write_folder(path, contents)


def _check_runtime(design: Design, interface: str) -> None:
    """The testbench programs nothing: it checks the setting that run-time hardware has at power-up."""
    if design.runtime is None:
        return
    if interface == "stream":
        raise ValueError("interface must be 'axi' to hand over run-time hardware, not 'stream'")
    if design.hardware != design:
        raise ValueError("design must be as at power-up to hand over run-time hardware: design.hardware, "
                         f"not {design!r}")


def _clock(mhz: float) -> float:
    if isinstance(mhz, bool) or not isinstance(mhz, (int, float, np.number)):
        raise TypeError(f"clock_mhz must be a number, not {mhz!r}")
    if not 0 < mhz <= MOST_MHZ:
        raise ValueError(f"clock_mhz must be above 0 and at most {MOST_MHZ:,}, not {mhz!r}")
    return float(mhz)
