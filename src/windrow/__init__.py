"""Windrow: strided sliding-window layers as FPGA hardware, exact in value and in time.

    import windrow as wr

    layer = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
    design = wr.plan(layer)                         # the cheapest design that keeps the input's pace
    run = wr.simulate(design, image, weights)       # real hardware, in a simulator
    run.check()                                     # every value and every cycle

Importing this package loads NumPy and nothing else. `simulate` and `verilog` fetch the simulators and the
hardware description when they are first used.
"""

from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from windrow.design import Design
from windrow.explore import explore
from windrow.files import load, save
from windrow.layer import Conv2d
from windrow.numerics import Int, UInt
from windrow.plan import designs, plan
from windrow.runtime import Runtime
from windrow.stalls import Stalls

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from windrow import workloads as workloads
    from windrow_hdl.handover import handover as handover
    from windrow_hdl.synthesis import Synthesis as Synthesis
    from windrow_hdl.synthesis import SynthesisError as SynthesisError
    from windrow_hdl.synthesis import synthesize as synthesize
    from windrow_sim import Hang as Hang
    from windrow_sim import Mismatch as Mismatch
    from windrow_sim import Run as Run
    from windrow_sim import ToolMissing as ToolMissing
    from windrow_sim import simulate as simulate

__version__ = "0.1.0"

__all__ = [
    "Conv2d",
    "Design",
    "Hang",
    "Int",
    "Mismatch",
    "Run",
    "Runtime",
    "Stalls",
    "Synthesis",
    "SynthesisError",
    "ToolMissing",
    "UInt",
    "__version__",
    "designs",
    "explore",
    "handover",
    "load",
    "plan",
    "save",
    "simulate",
    "synthesize",
    "verilog",
    "workloads",
]

_SIMULATION = {"Hang", "Mismatch", "Run", "ToolMissing", "simulate"}
_SYNTHESIS = {"Synthesis", "SynthesisError", "synthesize"}


def verilog(
    design: Design,
    weights: "ArrayLike",
    bias: "ArrayLike | None" = None,
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
    from windrow_hdl.verilog import to_verilog, write_verilog

    if path is None:
        return to_verilog(design, weights, bias, interface, technology=technology, dsp=dsp)
    write_verilog(design, weights, bias, interface, path=path, technology=technology, dsp=dsp)
    return Path(path).read_text(encoding="utf-8")


def __getattr__(name: str) -> Any:
    if name in _SIMULATION:
        import windrow_sim

        return getattr(windrow_sim, name)
    if name in _SYNTHESIS:
        return getattr(import_module("windrow_hdl.synthesis"), name)
    if name == "handover":
        return import_module("windrow_hdl.handover").handover
    if name == "workloads":
        return import_module("windrow.workloads")
    raise AttributeError(f"module 'windrow' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SIMULATION, *_SYNTHESIS, "handover", "workloads"})
