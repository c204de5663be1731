"""Gates: a design as the cells of an FPGA that synthesis made of it, to be simulated like the design itself.

    Convolution ─Amaranth─▶ RTLIL ─yosys─▶ cells, as RTLIL ─▶ Verilog ──┐
    models of the cells: yosys's own; where it has none, technology/cells/ ─┴─▶ simulator

Yosys models every cell of iCE40 that it puts into a design, and of ECP5 all but block RAM and multipliers, of
which it knows the ports only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.storage import cache
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.synthesis.fpga_devices import DEVICES, check_name
from windrow_hdl.synthesis.fpga_tools import SynthesisError
from windrow_hdl.synthesis.synthesis import technologies
from windrow_hdl.technology import cell_models
from windrow_hdl.verilog.components import with_outputs
from windrow_hdl.verilog.writer import from_rtlil, to_rtlil

__all__ = ["TARGETS", "Gates", "gates", "gates_of"]

TARGETS = ("ecp5", "ice40")
"""Targets whose cells have models."""

_SCRIPT = """\
read_rtlil top.il
flatten
opt_clean -purge
{synthesis}
opt_clean -purge
rename top {name}
select {name}
write_rtlil -selected gates.il
"""

# Delays, which no simulation of ours looks at and not every simulator can read.
_DELAYS = re.compile(r"^[ \t]*specify\b.*?^[ \t]*endspecify\b.*?$", re.DOTALL | re.MULTILINE)
_MODULE = re.compile(r"^module\s+(\S+?)\s*[(#;].*?\bendmodule\b", re.DOTALL | re.MULTILINE)
_EMPTY = re.compile(r"^\(\* blackbox \*\)\s*module\b.*?\bendmodule\b", re.DOTALL | re.MULTILINE)
# Ports that are left open are an error of ours, hence no default for them; not every simulator knows those.
_SETTINGS = "`define NO_ICE40_DEFAULT_ASSIGNMENTS\n"


@dataclass(frozen=True)
class Gates:
    """A synthesised design.

    Attributes
    ----------
    rtlil : str
        The module `windrow`, made of cells, with the ports that the design has.
    models : str
        Verilog of these cells.
    """

    rtlil: str
    models: str

    @property
    def verilog(self) -> str:
        """The module as Verilog, without the models of its cells."""
        return from_rtlil(self.rtlil)


def gates(design: Design | Pipeline, weights: npt.ArrayLike | None = None,
          bias: npt.ArrayLike | None = None, *, target: str = "ecp5", device: str | None = None,
          interface: str = "stream", technology: str | None = None, dsp: bool | Blocks = True) -> Gates:
    """Synthesise a design and keep the cells that came out.

    Parameters
    ----------
    design, weights, bias, interface
        As `windrow.verilog` takes them.
    target : str
        "ecp5" or "ice40".
    device, technology : str, optional
        As `windrow.synthesize` takes them.
    dsp : bool or Blocks
        Multiply in DSP blocks, where the device has some; else in look-up tables.

    Returns
    -------
    Gates
        Cached by content.

    Raises
    ------
    TypeError, ValueError
        for an unknown target, device or technology, with the legal ones; and as `windrow.verilog` does
    SynthesisError
        if Yosys is missing (with what to install) or fails, or if it used a cell that has no model
    """
    check_name("target", target, TARGETS)
    device = next(iter(DEVICES[target])) if device is None else check_name("device", device, DEVICES[target])
    legal = technologies(target)
    technology = legal[0] if technology is None else check_name("technology", technology, legal)
    text = to_rtlil(design, weights, bias, name="top", interface=interface, technology=technology,
                    dsp=dsp if DEVICES[target][device].dsp is not None else False)
    return gates_of(text, target=target, device=device, technology=technology, dsp=bool(dsp))


def gates_of(text: str, *, target: str, device: str, technology: str, dsp: bool = True) -> Gates:
    """The cells of a module `top` in Yosys's own language, with arguments as `gates` checks them."""
    chosen = DEVICES[target][device]
    tool = fpga_tools.yosys()
    script = _SCRIPT.format(synthesis=chosen.synthesis(dsp, technology), name="windrow")
    key = cache.content_key(text, script, tool.identity)

    def build(folder: Path) -> None:
        (folder / "top.il").write_text(text, encoding="utf-8")
        (folder / "top.ys").write_text(script, encoding="utf-8")
        fpga_tools.run(tool, ["top.ys"], folder, f"gates-{key}")

    rtlil = (cache.entry("gates", key, build) / "gates.il").read_text(encoding="utf-8")
    used = set(re.findall(r"^ *cell \\(\S+) ", rtlil, re.MULTILINE))
    models = _models(target, used, tool)
    return Gates(with_outputs(rtlil, _outputs(models)), models)


def _outputs(models: str) -> dict[str, set[str]]:
    """Names of the outputs of cells, by kind, as their models declare them."""
    found: dict[str, set[str]] = {}
    for module in _MODULE.finditer(models):
        names = found.setdefault(module[1], set())
        for declared in re.finditer(r"\boutput\b([^;)]*?)(?=;|\)|\binput\b|\binout\b|\boutput\b)", module[0]):
            text = re.sub(r"`\w+_REG\b", "Q", declared[1])  # SB_DFF of Yosys: a macro with `reg Q`
            text = re.sub(r"\[[^]]*\]|=\s*[\w']+|//[^\n]*|\(\*.*?\*\)", " ", text)
            names.update(re.findall(r"\w+", text))
        names -= {"reg", "wire", "signed"}
    return found


def _models(target: str, used: set[str], tool: fpga_tools.Tool) -> str:
    """Verilog of the cells `used`, and of what these are made of themselves."""
    text = _EMPTY.sub("", _read(tool.share / target / "cells_sim.v"))
    modules: dict[str, str] = {}
    # Where both have a model, it is Yosys's: of others, hence a check of ours.
    for source in (text, cell_models(target)):
        for match in _MODULE.finditer(source):
            modules.setdefault(match[1], _DELAYS.sub("", match[0]))
    wanted, needed = sorted(used, reverse=True), []
    while wanted:
        name = wanted.pop()
        if name not in modules:
            raise SynthesisError(f"no model of cell {name}, which {tool.identity} put into the design")
        if name not in needed:
            needed.append(name)
            wanted += [other for other in modules if re.search(rf"^\s*{other}\b\s*[#\w]", modules[name],
                                                               re.MULTILINE) and other != name]
    # Macros stand before the first module.
    macros = text[: next(_MODULE.finditer(text)).start()]
    return f"\n{_SETTINGS}{macros}" + "".join(f"{modules[name]}\n\n" for name in needed)


def _read(path: Path) -> str:
    """A file of Verilog and what it includes."""
    return "".join(_lines(path))


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        match = re.match(r'\s*`include\s+"(.+)"', line)
        if match:
            yield from _lines(path.parent / match[1])
        else:
            yield line
