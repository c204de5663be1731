"""Video as beats, and what must come of beats that are wrong: by hand, and what holds for any."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import windrow as wr
from windrow_sim.streams.video import FILL, Counts, VideoStream, mended, video_stream
from windrow_sim.streams.video_faults import FAULTS, faulty

ROWS, ROW = 2, 3


def stream(text: str) -> VideoStream:
    """Beats numbered from 0: "(" one with tuser, ")" with tlast, "*" with both, "." with neither."""
    beats = np.arange(len(text), dtype=np.uint32)[:, None]
    return VideoStream(beats, *(np.array([mark in ones for mark in text]) for ones in ("(*", ")*")))


_ = FILL
CASES = {
    "(.)..)(.)..)": ([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]], Counts(frames_in=2)),
    # A start in mid-frame.
    ".)..)(.)..)": ([[5, 6, 7, 8, 9, 10]], Counts(1, late_tuser=1, dropped_beats=5)),
    # A row too short, by tlast; the next is in its place.
    "()..)(.)..)": ([[0, 1, _, 2, 3, 4], [5, 6, 7, 8, 9, 10]],
                    Counts(2, early_tlast=1, padded_beats=1, torn_frames=1, last_torn=1)),
    # A row too long.
    "(...)..)": ([[0, 1, 2, 5, 6, 7]], Counts(1, late_tlast=1, dropped_beats=2, torn_frames=1, last_torn=1)),
    # Two rows become one where tlast is lost, and the next frame comes too soon.
    "(....)(.)..)": ([[0, 1, 2, _, _, _], [6, 7, 8, 9, 10, 11]],
                     Counts(2, late_tlast=1, early_tuser=1, padded_beats=3, dropped_beats=3, torn_frames=1,
                            last_torn=1)),
    # Torn in mid-row; the frame behind it is whole.
    "(.).(.)..)": ([[0, 1, 2, 3, _, _], [4, 5, 6, 7, 8, 9]],
                   Counts(2, early_tuser=1, padded_beats=2, torn_frames=1, last_torn=1)),
    # A line too many, then one more.
    "(.)..)..)..)(.)..)": ([[0, 1, 2, 3, 4, 5], [12, 13, 14, 15, 16, 17]],
                           Counts(2, late_tuser=1, dropped_beats=6)),
    # The last row is too long, and no line comes behind it.
    "(.)....)(.)..)": ([[0, 1, 2, 3, 4, 5], [8, 9, 10, 11, 12, 13]],
                       Counts(2, late_tlast=1, dropped_beats=2, torn_frames=1, last_torn=1)),
    # Frames of a beat.
    "**": ([[0, _, _, _, _, _], [1, _, _, _, _, _]],
           Counts(2, early_tlast=2, early_tuser=2, padded_beats=10, torn_frames=2, last_torn=2)),
}


@pytest.mark.parametrize("text", CASES)
def test_by_hand(text: str) -> None:
    frames, counts = CASES[text]
    found = mended(stream(text), ROWS, ROW)
    assert found.frames.tolist() == frames
    assert found.counts == counts


def test_a_frame_that_waits_for_the_next() -> None:
    assert not mended(stream("(.)..)"), ROWS, ROW).waits
    assert mended(stream("(.)..)(.)."), ROWS, ROW).waits
    assert not mended(stream("(.))"), ROWS, ROW).waits


def test_without_tlast() -> None:
    found = mended(stream("......(.....((.)..)"), ROWS, ROW, ignore_tlast=True)
    assert found.frames.tolist() == [[6, 7, 8, 9, 10, 11], [12, _, _, _, _, _], [13, 14, 15, 16, 17, 18]]
    assert found.counts == Counts(3, late_tuser=1, early_tuser=1, padded_beats=5, dropped_beats=6,
                                  torn_frames=1, last_torn=2)


def test_marks_belong_to_beats() -> None:
    with pytest.raises(ValueError, match=r"^every beat must have its marks: there are 2 beats, 1 of tuser, "):
        VideoStream(np.zeros((2, 1), np.uint32), np.ones(1, bool), np.ones(2, bool))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_every_beat_is_kept_or_dropped(marks: list[tuple[bool, bool]]) -> None:
    user, last = (np.array([mark[n] for mark in marks], bool) for n in range(2))
    video = VideoStream(np.zeros((len(marks), 1), np.uint32), user, last)
    found = mended(video, ROWS, ROW)
    kept = found.frames[found.frames != FILL].tolist()
    assert kept == sorted(set(kept))
    assert len(kept) + found.counts.dropped_beats == len(video)
    assert (found.frames == FILL).sum() == found.counts.padded_beats
    assert len(found.frames) == found.counts.frames_in == user.sum()


LAYER = wr.MaxPool2d(height=4, width=7, channels=2, kernel_size=2)


@pytest.mark.parametrize("pixels", [1, 3])
def test_right_frames_are_themselves(pixels: int) -> None:
    design = wr.Design(LAYER, pixels=pixels)
    x = LAYER.random_input(1, frames=3)
    video = video_stream(design, x)
    found = mended(video, 4, design.input_beats // 4)
    assert found.counts == Counts(frames_in=3)
    np.testing.assert_array_equal(found.pixels(video, design), x)


@given(st.integers(0, 999))
def test_no_frame_is_wrong_but_those_with_faults(seed: int) -> None:
    """Every frame that was sent as it is goes in as it is, whatever came before it, and in order."""
    design = wr.Design(LAYER, lanes=1)
    video = video_stream(design, LAYER.random_input(1, frames=8))
    sent, names = faulty(video, 4, design.input_beats // 4, random.Random(seed))
    found = mended(sent, 4, design.input_beats // 4)
    whole = [frame.tolist() for frame in found.pixels(sent, design)]
    right = found_pixels(video, design)
    at = 0
    for frame, faults in zip(right, names, strict=True):
        if not faults:
            at = whole.index(frame, at) + 1
    assert not names[-1]


def found_pixels(video: VideoStream, design: wr.Design) -> list[object]:
    return [frame.tolist() for frame in mended(video, 4, design.input_beats // 4).pixels(video, design)]


@pytest.mark.parametrize("name", FAULTS)
def test_faults_change_something(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design = wr.Design(LAYER, lanes=1)
    video = video_stream(design, LAYER.random_input(1, frames=3))
    monkeypatch.setattr("windrow_sim.streams.video_faults.FAULTS", {name: FAULTS[name]})
    sent, names = faulty(video, 4, design.input_beats // 4, random.Random(1), share=1)
    assert names[0]
    assert {*names[0], *names[1]} == {name}
    assert names[2] == []
    assert (len(sent), sent.user.tolist(), sent.last.tolist()) != (
        len(video), video.user.tolist(), video.last.tolist())
