"""What multipliers cost where no DSP blocks are left: look-up tables of four inputs."""

from __future__ import annotations

from math import ceil

from windrow.operators.conv2d import Conv2d
from windrow.stage.constants import has_constants
from windrow.stage.design import Design
from windrow.stage.memory_blocks import MOST_STEPS

_GENERAL = 4  # LUT4 per product of two bits: 8x8 multipliers take 270 each on ECP5, so 4.2
_COMPARE = 2  # per bit of a comparison and of the choice it makes
_PART = 4  # bits of a constant for which there is about one addition


def multiplier_luts(design: Design) -> int:
    """LUT4 of all multipliers of a design with `dsp=False`, weights included; an estimate.

    With a fold of 1 weights are constants and sums are shifts and additions (`windrow.stage.constants`),
    else a multiplier is a general one, and its weights lie in a ROM, of logic where they are few.
    """
    layer, pixel = design.layer, design.layer.input_type.bits
    if not isinstance(layer, Conv2d):
        return _COMPARE * pixel * design.multipliers
    weight = layer.weight_type.bits
    if has_constants(design):
        each = ceil(weight / _PART) * (pixel + weight // 2)
    else:
        rom = weight * ceil(design.fold / 16) if design.fold <= MOST_STEPS else 0
        each = _GENERAL * pixel * weight + rom
    return design.multipliers * each
