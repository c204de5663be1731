"""Hand-over: a folder with a design or a network in Verilog and all its next user needs, none of it Python.

    design, weights ─┬─▶ NAME.v, constraints, FuseSoC core, Vivado Tcl, registers in C
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

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.storage.folders import check_replaceable, write_folder
from windrow.timing.timing import check_beats
from windrow.values.numerics import as_flag, as_int, as_real, check_kind
from windrow_hdl.axi import register_map
from windrow_hdl.axi.ports import Face, ports
from windrow_hdl.axi.register_exports import ipxact, systemrdl
from windrow_hdl.axi.register_texts import c_header, python_driver
from windrow_hdl.handover.constraints import constraints
from windrow_hdl.handover.fusesoc import core
from windrow_hdl.handover.readme import readme
from windrow_hdl.handover.snippets import snippets
from windrow_hdl.handover.vectors import FRAMES, icarus_cycles, is_large, vectors
from windrow_hdl.handover.vivado import vivado
from windrow_hdl.network import check_none
from windrow_hdl.technology import cell_models
from windrow_hdl.verilog.writer import check_name, to_verilog

__all__ = ["handover"]

_KEEP = {
    "KEEP_WIRE\n": "    wire [OUT_BITS/8-1:0] o_keep;\n",
    "KEEP_PORTS\n": "        .s_axis_tkeep({IN_BITS/8{1'b0}}), .m_axis_tkeep(o_keep),\n",
    "KEEP_CHECK\n": """\
        if (o_valid && o_keep !== {OUT_BITS/8{1'b1}} >> (o_last ? OUT_BITS/8 - KEEP_LAST : 0)) begin
            $display("FAIL: m_axis_tkeep is %b, not all ones", o_keep);
            wrong <= 1;
        end
""",
}
"""What the testbench has of `tkeep`: that of the input says that no byte counts, and must not be heard."""

_USER = {
    "USER_WIRE\n": """\
    reg [31:0] taken, given;  // beats
    wire o_user;
""",
    "USER_PORTS\n": "        .s_axis_tuser(taken % FRAME_IN == 0), .m_axis_tuser(o_user),\n",
    "USER_INITIAL\n": "        {taken, given} = 0;\n",
    "USER_CHECK\n": """\
        if (i_valid && i_ready && !rst) taken <= taken + 1;
        if (o_valid && o_ready && !rst) begin
            given <= given + 1;
            if (o_user !== (given % FRAME_OUT == 0)) begin
                $display("FAIL: tuser of output beat %0d is %b", given, o_user);
                wrong <= 1;
            end
        end
""",
}
"""What it has of `tuser`, with the first beat of a frame."""

MOST_MHZ = 10_000
"""No FPGA comes near; constraints give the period in picoseconds, and faster ones would round to nothing."""


def handover(design: Design | Pipeline, weights: npt.ArrayLike | None = None,
             bias: npt.ArrayLike | None = None, *, path: str | PathLike[str], interface: str = "axi",
             name: str = "windrow",
             x: npt.ArrayLike | None = None, frames: int | None = None, technology: str = "generic",
             dsp: bool | Blocks = True, tdata: str = "bytes", tkeep: bool = False, locations: bool = False,
             clock_mhz: float = 100.0, source: str = "given") -> Sequence[Path]:
    """Write a folder that a Verilog user can check and use without Python.

    `make` in its `sim` folder runs a testbench in plain Verilog, in Icarus or Verilator: every output value
    is compared with the golden model, and in free flow every output cycle with the timing model.

    Parameters
    ----------
    design, weights, bias, interface, name, technology, dsp, tdata, tkeep, locations
        As `windrow.verilog` takes them; a pipeline has its own constants. Of a design with a runtime, the
        setting at power-up is checked; it needs AXI.
    path : path
        The folder. It is replaced as a whole if it is empty, or as an earlier call left it.
    x : (N, H, W, C) or (H, W, C) integers, optional
        What the testbench sends; without it, pseudo-random frames.
    frames : int, optional
        How many of them. Three; one where files with every beat of three would be larger than a megabyte.
        Then the testbench makes up what it sends, and compares checksums of output rows.
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
        as `windrow.verilog` and `Conv2d.check_input` do; for frames beside an `x`; for a
        folder with files that would be lost, and for a clock or a number of frames that is none
    OSError
        if the folder cannot be written
    """
    check_kind(design, (Design, Pipeline), "design")
    _check_runtime(design, interface)
    check_replaceable(path)
    check_name(name)
    clock_mhz = _clock(clock_mhz)
    face = Face(interface, tdata, as_flag(tkeep, "tkeep"))
    sent, count = _frames(design, x, frames, face)
    constants = _constants(design, weights, bias)

    contents = {f"{name}.v": to_verilog(design, *constants, interface=interface, name=name,
                                        technology=technology, dsp=dsp, tdata=tdata, tkeep=tkeep,
                                        locations=locations)}
    simulated = vectors(design, constants, sent, count, face)
    contents |= {f"sim/{file}": text for file, text in simulated.items()}
    dut = "dut_axi.v" if face.axi else "dut_stream.v"
    ours_of = {"testbench.v": "testbench.v", "dut.v": dut, "Makefile": "sim.mk"}
    for file, ours in ours_of.items():
        text = resources("windrow_hdl.handover").joinpath("files", ours).read_text("utf-8")
        most = icarus_cycles(design, count, face)
        stalls = "0 2" if most else "0 2 6"
        keep = _KEEP if tkeep else dict.fromkeys(_KEEP, "")
        user = _USER if face.video else dict.fromkeys(_USER, "")
        for word, value in (("ICARUS_CYCLES", most), ("ALL_STALLS", stalls), *keep.items(), *user.items(),
                            ("NAME", name)):
            text = text.replace(word, str(value))
        contents[f"sim/{file}"] = text
    cells = cell_models(technology)
    if cells:
        contents["sim/cells.v"] = cells
    contents |= constraints(interface, technology, clock_mhz, name)
    if technology == "generic":
        contents |= vivado(design, face, name)
    contents |= snippets(design, face, name)
    if face.axi:
        registers = register_map(design, video=face.video)
        contents[f"software/{name}_registers.h"] = c_header(registers, name)
        contents[f"software/{name}_registers.xml"] = ipxact(registers, name, ports(design, face))
        contents[f"software/{name}_registers.rdl"] = systemrdl(registers, name)
        driver = "".join(part.capitalize() for part in name.split("_"))
        contents[f"software/{name}_registers.py"] = python_driver(registers, driver)
    contents[f"{name}.core"] = core(design, contents, name)
    contents["README.md"] = readme(design, face, technology, frames=count, source=source,
                                   clock_mhz=clock_mhz, files=contents, name=name)
    return write_folder(path, contents)


def _constants(design: Design | Pipeline, weights: npt.ArrayLike | None, bias: npt.ArrayLike | None
               ) -> tuple[npt.NDArray[np.int64] | None, ...]:
    """Checked weights and bias of a design; none of a pipeline."""
    if isinstance(design, Pipeline):
        check_none(weights, bias)
        return ()
    return design.layer.check_parameters(weights, bias)


def _frames(design: Design | Pipeline, x: npt.ArrayLike | None, frames: int | None, face: Face
            ) -> tuple[npt.NDArray[np.int64] | None, int]:
    """What is sent, if it was given, and how many frames that is."""
    beats = max(design.input_beats, design.output_beats)
    if x is not None:
        if frames is not None:
            raise ValueError(f"frames must be left out beside an x, not be {frames!r}")
        sent = design.check_input(x)
        check_beats(beats, len(sent))
        return sent, len(sent)
    if frames is None:
        frames = 1 if is_large(design, FRAMES, face) else FRAMES
    frames = as_int(frames, "frames", 1)
    check_beats(beats, frames)
    return None, frames


def _check_runtime(design: Design | Pipeline, interface: str) -> None:
    """The testbench programs nothing: it checks the setting that run-time hardware has at power-up."""
    if design.runtime is None:
        return
    if interface == "stream":
        raise ValueError("interface must be 'axi' to hand over run-time hardware, not 'stream'")
    if design.hardware != design:
        raise ValueError("design must be as at power-up to hand over run-time hardware: design.hardware, "
                         f"not {design!r}")


def _clock(mhz: float) -> float:
    clock = as_real(mhz, "clock_mhz")
    if not 0 < clock <= MOST_MHZ:
        raise ValueError(f"clock_mhz must be above 0 and at most {MOST_MHZ:,}, not {mhz!r}")
    return clock
