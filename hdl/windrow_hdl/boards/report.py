"""What a build says: resources against the device, the clock that was reached, and frames per second."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path

from windrow.board.link import ANSWER_BYTES, CRC_BYTES, PAYLOAD, REQUEST_BYTES
from windrow.board.wire import value_bytes
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.boards.catalogue import Board

__all__ = ["Build", "datapath_rate", "line_rate"]


@dataclass(frozen=True)
class Build:
    """A system built for a board.

    Attributes
    ----------
    board : Board
    design : Design or Pipeline
    clock_mhz : float
        Of the design.
    baud : int
        Of the line.
    bitstream : Path or None
        None for a board whose bitstream is not built here.
    files : tuple of Path
        Everything that was written.
    lut, ff, bram, dsp : int or None
        As of `Synthesis`, the whole system; None where nothing was synthesised.
    fmax_mhz : float or None
        As place and route found it.
    seed : int or None
        Of place and route.
    """

    board: Board
    design: Design | Pipeline
    clock_mhz: float
    baud: int
    bitstream: Path | None = None
    files: tuple[Path, ...] = ()
    lut: int | None = None
    ff: int | None = None
    bram: int | None = None
    dsp: int | None = None
    fmax_mhz: float | None = None
    seed: int | None = None

    @property
    def meets_timing(self) -> bool:
        """Is the design's clock one that was reached?  True where nothing was placed."""
        return self.fmax_mhz is None or self.fmax_mhz >= self.clock_mhz

    def resources(self) -> dict[str, str]:
        """Each resource with what the device has of it, for people."""
        device = self.board.device
        if device is None:
            return {}
        pairs = {"LUT": (self.lut, device.lut), "block RAM": (self.bram, device.bram),
                 "DSP": (self.dsp, device.dsp)}
        return {name: f"{used:,} of {there:,}" for name, (used, there) in pairs.items()}

    def loader(self) -> str:
        """The command that loads the bitstream into the board."""
        return self.board.loader.format(self.bitstream)

    def to_dict(self) -> dict[str, object]:
        """The promised JSON keys of a build."""
        return {
            "board": self.board.name,
            "bitstream": None if self.bitstream is None else str(self.bitstream),
            "lut": self.lut, "ff": self.ff, "bram": self.bram, "dsp": self.dsp,
            "fmax_mhz": self.fmax_mhz, "clock_mhz": self.clock_mhz,
            "built": self.bitstream is not None, "baud": self.baud, "seed": self.seed,
            "datapath_fps": datapath_rate(self.design, self.clock_mhz),
            "line_fps": line_rate(self.design, self.baud),
            "design": self.design.to_dict(), "files": [str(path) for path in self.files],
        }  # fmt: skip


def datapath_rate(design: Design | Pipeline, clock_mhz: float) -> float:
    """Frames per second that the datapath takes at this clock."""
    return clock_mhz * 1e6 / design.interval


def line_rate(design: Design | Pipeline, baud: int) -> float:
    """Frames per second that a line of this rate carries: pixels one way and results the other at once.

    Without escapes, which depend on the values: random ones add one byte in 128.
    """
    rates = []
    for shape, kind, words in (
        (design.input_shape, design.input_type, REQUEST_BYTES),
        (design.output_shape, design.output_type, ANSWER_BYTES),
    ):
        count = value_bytes(kind)
        for size in shape:
            count *= size
        line = count * (PAYLOAD + words + CRC_BYTES + 2) / PAYLOAD
        rates.append(baud / 10 / line if line else inf)
    return min(rates)
