"""The figures of many designs at once: steady state in closed form, without building a `Design` for each.

    at = figures_of(layer)                               # every legal design, in the order of wr.designs
    at = figures(height=224, width=224, kernel_size=(kh, kw), taps=taps, pe=pe, ...)     # arrays, broadcast
    at.multipliers[at.interval == at.bound].min()

Exact where theory.md ("The ideal server", "When the array is ideal") has a closed form, and silent where it
has none: a design whose interval only the timing law knows gets -1, never an estimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.operators.operator import Operator
from windrow.timing.depths import (
    ARRIVE,
    COLLECT,
    FEEDS,
    GATHER,
    OFFER,
    READ_BUFFER,
    READ_STORE,
    STORE,
    fan_out,
)
from windrow.timing.folding import legal_lanes, legal_pe, legal_taps
from windrow.window.window import Window

_MULTIPLY = 4  # cycles of a multiplier, as in `Conv2d.depth`

__all__ = ["Figures", "delays", "figures", "figures_of", "first_pixel", "foldings", "taps_of"]

Array: TypeAlias = "npt.NDArray[np.int64]"
Numbers: TypeAlias = "int | npt.NDArray[np.integer[Any]]"
Pair: TypeAlias = "tuple[Numbers, Numbers]"


@dataclass(frozen=True, eq=False)
class Figures:
    """One entry for each design; all arrays have the shape that the arguments broadcast to.

    lanes, pe, taps: the folding
    multipliers: `pe * taps * lanes`
    fold: cycles per window
    bound: interval that no design of this folding can beat, `max(T_in, f*Ho*Wo)` cycles; that of the ideal
        server, and `Design.bounds().interval`
    arithmetic: cycles a frame if every multiplier did a MAC in every cycle, `MACs/M` rounded up
    ideal: true where the closed form says that the design is ideal. False where it is over-provisioned, and
        where columns are skipped and the array outruns the input (there `Design.ideal` looks closer)
    interval: cycles between frames in steady state, `bound`; -1 where not `ideal`
    latency: cycles from the first input beat to the first output beat; -1 where not `ideal`
    utilisation: share of multiplier cycles that do a MAC of the layer; NaN where not `ideal`
    """

    lanes: Array
    pe: Array
    taps: Array
    multipliers: Array
    fold: Array
    bound: Array
    arithmetic: Array
    ideal: npt.NDArray[np.bool_]
    interval: Array
    latency: Array
    utilisation: npt.NDArray[np.float64]


def figures_of(layer: Operator, lanes: int | None = None) -> Figures:
    """Figures of every legal design of a layer, or of those with `lanes`, in the order of `wr.designs`.

    Raises ValueError where `lanes` is not legal.
    """
    beat, pe, taps = np.array(list(foldings(layer, lanes))).T
    accumulates = (taps == 1) & layer.accumulates(1)
    operations = np.where(accumulates, layer.operations(1), layer.macs)
    outputs, first = None, None
    if layer.window.fractional:
        outputs, first = layer.window.output_size, first_pixel(layer.window)
    found = figures(
        height=layer.height, width=layer.width, in_channels=layer.in_channels,
        out_channels=layer.out_channels, kernel_size=layer.window.kernel_size, stride=layer.stride,
        padding=layer.padding, dilation=layer.dilation, groups=layer.groups,
        lanes=beat, pe=pe, taps=taps, depth=delays(layer, beat, pe, taps), accumulates=accumulates,
        operations=operations, outputs=outputs, first=first,
    )  # fmt: skip
    if layer.shares_columns:  # only the schedule knows which designs do
        return replace(found, latency=np.where(accumulates, found.latency, -1))
    return found


def first_pixel(window: Window) -> int:
    """The pixel that releases the first window; the first pixel, where that lies in padding."""
    rows, columns = window.axes
    if not (rows.real[0] and columns.real[0]):
        return 0
    row, column = (int(axis.positions[axis.highest[0]]) for axis in (rows, columns))
    return row * window.width + column


def delays(layer: Operator, lanes: Array, pe: Array, taps: Array) -> Array:
    """(n,) cycles from a step to its beat behind the output maps, of foldings (n,) of a layer.

    Of reductions that share nothing between windows.
    """
    of_group = layer.in_channels // layer.groups
    steps = np.maximum(of_group // lanes, 1) * -(-layer.window.taps // taps)
    grows = (taps == 1) & layer.accumulates(1)
    seen = np.minimum(lanes, of_group)  # channels of a beat that one filter sees
    each = np.stack([taps * seen, pe, steps if layer.output else pe, grows, pe * seen // lanes], axis=1)
    kinds, at = np.unique(each, axis=0, return_inverse=True)
    partial, chain = layer.partial, layer.chain

    def delay(operands: int, pe: int, steps: int, grows: int, copies: int) -> int:
        if grows and partial is not None:
            return partial.depth(layer.window) + chain.delay(pe, 1)
        return fan_out(copies) + layer.depth(operands) + chain.delay(pe, steps)

    return np.array([delay(*kind) for kind in kinds.tolist()])[at.ravel()]


def foldings(layer: Operator, lanes: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Every legal (lanes, pe, taps) of a layer, or those with `lanes` channels a beat."""
    channels, filters, groups = layer.in_channels, layer.out_channels, layer.groups
    taps = taps_of(layer)
    for beat in legal_lanes(channels, groups) if lanes is None else [lanes]:
        for pe in legal_pe(channels, filters, groups, beat):
            for number in taps:
                yield beat, pe, number


