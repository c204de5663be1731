"""Faults of video sources: lines and frames dropped, doubled, torn, and marks in the wrong place.

    VideoStream ─▶ frames of rows of beats ─ a fault in some frames ─▶ VideoStream

A frame is a list of rows, a row a list of beats, a beat its number in the right stream, and its marks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from random import Random
from typing import NamedTuple

import numpy as np

from windrow_sim.streams.video import VideoStream

__all__ = ["FAULTS", "Beat", "faulty"]


class Beat(NamedTuple):
    """A beat of a stream, and its marks."""

    number: int
    user: bool = False
    last: bool = False


Row = list[Beat]
Frame = list[Row]


def _drop_line(frame: Frame, random: Random) -> Frame:
    at = random.randrange(len(frame))
    return frame[:at] + frame[at + 1 :]


def _double_line(frame: Frame, random: Random) -> Frame:
    at = random.randrange(len(frame))
    return frame[: at + 1] + frame[at:]


def _drop_frame(frame: Frame, random: Random) -> Frame:
    return []


def _double_frame(frame: Frame, random: Random) -> Frame:
    return frame + frame


def _torn(frame: Frame, random: Random) -> Frame:
    """The source stops anywhere."""
    beats = list(chain.from_iterable(frame))
    return [beats[: random.randrange(len(beats))]]


def _late(frame: Frame, random: Random) -> Frame:
    """The source starts anywhere."""
    beats = list(chain.from_iterable(frame))
    return [beats[random.randrange(len(beats)) + 1 :]]


def _short_row(frame: Frame, random: Random) -> Frame:
    """Beats are missing, the mark at the row's end is not."""
    at = random.randrange(len(frame))
    row = frame[at]
    kept = sorted(random.sample(range(len(row)), random.randrange(len(row))))
    short = [row[number] for number in kept]
    return [*frame[:at], [*short[:-1], *(beat._replace(last=True) for beat in short[-1:])], *frame[at + 1 :]]


def _long_row(frame: Frame, random: Random) -> Frame:
    """Beats too many before the mark at the row's end."""
    at = random.randrange(len(frame))
    row = frame[at]
    more = [beat._replace(user=False) for beat in random.choices(row, k=random.randint(1, 2 * len(row)))]
    long = [*row, *more]
    long = [beat._replace(last=number == len(long) - 1) for number, beat in enumerate(long)]
    return [*frame[:at], long, *frame[at + 1 :]]


def _mark(name: str, value: bool) -> Callable[[Frame, Random], Frame]:
    """A mark that is lost, or that is where it should not be."""

    def change(frame: Frame, random: Random) -> Frame:
        wrong = [(at, number) for at, row in enumerate(frame) for number, beat in enumerate(row)
                 if getattr(beat, name) is not value]
        if not wrong:
            return frame
        chosen = random.choice(wrong)
        return [[beat._replace(**{name: value}) if (at, number) == chosen else beat
                 for number, beat in enumerate(row)] for at, row in enumerate(frame)]

    return change


FAULTS: Mapping[str, Callable[[Frame, Random], Frame]] = {
    "a line dropped": _drop_line,
    "a line doubled": _double_line,
    "a frame dropped": _drop_frame,
    "a frame doubled": _double_frame,
    "a frame torn": _torn,
    "a start in mid-frame": _late,
    "a row too short": _short_row,
    "a row too long": _long_row,
    "tuser lost": _mark("user", False),
    "tuser too much": _mark("user", True),
    "tlast lost": _mark("last", False),
    "tlast too much": _mark("last", True),
}
"""What can go wrong with a frame."""


def faulty(stream: VideoStream, rows: int, row_beats: int, random: Random, share: float = 0.5
           ) -> tuple[VideoStream, list[list[str]]]:
    """A stream of whole frames with faults, and those of each frame by name.

    A `share` of the frames gets one or more, one on top of the other; the last frame none.
    """
    beats = [Beat(number, bool(user), bool(last))
             for number, (user, last) in enumerate(zip(stream.user, stream.last, strict=True))]
    lines = [beats[at : at + row_beats] for at in range(0, len(beats), row_beats)]
    frames = [lines[at : at + rows] for at in range(0, len(lines), rows)]
    names: list[list[str]] = []
    sent: list[Beat] = []
    for number, frame in enumerate(frames):
        count = 0
        if number < len(frames) - 1 and random.random() < share:
            count = random.choice((1, 1, 2, 3))
        names.append([])
        for _ in range(count):
            name = random.choice(list(FAULTS))
            if any(frame):
                frame = [row for row in FAULTS[name](frame, random) if row]
                names[-1].append(name)
        sent += chain.from_iterable(frame)
    order = np.array([beat.number for beat in sent], np.int64)
    return VideoStream(stream.beats[order], np.array([beat.user for beat in sent], np.bool_),
                       np.array([beat.last for beat in sent], np.bool_)), names
