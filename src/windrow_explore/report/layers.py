"""The layers of a report: each as it was swept, and how the command line says what its columns do not.

A table has the window and the channels of every layer in columns. Everything else, padding modes, types and
output maps for instance, is in what the table remembers of its sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.operators.table import from_dict
from windrow.storage.files import dumps
from windrow_explore.report.families import Columns

__all__ = ["layer_of", "layers_of", "spoken"]

_IN_COLUMNS = ("height", "width", "in_channels", "out_channels", "channels", "kernel_size", "stride",
               "padding", "dilation")  # fmt: skip
_FLAGS = ("groups", "padding_mode", "padding_value", "rank", "count_include_pad", "input_type", "weight_type")
"""Arguments that have an option on the command line."""


def layers_of(meta: Mapping[str, Any]) -> dict[str, Operator]:
    """Name to layer, as it was before the sweep varied it, of the layers that a table remembers."""
    return {
        entry["name"]: from_dict({name: value for name, value in entry.items() if name != "name"})
        for entry in meta.get("layers") or () if "name" in entry
    }  # fmt: skip


def layer_of(columns: Columns, at: int, known: Mapping[str, Operator]) -> Operator | None:
    """The layer of a row: the one of its name at this window, else a convolution of these columns.

    None where the table does not remember a layer and it is no convolution.
    """

    def pair(one: str, two: str) -> tuple[int, int]:
        return int(columns[one][at]), int(columns[two][at])

    window = {
        "kernel_size": pair("kernel_h", "kernel_w"), "stride": pair("stride_h", "stride_w"),
        "dilation": pair("dilation_h", "dilation_w"),
        "padding": (pair("pad_top", "pad_bottom"), pair("pad_left", "pad_right")),
    }  # fmt: skip
    base = known.get(columns["layer"][at]) if "layer" in columns else None
    if base is not None:
        return base.replace(**window)
    if "operator" in columns and columns["operator"][at] != Conv2d.kind:
        return None
    names = [name for name in (*_IN_COLUMNS[:4], "groups") if name in columns]
    return Conv2d(**{name: int(columns[name][at]) for name in names}, **window)


def spoken(layer: Operator) -> dict[str, Any]:
    """How `data.js` says a layer: `channels`, its option for them; `flags` for what is not in columns.

    Where flags do not say everything, `file` is the text of a file of the layer, and they are not needed.
    """
    kind = type(layer)
    needed = {name: getattr(layer, name) for name in kind.required}
    plain = kind(**{**needed, "height": layer.kernel_size[0], "width": layer.kernel_size[1]})
    other = [name for name, _, _ in layer.differences(plain, but=_IN_COLUMNS)]
    names = [name for name in kind.arguments() if name in other or (name in needed and name in _FLAGS)]
    channels = "--channels" if layer.channelwise else "--in-channels"
    if not set(names) <= set(_FLAGS):
        return {"channels": channels, "flags": "", "file": dumps(layer)}
    said = [] if layer.kind == Conv2d.kind else [f"--operator {layer.kind}"]
    for name in names:
        value = getattr(layer, name)
        said.append(f"--{name.replace('_', '-')}" + ("" if value is True else f" {value}"))
    return {"channels": channels, "flags": " ".join(said), "file": None}