def taps_of(layer: Operator) -> list[int]:
    """Ascending legal `taps` of a layer."""
    if layer.window.fractional:
        return list(range(1, layer.window.kernel_size[0] + 1))
    return legal_taps(layer.window.kernel_size) if layer.fixed_taps is None else [layer.fixed_taps]


def figures(
    *,
    height: Numbers,
    width: Numbers,
    in_channels: Numbers = 1,
    out_channels: Numbers = 1,
    kernel_size: Pair,
    stride: Pair = (1, 1),
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0)),
    dilation: Pair = (1, 1),
    groups: Numbers = 1,
    lanes: Numbers = 1,
    pe: Numbers = 1,
    taps: Numbers,
    depth: Numbers | None = None,
    accumulates: Numbers = False,
    operations: Numbers | None = None,
    outputs: Pair | None = None,
    first: Numbers | None = None,
) -> Figures:
    """Figures of many designs of many layers.

    Arguments are named and ordered as those of `Conv2d` and `Design` (`(h, w)`, `((top, bottom), (left,
    right))`), each an integer or an array of integers; all are broadcast together. `depth` is that of the
    reduction and its output maps, fan-out included, by default of a convolution without any. `accumulates`,
    `operations`: as of `Design`, the latter by default all MACs. `outputs`, `first`: windows in rows and
    columns and the pixel that releases the first, where they do not follow from the others.

    Raises
    ------
    TypeError
        if an argument is not of integers
    ValueError
        if a design is not legal, with its place in the arrays and the values there
    """
    (kh, kw), (sh, sw), (dh, dw) = _pair(kernel_size), _pair(stride), _pair(dilation)
    (top, bottom), (left, right) = (_pair(side) for side in padding)
    h, w, c, o, g = map(_numbers, (height, width, in_channels, out_channels, groups))
    lanes_, pe_, taps_ = map(_numbers, (lanes, pe, taps))
    rows, columns = (h, kh, sh, dh, top, bottom), (w, kw, sw, dw, left, right)

    with np.errstate(divide="ignore"):  # a zero is not legal, and is told so below
        steps = np.where(accumulates, 1, -(-kh * kw // taps_))
        slices, beats = c // lanes_, o // pe_
        of_group, filters = c // g, o // g
        several = lanes_ // np.maximum(of_group, 1)  # groups in a beat
        outputs_h, outputs_w = (_outputs(*rows), _outputs(*columns)) if outputs is None else _pair(outputs)
        legal = (slices * lanes_ == c) & (beats * pe_ == o) & (outputs_h > 0) & (outputs_w > 0)
        legal = legal & (of_group * g == c) & (filters * g == o)
        inside = (of_group % np.maximum(lanes_, 1) == 0) & (filters % np.maximum(pe_, 1) == 0)
        across = (several * of_group == lanes_) & (pe_ == several * filters)
        legal = legal & np.where(lanes_ <= of_group, inside, across)
        legal = legal & (taps_ >= 1) & ((taps_ <= kh) | (taps_ == -(-kh * kw // np.maximum(steps, 1))))
    for positive in (c, o, g, lanes_, pe_, *rows[:4], *columns[:4]):
        legal = legal & (positive > 0)
    legal = legal & (np.minimum(top, bottom) >= 0) & (np.minimum(left, right) >= 0)
    if not np.all(legal):
        raise _illegal(legal, rows, columns, lanes=(c, lanes_), pe=(o, pe_), taps=taps_,
                       groups=g)

    beat_steps = np.maximum(of_group // lanes_, 1) * steps
    operands = taps_ * np.minimum(lanes_, of_group)
    fold, multipliers = beats * beat_steps, pe_ * operands
    windows, input_beats = outputs_h * outputs_w, h * w * slices
    macs = windows * o * kh * kw * of_group if operations is None else _numbers(operations)
    bound = np.maximum(input_beats, fold * windows)
    arithmetic = -(-macs // multipliers)

    gathers = taps_ <= kh
    row_time = fold * outputs_w
    # theory.md asks for the time to fetch the stored columns of a row. A row of the input is no shorter.
    ideal = np.asarray(gathers | (row_time >= w * slices))
    if not ideal.all():
        ideal = _look_closer(ideal, rows, columns, row_time, slices)

    if depth is None:
        parts = -(-pe_ * operands // (taps_ * lanes_ * FEEDS))
        spread = np.where(parts > 1, _bit_length(parts - 1) + GATHER + COLLECT, 0)  # as `fan_out`
        depth = spread + _MULTIPLY + _bit_length(operands - 1)
    direct = np.asarray(gathers | ((fold == 1) & ideal))
    if not (direct == gathers).all():
        direct = _shifts(direct, gathers, rows, columns)
    read = np.where(direct, READ_BUFFER, READ_STORE + STORE)
    pipeline_latency = read + _numbers(depth) + OFFER + np.where(accumulates, -slices, ARRIVE - 1)
    released = _first_release(rows, columns, slices) if first is None else (_numbers(first) + 1) * slices - 1
    latency = released + beat_steps + pipeline_latency
    with np.errstate(invalid="ignore"):
        utilisation = np.where(ideal, macs / (multipliers * bound), np.nan)
    columns_of = np.broadcast_arrays(
        lanes_, pe_, taps_, multipliers, fold, bound, arithmetic, ideal,
        np.where(ideal, bound, -1), np.where(ideal, latency, -1), utilisation,
    )  # fmt: skip
    return Figures(*columns_of)


def _numbers(value: Numbers) -> Array:
    array = np.asarray(value)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"layers and designs are described by integers, not by {array.dtype}: {value!r}")
    return array.astype(np.int64)


def _bit_length(numbers: Array) -> Array:
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)  # exact below 2**53


def _pair(value: Pair) -> tuple[Array, Array]:
    first, second = value
    return _numbers(first), _numbers(second)


def _outputs(
    size: Array, kernel: Array, stride: Array, dilation: Array, before: Array, after: Array
) -> Array:
    """Windows on an axis, as `Axis.outputs`."""
    return (size + before + after - dilation * (kernel - 1) - 1) // stride + 1


def _first_release(rows: tuple[Array, ...], columns: tuple[Array, ...], slices: Array) -> Array:
    """Input beat that releases the first window (`R_0` of theory.md)."""
    last, real = [], []
    for size, kernel, _, dilation, before, _ in (rows, columns):
        first_tap = np.minimum(-(-before // dilation), kernel)
        end_tap = np.minimum(-(-(size + before) // dilation), kernel)
        last.append((end_tap - 1) * dilation - before)
        real.append(first_tap < end_tap)
    pixel = np.where(real[0] & real[1], last[0] * columns[0] + last[1], 0)
    return pixel * slices + slices - 1


def _look_closer(
    ideal: npt.NDArray[np.bool_], rows: tuple[Array, ...], columns: tuple[Array, ...], row_time: Array,
    slices: Array,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """`ideal`, where columns at the edges are not read, or nothing is: only for designs undecided so far."""
    shape = np.broadcast_shapes(ideal.shape, *(each.shape for each in (*rows, *columns, row_time, slices)))
    ideal = np.broadcast_to(ideal, shape).copy()
    left = np.flatnonzero(~ideal)

    def pick(array: Array) -> Array:
        return array if array.ndim == 0 else np.broadcast_to(array, shape).ravel()[left]

    low, high = _extent(*map(pick, columns))
    row_low, row_high = _extent(*map(pick, rows))
    _, kernel, stride, dilation, _, _ = map(pick, columns)
    every_column = (stride <= kernel) & (np.gcd(stride, dilation) == 1)  # all between low and high are read
    keeps_up = every_column & (pick(row_time) >= (high - low + 1) * pick(slices))
    ideal.reshape(-1)[left] = keeps_up | (low > high) | (row_low > row_high)
    return ideal


def _shifts(
    direct: npt.NDArray[np.bool_], gathers: npt.NDArray[np.bool_], rows: tuple[Array, ...],
    columns: tuple[Array, ...],
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """`gathers`, or of the other designs that are `direct` those of which `Design.shifts` is true."""
    shape = np.broadcast_shapes(direct.shape, gathers.shape, *(each.shape for each in (*rows, *columns)))
    found = np.broadcast_to(gathers, shape).copy()
    at = np.flatnonzero(np.broadcast_to(direct, shape) & ~found)

    def pick(array: Array) -> Array:
        return np.broadcast_to(array, shape).ravel()[at]

    row, column = tuple(map(pick, rows)), tuple(map(pick, columns))
    low, high = _extent(*column)
    _, kernel, stride, dilation, before, _ = column
    common = np.gcd(stride, dilation)
    advance, stored = stride // common, (high - low) // common + 1
    last = ((kernel - 1) * dilation - before - low) // common
    outputs = _outputs(*column)
    trailing = np.maximum((outputs - 1) * advance + last - (stored - 1), 0)
    found.reshape(-1)[at] = (
        _all_real(*row)
        & _all_real(*column)
        & (advance <= kernel)
        & (trailing <= np.minimum(np.minimum(1, last), stored - 1))
        & (last + outputs * advance >= stored)
    )
    return found


def _all_real(
    size: Array, kernel: Array, stride: Array, dilation: Array, before: Array, after: Array
) -> npt.NDArray[np.bool_]:
    """Does every window have a tap on a pixel of this axis?"""
    real = np.ones(size.shape, bool)
    for window in range(int(_outputs(size, kernel, stride, dilation, before, after).max(initial=0))):
        origin = window * stride - before
        # The first tap at or behind the first pixel; beyond the last window it does not matter.
        position = origin + np.maximum(-(origin // dilation), 0) * dilation
        there = (position < size) & (position <= origin + (kernel - 1) * dilation)
        real &= there | (window >= _outputs(size, kernel, stride, dilation, before, after))
    return real


def _extent(
    size: Array, kernel: Array, stride: Array, dilation: Array, before: Array, after: Array
) -> tuple[Array, Array]:
    """First and last position that any window reads, as `Axis.extent`; first > last where there is none."""
    last_window = _outputs(size, kernel, stride, dilation, before, after) - 1
    low, high = size, np.full_like(size, -1)
    for tap in range(int(kernel.max(initial=1))):
        origin = tap * dilation - before
        first = np.maximum(-(origin // stride), 0)
        final = np.minimum((size - 1 - origin) // stride, last_window)
        some = (first <= final) & (tap < kernel)
        low = np.where(some, np.minimum(low, first * stride + origin), low)
        high = np.where(some, np.maximum(high, final * stride + origin), high)
    return low, high


def _illegal(
    legal: npt.NDArray[np.bool_], rows: tuple[Array, ...], columns: tuple[Array, ...], *,
    lanes: tuple[Array, Array], pe: tuple[Array, Array], taps: Array, groups: Array,
) -> ValueError:  # fmt: skip
    """The error for the first design that is not legal."""
    everything = np.broadcast_arrays(legal, *rows, *columns, *lanes, *pe, taps, groups)
    at = int(np.flatnonzero(~everything[0].ravel())[0])
    h, kh, sh, dh, top, bottom, w, kw, sw, dw, left, right, c, lane, o, filters, tap, group = (
        int(each.ravel()[at]) for each in everything[1:]
    )
    return ValueError(
        f"every design must be legal, not the one at {at}: height={h}, width={w}, in_channels={c}, "
        f"out_channels={o}, kernel_size=({kh}, {kw}), stride=({sh}, {sw}), dilation=({dh}, {dw}), "
        f"padding=(({top}, {bottom}), ({left}, {right})), groups={group}, lanes={lane}, pe={filters}, "
        f"taps={tap}"
    )
