"""The table of reductions: which component does what an operator says it needs.

A component takes `(design, parameters, turns, technology, dsp, restarts=...)`, has the ports of
`window.operands` and `put`, `payload`, and finishes a beat `Operator.depth` cycles after its last step.
`name` is what it is called in the hierarchy; `turnable(design)`: may operands come in the order of the banks?
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from windrow.stage.design import Design

__all__ = ["REDUCTIONS", "reduction_of"]

REDUCTIONS = {
    "multiply-accumulate": ("multiply_accumulate", "MacArray"),
    "loaded multiply-accumulate": ("loaded_array", "LoadedArray"),
    "extreme": ("extreme", "Extreme"),
}
"""By what operators call it: file of this folder, class."""


def reduction_of(design: Design) -> Any:
    """The class of the component for a design."""
    name = design.layer.reduction
    file, kind = REDUCTIONS[f"loaded {name}" if design.loads_weights else name]
    return getattr(import_module(f"windrow_hdl.reductions.{file}"), kind)
