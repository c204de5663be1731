"""What the hardware of one step costs, for every number of channels that its tensors may have.

Rows are foldings, each with the multipliers that it takes and the interval that it keeps: where a closed form
gives that at once, elsewhere the bound until somebody asks for more (`settle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from windrow.joins.add import Add
from windrow.joins.join import Join
from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.outputs.requantise import Requantize
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.pipeline import StageDesign
from windrow.pipeline.steps import Step
from windrow.pipeline.widening import depthwise
from windrow.stage.design import Design
from windrow.stage.pixels import pixel_foldings
from windrow.timing.figures import figures, first_pixel, foldings, taps_of
from windrow.timing.folding import divisors

__all__ = ["NEVER", "StepTable", "beside"]

Array = npt.NDArray[np.int64]

NEVER = 1 << 54
"""The cost of what cannot be: more than all else together, and a sum of some hundred is still a number."""

_BLOCK = 16  # numbers of channels that are looked at at once: of all together there may be millions of rows
_MULTIPLIER = 32  # bits of a cost below the multipliers
# What else there is, weighed as look-up tables.
_REQUANTISER, _OPERAND, _MEMORY = 400, 16, 1 / 32  # the last: of a bit


class StepTable:
    """The foldings of a step whose input has one of the numbers of channels `befores`, its output `afters`.

    tied: input and output have the same number: the table has one axis then, else (befores, afters)
    pixels: neighbours of a row in an input beat; with several there is one number of channels of each
    """

    def __init__(self, step: Step, befores: Sequence[int], afters: Sequence[int], tied: bool, pixels: int = 1
                 ) -> None:  # fmt: skip
        self.step, self.tied, self.pixels = step, tied, pixels
        self.shape = (len(befores),) if tied else (len(befores), len(afters))
        blocks = [range(first, min(first + _BLOCK, len(befores))) for first in range(0, len(befores), _BLOCK)]
        found = [self._found(befores, afters, block) for block in blocks]
        columns = [list(column) for column in zip(*found, strict=True)]
        del found
        whole = (np.concatenate(columns.pop(0)) for _ in range(len(columns)))
        self.cell, self.multipliers, self.cost, self.lanes, self.pe, self.taps, *rest = whole
        self.interval, self.settled = rest

    def _found(self, befores: Sequence[int], afters: Sequence[int], places: range
               ) -> tuple[npt.NDArray[Any], ...]:
        """The foldings of some of the numbers of channels that come in, column by column."""
        operator = self.step.operator
        rows = (_rows(operator, befores, afters, self.tied, places) if self.pixels == 1 else
                _abreast(operator, self.pixels))
        cell = rows.before if self.tied else rows.before * len(afters) + rows.after
        multipliers = rows.operands if isinstance(operator, Conv2d) else np.zeros_like(rows.operands)
        width, depth = np.array(befores)[rows.before], np.array(afters)[rows.after]
        maps = operator.output if isinstance(operator, (Operator, Add)) else ()
        scaled = -(-rows.pe // rows.beat_steps) * sum(isinstance(each, Requantize) for each in maps)
        rest = _REQUANTISER * scaled + _MEMORY * _memory(operator, width, depth, rows.taps)
        rest += 0 if isinstance(operator, Conv2d) else _OPERAND * rows.operands
        kept = _useful(cell, rows.interval, multipliers)
        cost = (multipliers << _MULTIPLIER) + rest.astype(np.int64)
        cell, multipliers, *folding = (_narrow(each[kept]) for each in
                                       (cell, multipliers, rows.lanes, rows.pe, rows.taps))
        return cell, multipliers, cost[kept], *folding, rows.interval[kept], rows.settled[kept]

    def least(self, pace: int, cost: Array) -> Array:
        """The least cost that keeps an interval of `pace` cycles, for every number of channels."""
        cells = np.full(int(np.prod(self.shape)), NEVER, np.int64)
        able = self.interval <= pace
        np.minimum.at(cells, self.cell[able], cost[able])
        return cells.reshape(self.shape)

    def cheapest(self, pace: int, at: Sequence[int]) -> list[int]:
        """Rows with the fewest multipliers that keep the pace, as far as is known, for channels `at`."""
        cell = np.ravel_multi_index(tuple(at), self.shape)
        rows = np.flatnonzero((self.cell == cell) & (self.interval <= pace))
        return rows[self.multipliers[rows] == self.multipliers[rows].min()].tolist() if rows.size else []

    def settle(self, row: int, operator: Operator | Join) -> int:
        """The exact interval of a row; `operator`: the step's with its channels."""
        if not self.settled[row]:
            self.interval[row] = self.design(row, operator).interval
            self.settled[row] = True
        return int(self.interval[row])

    def design(self, row: int, operator: Operator | Join) -> StageDesign:
        """The hardware of a row."""
        if isinstance(operator, Join):
            return JoinDesign(operator, int(self.lanes[row]), self.pixels)
        return Design(operator, lanes=int(self.lanes[row]), pe=int(self.pe[row]), taps=int(self.taps[row]),
                      pixels=self.pixels)  # fmt: skip


def beside(design: StageDesign, bits: int) -> int:
    """What a design takes beside multipliers, and `bits` of memory more: weighed as look-up tables."""
    found = _REQUANTISER * design.requantisers + int(_MEMORY * bits)
    if isinstance(design, JoinDesign):
        return found + _OPERAND * design.lanes
    found += int(_MEMORY * design.buffer_bits)
    return found if isinstance(design.layer, Conv2d) else found + _OPERAND * design.multipliers


