"""The datapaths of the designs that the report's first sentences speak of, drawn with their real sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow.values.numerics import IntType
from windrow_explore.report.families import Columns, Family, cheapest

__all__ = ["MOST", "drawings"]

MOST = 24
"""Drawings on one page, at most; each is a few kilobytes."""


def drawings(
    columns: Columns, found: Sequence[Family], shown: npt.NDArray[np.intp], meta: Mapping[str, Any]
) -> dict[str, str]:
    """Place among the `shown` rows to SVG: for each stride the fewest multipliers that keep the pace."""
    kinds = {layer.get("name"): layer for layer in meta.get("layers") or ()}
    drawn: dict[str, str] = {}
    for family in found:
        for rows in family.of.values():
            at = cheapest(columns, rows, family.pace)
            if at is None or len(drawn) == MOST:
                continue
            place = int(np.searchsorted(shown, at))
            if place < len(shown) and shown[place] == at:
                drawn[str(place)] = _design(columns, at, kinds).picture()
    return drawn


def _design(columns: Columns, at: int, kinds: Mapping[str, Mapping[str, Any]]) -> Design:
    """The design of a row. Its pixels and weights are of 8 bits, unless the table remembers its layers."""
    value = {name: int(columns[name][at]) for name in (
        "height", "width", "in_channels", "out_channels", "kernel_h", "kernel_w", "stride_h", "stride_w",
        "dilation_h", "dilation_w", "pad_top", "pad_bottom", "pad_left", "pad_right", "lanes", "pe", "taps")}
    known = kinds.get(columns["layer"][at], {}) if "layer" in columns else {}
    types: dict[str, Any] = {
        name: IntType.parse(known[name], name, 16)
        for name in ("input_type", "weight_type") if known.get(name)
    }  # fmt: skip
    layer = Conv2d(
        height=value["height"], width=value["width"], in_channels=value["in_channels"],
        out_channels=value["out_channels"], kernel_size=(value["kernel_h"], value["kernel_w"]),
        stride=(value["stride_h"], value["stride_w"]), dilation=(value["dilation_h"], value["dilation_w"]),
        padding=((value["pad_top"], value["pad_bottom"]), (value["pad_left"], value["pad_right"])), **types,
    )  # fmt: skip
    return Design(layer, lanes=value["lanes"], pe=value["pe"], taps=value["taps"])
