"""Which hardware a join has."""

from __future__ import annotations

from windrow.joins.add import Add
from windrow.joins.concat import Concat
from windrow.pipeline.join_design import JoinDesign
from windrow.stage.blocks import Blocks
from windrow_hdl.joins.add import AddStage
from windrow_hdl.joins.concat import ConcatStage
from windrow_hdl.joins.join_stage import JoinStage

__all__ = ["JOINS", "join_stage"]

JOINS: dict[str, type[JoinStage]] = {Add.kind: AddStage, Concat.kind: ConcatStage}
"""The component of every join, by its `kind`."""


def join_stage(design: JoinDesign, *, technology: str = "generic",
               dsp: bool | Blocks = True) -> JoinStage:
    """The hardware of any join, with these arguments of `JoinStage`."""
    return JOINS[design.layer.kind](design, technology=technology, dsp=dsp)
