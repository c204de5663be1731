"""Sums of products with constants, a window a cycle, without multipliers, in the cycles of a `MacArray`.

    one window            SharedColumns where columns come one by one and share, else WindowFunction
    windows of a group    SharedBeats where what columns give is kept, else SharedGroup
"""

from __future__ import annotations

from collections.abc import Sequence

from windrow.operators.operator import Parameters
from windrow.stage.blocks import Blocks
from windrow.stage.constants import constant_plan
from windrow.stage.design import Design
from windrow_hdl.reductions.shared_beats import SharedBeats
from windrow_hdl.reductions.shared_columns import SharedColumns
from windrow_hdl.reductions.shared_group import SharedGroup, group_columns
from windrow_hdl.reductions.window_function import WindowFunction

__all__ = ["NAME", "make", "make_group", "turnable"]

NAME = "mac_array"


def turnable(design: Design) -> bool:
    """Every tap has its own wires."""
    return False


def make(
    design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
    dsp: bool | Blocks, *, restarts: bool = False,
) -> WindowFunction | SharedColumns:  # fmt: skip
    """The hardware of `Conv2d` and its kind where weights are wires."""
    layer, plan = design.layer, constant_plan(design, parameters)
    pixel, result, depth = layer.input_type, layer.result_type, design.array_depth
    if plan.shared:
        mirror = design.column_mirror
        return SharedColumns(plan.columns, pixel, result, border=layer.fill if mirror is None else None,
                             mirror=mirror, offsets=design.column_places, depth=depth)  # fmt: skip
    return WindowFunction(plan.whole, pixel, result, taps=design.taps, lanes=design.lanes, channelwise=False,
                          border=layer.fill, depth=depth)  # fmt: skip


def make_group(design: Design, parameters: Parameters) -> SharedGroup | SharedBeats:
    """The same of all windows of a group."""
    plan, depth = constant_plan(design, parameters, group_columns(design)), design.array_depth
    if plan.shared:
        return SharedBeats(design, plan.columns, plan.windows, channelwise=False, depth=depth)
    return SharedGroup(design, plan.whole, channelwise=False, depth=depth)
