"""Physical limits: what no hardware of a given size can beat (theory.md, "Lower bounds")."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windrow.stage.design import Design


@dataclass(frozen=True)
class Bounds:
    """Lower bounds for one design.

    interval: cycles between frames, `max(T_in, f*Ho*Wo)`: beats to take in, windows to serve
    arithmetic: cycles between frames if every multiplier did a MAC in every cycle, `MACs/M`; less
        than what the windows take where `taps` does not divide the kernel (tap rounding)
    multipliers: multipliers that any design needs to keep up with the input, `MACs/T_in`
    latency: cycles from the first input beat to the first output beat, were arithmetic instant
    utilisation: share of multiplier cycles that do a MAC at the interval bound
    """

    interval: int
    arithmetic: int
    multipliers: int
    latency: int
    utilisation: float

    @classmethod
    def of(cls, design: Design) -> Bounds:
        layer = design.layer
        interval = max(design.input_beats, design.fold * design.windows)
        need = int(design.window_walk.needs[0, 0])
        release = int(design.stored_beats[need]) if need >= 0 else design.slices - 1
        return cls(
            interval,
            ceil(layer.macs / design.multipliers),
            ceil(layer.macs / design.input_beats),
            release + design.beat_steps,
            layer.macs / (design.multipliers * interval),
        )
