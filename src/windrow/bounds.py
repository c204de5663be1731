"""Physical limits: what no hardware of a given size can beat (theory.md, "Lower bounds")."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windrow.design import Design


@dataclass(frozen=True)
class Bounds:
    """Lower bounds for one design.

    interval: cycles between frames, `max(HWC/lanes, MACs/M, Ho*Wo*O/pe)`, each rounded up
    multipliers: multipliers that any design needs to keep up with the input, `MACs/T_in` rounded up
    latency: cycles from the first input beat to the first output beat, were arithmetic instant
    utilisation: share of multiplier cycles that can do a MAC at the interval bound
    """

    interval: int
    multipliers: int
    latency: int
    utilisation: float

    @classmethod
    def of(cls, design: Design) -> Bounds:
        layer = design.layer
        outputs = design.windows * layer.out_channels
        interval = max(
            design.input_beats,
            ceil(layer.macs / design.multipliers),
            ceil(outputs / design.pe),
        )
        need = int(design.window_walk.needs[0, 0])
        release = int(design.stored_beats[need]) if need >= 0 else design.slices - 1
        return cls(
            interval,
            ceil(layer.macs / design.input_beats),
            release + design.beat_steps,
            layer.macs / (design.multipliers * interval),
        )
