"""Families: designs that differ in stride and folding only, so that comparing strides makes sense.

A family is one convolution (input, filters, kernel, dilation) at all its strides. The questions that the
report and the figures for papers ask of it are answered here, once:

    fastest    the best frame rate with so many multipliers
    cheapest   the fewest multipliers for a frame in so many cycles
    budgets    the few multiplier counts that are worth a line in a chart

All of them look at every design of the family, whatever its lanes. Designs whose interval is known by a bound
only are left out of comparisons; `could_be_cheaper` and `could_be_faster` say whether one of them might win.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.operators.conv2d import Conv2d
from windrow.operators.operands import operands_of

__all__ = [
    "Family", "budgets", "cheapest", "could_be_cheaper", "could_be_faster", "families", "fastest",
    "input_beats", "stride_names",
]  # fmt: skip

Columns: TypeAlias = "Mapping[str, npt.NDArray[Any]]"
Rows: TypeAlias = "npt.NDArray[np.intp]"

# What is equal within a family. Padding is not: "same" padding depends on the stride.
_KEY = ("layer", "height", "width", "in_channels", "out_channels", "kernel_h", "kernel_w", "dilation_h",
        "dilation_w")
MOST_BUDGETS = 5


@dataclass(frozen=True, eq=False)
class Family:
    """One convolution at all its strides.

    rows: places of its designs in the table
    of: those of each stride, from the finest to the coarsest
    pace: cycles of a frame that comes in one beat a cycle, with the fewest lanes of any of the designs
    operands: what the operator's multipliers are called
    """

    name: str
    rows: Rows
    of: Mapping[str, Rows]
    pace: int
    operands: str

    @property
    def strides(self) -> tuple[str, ...]:
        return tuple(self.of)


def families(columns: Columns) -> list[Family]:
    """All families of a table, those with most strides first, else in the order of the table."""
    size = len(columns["multipliers"])
    if not size:
        return []
    codes = [np.unique(columns[name], return_inverse=True)[1].ravel() for name in _KEY if name in columns]
    _, first, member = np.unique(np.stack(codes), axis=1, return_index=True, return_inverse=True)
    order = np.argsort(member.ravel(), kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(member.ravel()))[:-1])
    named, beats = stride_names(columns), input_beats(columns)
    found = [
        Family(_name(columns, int(at)), rows, _by_stride(columns, rows, named), int(beats[rows].max()),
               operands_of(_operator(columns, int(at))))
        for at, rows in zip(first, groups, strict=True)
    ]
    return sorted(found, key=lambda family: (-len(family.of), int(family.rows[0])))


def stride_names(columns: Columns, rows: Rows | slice = slice(None)) -> npt.NDArray[np.str_]:
    """The stride of each design as people write it: `2`, or `2×1` where rows and columns differ."""
    tall, down = np.unique(columns["stride_h"][rows], return_inverse=True)
    wide, right = np.unique(columns["stride_w"][rows], return_inverse=True)
    names = [[str(row) if row == column else f"{row}×{column}" for column in wide] for row in tall]
    return np.array(names)[down.ravel(), right.ravel()]


def input_beats(columns: Columns) -> npt.NDArray[np.int64]:
    """Beats of a frame: the interval in cycles that no design with these lanes and pixels beats."""
    row = columns["width"].astype(np.int64)
    row = -(-row // columns["pixels"]) if "pixels" in columns else row
    return columns["height"] * row * (columns["in_channels"] // columns["lanes"])


def fastest(columns: Columns, rows: Rows, multipliers: int | None = None) -> int | None:
    """The design with most frames per second; of equals that with least buffer. None if there is none.

    `multipliers`: of those with exactly so many.
    """
    able = rows[_timed(columns, rows)]
    if multipliers is not None:
        able = able[columns["multipliers"][able] == multipliers]
    return _first(able, -columns["fps"][able], columns["buffer_bits"][able])


def cheapest(columns: Columns, rows: Rows, cycles: int) -> int | None:
    """The design with fewest multipliers, then least buffer, that takes at most so many cycles a frame."""
    able = rows[_timed(columns, rows) & (columns["interval"][rows] <= cycles)]
    return _first(able, columns["multipliers"][able], columns["buffer_bits"][able])


def could_be_cheaper(columns: Columns, rows: Rows, cycles: int, multipliers: int) -> bool:
    """May a design known by a bound only take so few cycles with fewer multipliers?"""
    able = rows[~_timed(columns, rows) & (columns["interval"][rows] <= cycles)]
    return bool((columns["multipliers"][able] < multipliers).any())


def could_be_faster(columns: Columns, rows: Rows, multipliers: int, fps: float) -> bool:
    """May a design known by a bound only be faster than `fps` with exactly so many multipliers?"""
    able = rows[~_timed(columns, rows) & (columns["multipliers"][rows] == multipliers)]
    return bool((~(columns["fps"][able] <= fps)).any())


def budgets(columns: Columns, rows: Rows) -> list[int]:
    """Multiplier counts, evenly apart on a logarithmic scale, from the fewest up to where speed ends.

    Each is the multiplier count of some design. Speed ends where no further multiplier makes any stride
    faster.
    """
    rows = rows[_timed(columns, rows)]
    if not len(rows):
        return []
    counts, fps, named = columns["multipliers"][rows], columns["fps"][rows], stride_names(columns, rows)
    # The fewest multipliers with which every stride has a design, and those of the fastest designs.
    least = max(int(counts[named == stride].min()) for stride in np.unique(named))
    most = max(int(counts[(named == s) & (fps == fps[named == s].max())].min()) for s in np.unique(named))
    known = np.unique(counts[(counts >= least) & (counts <= most)])
    if not len(known):
        return [least]
    apart = np.abs(np.log(known / np.geomspace(known[0], known[-1], MOST_BUDGETS)[:, None])).round(9)
    # Of two that are equally near the larger.
    return sorted({int(known[len(known) - 1 - each[::-1].argmin()]) for each in apart})


def _timed(columns: Columns, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of these designs have an interval that is known, and not only by a bound?"""
    timed = columns["fps"][rows] > 0
    return timed & (columns["timing_from"][rows] != "bound") if "timing_from" in columns else timed


