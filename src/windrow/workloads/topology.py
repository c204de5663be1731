"""Topology files of SCALE-Sim: the layers of a network as rows of a CSV file.

    Layer name, IFMAP height, IFMAP width, Filter height, Filter width, Channels, Num filter, Strides,
    conv1,      230,          230,         7,             7,            3,        64,         2,

Such a file knows no padding: its heights and widths have it in them. A row whose name has `DP` in it is
depthwise: each of its channels has `Num filter` filters of its own. Two strides, height and width, may
stand for one, and behind them a sparsity N:M, of which only 1:1 can be read.

Where windows do not end at the last row, SCALE-Sim counts one more, which ends outside the image;
Windrow, like the frameworks, does not. What is written here leaves out the rows and columns that no
window reads, so both count the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from windrow.operators.conv2d import Conv2d

__all__ = ["COLUMNS", "read_topology", "write_topology"]

COLUMNS = ("Layer name", "IFMAP height", "IFMAP width", "Filter height", "Filter width", "Channels",
           "Num filter", "Strides")  # fmt: skip
"""The columns, in order. Files differ in how they write the headings, so only the places count."""

_DEPTHWISE = "DP"


def read_topology(text: str, bias: bool = False) -> list[tuple[str, Conv2d]]:
    """Names and layers of a topology file, in order. A name that comes again gets a number.

    The first line that is not empty is the heading. Raises ValueError, with the number of the line, for a row
    that is none, and for a file without rows.
    """
    found: dict[str, Conv2d] = {}
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in lines[1:]:
        name, *cells = (cell.strip() for cell in line.strip().removesuffix(",").split(","))
        try:
            layer = _layer(name, cells, bias)
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {error}") from error
        again = sum(each == name or each.startswith(f"{name} (") for each in found)
        found[f"{name} ({again + 1})" if again else name] = layer
    if not found:
        raise ValueError("a topology must have a heading and at least one row below it")
    return list(found.items())


def _layer(name: str, cells: list[str], bias: bool) -> Conv2d:
    if cells and ":" in cells[-1]:
        sparsity = cells.pop()
        if sparsity.replace(" ", "") != "1:1":
            raise ValueError(f"sparsity must be 1:1, not {sparsity}: every weight has a multiplier")
    if len(cells) not in (7, 8) or not all(cell.isdecimal() for cell in cells):
        raise ValueError(f"a row must be {', '.join(COLUMNS)}, a name and 7 numbers (8 with two strides), "
                         f"not {', '.join([name, *cells])!r}")  # fmt: skip
    height, width, kernel_h, kernel_w, channels, filters, *stride = map(int, cells)
    depthwise = _DEPTHWISE in name
    return Conv2d(height=height, width=width, in_channels=channels, bias=bias,
                  kernel_size=(kernel_h, kernel_w), stride=(stride[0], stride[-1]),
                  out_channels=filters * channels if depthwise else filters,
                  groups=channels if depthwise else 1)  # fmt: skip


def write_topology(layers: Iterable[tuple[str, Conv2d, int]]) -> str:
    """The text of a topology file for layers: each a name, the layer, and how often it occurs.

    Heights and widths have the padding in them. Commas in names become `_`. Raises ValueError, with the
    name, for a layer that such a file cannot hold: dilation, two strides, groups of several channels.
    """
    rows = [", ".join(COLUMNS) + ","]
    for name, layer, count in layers:
        depthwise = layer.groups == layer.in_channels and layer.groups > 1
        for what, kept in (("dilation", layer.dilation == (1, 1)),
                           ("different strides", layer.stride[0] == layer.stride[1]),
                           ("groups of several channels", layer.groups == 1 or depthwise)):  # fmt: skip
            if not kept:
                raise ValueError(f"a topology has no {what}: layer {name!r} is {layer}")
        (rows_out, columns_out, filters), (kernel_h, kernel_w) = layer.output_shape, layer.kernel_size
        stride = layer.stride[0]
        height, width = (rows_out - 1) * stride + kernel_h, (columns_out - 1) * stride + kernel_w
        cells = (height, width, kernel_h, kernel_w, layer.in_channels,
                 filters // layer.groups, stride)  # fmt: skip
        plain = name.replace(",", "_").replace(_DEPTHWISE, _DEPTHWISE.capitalize())
        called = f"{_DEPTHWISE}.{plain}" if depthwise else plain
        for at in range(1, count + 1):
            rows.append(", ".join([called if count == 1 else f"{called}.{at}", *map(str, cells)]) + ",")
    return "\n".join(rows) + "\n"
