"""The hardware of one rank of a window's pixels, a window a cycle, as `plan_rank` plans it.

    whole windows        WindowFunction or PlaneWindow; ports `window_ports`
    column by column     SharedColumns or PlaneColumns; ports `column_ports`
"""

from __future__ import annotations

from collections.abc import Sequence

from windrow.operators.operator import Parameters
from windrow.operators.rank import Rank2d
from windrow.reductions.mirror import Mirror
from windrow.reductions.rank import RankPlan
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.reductions.bit_planes import PlaneColumns, PlaneWindow
from windrow_hdl.reductions.shared_columns import SharedColumns
from windrow_hdl.reductions.window_function import WindowFunction

__all__ = ["NAME", "make", "rank_hardware", "turnable"]

NAME = "rank"


def rank_hardware(
    plan: RankPlan,
    *,
    lanes: int = 1,
    border: int | None = None,
    mirror: Mirror | None = None,
    offsets: Sequence[int] | None = None,
) -> WindowFunction | SharedColumns | PlaneWindow | PlaneColumns:
    """The component of a plan; `put` comes `plan.depth` cycles after `step`.

    lanes: channels side by side, each with its own rank
    border: what a cleared pixel counts as, 0 by default
    mirror: where the plan shares columns, cleared ones show others of the window instead
    offsets: places of the kernel columns, from 0, where the plan shares columns; side by side by default

    Raises ValueError for a border that is no pixel, for one with a mirror, and for a mirror or offsets that
    do not fit or have no use.
    """
    if not plan.shared:
        for name, value in (("mirror", mirror), ("offsets", offsets)):
            if value is not None:
                raise ValueError(f"{name} must be None for whole windows, not {value!r}")
    pixel = plan.pixel
    if plan.network is None:
        planes = plan.planes
        assert planes is not None
        if plan.shared:
            return PlaneColumns(planes, plan.rows, pixel, lanes=lanes, border=border, mirror=mirror,
                                offsets=offsets)  # fmt: skip
        return PlaneWindow(planes, pixel, lanes=lanes, border=border or 0)
    if plan.shared:
        return SharedColumns(plan.network, pixel, pixel, lanes=lanes, border=border, mirror=mirror,
                             offsets=offsets)  # fmt: skip
    taps = plan.rows * plan.columns
    return WindowFunction(plan.network.whole(), pixel, pixel, taps=taps, lanes=lanes, border=border or 0)


def turnable(design: Design) -> bool:
    """In any order."""
    return True


def make(
    design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
    dsp: bool | Blocks, *, restarts: bool = False,
) -> WindowFunction | SharedColumns | PlaneWindow | PlaneColumns:  # fmt: skip
    """The hardware of `Rank2d` and `Median2d`."""
    layer, shared = design.layer, design.shares_columns
    assert isinstance(layer, Rank2d)
    offsets = design.column_places if shared else None
    mirror = design.column_mirror if shared else None
    border = layer.fill if mirror is None else None
    return rank_hardware(layer.plan(shared), lanes=design.lanes, border=border, mirror=mirror,
                         offsets=offsets)  # fmt: skip
