"""A register of columns into which a beat of them is shifted at once, and what the places of a group show.

    newest beat ─▶ older columns ─▶ …        by how many columns lie behind them
       └────────────────┴──▶ places, by `Looks`

What moves is a column's pixels, or what a reduction has made of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Module, Signal, Value

from windrow_hdl.parts.counters import select
from windrow_hdl.window.looks import Looks

__all__ = ["held_behind", "shown_at"]


def held_behind(
    m: Module, newest: Mapping[int, Value], looks: Looks, shift: Value, name: str
) -> dict[int, Value]:
    """Columns by how many lie behind them: those of the beat `newest`, and all that `looks` show later.

    shift: a beat has been used where it is, and moves on
    """
    columns, pixels = dict(newest), len(newest)
    shown = {distance for look in looks.every for distance in look.distances}
    for distance in range(pixels, looks.reach + 1):
        if any(other >= distance and (other - distance) % pixels == 0 for other in shown):
            before = columns[distance - pixels]
            column = Signal(before.shape(), name=f"{name}_{distance}", reset_less=True)
            with m.If(shift):
                m.d.sync += column.eq(before)
            columns[distance] = column
    return columns


def shown_at(
    m: Module, place: int, columns: Mapping[int, Value], looks: Looks, look: Value, name: str
) -> Value:
    """What a place of the group shows whose look is at hand."""
    behind = looks.behind(place)
    if len(set(behind)) == 1:
        return columns[behind[0]]
    shown = Signal(columns[behind[0]].shape(), name=f"{name}_{place}")
    select(m, shown, look, [columns[distance] for distance in behind])
    return shown
