"""Blocks that reductions and output maps take besides the multipliers of weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from windrow.operators.average_pool import AvgPool2d
from windrow.operators.operator import Operator, Parameters
from windrow.outputs.lookup import Lookup
from windrow.outputs.multiply_shift import MultiplyShift
from windrow.outputs.output_map import turns
from windrow.outputs.requantise_lane import BLOCKS, ROWS, LaneNumbers, channel_of
from windrow.stage.memory_blocks import FEW_WORDS, Family, cheapest, constants, family_of
from windrow.values.numerics import smallest

__all__ = ["chain_blocks", "divided", "dividers", "map_blocks", "table_blocks"]

_OWN = ("ice40",)  # families in which nothing but what was laid out by hand is multiplied in blocks


def map_blocks(design: Any, target: str, parameters: Parameters | None) -> tuple[int, int]:
    """Block RAMs and DSP blocks of the output maps of a `Design` with these weights and bias, or with any."""
    layer = design.layer
    narrowed = _for_any(layer) if parameters is None else _narrowed(layer, parameters)
    found, products = chain_blocks(narrowed, target, pe=design.pe, beat_steps=design.beat_steps,
                                   groups=design.filter_groups)
    return design.output_pixels * found, design.output_pixels * products


def chain_blocks(
    maps: Sequence[tuple[Any, Any]], target: str, *, pe: int, beat_steps: int, groups: int
) -> tuple[int, int]:
    """Block RAMs and DSP blocks of maps, each narrowed and with the type before it, as `Stage` has them."""
    family, found, products = family_of(target), 0, 0
    width, cycles = turns(pe, beat_steps)
    for narrowed, before in maps:
        if isinstance(narrowed, Lookup):
            found += width * table_blocks(family, narrowed.result(before).bits, len(narrowed.values))
        elif isinstance(narrowed, MultiplyShift):
            for lane in range(width):
                channels = [channel_of(turn, lane, pe, width, cycles) or 0
                            for turn in range(groups * cycles)]  # fmt: skip
                numbers = LaneNumbers.of(narrowed, channels, target)
                found += table_blocks(family, len(numbers.kept), len(channels))
                products += 4 if numbers.quarters else 1 + _high(numbers, target)
                if target not in _OWN and numbers.above_block > ROWS and not numbers.quarters:
                    products += _split(target, numbers.above_block, numbers.multipliers.ends[1].bit_length())
    return found, products


def _high(numbers: LaneNumbers, target: str) -> int:
    """Blocks of the low bits of the operand by the high ones of the multiplier."""
    if numbers.high_fits:
        return int(numbers.high)
    taken, block = numbers.block
    above = numbers.multipliers.ends[1].bit_length() - block
    return 0 if target in _OWN else _split(target, min(numbers.map.operand.bits, taken), above)


def dividers(layer: Operator, target: str) -> int:
    """DSP blocks that divide the sums of an average, for each lane; 0 for other operators."""
    if not isinstance(layer, AvgPool2d) or layer.division.graph(layer.products_of_sums) is not None:
        return 0
    each = _split(target, *divided(layer))
    return 0 if each > 1 and target in _OWN else each


def divided(layer: Operator) -> tuple[int, int]:
    """Bits of the sums of an average, and of what they are multiplied by; 0 for other operators."""
    if not isinstance(layer, AvgPool2d):
        return 0, 0
    return smallest(*layer.division.sum_range).bits, max(layer.division.multipliers).bit_length()


def _split(target: str, *factors: int) -> int:
    """Blocks of a product whose factors may be wider than those of one."""
    return prod(-(-bits // block) for bits, block in zip(factors, BLOCKS[target], strict=True))


def _narrowed(layer: Operator, parameters: Parameters | None) -> list[tuple[Any, Any]]:
    """The maps as the hardware has them."""
    return layer.chain.narrowed(*layer.reach(parameters)) if layer.output else []


@lru_cache(maxsize=64)
def _for_any(layer: Operator) -> list[tuple[Any, Any]]:
    return _narrowed(layer, None)


def table_blocks(family: Family, bits: int, words: int) -> int:
    """Block RAMs of constants that are read in turn."""
    if not bits:
        return 0
    size = np.array(bits), np.array(words)
    return int(cheapest(family, *size, None) if words <= FEW_WORDS else constants(family, *size))
