"""cocotb tests of the AXI top, with the bus models of cocotbext-axi; WINDROW_AXI_DESIGN names the design.

Every handshake of the streams is recorded and looked at: the rules of AXI4-Stream, the values against the
golden model, the cycles against the timing model.
"""

import gc
import itertools
import logging
import os
from collections.abc import Iterator
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.task import bridge, resume
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

import windrow as wr
from tests.windrow_sim.engines.axi_designs import DESIGNS, constants
from windrow.pipeline.pipeline import Pipeline
from windrow.timing.streamed import Streamed
from windrow_hdl.axi import register_map
from windrow_hdl.axi.register_texts import python_driver
from windrow_hdl.axi.registers import Kind
from windrow_sim.runs.run import Recording, Run
from windrow_sim.streams.stimulus import pack, unpack, words

DESIGN = DESIGNS[os.environ["WINDROW_AXI_DESIGN"]]
CONSTANTS = constants(DESIGN)
# Numbers in a beat; rows are whole beats.
IN_FIELDS, OUT_FIELDS = DESIGN.pixels * DESIGN.lanes, DESIGN.output_pixels * DESIGN.pe
OUT_BITS = DESIGN.output_bits
IN_BYTES, OUT_BYTES = (-(-bits // 8) for bits in (DESIGN.beat_bits, OUT_BITS))
OUT_BEATS = DESIGN.output_beats
MAP = register_map(DESIGN)

gc.disable()  # every cycle leaves a record, and all of them stay

test = cocotb.test(timeout_time=1, timeout_unit="ms")


def frames(number: int, seed: int = 1, layer: Streamed = DESIGN) -> np.ndarray:
    """(number, H, W, C) random pixels."""
    return layer.input_type.random((number, *layer.input_shape), seed)


def beats_of(x: np.ndarray) -> list[bytes]:
    """Input beats of one frame or several; the bits that say nothing are all set."""
    rows = pack(np.ascontiguousarray(x, np.int64).reshape(-1, IN_FIELDS), DESIGN.input_type.bits)
    junk = (1 << 8 * IN_BYTES) - (1 << DESIGN.beat_bits)
    return [(int.from_bytes(row.astype("<u4").tobytes(), "little") | junk).to_bytes(IN_BYTES, "little")
            for row in rows]


def rows_of(beats: list[int]) -> np.ndarray:
    """(beats, words) of the output beats, without the bits above the sums."""
    rows = [(beat & ((1 << OUT_BITS) - 1)).to_bytes(4 * words(OUT_BITS), "little") for beat in beats]
    return np.frombuffer(b"".join(rows), "<u4").reshape(len(rows), -1).astype(np.uint32)


def outputs_of(beats: list[int], layer: Streamed = DESIGN) -> np.ndarray:
    """(N, Ho, Wo, O) of the output beats of whole frames."""
    kind = DESIGN.output_type
    values = unpack(rows_of(beats), OUT_FIELDS, kind.bits, kind.signed)
    for beat, highest in zip(beats, values[:, -1].tolist(), strict=True):
        above = -1 if kind.signed and highest < 0 else 0
        assert beat >> OUT_BITS == (above & ((1 << 8 * OUT_BYTES) - 1)) >> OUT_BITS
    return values.reshape(-1, *layer.output_shape)


def packed(y: np.ndarray) -> list[int]:
    """Output beats of (N, Ho, Wo, O), the bits above the sums 0."""
    rows = pack(np.ascontiguousarray(y).reshape(-1, OUT_FIELDS), DESIGN.output_type.bits)
    return [int.from_bytes(row.astype("<u4").tobytes(), "little") for row in rows]


def random_pauses(share: float, seed: int) -> Iterator[bool]:
    return itertools.cycle((np.random.default_rng(seed).random(97) < share).tolist())


class Bench:
    """The top between a source, a sink and a master; `log` holds the streams' signals of every cycle."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        reset = {"reset": dut.aresetn, "reset_active_level": False}
        dut.aresetn.value = 0
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk, **reset)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk, **reset)
        self.lite = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.aclk, **reset)
        for model in (self.source, self.sink, self.lite.read_if, self.lite.write_if):
            model.log.setLevel(logging.ERROR)
        self.log: list[dict[str, Any]] = []
        self.start_of_run = self.followed = 0
        self.taken = {"s": 0, "m": 0}  # transfers since the last reset
        Clock(dut.aclk, 10, "ns").start(start_high=False)

    @classmethod
    async def start(cls, dut: Any) -> "Bench":
        bench = cls(dut)
        cocotb.start_soon(bench._record())
        await bench.reset()
        return bench

    async def reset(self, cycles: int = 4) -> None:
        """A reset of so many cycles; source and sink forget what they hold."""
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, cycles)
        self.source.clear()
        self.sink.clear()
        self.dut.aresetn.value = 1

    async def reset_and_pause(self, shares: tuple[float, float], seed: int) -> None:
        """From a reset on source and sink pause, each in its share of the cycles."""
        await self.reset()
        self.source.set_pause_generator(random_pauses(shares[0], seed))
        self.sink.set_pause_generator(random_pauses(shares[1], seed + 1))

    @property
    def since_reset(self) -> list[dict[str, Any]]:
        """Cycle by cycle, from the first after the last reset, in which the input is not open yet."""
        return self.log[self.start_of_run :]

    async def _record(self) -> None:
        edge, aresetn = RisingEdge(self.dut.aclk), self.dut.aresetn
        streams = [(name, f"{name}_beat", *(getattr(self.dut, f"{name}_axis_{end}")
                                            for end in ("tvalid", "tready", "tdata", "tlast")))
                   for name in ("s", "m")]
        while True:
            await edge
            now: dict[str, Any] = {"reset": not int(aresetn.value)}
            for name, beat, tvalid, tready, tdata, tlast in streams:
                now[name] = (int(tvalid.value), int(tready.value))
                if now[name][0]:
                    now[beat] = (int(tdata.value), int(tlast.value))
                self.taken[name] += now[name] == (1, 1)
            self.log.append(now)
            if now["reset"]:
                self.start_of_run = len(self.log)
                self.taken = dict.fromkeys(self.taken, 0)

    def follow_rules(self) -> None:
        """What is offered stays until it is taken, unless there is a reset; in reset nothing is offered."""
        since, self.followed = self.followed, len(self.log) - 1
        for before, after in itertools.pairwise(self.log[since:]):
            for name in ("s", "m"):
                if before[name] == (1, 0) and not before["reset"] and not after["reset"]:
                    assert after[name][0], f"{name}: tvalid fell before tready"
                    assert after[f"{name}_beat"] == before[f"{name}_beat"], f"{name}: the beat changed"
            if before["reset"] and after["reset"]:
                assert after["s"][1] == after["m"][0] == 0, "a handshake is offered in reset"

    def moved(self, name: str) -> list[tuple[int, int, int]]:
        """(cycle, tdata, tlast) of every transfer; cycle 0 is the first in which the input is open."""
        return [(cycle, *now[f"{name}_beat"]) for cycle, now in enumerate(self.since_reset, -1)
                if now[name] == (1, 1)]

    def stalls(self, name: str, side: int) -> np.ndarray:
        """(cycles,) was tvalid (side 0) or tready (side 1) low?"""
        return np.array([not now[name][side] for now in self.since_reset[1:]])

    async def send(self, packet: list[bytes]) -> None:
        await self.source.send(AxiStreamFrame(b"".join(packet)))

    async def receive(self, number: int, layer: Streamed = DESIGN) -> np.ndarray:
        """(number, Ho, Wo, O) of the next frames that the sink has taken whole."""
        out = []
        for _ in range(number):
            frame = await with_timeout(self.sink.recv(), 200, "us")
            data = bytes(frame.tdata)
            beats = [int.from_bytes(data[at : at + OUT_BYTES], "little")
                     for at in range(0, len(data), OUT_BYTES)]
            expected = np.prod(layer.output_shape) // OUT_FIELDS
            assert len(beats) == expected, f"tlast after {len(beats)} beats, not {expected}"
            out.append(outputs_of(beats, layer)[0])
        return np.array(out)

    async def read(self, name: str) -> int:
        """A register, or the field of one, as STATUS_BUSY."""
        for register, field in MAP.fields():
            if register.full_name(field) == name:
                return (await self.lite.read_dword(register.offset) & field.mask) >> field.at
        return await self.lite.read_dword(MAP[name].offset)

    async def write(self, name: str, value: int) -> AxiResp:
        answer = await self.lite.write(MAP[name].offset, value.to_bytes(4, "little"))
        return answer.resp

    async def counters(self) -> dict[str, int]:
        return {register.name: await self.read(register.name) for register, field in MAP.fields()
                if field.kind is Kind.COUNTER}

    async def settle(self) -> None:
        """A few cycles, in which nothing more may come."""
        await ClockCycles(self.dut.aclk, 60)
        assert self.sink.empty()
        self.follow_rules()


def golden(x: np.ndarray) -> np.ndarray:
    return DESIGN.golden(x, *CONSTANTS)


def check_as_model(bench: Bench, x: np.ndarray) -> None:
    """Values and cycles of a whole recording, as for any engine, under the stalls that there were."""
    outputs, inputs = bench.moved("m"), bench.moved("s")
    offered = next(cycle for cycle, now in enumerate(bench.since_reset, -1) if now["m"][0])
    recording = Recording(
        beats=rows_of([data for _, data, _ in outputs]),
        cycles=np.array([cycle for cycle, _, _ in outputs]),
        first_accepted=inputs[0][0], first_offered=offered)
    Run.build(recording, engine="cocotb", design=DESIGN, x=x,
              **dict(zip(("weights", "bias"), CONSTANTS, strict=False)),
              input_stall=bench.stalls("s", 0), output_stall=bench.stalls("m", 1)).check()


@test
async def free_flow(dut: Any) -> None:
    """No bubble: every beat in the core's own cycle, frames at its interval, and the registers say so."""
    bench, x = await Bench.start(dut), frames(4)
    await bench.send(beats_of(x[0]))
    for frame in x[1:]:
        await bench.send(beats_of(frame))
    assert (await bench.receive(4) == golden(x)).all()
    await bench.settle()
    check_as_model(bench, x)
    ends = [cycle for cycle, _, tlast in bench.moved("m") if tlast]
    assert ends[-1] - ends[-2] == DESIGN.interval == await bench.read("LAST_INTERVAL")
    assert await bench.read("STATUS") == 0
    counts = await bench.counters()
    assert counts.pop("CYCLES") > 4 * DESIGN.interval
    stalled = sum(now["s"] == (1, 0) for now in bench.since_reset)
    assert counts == {**dict.fromkeys(counts, 0), "FRAMES_IN": 4, "FRAMES_OUT": 4, "INPUT_STALLS": stalled}


@test
async def gaps_and_backpressure(dut: Any) -> None:
    """Under any pauses: values, and the cycles of the timing model under the same pauses."""
    bench, x = await Bench.start(dut), frames(3, seed=2)
    for shares in ((0.7, 0.0), (0.0, 0.8), (0.5, 0.4)):
        await bench.reset_and_pause(shares, seed=1)
        for frame in x:
            await bench.send(beats_of(frame))
        assert (await bench.receive(3) == golden(x)).all()
        await bench.settle()
        check_as_model(bench, x)
        counts = await bench.counters()
        for name, stream in (("INPUT_STALLS", "s"), ("OUTPUT_STALLS", "m")):
            assert counts[name] == sum(now[stream] == (1, 0) for now in bench.since_reset)


@test
async def wrong_tlast(dut: Any) -> None:
    """Short frames are filled with zeros of the input's type, of long ones the surplus is dropped."""
    beats = DESIGN.input_beats
    zero = DESIGN.network.tensors[DESIGN.network.input].zero_point if isinstance(DESIGN, Pipeline) else 0
    lengths = [beats, beats + 1, beats, 2 * beats, beats, beats + 3, beats + 1, beats]
    if beats > 1:
        lengths += [beats - 1, beats, 1, 1, beats, max(1, beats // 2), beats + 2, beats]
    bench, x = await Bench.start(dut), frames(len(lengths), seed=3)
    for shares in ((0, 0), (0.5, 0.0), (0.3, 0.6)):
        await bench.reset_and_pause(shares, seed=3)
        meant = np.full_like(x, zero)
        for frame, mended, length in zip(x, meant, lengths, strict=True):
            await bench.send((beats_of(frame) * 4)[:length])
            whole = min(length, beats) * IN_FIELDS
            mended.reshape(-1)[:whole] = frame.reshape(-1)[:whole]
        assert (await bench.receive(len(lengths)) == golden(meant)).all()
        await bench.settle()
        counts = await bench.counters()
        short = [beats - length for length in lengths if length < beats]
        long = [length - beats for length in lengths if length > beats]
        assert counts["EARLY_TLAST"] == len(short)
        assert counts["LATE_TLAST"] == len(long)
        assert counts["PADDED_BEATS"] == sum(short)
        assert counts["DROPPED_BEATS"] == sum(long)
        assert counts["FRAMES_IN"] == counts["FRAMES_OUT"] == len(lengths)
        early, late = (one for one in MAP["STATUS"].fields if one.name in ("EARLY", "LATE"))
        expected = (early.mask if short else 0) | late.mask
        assert await bench.read("STATUS") == expected
        await bench.write("STATUS", late.mask)
        assert await bench.read("STATUS") == expected & ~late.mask
        await bench.write("STATUS", early.mask)
        await bench.write("CONTROL", 1 << 1)
        assert await bench.read("STATUS") == 0
        counts = await bench.counters()
        assert 0 < counts.pop("CYCLES") < 200
        assert not any(counts.values())


@test
async def no_tlast_at_all(dut: Any) -> None:
    """IGNORE_TLAST: frames are counted, wherever tlast is; without it a source with no tlast is dropped."""
    bench, x = await Bench.start(dut), frames(3, seed=4)
    await bench.write("CONTROL", 1 << 2)
    assert await bench.read("CONTROL_IGNORE_TLAST") == 1
    packet = beats_of(x)
    await bench.send(packet[:1])
    await bench.send(packet[1:-1])
    await bench.send(packet[-1:])
    assert (await bench.receive(3) == golden(x)).all()
    await bench.settle()
    assert await bench.read("STATUS") == 0
    await bench.write("CONTROL", 0)
    await bench.send(packet)
    assert (await bench.receive(1) == golden(x[:1])).all()
    await bench.settle()
    counts = await bench.counters()
    assert (counts["LATE_TLAST"], counts["DROPPED_BEATS"]) == (1, 2 * DESIGN.input_beats)
    await bench.send(beats_of(x[2]))
    assert (await bench.receive(1) == golden(x[2:])).all()


@test
async def reset_in_mid_frame(dut: Any) -> None:
    """aresetn at any point: nothing of before is seen again."""
    bench, x = await Bench.start(dut), frames(2, seed=5)
    for cycles, at in enumerate((1, DESIGN.input_beats // 2, DESIGN.latency, DESIGN.latency + 3), 1):
        bench.sink.set_pause_generator(random_pauses(0.3, at))
        await bench.send(beats_of(x[0]))
        await ClockCycles(dut.aclk, at + 3)
        await bench.reset(cycles)
        for _ in range(2):
            await bench.send(beats_of(x[1]))
        assert (await bench.receive(2) == golden(x[[1, 1]])).all()
        await bench.settle()
        assert await bench.read("FRAMES_IN") == 2


@test
async def soft_reset(dut: Any) -> None:
    """The beat on offer is not taken back, all behind it is gone, and the next beat in begins a frame."""
    bench, x = await Bench.start(dut), frames(3, seed=6)
    bench.sink.pause = True
    for frame in x[:2]:
        await bench.send(beats_of(frame))
    await ClockCycles(dut.aclk, DESIGN.latency + DESIGN.interval + 10)
    assert int(dut.m_axis_tvalid.value) == 1
    assert await bench.read("STATUS_BUSY") == 1
    await bench.write("CONTROL", 1)
    await ClockCycles(dut.aclk, 20)
    assert await bench.read("STATUS_RESETTING") == 1
    assert int(dut.m_axis_tvalid.value) == 1
    assert int(dut.s_axis_tready.value) == 0
    before = len(bench.moved("m"))
    bench.source.pause = True
    bench.sink.pause = False
    await ClockCycles(dut.aclk, DESIGN.latency + DESIGN.interval)
    pending, *extra = [data for _, data, _ in bench.moved("m")[before:]]
    assert pending & ((1 << OUT_BITS) - 1) == packed(golden(x[:1]))[0]
    # The source may not take back its beat either: that begins a frame, and an output may need no other.
    begun = np.zeros_like(x[:1])
    begun.reshape(-1)[: IN_FIELDS] = x.reshape(-1, IN_FIELDS)[len(bench.moved("s")) - 1]
    assert [beat & ((1 << OUT_BITS) - 1) for beat in extra] == packed(golden(begun))[: len(extra)]
    assert await bench.read("STATUS_RESETTING") == 0
    bench.follow_rules()

    # In the middle of an input frame, with nothing on offer: what has gone in is forgotten.
    await bench.reset()
    bench.source.pause = False
    await bench.write("CONTROL", 1 << 2)
    await bench.send(beats_of(x[0])[: DESIGN.input_beats // 2])
    await ClockCycles(dut.aclk, DESIGN.latency + DESIGN.interval)
    await bench.write("CONTROL", 1)
    await ClockCycles(dut.aclk, 4)
    assert await bench.read("STATUS") == 0
    before = len(bench.moved("m"))
    for frame in x[1:]:
        await bench.send(beats_of(frame))
    await ClockCycles(dut.aclk, DESIGN.latency + 3 * DESIGN.interval)
    assert (outputs_of([data for _, data, _ in bench.moved("m")[before:]]) == golden(x[1:])).all()
    assert await bench.read("STATUS_BUSY") == 0


@test
async def registers(dut: Any) -> None:
    """Every constant, what cannot be written, what is not there, and bytes of a word."""
    bench = await Bench.start(dut)
    bench.lite.read_if.r_channel.set_pause_generator(random_pauses(0.4, 1))
    bench.lite.write_if.b_channel.set_pause_generator(random_pauses(0.4, 2))
    for register in MAP.registers:
        expected = sum(field.value << field.at for field in register.fields if field.kind is Kind.CONSTANT)
        if all(field.kind is Kind.CONSTANT for field in register.fields):
            assert await bench.read(register.name) == expected, register.name
        if register.fields[0].kind is Kind.PORT:
            continue  # a word alone would be the beginning of other weights
        answer = await bench.write(register.name, 0)
        assert answer == (AxiResp.OKAY if register.writable else AxiResp.SLVERR), register.name
    assert (await bench.read("ID")).to_bytes(4, "big") == b"WNDR"
    used = {register.offset for register in MAP.registers}
    for offset in set(range(0, 1 << MAP.address_bits, 4)) - used:
        assert (await bench.lite.read(offset, 4)).resp == AxiResp.SLVERR
        assert (await bench.lite.write(offset, bytes(4))).resp == AxiResp.SLVERR
    control = MAP["CONTROL"].offset
    await bench.lite.write(control + 1, b"\xff\xff\xff")
    assert await bench.read("CONTROL") == 0
    await bench.lite.write(control, b"\x04")
    assert await bench.read("CONTROL") == 4
    await bench.lite.write(control + 3, b"\x00")
    assert await bench.read("CONTROL") == 4
    assert (await bench.lite.read_dwords(0x10, 2)) == list(DESIGN.input_shape[:2])
    if isinstance(DESIGN, wr.Design):
        rows, columns = DESIGN.layer.dilation
        assert (await bench.lite.read_dwords(0x24, 4))[3] == rows | columns << 16


class Bus:
    """What the generated driver works over: plain calls, which wait for the simulator."""

    def __init__(self, lite: AxiLiteMaster) -> None:
        self.read = resume(lite.read_dword)
        self.write = resume(lite.write_dword)


@test
async def generated_driver(dut: Any) -> None:
    """The Python driver as its users have it, on the hardware itself."""
    bench, x = await Bench.start(dut), frames(2, seed=7)
    space: dict[str, Any] = {}
    exec(python_driver(MAP), space)
    driver = space["Windrow"](Bus(bench.lite))
    await bridge(driver.check)()
    for frame in x:
        await bench.send(beats_of(frame))
    assert (await bench.receive(2) == golden(x)).all()

    def look() -> None:
        assert (driver.frames_in, driver.frames_out) == (2, 2)
        assert driver.last_interval == DESIGN.interval
        assert (driver.status_busy, driver.status_early, driver.status_late) == (0, 0, 0)
        driver.control_ignore_tlast = 1
        driver.control_clear()
        driver.control_reset()
        assert (driver.frames_in, driver.frames_out, driver.control_ignore_tlast) == (0, 0, 1)

    await ClockCycles(dut.aclk, 4)
    await bridge(look)()
