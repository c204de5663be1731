"""The table of reductions: which module of this folder does what an operator says it needs.

Such a module has three names:

    NAME                  what its component is called in the hierarchy
    turnable(design)      may operands come in the order of the banks, whichever kernel row lies there?
    make(design, parameters, turns, technology, dsp, restarts=...)

`make` gives a component with `put`, `payload` and what it wants of the ports of a reader (`window.operands`;
`shift`, `column`, `clear` per kernel column, where columns come one by one), which finishes a beat
`Design.reduction_depth` cycles after its last step.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from windrow.stage.design import Design

__all__ = ["REDUCTIONS", "reduction_of"]

REDUCTIONS = {
    "multiply-accumulate": "multiply_accumulate",
    "loaded multiply-accumulate": "loaded_array",
    "extreme": "extreme",
    "rank": "rank",
    "average": "average",
    "copy": "copy",
    "accumulated extreme": "accumulated",
    "accumulated average": "accumulated",
}
"""By what operators call it: file of this folder, or the whole name of a module elsewhere."""


def reduction_of(design: Design) -> Any:
    """The module of the reduction of a design."""
    name = design.layer.reduction
    before = "loaded " if design.loads_weights else "accumulated " if design.accumulates else ""
    file = REDUCTIONS[before + name]
    return import_module(file if "." in file else f"windrow_hdl.reductions.{file}")
