"""Look-up tables of ECP5 without synthesis: of multipliers in carry chains, and of the rest of a stage.

A multiplier is known by its construction (`windrow_hdl.technology.ecp5_carry`).  The rest is counted by what
there is to add, to choose from and to keep, from above: 10 % and 18 % more than synthesis makes of two
networks of MLPerf Tiny with 156 and 139 multipliers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windrow.operators.conv2d import Conv2d
from windrow.outputs.multiply_shift import MultiplyShift
from windrow.outputs.output_map import turns
from windrow.stage.memory_blocks import MOST_STEPS

__all__ = ["carry_luts", "join_luts", "map_luts", "queue_luts", "stage_luts"]

_STAGE = 150  # walks, line buffer, queue of outputs
_OPERAND = 1.5  # per bit of what a reader hands over in a cycle
_PRODUCT, _SUM = 19, 5  # per multiplier, the adders behind it; per bit of a sum
_MAP, _WAITING = 110, 1.5  # per value scaled in a cycle; per bit of a beat whose values take turns
_COMPARE = 2  # per bit that is compared or added
_QUEUE, _HELD = 30, 0.8  # per queue; per bit of its widest beat


def carry_luts(first: int, second: int) -> int:
    """A multiplier of factors of so many bits in carry chains."""
    long, short = max(first, second), min(first, second)
    rows = -(-short // 2)
    return rows * (long + 2) + (rows - 1) * (long + 2 * (rows - 1).bit_length() + 2)


def map_luts(maps: Sequence[tuple[Any, Any]], pe: int, beat_steps: int) -> int:
    """The multipliers of output maps, narrowed, with the type before each."""
    width, _ = turns(pe, beat_steps)
    return sum(width * carry_luts(each.operand.bits, each.multiplier_bits)
               for each, _ in maps if isinstance(each, MultiplyShift))


def stage_luts(design: Any) -> int:
    """A stage but for its multipliers."""
    layer, pe = design.layer, design.pe
    operands = design.taps * design.lanes * layer.input_type.bits
    found = _STAGE + _OPERAND * operands
    if isinstance(layer, Conv2d):
        found += _PRODUCT * design.multipliers + _SUM * pe * layer.accumulator_type.bits
        if 1 < design.fold <= MOST_STEPS:
            found += design.multipliers * layer.weight_type.bits * -(-design.fold // 16)
    else:
        found += _COMPARE * design.multipliers * layer.input_type.bits
    return int(found + _maps(design.requantisers, pe, design.beat_steps, layer.result_type.bits))


def join_luts(design: Any) -> int:
    """A join but for its multipliers."""
    bits = design.layer.output_type.bits
    return int(_STAGE + _COMPARE * design.lanes * bits + _maps(design.requantisers, design.lanes, 1, bits))


def queue_luts(fifo: Any) -> int:
    """A queue between stages."""
    wide = max(fifo.write, fifo.read) * fifo.element_bits
    words = fifo.elements // fifo.unit
    tables = 0 if fifo.in_block_ram or words == 1 else -(-words // 16) * fifo.unit * fifo.element_bits
    return int(_QUEUE + _HELD * wide + tables)


def _maps(requantisers: int, pe: int, beat_steps: int, bits: int) -> float:
    """What output maps take beside multipliers."""
    _, cycles = turns(pe, beat_steps)
    waiting = _WAITING * pe * bits if requantisers and cycles > 1 else 0
    return _MAP * requantisers + waiting
