"""The table of reductions: which module of this folder does what an operator says it needs.

Such a module has three names:

    NAME                  what its component is called in the hierarchy
    turnable(design)      may operands come in the order of the banks, whichever kernel row lies there?
    make(design, parameters, turns, technology, dsp, restarts=...)

`make` gives a component with `put`, `payload` and what it wants of the ports of a reader (`window.operands`;
`shift`, `column`, `clear` per kernel column, where columns come one by one), which finishes a beat
`Design.array_depth` cycles after its last step.  Where windows of a group are one function together,
`make_group(design, parameters)` gives its component.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from windrow.stage.blocks import Blocks
from windrow.stage.constants import has_constants
from windrow.stage.design import Design

__all__ = ["REDUCTIONS", "reduction_of"]

REDUCTIONS = {
    "multiply-accumulate": "multiply_accumulate",
    "loaded multiply-accumulate": "loaded_array",
    "constant multiply-accumulate": "constant_array",
    "extreme": "extreme",
    "rank": "rank",
    "average": "average",
    "sum": "sum",
    "copy": "copy",
    "accumulated extreme": "accumulated",
    "accumulated average": "accumulated",
    "accumulated sum": "accumulated",
}
"""By what operators call it: file of this folder, or the whole name of a module elsewhere."""


def reduction_of(design: Design, blocks: Blocks | None = None) -> Any:
    """The module of the reduction of a design; constants need no multipliers where none is a DSP block."""
    name, before = design.layer.reduction, ""
    if design.loads_weights:
        before = "loaded "
    elif design.accumulates:
        before = "accumulated "
    elif blocks is not None and not blocks.holds(0) and has_constants(design):
        before = "constant "
    file = REDUCTIONS[before + name]
    return import_module(file if "." in file else f"windrow_hdl.reductions.{file}")
