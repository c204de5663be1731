"""Verilog: a design with its weights, or a pipeline, as modules that people can read, always the same text.

    Convolution | AxiConvolution --Amaranth--> RTLIL ─▶ header, a module per block (`module_text`)
                                  components ─▶ names of ports, comments

Nothing but Amaranth is needed, and no text depends on a version of another tool: generated files belong under
version control.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.storage.cache import content_key
from windrow.storage.outputs import whole
from windrow.values.numerics import as_flag, check_kind
from windrow_hdl.axi import AxiConvolution
from windrow_hdl.axi.interfaces import AXI, VIDEO, attributes
from windrow_hdl.axi.ports import Face, ports
from windrow_hdl.axi.top import PlainPorts
from windrow_hdl.network import hardware_of
from windrow_hdl.verilog.components import About, converted
from windrow_hdl.verilog.header import axi_header, stream_header
from windrow_hdl.verilog.keywords import KEYWORDS
from windrow_hdl.verilog.module_text import modules_text

__all__ = ["INTERFACES", "check_name", "from_rtlil", "to_rtlil", "to_verilog", "verilog", "write_verilog",
           "writer_identity"]

INTERFACES = ("stream", *AXI)
"""Legal values of `interface`."""


def verilog(
    design: Design | Pipeline,
    weights: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *,
    interface: Literal["stream", "axi", "axi-video"] | None = None,
    name: str = "windrow",
    path: str | PathLike[str] | None = None,
    technology: str = "generic",
    dsp: bool | Blocks = True,
    tdata: Literal["bytes", "power-of-two"] = "bytes",
    tkeep: bool = False,
    locations: bool = False,
) -> str:
    """The Verilog of a design with these weights, or of a pipeline; with `path` it is also written there.

    The text is the same every time: a module `name`, and one for each block of the datapath, whose names
    begin with `name` and an underscore. `interface="stream"` gives plain `valid`, `ready` and `payload`
    ports, `"axi"` AXI4-Stream in and out with registers behind AXI4-Lite; left out, a design has the latter,
    a pipeline the former. `technology` "ecp5" or "ice40"
    instantiates that family's memories and multipliers; `dsp=False` builds multipliers of logic.
    `tdata` says what the data of AXI4-Stream is padded to, `tkeep` whether there is that signal.
    `locations=True` adds comments with the lines of Python behind the lines of Verilog.
    """
    options: dict[str, Any] = {"technology": technology, "dsp": dsp, "tdata": tdata, "tkeep": tkeep,
                               "locations": locations}
    if path is None:
        return to_verilog(design, weights, bias, interface, name, **options)
    write_verilog(design, weights, bias, interface, name, path=path, **options)
    return Path(path).read_text(encoding="utf-8")


def to_verilog(design: Design | Pipeline, weights: npt.ArrayLike | None = None,
               bias: npt.ArrayLike | None = None, interface: str | None = None, name: str = "windrow", *,
               technology: str = "generic", dsp: bool | Blocks = True, tdata: str = "bytes",
               tkeep: bool = False, locations: bool = False) -> str:
    """The Verilog of a design or a pipeline.

    Parameters
    ----------
    design : Design or Pipeline
    weights : (O, kh, kw, I/groups) integers
    bias : (O,) integers, optional
        For a layer with a bias.
    interface : str, optional
        "axi": AXI4-Stream in and out, registers behind AXI4-Lite. "axi-video": the same with the marks of
        video, `tuser` with a frame's first beat and `tlast` with a row's last. "stream": plain `valid`,
        `ready` and `payload` ports. None: "axi" for a design, "stream" for a pipeline.
    name : str
        Name of the top module; the names of all others are this, an underscore, and more.
    technology : str
        "generic": Verilog for any tool; "ecp5" or "ice40": with that family's memories and multipliers.
    dsp : bool or Blocks
        Whether to multiply in DSP blocks; else in logic.
    tdata : str
        "bytes" or "power-of-two": what `tdata` of the AXI streams is padded to.
    tkeep : bool
        Whether the AXI streams have `tkeep`: not looked at on the way in, all ones on the way out; of video,
        the last beat of a row says which of its bytes hold pixels.
    locations : bool
        Comments that say which line of Python a register or an assignment is from.

    Returns
    -------
    str
        The top module, then those within. Equal arguments give equal text, on any machine.

    Raises
    ------
    TypeError
        for anything but a design or a pipeline
    ValueError
        for an unknown interface, a name that is no Verilog identifier, and as `Conv2d.check_weights` and
        `check_bias` do
    """
    check_kind(design, (Design, Pipeline), "design")
    if isinstance(design, Design):
        design = design.hardware
    if interface is None:
        interface = "axi" if isinstance(design, Design) else "stream"
    text, about = _converted(design, weights, bias, name, interface=interface, technology=technology, dsp=dsp,
                             tdata=tdata, tkeep=tkeep, locations=as_flag(locations, "locations"))
    header = stream_header(design, name, technology)
    if interface in AXI:
        header = axi_header(design, name, technology, tdata=tdata, tkeep=tkeep, video=interface == VIDEO)
    return header + from_rtlil(text, about)


def write_verilog(design: Design | Pipeline, weights: npt.ArrayLike | None = None,
                  bias: npt.ArrayLike | None = None, interface: str | None = None, name: str = "windrow", *,
                  path: str | PathLike[str], **options: Any) -> None:
    """Write `to_verilog(...)` to the file `path`: whole, or (if anything goes wrong) not at all."""
    text = to_verilog(design, weights, bias, interface, name, **options)
    with whole(path) as aside:
        aside.write_text(text, encoding="utf-8")


def to_rtlil(design: Design | Pipeline, weights: npt.ArrayLike | None = None,
             bias: npt.ArrayLike | None = None, name: str = "windrow", *,
             interface: str = "stream", technology: str = "generic", dsp: bool | Blocks = True,
             component: Callable[..., Any] | None = None) -> str:
    """The design or pipeline in Yosys's own language; `from_rtlil` makes Verilog of it.

    Quick to get and a complete description of the hardware, so it can tell whether a build is up to date.
    `component` makes the hardware, where it is to be a Convolution with something added.
    Raises as `to_verilog` does.
    """
    text, _ = _converted(design, weights, bias, name, interface=interface, technology=technology, dsp=dsp,
                         component=component)
    return text


def _converted(design: Design | Pipeline, weights: npt.ArrayLike | None, bias: npt.ArrayLike | None,
               name: str, *, interface: str, technology: str, dsp: bool | Blocks,
               component: Callable[..., Any] | None = None, tdata: str = "bytes", tkeep: bool = False,
               locations: bool = False) -> tuple[str, dict[tuple[str, ...], About]]:
    check_kind(design, (Design, Pipeline), "design")
    if interface not in INTERFACES:
        raise ValueError(f"interface must be {', '.join(map(repr, INTERFACES[:-1]))} or {INTERFACES[-1]!r}, "
                         f"not {interface!r}")
    check_name(name)
    if interface == "stream":
        if tkeep or tdata != "bytes":
            raise ValueError("tdata and tkeep must be left out with interface 'stream', not be "
                             f"{tdata!r} and {tkeep!r}")
        made = (component or hardware_of)(design, weights, bias, technology=technology, dsp=dsp)
        text, about = converted(made, name, locations=locations)
        about[()] = replace(about[()], ports={**about[()].ports, **_meanings(design, Face(interface))})
        return text, about
    top = PlainPorts(AxiConvolution(design, weights, bias, technology=technology, dsp=dsp, tdata=tdata,
                                    tkeep=tkeep, video=interface == VIDEO))
    text, about = converted(top, name, locations=locations)
    bits = {port: len(value) for port, value in top.ports.items()}
    meanings = _meanings(design, Face(interface, tdata, tkeep))
    about[()] = replace(about[()], doc="", ports=meanings, attributes=attributes(bits))
    return text, about


def _meanings(design: Design | Pipeline, face: Face) -> dict[str, str]:
    """What each port of the top is, by name."""
    return {port.name: port.meaning for port in ports(design, face)}


def check_name(name: str) -> str:
    """`name`, of a module. Raises TypeError or ValueError for what Verilog would not take."""
    check_kind(name, str, "name")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in KEYWORDS:
        raise ValueError(f"name must be a Verilog identifier, not {name!r}")
    return name


@cache
def writer_identity() -> str:
    """Changes when RTLIL becomes other Verilog: with every change of this folder."""
    return content_key(*(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))


def from_rtlil(text: str, about: dict[tuple[str, ...], About] | None = None,
               files: dict[str, str] | None = None) -> str:
    """The Verilog of RTLIL, without a header; with comments for what is known `about` blocks, by path.

    With `files`, what large memories hold goes there, by the name of the file that the Verilog reads it from.
    """
    return modules_text(text, about, files)
