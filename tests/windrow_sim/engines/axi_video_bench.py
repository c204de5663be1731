"""cocotb tests of the AXI top with the marks of video; a row is a packet of cocotbext-axi.

What comes of rows and frames that are wrong is compared with plain Python, registers too.
"""

import dataclasses
import random
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, with_timeout
from cocotbext.axi import AxiStreamFrame

from tests.windrow_sim.engines.axi_bench import (
    DESIGN,
    IN_BYTES,
    OUT_BEATS,
    OUT_BYTES,
    Bench,
    check_as_model,
    frames,
    golden,
    outputs_of,
)
from windrow_hdl.axi import register_map
from windrow_hdl.axi.registers import Kind
from windrow_hdl.axi.video_frames import kept_bytes
from windrow_sim.streams.video import VideoStream, mended, video_stream
from windrow_sim.streams.video_faults import faulty

ROWS = DESIGN.input_shape[0]
ROW = DESIGN.input_beats // ROWS
MAP = register_map(DESIGN, video=True)

test = cocotb.test(timeout_time=2, timeout_unit="ms")


async def read(bench: Bench, name: str) -> int:
    return await bench.lite.read_dword(MAP[name].offset)


async def send(bench: Bench, video: VideoStream) -> None:
    """Beat by beat, a packet up to each tlast; no byte is said to count, which must not be heard."""
    assert video.last[-1]
    data, user = bytearray(), []
    for beat, first, last in zip(video.beats, video.user, video.last, strict=True):
        data += beat.astype("<u4").tobytes().ljust(IN_BYTES, b"\0")[:IN_BYTES]
        user += [int(first)] * IN_BYTES
        if last:
            await bench.source.send(AxiStreamFrame(bytes(data), tuser=user, tkeep=[0] * len(data)))
            data, user = bytearray(), []


async def receive(bench: Bench, number: int) -> np.ndarray:
    """(number, Ho, Wo, O): rows up to their tlast, with tuser at the first beat and tkeep at the last."""
    out = []
    rows = DESIGN.output_shape[0]
    for _ in range(number):
        beats: list[int] = []
        for row in range(rows):
            frame = await with_timeout(bench.sink.recv(compact=False), 200, "us")
            data = bytes(frame.tdata)
            assert len(data) == OUT_BEATS // rows * OUT_BYTES, f"tlast after {len(data)} bytes"
            assert list(frame.tuser) == [int(row == 0)] * OUT_BYTES + [0] * (len(data) - OUT_BYTES)
            kept = kept_bytes(DESIGN, 8 * OUT_BYTES)
            assert list(frame.tkeep) == [1] * (len(data) - OUT_BYTES + kept) + [0] * (OUT_BYTES - kept)
            beats += [int.from_bytes(data[at : at + OUT_BYTES], "little")
                      for at in range(0, len(data), OUT_BYTES)]
        out.append(values_of(beats))
    return np.array(out)