def _useful(cell: Array, interval: Array, multipliers: Array) -> npt.NDArray[np.intp]:
    """Rows that no other of their cell beats in both."""
    order = np.lexsort((multipliers, interval, cell))
    falling = multipliers[order] - (cell[order] << 32)
    return order[falling <= np.minimum.accumulate(falling)]


def _narrow(column: Array) -> npt.NDArray[np.signedinteger]:
    """A column in half of the memory, where its numbers allow it."""
    return column.astype(np.int32) if column.max(initial=0) <= np.iinfo(np.int32).max else column


def _memory(operator: Operator | Join, width: Array, depth: Array, taps: Array) -> Array:
    """About how many bits the rows of a window, or what there is of windows, and the weights take."""
    if isinstance(operator, Join):
        return np.zeros_like(width)
    bits = width * operator.window.kernel_size[0] * operator.width * operator.input_type.bits
    if operator.accumulates(1):
        partials = Design(operator, lanes=1, taps=1).buffer_bits // operator.in_channels
        bits = np.where(taps == 1, width * partials, bits)
    if not isinstance(operator, Conv2d):
        return bits
    each = operator.weight_type.bits * operator.window.taps
    return bits + depth * each * (width if operator.groups == 1 else operator.in_channels // operator.groups)


class _Rows(NamedTuple):
    """Every folding: places of its channels, what it is, and what it gives.

    settled: whether the interval is exact
    beat_steps: cycles between beats
    """

    before: Array
    after: Array
    lanes: Array
    pe: Array
    taps: Array
    operands: Array
    interval: Array
    settled: npt.NDArray[np.bool_]
    beat_steps: Array


def _rows(operator: Operator | Join, befores: Sequence[int], afters: Sequence[int], tied: bool, places: range
          ) -> _Rows:
    """Those of the `places` of `befores`."""
    if isinstance(operator, Join):
        before, lanes = np.array([(at, each) for at in places for each in _legal(operator, befores[at])]).T
        height, width, _ = operator.output_shape
        beats = height * width * np.array(afters)[before] // lanes
        one = np.ones_like(lanes)
        return _Rows(before, before, lanes, lanes, one, lanes, beats, one.astype(np.bool_), one)
    if operator.groups == 1 and not operator.channelwise:
        inputs = np.array([(at, each) for at in places for each in divisors(befores[at])])
        outputs = np.array([(at, each) for at, number in enumerate(afters) for each in divisors(number)])
        steps = np.array(taps_of(operator))
        first, second, third = (each.ravel() for each in np.meshgrid(
            np.arange(len(inputs)), np.arange(len(outputs)), np.arange(len(steps)), indexing="ij"))
        if tied:  # an input that its own output is added to, for one
            same = inputs[first, 0] == outputs[second, 0]
            first, second, third = first[same], second[same], third[same]
        before, lanes, after, pe, taps = *inputs[first].T, *outputs[second].T, steps[third]
        groups = np.ones_like(before)
    else:
        found = [(at, *folding, wide.groups) for at in places
                 for wide in [_alone(operator, befores[at])] for folding in foldings(wide)]
        before, lanes, pe, taps, groups = np.array(found).T
        after = before if tied else 0 * before
    width, depth = np.array(befores)[before], np.array(afters)[after]
    grows = (taps == 1) & operator.accumulates(1)
    at = figures(
        height=operator.height, width=operator.width, in_channels=width, out_channels=depth,
        kernel_size=operator.window.kernel_size, stride=operator.stride, padding=operator.padding,
        dilation=operator.dilation, groups=groups, lanes=lanes, pe=pe, taps=taps, depth=0,
        accumulates=grows, outputs=operator.window.output_size, first=first_pixel(operator.window),
    )  # fmt: skip
    beat_steps = np.maximum(width // groups // lanes, 1) * np.where(
        grows, 1, -(-operator.window.taps // taps))
    return _Rows(before, after, lanes, pe, taps, at.multipliers, at.bound.copy(), at.ideal.copy(), beat_steps)


def _abreast(operator: Operator | Join, pixels: int) -> _Rows:
    """The same of beats of several pixels, with the channels that the operator has."""
    every: list[StageDesign] = [JoinDesign(operator, operator.output_shape[2], pixels)] if isinstance(
        operator, Join) else [Design(operator, pe=pe, taps=taps, pixels=pixels)
                              for pe, taps in pixel_foldings(operator)]
    found = [(each.lanes, each.pe, each.taps, each.multipliers, each.interval, each.beat_steps)
             if isinstance(each, Design) else (each.lanes, each.pe, 1, pixels * each.lanes, each.interval, 1)
             for each in every]
    lanes, pe, taps, operands, interval, beat_steps = np.array(found, np.int64).T
    first, settled = np.zeros_like(lanes), np.ones(lanes.size, np.bool_)
    return _Rows(first, first, lanes, pe, taps, operands, interval, settled, beat_steps)


def _alone(operator: Operator, channels: int) -> Operator:
    """The operator on another number of channels, each or each group on its own."""
    if not isinstance(operator, Conv2d):
        return operator.replace(channels=channels, output=())
    if depthwise(operator):
        return operator.replace(in_channels=channels, out_channels=channels, groups=channels, output=())
    return operator


def _legal(join: Join, channels: int) -> list[int]:
    """Lanes of a join of so many channels; of one whose inputs differ those that it has."""
    same = all(shape == join.output_shape for shape in join.input_shapes)
    return divisors(channels) if same else join.legal_lanes
