"""Video: frames as beats with `tuser` and `tlast`, and what a core must make of such beats if they are wrong.

    x (N, H, W, C) ─▶ VideoStream ─ faults ─▶ VideoStream ─▶ mended ─▶ whole frames, counts

`mended` is the rule in plain Python: `tuser` begins a frame, `tlast` ends a row, each row is cut or filled to
its length, each frame to its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_sim.streams.stimulus import pack, side_by_side, unpack

__all__ = ["Counts", "Mended", "VideoStream", "mended", "video_stream"]

FILL = -1
"""In place of a beat: zeros."""


@dataclass(frozen=True, eq=False)
class VideoStream:
    """Beats in the order in which they are offered.

    beats: (beats, words) uint32, payloads
    user, last: (beats,) bool, the marks
    """

    beats: npt.NDArray[np.uint32]
    user: npt.NDArray[np.bool_]
    last: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not len(self.beats) == len(self.user) == len(self.last):
            raise ValueError("every beat must have its marks: there are "
                             f"{len(self.beats)} beats, {len(self.user)} of tuser, {len(self.last)} of tlast")

    def __len__(self) -> int:
        return len(self.beats)


@dataclass
class Counts:
    """What the registers of these names say."""

    frames_in: int = 0
    early_tlast: int = 0
    late_tlast: int = 0
    early_tuser: int = 0
    late_tuser: int = 0
    padded_beats: int = 0
    dropped_beats: int = 0
    torn_frames: int = 0
    last_torn: int = 0


@dataclass(frozen=True, eq=False)
class Mended:
    """What goes into the datapath.

    frames: (frames, beats of a frame) numbers of the stream's beats, `FILL` for zeros
    counts: what was wrong
    waits: whether the last frame would wait for the next, to be filled
    """

    frames: npt.NDArray[np.int64]
    counts: Counts
    waits: bool

    def pixels(self, stream: VideoStream, design: Design | Pipeline) -> npt.NDArray[np.int64]:
        """(frames, H, W, C) of these beats."""
        height, width, channels = design.input_shape
        kind, fields = design.input_type, design.pixels * design.lanes
        beats = np.concatenate([stream.beats, np.zeros_like(stream.beats[:1])])[self.frames.ravel()]
        values = unpack(beats, fields, kind.bits, kind.signed)
        return values.reshape(len(self.frames), height, -1, channels)[:, :, :width]


def video_stream(design: Design | Pipeline, x: npt.NDArray[np.int64]) -> VideoStream:
    """The frames `x` (N, H, W, C), each beat with the right marks."""
    beats = pack(side_by_side(x, design), design.input_type.bits)
    place = np.arange(len(beats))
    row = design.input_beats // design.input_shape[0]
    return VideoStream(beats, place % design.input_beats == 0, (place + 1) % row == 0)


def mended(stream: VideoStream, rows: int, row_beats: int, *, ignore_tlast: bool = False) -> Mended:
    """Frames of `rows` of `row_beats` of any beats; the last is filled as if another began behind it.

    With `ignore_tlast` a row ends where it should.
    """
    frames: list[list[int]] = []
    counts, missing = Counts(), 0
    for beats in _frames(stream.user):
        if not stream.user[beats.start]:
            counts.late_tuser += 1
            counts.dropped_beats += len(beats)
            continue
        frame: list[int] = []
        torn = False
        pieces = list(_rows(beats, stream.last, row_beats if ignore_tlast else None))
        for number, (piece, ended) in enumerate(pieces):
            if number == rows:
                counts.late_tuser += 1
            kept = piece[:row_beats] if number < rows else piece[:0]
            frame += kept
            counts.dropped_beats += len(piece) - len(kept)
            if number < rows and ended and len(piece) < row_beats:
                counts.early_tlast += 1
                counts.padded_beats += row_beats - len(piece)
                frame += [FILL] * (row_beats - len(piece))
                torn = True
            elif number < rows and (len(piece) > row_beats or (len(piece) == row_beats and not ended)):
                counts.late_tlast += 1
                torn = True
        missing = rows * row_beats - len(frame)
        if missing:
            counts.early_tuser += 1
            counts.padded_beats += missing
            torn = True
        frames.append(frame + [FILL] * missing)
        counts.frames_in += 1
        if torn:
            counts.torn_frames += 1
            counts.last_torn = counts.frames_in
    return Mended(np.array(frames, np.int64).reshape(-1, rows * row_beats), counts, waits=missing > 0)


def _frames(user: npt.NDArray[np.bool_]) -> Iterator[range]:
    """The beats from each `tuser` to the one before the next; first those before any, if there are some."""
    starts = np.flatnonzero(user).tolist()
    ends = [*starts, len(user)]
    if ends[0] > 0:
        yield range(ends[0])
    yield from map(range, starts, ends[1:])


def _rows(beats: range, last: npt.NDArray[np.bool_], counted: int | None) -> Iterator[tuple[range, bool]]:
    """Beats of a frame up to each `tlast`, or so many `counted`; and whether the row came to its end."""
    start = 0
    for number, beat in enumerate(beats):
        if number + 1 - start == counted if counted is not None else last[beat]:
            yield beats[start : number + 1], True
            start = number + 1
    if start < len(beats):
        yield beats[start:], False
