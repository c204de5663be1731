"""The hardware of maxima and minima over an element of a window.

    whole windows, a window a cycle     WindowFunction
    column by column, a window a cycle  SharedColumns
    a few taps a step                   FoldedChannels
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from windrow.operators.max_pool import MaxPool2d
from windrow.operators.operator import Parameters
from windrow.reductions.channel_fold import ChannelFold
from windrow.reductions.extreme import check_element, extreme_identity, extreme_plan
from windrow.reductions.mirror import Mirror
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.values.numerics import IntType
from windrow_hdl.reductions.channel_fold import FoldedChannels
from windrow_hdl.reductions.shared_columns import SharedColumns
from windrow_hdl.reductions.window_function import WindowFunction

__all__ = ["NAME", "extreme_columns", "extreme_window", "make", "turnable"]

NAME = "extreme"


def extreme_window(
    kind: str,
    element: npt.ArrayLike,
    pixel: IntType,
    *,
    taps: int | None = None,
    lanes: int = 1,
    border: int | None = None,
) -> WindowFunction | FoldedChannels:
    """`kind`, "minimum" or "maximum", of whole windows, or of `taps` taps a step.

    element: (rows, columns) bool, which pixels count;  border: what a cleared tap counts as; by default it
    never wins.  Raises TypeError or ValueError as `check_element`, for more taps than the window has, and
    for a border that is no pixel.
    """
    shape = check_element(element)
    if taps is not None and taps != shape.size:
        rows = tuple(tuple(bool(each) for each in row) for row in shape)
        return FoldedChannels(ChannelFold(kind, rows, taps), pixel, pixel, lanes=lanes, border=border)
    graph = extreme_plan(kind, shape).whole()
    outside = extreme_identity(kind, pixel) if border is None else border
    return WindowFunction(graph, pixel, pixel, taps=shape.size, lanes=lanes, border=outside)


def extreme_columns(
    kind: str,
    element: npt.ArrayLike,
    pixel: IntType,
    *,
    lanes: int = 1,
    border: int | None = None,
    mirror: Mirror | None = None,
    offsets: Sequence[int] | None = None,
) -> SharedColumns:
    """As `extreme_window`, of windows that come column by column; `mirror`, `offsets`: `SharedColumns`."""
    outside = extreme_identity(kind, pixel) if border is None and mirror is None else border
    plan = extreme_plan(kind, np.asarray(element))
    return SharedColumns(plan, pixel, pixel, lanes=lanes, border=outside, mirror=mirror, offsets=offsets)


def turnable(design: Design) -> bool:
    """In any order, where all taps count."""
    return isinstance(design.layer, MaxPool2d) and design.layer.element is None


def make(
    design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str,
    dsp: bool | Blocks, *, restarts: bool = False,
) -> WindowFunction | FoldedChannels | SharedColumns:  # fmt: skip
    """The hardware of `MaxPool2d` and `MinPool2d`."""
    layer = design.layer
    assert isinstance(layer, MaxPool2d)
    if design.shares_columns:
        mirror = design.column_mirror
        return extreme_columns(layer.extreme, layer.counts, layer.input_type, lanes=design.lanes,
                               border=layer.fill if mirror is None else None, mirror=mirror,
                               offsets=design.column_places)  # fmt: skip
    return extreme_window(layer.extreme, layer.counts, layer.input_type, taps=design.taps, lanes=design.lanes,
                          border=layer.fill)  # fmt: skip
