"""Exchange: stimulus and recording as .npz files, for simulators that run in a process of their own.

Plain NumPy archives without pickled objects: anybody's testbench can read the one and write the other.
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow_sim.runs.run import Hang, Mismatch, Recording
from windrow_sim.streams.stimulus import Stimulus

__all__ = ["DONE", "EXTRA", "HANG", "RESET", "load_recording", "load_stimulus", "save_recording",
           "save_stimulus"]

DONE, HANG, EXTRA = "done", "hang", "extra"
"""How a simulation ended: as it should, without a transfer for too long, with a beat too many."""

RESET = 4
"""Cycles of reset of the cocotb testbench, a microsecond each: in its waves cycle `c` begins at `4 + c`."""


def save_stimulus(path: str | PathLike[str], stimulus: Stimulus) -> None:
    """Write the fields of a stimulus, each under its name."""
    np.savez(path, **vars(stimulus))


def load_stimulus(path: str | PathLike[str]) -> Stimulus:
    """The stimulus that `save_stimulus` wrote."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    fields: dict[str, Any] = {name: array if array.ndim else int(array) for name, array in arrays.items()}
    return Stimulus(**fields)


def save_recording(path: str | PathLike[str], *, status: str, cycle: int, accepted: int, first_accepted: int,
                   first_offered: int, cycles: list[int], payloads: list[int], words: int) -> None:
    """Write what a simulation saw: how it ended and when, and every output beat with its cycle."""
    raw = b"".join(payload.to_bytes(4 * words, "little") for payload in payloads)
    beats: npt.NDArray[np.uint32] = np.frombuffer(raw, "<u4").astype(np.uint32).reshape(-1, words)
    np.savez(path, status=np.array(status), cycle=cycle, accepted=accepted, first_accepted=first_accepted,
             first_offered=first_offered, cycles=np.array(cycles, np.int64), beats=beats)


def load_recording(path: str | PathLike[str], stimulus: Stimulus) -> Recording:
    """The recording that `save_recording` wrote. Raises `Hang` or `Mismatch` where it ended in one."""
    with np.load(path) as archive:
        status, cycle = str(archive["status"]), int(archive["cycle"])
        accepted, cycles, beats = int(archive["accepted"]), archive["cycles"], archive["beats"]
        first_accepted, first_offered = int(archive["first_accepted"]), int(archive["first_offered"])
    if status == HANG:
        raise Hang.at(stimulus, cycle=cycle, accepted=accepted, delivered=len(cycles))
    if status == EXTRA:
        raise Mismatch.extra_beat(len(cycles), cycle)
    return Recording(beats=beats, cycles=cycles, first_accepted=first_accepted, first_offered=first_offered)
