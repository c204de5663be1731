"""The datapaths of the designs that the report's first sentences speak of, drawn with their real sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from windrow.operators.operator import Operator
from windrow.stage.design import Design
from windrow_explore.report.families import Columns, Family, cheapest
from windrow_explore.report.layers import layer_of

__all__ = ["MOST", "drawings"]

MOST = 24
"""Drawings on one page, at most; each is a few kilobytes."""


def drawings(
    columns: Columns, found: Sequence[Family], shown: npt.NDArray[np.intp], known: Mapping[str, Operator]
) -> dict[str, str]:
    """Place among the `shown` rows to SVG: for each stride the fewest multipliers that keep the pace."""
    drawn: dict[str, str] = {}
    for family in found:
        for rows in family.of.values():
            at = cheapest(columns, rows, family.pace)
            if at is None or len(drawn) == MOST:
                continue
            place = int(np.searchsorted(shown, at))
            if place < len(shown) and shown[place] == at:
                layer = layer_of(columns, at, known)
                if layer is not None:
                    lanes, pe, taps = (int(columns[name][at]) for name in ("lanes", "pe", "taps"))
                    pixels = int(columns["pixels"][at]) if "pixels" in columns else 1
                    drawn[str(place)] = Design(layer, lanes=lanes, pe=pe, taps=taps, pixels=pixels).picture()
    return drawn

