"""What a pipeline takes of an ECP5 without synthesis, and which of its multipliers DSP blocks should be.

DSP blocks and block RAMs are counted, look-up tables estimated.  Where there are fewer blocks than
multipliers, those become logic that take the fewest look-up tables for each block that they set free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from windrow.joins.add import Add
from windrow.operators.operator import Operator
from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import JoinDesign, StageDesign
from windrow.pipeline.steps import Step
from windrow.stage.arithmetic_blocks import chain_blocks, table_blocks
from windrow.stage.blocks import Blocks
from windrow.stage.estimates import memory_rams
from windrow.stage.logic import carry_luts, join_luts, map_luts, queue_luts, stage_luts
from windrow.stage.memory_blocks import FAMILIES, packed
from windrow.values.numerics import smallest

__all__ = ["Area", "StepArea", "area", "assigned", "queue_area", "step_area"]

_TARGET = "ecp5"


@dataclass(frozen=True)
class Area:
    """Look-up tables, block RAMs and DSP blocks, in the units of `windrow_hdl.synthesis.Synthesis`."""

    luts: int
    block_rams: int
    dsps: int

    def __add__(self, other: Area) -> Area:
        return Area(self.luts + other.luts, self.block_rams + other.block_rams, self.dsps + other.dsps)

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class StepArea:
    """What a step takes.

    multipliers, each: of weights or of a division, and the look-up tables of one that is logic
    products, maps: DSP blocks of output maps, and the look-up tables of all where they are logic
    luts, block_rams: of all else
    """

    multipliers: int
    each: int
    products: int
    maps: int
    luts: int
    block_rams: int

    def within(self, blocks: Blocks) -> Area:
        """With these multipliers in DSP blocks."""
        held = blocks.held(self.multipliers)
        logic = (self.multipliers - held) * self.each + (0 if blocks.maps else self.maps)
        return Area(self.luts + logic, self.block_rams, held + (self.products if blocks.maps else 0))


def area(areas: Mapping[str, StepArea], blocks: Mapping[str, Blocks]) -> Area:
    """All steps together, by name."""
    return sum((each.within(blocks.get(name, Blocks())) for name, each in areas.items()), Area(0, 0, 0))


def assigned(areas: Mapping[str, StepArea], dsps: int) -> dict[str, Blocks]:
    """Of steps that have not all multipliers in DSP blocks, which are, so that `dsps` blocks are enough."""
    over = area(areas, {}).dsps - dsps
    choices = [(each.each, -each.multipliers, name, False) for name, each in areas.items()
               if each.multipliers]  # fmt: skip
    choices += [(each.maps / each.products, -each.products, name, True) for name, each in areas.items()
                if each.products]  # fmt: skip
    found: dict[str, Blocks] = {}
    for _, _, name, maps in sorted(choices):
        if over <= 0:
            break
        before, each = found.get(name, Blocks()), areas[name]
        freed = each.products if maps else min(over, each.multipliers)
        found[name] = replace(before, maps=False) if maps else (
            replace(before, multipliers=each.multipliers - freed))
        over -= freed
    return found


def step_area(step: Step, design: StageDesign, exact: bool) -> StepArea:
    """Of a step; its output maps for its own constants if `exact`, else for any."""
    if isinstance(design, JoinDesign):
        return _join_area(design)
    layer = design.layer
    maps = _exact_maps(layer, step) if exact else _any_maps(layer)
    rams, multipliers, each = memory_rams(design, _TARGET)
    more, products = chain_blocks(maps, _TARGET, pe=design.pe, beat_steps=design.beat_steps,
                                  groups=design.filter_groups)  # fmt: skip
    windows = design.output_pixels
    return StepArea(multipliers, carry_luts(*each), windows * products,
                    windows * map_luts(maps, design.pe, design.beat_steps), stage_luts(design),
                    rams + windows * more)


def _queue_rams(fifo: Fifo) -> int:
    """Block RAMs of a queue."""
    if not fifo.in_block_ram:
        return 0
    bits, words = np.array(fifo.write * fifo.element_bits), np.array(fifo.elements // fifo.unit)
    return int(packed(FAMILIES[_TARGET], bits, words, fifo.unit // fifo.write)[0])


def queue_area(fifos: Sequence[Fifo]) -> Area:
    """Of all queues."""
    return Area(sum(map(queue_luts, fifos)), sum(map(_queue_rams, fifos)), 0)


def _join_area(design: JoinDesign) -> StepArea:
    layer = design.layer
    if not isinstance(layer, Add):
        return StepArea(0, 0, 0, 0, join_luts(design), 0)
    maps = _join_maps(layer)
    rams, products = chain_blocks(maps, _TARGET, pe=design.lanes, beat_steps=1, groups=len(design.reads))
    tables = sum(table_blocks(FAMILIES[_TARGET], smallest(min(each), max(each)).bits, len(each))
                 for each in layer.tables)
    return StepArea(0, 0, products, map_luts(maps, design.lanes, 1), join_luts(design),
                    rams + design.lanes * tables)


def _exact_maps(layer: Operator, step: Step) -> list[tuple[Any, Any]]:
    return layer.chain.narrowed(*layer.reach((step.weights, step.bias))) if layer.output else []


@lru_cache(maxsize=256)
def _any_maps(layer: Operator) -> list[tuple[Any, Any]]:
    return layer.chain.narrowed(*layer.reach(None)) if layer.output else []


@lru_cache(maxsize=64)
def _join_maps(layer: Add) -> list[tuple[Any, Any]]:
    return layer.chain.narrowed(*layer.sum_range)
