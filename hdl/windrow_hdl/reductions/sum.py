"""The hardware of sums of a window's pixels."""

from __future__ import annotations

from collections.abc import Sequence

from windrow.operators.operator import Parameters
from windrow.operators.sum_pool import SumPool2d
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.reductions.channel_fold import FoldedChannels

__all__ = ["NAME", "make", "turnable"]

NAME = "sum"


def turnable(design: Design) -> bool:
    """In any order."""
    return True


def make(
    design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
    dsp: bool | Blocks, *, restarts: bool = False,
) -> FoldedChannels:  # fmt: skip
    """The hardware of `SumPool2d`."""
    layer = design.layer
    assert isinstance(layer, SumPool2d)
    return FoldedChannels(layer.fold(design.taps), layer.input_type, layer.result_type, lanes=design.lanes,
                          border=layer.fill)  # fmt: skip
