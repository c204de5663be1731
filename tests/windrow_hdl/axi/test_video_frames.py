"""Rows and frames put right, beat by beat: the entry against plain Python, and how long its source waits."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from windrow_hdl.axi.frame_ends import RowEnds
from windrow_hdl.axi.video_frames import VideoEntry, VideoExit, kept_bytes
from windrow_sim.streams.video import FILL, Counts, VideoStream, mended

EVENTS = {"frame": "frames_in", "early": "early_tlast", "late": "late_tlast", "cut": "early_tuser",
          "astray": "late_tuser", "padded": "padded_beats", "dropped": "dropped_beats", "torn": "torn_frames"}
PATIENCE = 400
FREE = (False,)

patterns = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


def through(video: VideoStream, rows: int, row_beats: int, beats: int, coming: Sequence[bool] = FREE,
            leaving: Sequence[bool] = FREE, *, ignore: bool = False) -> tuple[list[int], Counts, list[int]]:
    """The first beats that leave the entry, what it counts, and the cycle in which each beat was taken."""
    m = Module()
    m.submodules.entry = entry = VideoEntry(8, 8)
    m.submodules.ends = ends = RowEnds(row_beats, rows)
    m.d.comb += [ends.advance.eq(entry.moves), entry.row.eq(ends.row), entry.last.eq(ends.last)]
    left: list[int] = []
    taken: list[int] = []
    counts = Counts()

    async def bench(ctx: Any) -> None:
        ctx.set(entry.ignore_tlast, ignore)
        offered = False
        moved = 0
        for cycle in itertools.count():
            offered = len(taken) < len(video) and (offered or not coming[cycle % len(coming)])
            if offered:
                ctx.set(entry.s.tdata, int(video.beats[len(taken), 0]))
                ctx.set(entry.s.tuser, int(video.user[len(taken)]))
                ctx.set(entry.s.tlast, int(video.last[len(taken)]))
            ctx.set(entry.s.tvalid, offered)
            ready = not leaving[cycle % len(leaving)]
            ctx.set(entry.o.ready, ready)
            for event, name in EVENTS.items():
                setattr(counts, name, getattr(counts, name) + ctx.get(getattr(entry, event)))
            if ctx.get(entry.torn):
                counts.last_torn = counts.frames_in
            if ctx.get(entry.o.valid) and ready:
                left.append(ctx.get(entry.o.payload))
                moved = cycle
            if offered and ctx.get(entry.s.tready):
                taken.append(cycle)
                offered, moved = False, cycle
            if len(left) == beats and len(taken) == len(video):
                return
            assert cycle < moved + PATIENCE, f"{len(left)} of {beats} left, {len(taken)} taken"
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return left, counts, taken


def numbered(user: list[bool], last: list[bool]) -> VideoStream:
    return VideoStream(np.arange(1, len(user) + 1, dtype=np.uint32)[:, None], np.array(user), np.array(last))


@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 4), st.data(), patterns, patterns, st.booleans())
def test_any_beats(rows: int, row_beats: int, data: st.DataObject, coming: list[bool], leaving: list[bool],
                   ignore: bool) -> None:
    """Mostly right and not at all: what leaves is what plain Python makes of them, and so are the counts."""
    marks: list[tuple[bool, bool]] = []
    for _ in range(data.draw(st.integers(1, 6))):
        if data.draw(st.booleans()):
            marks += [(n == 0, (n + 1) % row_beats == 0) for n in range(rows * row_beats)]
        else:
            begins = st.sampled_from([False, False, True])
            marks += data.draw(st.lists(st.tuples(begins, st.booleans()), max_size=14))
    marks += [(n == 0, (n + 1) % row_beats == 0) for n in range(rows * row_beats)]
    video = numbered([user for user, _ in marks], [last for _, last in marks])
    expected = mended(video, rows, row_beats, ignore_tlast=ignore)
    left, counts, _ = through(video, rows, row_beats, expected.frames.size, coming, leaving, ignore=ignore)
    assert left == [0 if beat == FILL else beat + 1 for beat in expected.frames.ravel().tolist()]
    assert counts == expected.counts


ROWS, ROW = 4, 5
FRAME = ROWS * ROW


def frame(beats: int = FRAME) -> list[tuple[bool, bool]]:
    return [(n == 0, (n + 1) % ROW == 0) for n in range(beats)]


def gaps(marks: list[tuple[bool, bool]]) -> dict[int, int]:
    """By the number of a beat, the cycles in which it waited; nothing else ever pauses."""
    video = numbered([user for user, _ in marks], [last for _, last in marks])
    beats = mended(video, ROWS, ROW).frames.size
    _, _, taken = through(video, ROWS, ROW, beats)
    assert taken[0] == 1  # the second cycle after reset
    return {number: after - before - 1 for number, (before, after) in enumerate(itertools.pairwise(taken), 1)
            if after > before + 1}


def test_nothing_waits_where_nothing_is_wrong() -> None:
    assert gaps(frame() * 3) == {}


@pytest.mark.parametrize("missing", [1, 2, 4])
def test_a_short_row_takes_as_long_as_a_whole_one(missing: int) -> None:
    short = [*frame(ROW - missing - 1), (False, True)] if missing < ROW - 1 else [(True, True)]
    rest = frame()[ROW:]
    assert gaps([*short, *rest, *frame()]) == {ROW - missing: missing}


@pytest.mark.parametrize("sent", [1, 7, FRAME - 1])
def test_a_torn_frame_takes_two_cycles_more_than_a_whole_one(sent: int) -> None:
    """The next frame's first beat is taken and held; its second waits for the zeros and for that beat."""
    assert gaps([*frame(sent), *frame()]) == {sent + 1: FRAME - sent + 1}


