"""Physical limits: what no hardware of a given size can beat (theory.md, "Lower bounds")."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from windrow.timing.ideal import Server
from windrow.timing.schedule import Schedule


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
    def of(cls, schedule: Schedule, macs: int, multipliers: int) -> Bounds:
        """Of `multipliers` that do `macs` operations a frame by this schedule."""
        interval = max(schedule.input_beats, schedule.work)
        server = Server(schedule, 1)
        release = schedule.slices - 1  # the first pixel, for a window that lies in padding
        if not schedule.starts_in_padding:
            release = int(server.row_releases[0] + server.column_releases[0])
        if schedule.accumulates:
            release -= schedule.slices - 1  # the first slice of that pixel
        return cls(
            interval,
            ceil(macs / multipliers),
            ceil(macs / schedule.input_beats),
            release + schedule.fold.beat_steps,
            macs / (multipliers * interval),
        )
