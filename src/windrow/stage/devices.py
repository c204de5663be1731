"""Devices of ECP5: what there is of look-up tables, block RAMs and DSP blocks."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ECP5", "Device"]


@dataclass(frozen=True)
class Device:
    """What a device has, in the units of `windrow_hdl.synthesis.Synthesis`."""

    lut: int
    bram: int
    dsp: int


ECP5 = {
    "12F": Device(12_144, 32, 28),  # as sold, though its die is that of the 25F
    "25F": Device(24_288, 56, 28),
    "45F": Device(43_848, 108, 72),
    "85F": Device(83_640, 208, 156),
}
"""By the size in their names."""