def values_of(beats: list[int]) -> np.ndarray:
    """(Ho, Wo, O), of rows that end in a beat of their own."""
    height, width, channels = DESIGN.output_shape
    shape = (height, -(-width // DESIGN.output_pixels) * DESIGN.output_pixels, channels)

    class Whole:
        output_shape = shape

    return outputs_of(beats, Whole)[0][:, :width]  # type: ignore[arg-type]


async def counted(bench: Bench) -> dict[str, int]:
    names = [register.name for register, field in MAP.fields() if field.kind is Kind.COUNTER]
    return {name: await read(bench, name) for name in [*names, "LAST_TORN"]}


@test
async def free_flow(dut: Any) -> None:
    """No bubble: every beat in the cycle of the bare datapath."""
    bench, x = await Bench.start(dut), frames(4)
    await send(bench, video_stream(DESIGN, x))
    assert (await receive(bench, 4) == golden(x)).all()
    await bench.settle()
    check_as_model(bench, x)
    assert await read(bench, "LAST_INTERVAL") == DESIGN.interval
    assert await read(bench, "STATUS") == 0


@test
async def gaps_and_backpressure(dut: Any) -> None:
    bench, x = await Bench.start(dut), frames(3, seed=2)
    for shares in ((0.7, 0.0), (0.0, 0.8), (0.5, 0.4)):
        await bench.reset_and_pause(shares, seed=1)
        await send(bench, video_stream(DESIGN, x))
        assert (await receive(bench, 3) == golden(x)).all()
        await bench.settle()
        check_as_model(bench, x)


@test
async def faults(dut: Any) -> None:
    """Lines and frames dropped, doubled and torn, marks elsewhere, starts in mid-frame."""
    bench, x = await Bench.start(dut), frames(16, seed=3)
    right = video_stream(DESIGN, x)
    for seed, shares in enumerate(((0, 0), (0.5, 0.0), (0.3, 0.6))):
        await bench.reset_and_pause(shares, seed=3)
        video, _ = faulty(right, ROWS, ROW, random.Random(seed), share=0.8)
        meant = mended(video, ROWS, ROW)
        await send(bench, video)
        assert (await receive(bench, len(meant.frames)) == golden(meant.pixels(video, DESIGN))).all()
        await bench.settle()
        counts = await counted(bench)
        expected = {name.upper(): value for name, value in dataclasses.asdict(meant.counts).items()}
        assert {name: counts[name] for name in expected} == expected
        assert counts["FRAMES_OUT"] == len(meant.frames)
        flags = {"EARLY": "EARLY_TLAST", "LATE": "LATE_TLAST", "EARLY_TUSER": "EARLY_TUSER",
                 "LATE_TUSER": "LATE_TUSER", "TORN": "TORN_FRAMES"}
        fields = {field.name: field.mask for field in MAP["STATUS"].fields}
        expected_flags = sum(fields[name] for name, counter in flags.items() if expected[counter])
        assert await read(bench, "STATUS") == expected_flags
        await bench.lite.write_dword(MAP["STATUS"].offset, expected_flags)
        await bench.lite.write_dword(MAP["CONTROL"].offset, 2)
        assert await read(bench, "STATUS") == 0
        assert (await counted(bench))["LAST_TORN"] == 0


@test
async def a_source_without_tlast(dut: Any) -> None:
    """IGNORE_TLAST: rows are counted from tuser on."""
    bench, x = await Bench.start(dut), frames(3, seed=4)
    await bench.lite.write_dword(MAP["CONTROL"].offset, 1 << 2)
    right = video_stream(DESIGN, x)
    none = np.zeros_like(right.last)
    none[-1] = True  # a packet has an end
    await send(bench, VideoStream(right.beats, right.user, none))
    assert (await receive(bench, 3) == golden(x)).all()
    await bench.settle()
    assert await read(bench, "STATUS") == 0


@test
async def soft_reset_in_mid_frame(dut: Any) -> None:
    """The next beat with tuser begins a frame; the rest of the torn one is dropped and counted."""
    bench, x = await Bench.start(dut), frames(3, seed=5)
    right = video_stream(DESIGN, x)
    half = DESIGN.input_beats // 2
    if half == 0:
        return
    await bench.lite.write_dword(MAP["CONTROL"].offset, 1 << 2)
    marks = np.ones_like(right.last)  # packets of a beat
    await send(bench, VideoStream(right.beats[:half], right.user[:half], marks[:half]))
    await ClockCycles(dut.aclk, DESIGN.latency + DESIGN.interval)
    await bench.lite.write_dword(MAP["CONTROL"].offset, 1)  # reset, and tlast is looked at
    await ClockCycles(dut.aclk, 8)
    before = len(bench.moved("m"))
    await send(bench, VideoStream(right.beats[half:], right.user[half:], right.last[half:]))
    await ClockCycles(dut.aclk, DESIGN.latency + 4 * DESIGN.interval)
    beats = [data for _, data, _ in bench.moved("m")[before:]]
    assert len(beats) == 2 * OUT_BEATS
    for at, expected in zip((0, OUT_BEATS), golden(x[1:]), strict=True):
        assert (values_of(beats[at : at + OUT_BEATS]) == expected).all()
    bench.follow_rules()
    assert await read(bench, "LATE_TUSER") == 1
    assert await read(bench, "TORN_FRAMES") == 0
    assert await read(bench, "DROPPED_BEATS") == DESIGN.input_beats - half