def _first(rows: Rows, *keys: npt.NDArray[Any]) -> int | None:
    """The row with the least keys, the first key first."""
    return int(rows[np.lexsort(keys[::-1])[0]]) if len(rows) else None


def _by_stride(columns: Columns, rows: Rows, named: npt.NDArray[np.str_]) -> dict[str, Rows]:
    """The rows of each stride, small strides first."""
    names, first, member = np.unique(named[rows], return_index=True, return_inverse=True)
    size = {name: (int(columns["stride_h"][at]), int(columns["stride_w"][at]))
            for name, at in zip(names.tolist(), rows[first], strict=True)}  # fmt: skip
    place = {name: at for at, name in enumerate(size)}
    order = sorted(size, key=lambda name: (size[name][0] * size[name][1], size[name]))
    return {name: rows[member.ravel() == place[name]] for name in order}


def _operator(columns: Columns, at: int) -> str:
    return str(columns["operator"][at]) if "operator" in columns else Conv2d.kind


def _name(columns: Columns, at: int) -> str:
    """`conv1: 224×224×3, 64 filters of 7×7`."""
    value = {name: columns[name][at] for name in _KEY if name in columns}
    filters, operator = int(value["out_channels"]), _operator(columns, at)
    of = f"{filters:,} filter{'' if filters == 1 else 's'}" if operator == Conv2d.kind else operator
    text = (f"{value['height']}×{value['width']}×{value['in_channels']}, {of} of "
            f"{value['kernel_h']}×{value['kernel_w']}")  # fmt: skip
    if operator == Conv2d.kind and "groups" in columns and columns["groups"][at] != 1:
        text += f", groups {columns['groups'][at]}"
    if (value["dilation_h"], value["dilation_w"]) != (1, 1):
        text += f", dilation {value['dilation_h']}×{value['dilation_w']}"
    # "layer" is what a layer without a name is called.
    return f"{value['layer']}: {text}" if value.get("layer", "layer") not in ("", "layer") else text
