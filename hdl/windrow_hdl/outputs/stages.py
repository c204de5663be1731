"""Which hardware an output map has."""

from __future__ import annotations

from windrow.outputs.clamp import Clamp
from windrow.outputs.lookup import Lookup
from windrow.outputs.multiply_shift import MultiplyShift
from windrow.values.numerics import IntType
from windrow_hdl.outputs.clamp import ClampStage
from windrow_hdl.outputs.lookup import LookupStage
from windrow_hdl.outputs.output_stage import OutputStage
from windrow_hdl.outputs.requantise import RequantiseStage

__all__ = ["STAGES", "output_stage"]

STAGES: dict[type, type] = {MultiplyShift: RequantiseStage, Lookup: LookupStage, Clamp: ClampStage}
"""The component of every map, as its `for_range` gives it."""


def output_stage(narrowed: object, before: IntType, *, pe: int, groups: int, beat_steps: int,
                 technology: str = "generic", dsp: bool = True) -> OutputStage:
    """Hardware of a map that was narrowed by `for_range`.  Raises TypeError for anything else."""
    if type(narrowed) not in STAGES:
        legal = ", ".join(kind.__name__ for kind in STAGES)
        raise TypeError(f"narrowed must be what for_range returns ({legal}), not {narrowed!r}")
    return STAGES[type(narrowed)](narrowed, before, pe=pe, groups=groups, beat_steps=beat_steps,
                                  technology=technology, dsp=dsp)
