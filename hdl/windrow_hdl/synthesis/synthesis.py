"""Synthesis: what a design costs on an FPGA, measured by the real tools.

    Boundary(Convolution) ─Amaranth─▶ RTLIL ─yosys─▶ cells ─▶ lut, ff, bram, dsp
                                              └────▶ netlist ─nextpnr, once per seed─▶ fmax_mhz

Each arrow of a tool is cached by what goes into it: the text, the script, the version of the tool.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from amaranth.back import rtlil

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.storage import cache
from windrow.values.numerics import check_kind
from windrow_hdl.network import hardware_of
from windrow_hdl.synthesis import boundary, fpga_tools
from windrow_hdl.synthesis.boundary import Boundary
from windrow_hdl.synthesis.fpga_devices import DEVICES, Device, check_name, lacks, overflow, resources
from windrow_hdl.synthesis.fpga_tools import SynthesisError
from windrow_hdl.technology import TECHNOLOGIES

__all__ = ["Netlist", "Synthesis", "SynthesisError", "map_cells", "place_netlist", "synthesize",
           "technologies"]


_SCRIPT = """\
read_rtlil top.il
setattr -mod -unset keep_hierarchy *
setattr -mod -set keep_hierarchy 1 top.{entry}* top.{exit}
flatten
opt_clean -purge
{synthesis}
tee -q -o cells.json stat -json top
setattr -mod -unset keep_hierarchy *
flatten
opt_clean
write_json netlist.json
"""


@dataclass(frozen=True)
class Synthesis:
    """A design after synthesis and, with an Fmax, place and route.

    Attributes
    ----------
    design : Design or Pipeline
    target, device, technology : str
    lut : int
        ECP5: LUT4 + 2 per CCU2C + 4 per DPR16X4.  iCE40: LUT4, which hold the carries.  Xilinx 7: LUT of
        up to six inputs, LUT RAM and shift registers included, CARRY4 apart.
    ff : int
        Registers of the design; those of the boundary around it are not counted.
    bram : int
        ECP5: DP16KD (18 kbit).  iCE40: RAM40_4K (4 kbit).  Xilinx 7: halves of 18 kbit, RAMB36 counts as two.
    dsp : int
        ECP5: MULT18X18D.  iCE40: MAC16.  Xilinx 7: DSP48E1.
    fmax_mhz : float or None
        The worst of the seeds, between registers; None without place and route.
    seeds : tuple of int
        The seeds of place and route; empty without it.
    cells : dict
        Every cell of the design: its name in yosys, how many there are.
    weights : str
        Where the weights come from.
    """

    design: Design | Pipeline
    target: str
    device: str
    technology: str
    lut: int
    ff: int
    bram: int
    dsp: int
    fmax_mhz: float | None
    seeds: tuple[int, ...]
    cells: dict[str, int]
    weights: str

    def to_dict(self) -> dict[str, object]:
        """The promised JSON keys of a synthesis."""
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__},
                "design": self.design.to_dict(), "seeds": list(self.seeds)}


def synthesize(
    design: Design | Pipeline,
    weights: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *,
    target: str = "ecp5",
    device: str | None = None,
    technology: str | None = None,
    dsp: bool | Blocks = True,
    place: bool = True,
    seeds: Sequence[int] = (1, 2, 3),
    progress: Callable[[str], None] | None = None,
) -> Synthesis:
    """Synthesise a design or a pipeline; with `place`, place and route it between registers, once per seed.

    Parameters
    ----------
    design : Design or Pipeline
    weights, bias : integers, optional
        Constants of the hardware, (O, kh, kw, I/groups) and (O,).  Without weights, both are pseudo-random
        from seed 0; how large the hardware is may depend on them.  A pipeline has its own.
    target : str
        "ecp5", "ice40" or "xc7"; the last is synthesised but never placed.
    device : str, optional
        "25k" (default), "45k" or "85k" of ECP5; "hx8k" (default) or "up5k" of iCE40.
    technology : str, optional
        "generic", or the target's own; None takes the target's own where there is one.
    dsp : bool or Blocks
        Multiply in DSP blocks, where the device has some; else in look-up tables.
    place : bool
    seeds : sequence of int
        Seeds of nextpnr; the Fmax reported is the worst.
    progress : callable, optional
        Called with the name of each phase when it begins: "yosys", "place, seed 1 of 3", ...

    Returns
    -------
    Synthesis
        Results are cached by content; a failure is not.

    Raises
    ------
    TypeError, ValueError
        for an unknown target, device or technology, with the legal ones; for seeds that are none; as
        `Conv2d.check_weights` and `check_bias` do
    SynthesisError
        if a tool is missing (with what to install) or fails (with its own message and the path of its log)
    """
    check_kind(design, (Design, Pipeline), "design")
    check_name("target", target, DEVICES)
    device = next(iter(DEVICES[target])) if device is None else check_name("device", device, DEVICES[target])
    legal = technologies(target)
    technology = legal[0] if technology is None else check_name("technology", technology, legal)
    seeds = _seeds(seeds) if place and DEVICES[target][device].nextpnr else ()
    source = "those of the network" if isinstance(design, Pipeline) else "given"
    if weights is None and isinstance(design, Design):
        source = "pseudo-random, seed 0"
        weights, bias = design.layer.random_weights(0), design.layer.random_bias(0) if bias is None else bias
    chosen = DEVICES[target][device]
    dsp = dsp if chosen.dsp is not None else False
    component = hardware_of(design, weights, bias, technology=technology, dsp=dsp)
    say = progress or (lambda phase: None)

    text = rtlil.convert(Boundary(component), name="top", emit_src=False)
    say("yosys")
    netlist = map_cells(text, chosen, bool(dsp), technology)
    used = resources(netlist.cells, target)
    over = overflow(chosen.has, used) if seeds and chosen.has is not None else {}
    if over:
        larger = [name for name, each in DEVICES[target].items()
                  if each.has is not None and not overflow(each.has, used)]
        helps = f"; it fits {' and '.join(map(repr, larger))}" if larger else ""
        raise SynthesisError(f"device {device!r} is too small to place this: it needs {lacks(over)}{helps}")
    fmax = []
    for number, seed in enumerate(seeds, 1):
        say(f"place, seed {number} of {len(seeds)}")
        fmax.append(place_netlist(netlist, target, chosen, seed))
    return Synthesis(
        design=design, target=target, device=device, technology=technology, weights=source,
        **used, cells=netlist.cells, fmax_mhz=min(fmax, default=None),
        seeds=seeds,
    )


def technologies(target: str) -> list[str]:
    """Legal technologies for a target, the default first."""
    return [target, "generic"] if target in TECHNOLOGIES else ["generic"]


def _seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(seeds, Sequence) or isinstance(seeds, str):
        raise TypeError(f"seeds must be a sequence of integers, not {seeds!r}")
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise TypeError(f"seeds must be integers, not {seed!r}")
        if not 0 <= seed < 1 << 31:
            raise ValueError(f"seeds must be in 0..{(1 << 31) - 1}, not {seed}")
    if not len(seeds):
        raise ValueError("seeds must hold at least one seed, not none")
    return tuple(int(seed) for seed in seeds)


@dataclass(frozen=True)
class Netlist:
    """What yosys made: cells of the component alone, a file of all cells, and the key of both."""

    cells: dict[str, int]
    path: Path
    key: str


def map_cells(text: str, device: Device, dsp: bool = True, technology: str = "generic") -> Netlist:
    """Map the RTLIL of a `Boundary` named "top" to the cells of a device.  Raises `SynthesisError`."""
    tool = fpga_tools.yosys()
    script = _SCRIPT.format(entry=boundary.ENTRY, exit=boundary.EXIT,
                            synthesis=device.synthesis(dsp, technology))
    key = cache.content_key(text, script, tool.identity)

    def build(folder: Path) -> None:
        (folder / "top.il").write_text(text, encoding="utf-8")
        (folder / "top.ys").write_text(script, encoding="utf-8")
        fpga_tools.run(tool, ["top.ys"], folder, f"synthesis-{key}")
        report = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
        (folder / "cells.json").write_text(json.dumps(_cells(report)), encoding="utf-8")

    folder = cache.entry("synthesis", key, build)
    cells = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    return Netlist(cells, folder / "netlist.json", key)


def _cells(report: dict[str, dict[str, dict[str, dict[str, int]]]]) -> dict[str, int]:
    """Cells of the design in a report of `stat -json`: no boundary, no remarks about names."""
    counts = report["modules"]["\\top"]["num_cells_by_type"]
    others = ("$scopeinfo", f"top.{boundary.ENTRY}", f"top.{boundary.EXIT}")
    return {name: count for name, count in sorted(counts.items()) if name not in others}


def place_netlist(netlist: Netlist, target: str, device: Device, seed: int) -> float:
    """Fmax in MHz of a netlist with this seed."""
    tool = fpga_tools.nextpnr(target)
    arguments = [
        *device.place(sum(netlist.cells.values())), "--json", "netlist.json", "--report", "report.json",
        "--seed", str(seed), "--timing-allow-fail",
        *(["--lpf-allow-unconstrained"] if target == "ecp5" else ["--pcf-allow-unconstrained"]),
    ]
    key = cache.content_key(netlist.key, tool.identity, *arguments)

    def build(folder: Path) -> None:
        shutil.copyfile(netlist.path, folder / "netlist.json")
        fpga_tools.run(tool, arguments, folder, f"placement-{key}")
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        (folder / "fmax.json").write_text(json.dumps(report["fmax"]), encoding="utf-8")
        for name in ("netlist.json", "report.json"):  # large, and not needed any more
            (folder / name).unlink()

    clocks = json.loads((cache.entry("placement", key, build) / "fmax.json").read_text(encoding="utf-8"))
    return round(float(min(clock["achieved"] for clock in clocks.values())), 1)