def test_surplus_is_dropped_at_a_beat_a_cycle() -> None:
    assert gaps([*frame(7)[1:], *frame(), *frame()[ROW:], *frame()]) == {}


def test_a_soft_reset_forgets_the_held_beat() -> None:
    m = Module()
    m.submodules.entry = entry = VideoEntry(8, 8)
    m.submodules.ends = ends = RowEnds(ROW, ROWS)
    m.d.comb += [ends.advance.eq(entry.moves), entry.row.eq(ends.row), entry.last.eq(ends.last)]

    async def bench(ctx: Any) -> None:
        ctx.set(entry.o.ready, 1)
        ctx.set(entry.s.tvalid, 1)
        ctx.set(entry.s.tuser, 1)
        await ctx.tick().repeat(3)
        assert ctx.get(entry.padding) == 1
        ctx.set(entry.s.tvalid, 0)
        ctx.set(entry.stop, 1)
        await ctx.tick()
        for _ in range(FRAME):
            assert ctx.get(entry.o.valid) == ctx.get(entry.s.tready) == 0
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize(("width", "keep"), [(5, 0b0001), (6, 0b0011), (7, 0b0011), (8, 0b1111)])
def test_bytes_of_the_last_beat(width: int, keep: int) -> None:
    """20 bits in 32, five to a pixel: what holds a bit of a pixel counts; all of the other beats."""
    design = wr.Design(wr.MaxPool2d(height=2, width=width, kernel_size=1, input_type=wr.UInt(5)), pixels=4)
    m = Module()
    kept = kept_bytes(design, 32)
    m.submodules.exit = leave = VideoExit(20, 32, signed=False, kept=kept, tkeep=True)
    m.submodules.ends = ends = RowEnds(3, 2)
    m.d.comb += [ends.advance.eq(leave.moves), leave.row.eq(ends.row), leave.last.eq(ends.last)]
    seen: list[tuple[int, int, int]] = []

    async def bench(ctx: Any) -> None:
        ctx.set(leave.i.valid, 1)
        ctx.set(leave.m.tready, 1)
        for _ in range(12):
            seen.append((ctx.get(leave.m.tuser), ctx.get(leave.m.tlast), ctx.get(leave.m.tkeep)))
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [(1, 0, 15), (0, 0, 15), (0, 1, keep), (0, 0, 15), (0, 0, 15), (0, 1, keep)] * 2
