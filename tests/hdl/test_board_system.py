"""The board's system, bit by bit on its wires, against the board in plain Python."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

import windrow as wr
from reference_board import Noise, ReferenceBoard
from windrow.link import Answer, Deframer, Kind, Request, frame
from windrow.wire import Identity, pack
from windrow_hdl.boards.beats import BeatsToBytes, BytesToBeats
from windrow_hdl.boards.framing import Framer
from windrow_hdl.boards.system import System
from windrow_hdl.boards.uart import UartReceiver, UartTransmitter

DIVISOR = 6
REST = 400  # cycles without a byte after which no other comes: the datapath takes fewer
LAYER = wr.Conv2d(height=8, width=7, kernel_size=3, stride=2, out_channels=2, bias=True)
DESIGN = wr.Design(LAYER, taps=3)
WEIGHTS, BIAS = LAYER.random_weights(0), LAYER.random_bias(0)


class Line:
    """A simulated system with a terminal at its wires."""

    def __init__(self) -> None:
        self.system = System(DESIGN, WEIGHTS, BIAS, divisor=DIVISOR, buffer_bits=9)

    def run(self, steps: list[bytes]) -> tuple[list[list[Answer]], list[tuple[int, int]]]:
        """Send each of `steps` and wait until nothing more is said; answers after each, and both lights."""
        system, heard, lights = self.system, bytearray(), []
        marks: list[int] = []

        async def send(ctx: Any) -> None:
            ctx.set(system.rx, 1)
            await ctx.tick().repeat(20)
            for step in steps:
                for byte in step:
                    for bit in (0, *(byte >> n & 1 for n in range(8)), 1):
                        ctx.set(system.rx, bit)
                        await ctx.tick().repeat(DIVISOR)
                before = -1
                while before != len(heard):
                    before = len(heard)
                    await ctx.tick().repeat(REST)
                marks.append(len(heard))
                lights.append((ctx.get(system.activity), ctx.get(system.error)))

        async def listen(ctx: Any) -> None:
            while True:
                await ctx.negedge(system.tx)
                await ctx.tick().repeat(DIVISOR // 2)
                byte = 0
                for bit in range(8):
                    await ctx.tick().repeat(DIVISOR)
                    byte |= ctx.get(system.tx) << bit
                await ctx.tick().repeat(DIVISOR)
                assert ctx.get(system.tx) == 1  # the stop bit
                heard.append(byte)

        simulator = Simulator(system)
        simulator.add_clock(1e-6)
        simulator.add_testbench(send)
        simulator.add_testbench(listen, background=True)
        simulator.run()
        deframer, found = Deframer(), []
        for start, end in zip([0, *marks], marks, strict=False):
            found.append([Answer.from_bytes(packet) for packet in deframer.feed(bytes(heard[start:end]))])
        assert deframer.damaged == 0
        return found, lights


def request(kind: Kind, session: int = 5, at: int = 0, ack: int = 0, payload: bytes = b"") -> bytes:
    return frame(Request(kind, session, at, ack, payload).to_bytes())


def test_a_session() -> None:
    x = LAYER.random_input(3)
    values = pack(x, LAYER.input_type)
    results = pack(LAYER.golden(x, WEIGHTS, BIAS), LAYER.accumulator_type)
    damaged = bytearray(request(Kind.DATA, 5, 20, 0, values[20:40]))
    damaged[9] ^= 0x10
    too_much = values * 9 + values[:20]  # a little more than the buffer holds
    steps = [
        request(Kind.DATA, 5, 0, 0, values),  # no such session yet
        request(Kind.RESET),
        request(Kind.DATA, 5, 0, 0, values[:20]),
        bytes(damaged),
        request(Kind.DATA, 5, 30, 0, values[30:]),  # not where the last ones ended
        request(Kind.DATA, 5, 20, 0, too_much),
        b"garbage \x00\xff\x7d\x7e",
        frame(b"short") + frame(b"\x00" * 4),
        request(Kind.DATA, 5, 20, 0, values[20:])[:30] + request(Kind.DATA, 5, 20, 0, values[20:]),
        request(Kind.DATA, 5, 56),
        request(Kind.RESEND, 5, 56, 7),
        request(Kind.STATUS),
        request(Kind.IDENTIFY),
        request(Kind.DATA, 5, 56, 54),
        frame(bytes([99, 5, 0, 0, 0, 0])),
        request(Kind.RESET, 6),
        request(Kind.DATA, 6, 0, 0, values) + request(Kind.DATA, 6, 56),
        request(Kind.STATUS, 6),
    ]
    found, lights = Line().run(steps)
    assert len(results) == 54
    assert found[0] == [Answer(Kind.DATA, 0, (0, 0, 0))]
    assert found[1] == [Answer(Kind.DATA, 5, (0, 0, 0))]
    assert [answer.words[0] for answer in found[2]] == [20]
    assert found[3] == []  # damaged: not a word
    assert [answer.words[:2] for answer in found[4] + found[5]] == [(20, 20), (20, 20)]
    assert found[6] == found[7] == []
    assert found[8][-1].words[0] == 56  # the first, cut off, was lost with nothing else
    sent = b"".join(answer.payload for step in found[:10] for answer in step)
    assert sent == results
    assert found[10] == [Answer(Kind.DATA, 5, (56, 56, 7), results[7:])]
    assert found[11] == [Answer(Kind.STATUS, 5, (5, 3, 0))]
    assert Identity.from_bytes(found[12][0].payload) == Identity.of(DESIGN, WEIGHTS, BIAS)
    assert found[12][0].words == (9, 9, 0)
    assert found[13] == [Answer(Kind.DATA, 5, (56, 56, 54))]
    assert found[14] == []
    assert found[15] == [Answer(Kind.DATA, 6, (0, 0, 0))]
    assert b"".join(answer.payload for answer in found[16]) == results
    assert found[17] == [Answer(Kind.STATUS, 6, (5, 4, 0))]
    assert lights[0] == (1, 1)  # both stay on for longer than this


@pytest.mark.parametrize("seed", range(2))
def test_noise_is_counted_as_the_reference_counts_it(seed: int) -> None:
    layer = LAYER.replace(bias=False)
    board = ReferenceBoard(wr.Design(layer, taps=3), WEIGHTS)
    values = pack(layer.random_input(seed), layer.input_type)
    noise, chance, steps = Noise(0.03, seed), random.Random(seed), [request(Kind.RESET)]
    for _ in range(14):
        at = chance.choice([0, 20, 40])
        steps.append(noise(request(Kind.DATA, 5, at, 0, values[at:at + 20])))
    steps += [b"\x7e", request(Kind.STATUS)]
    for step in steps:
        board.send(step)
    expected = Answer.from_bytes(list(Deframer().feed(board.receive(0)))[-1])
    found, _ = Line().run(steps)
    assert noise.hits > 3
    assert found[-1] == [expected]
    assert expected.words[0] > 0
    assert expected.words[1] > 0


def simulate(component: wiring.Component, bench: Callable[[Any], Any], *background: Callable[[Any], Any]) -> None:
    m = Module()
    m.submodules.dut = component
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    for other in background:
        simulator.add_testbench(other, background=True)
    simulator.run()


@pytest.mark.parametrize("error", [-0.03, 0.0, 0.03])
@pytest.mark.parametrize("divisor", [6, 12, 33])
def test_receiver_bears_with_other_clocks(divisor: int, error: float) -> None:
    receiver, sent, found = UartReceiver(divisor), [0x00, 0xFF, 0x55, 0xA3, 0x7E], []

    async def send(ctx: Any) -> None:
        ctx.set(receiver.rx, 1)
        await ctx.tick().repeat(50)
        bits = [level for byte in sent for level in (0, *(byte >> n & 1 for n in range(8)), 1)]
        now = 0
        for number, level in enumerate(bits, 1):
            ctx.set(receiver.rx, level)
            until = round(number * divisor * (1 + error))
            await ctx.tick().repeat(until - now)
            now = until
        await ctx.tick().repeat(2 * divisor)

    async def listen(ctx: Any) -> None:
        async for _, _, strobe, fault, byte in ctx.tick().sample(receiver.strobe, receiver.fault, receiver.data):
            assert not fault
            if strobe:
                found.append(byte)

    simulate(receiver, send, listen)
    assert found == sent


def test_receiver_tells_a_broken_line_once() -> None:
    receiver, faults = UartReceiver(8), []

    async def hold(ctx: Any) -> None:
        ctx.set(receiver.rx, 1)
        await ctx.tick().repeat(20)
        ctx.set(receiver.rx, 0)
        await ctx.tick().repeat(1000)
        ctx.set(receiver.rx, 1)
        await ctx.tick().repeat(200)

    async def listen(ctx: Any) -> None:
        async for _, _, strobe, fault in ctx.tick().sample(receiver.strobe, receiver.fault):
            assert not strobe
            if fault:
                faults.append(fault)

    simulate(receiver, hold, listen)
    assert len(faults) == 1


def test_transmitter_is_at_rest_from_the_beginning() -> None:
    transmitter, levels = UartTransmitter(6), []

    async def look(ctx: Any) -> None:
        for _ in range(30):
            levels.append(ctx.get(transmitter.tx))
            await ctx.tick()

    simulate(transmitter, look)
    assert set(levels) == {1}


@pytest.mark.parametrize("packet", [b"\x00", b"\x7e\x7d\x5e", bytes(range(90, 130)), b"\x7d" * 9])
def test_framer_says_what_frame_says(packet: bytes) -> None:
    framer, line = Framer(), bytearray()

    async def send(ctx: Any) -> None:
        for at, byte in enumerate(packet):
            ctx.set(framer.i.payload, {"byte": byte, "last": at == len(packet) - 1})
            ctx.set(framer.i.valid, 1)
            await ctx.tick().until(framer.i.ready)
        ctx.set(framer.i.valid, 0)
        await ctx.tick().repeat(60)

    async def listen(ctx: Any) -> None:
        count = 0
        while True:
            count += 1
            ctx.set(framer.o.ready, count % 3 == 0)
            _, _, valid, byte = await ctx.tick().sample(framer.o.valid & framer.o.ready, framer.o.payload)
            if valid:
                line.append(byte)

    simulate(framer, send, listen)
    assert bytes(line) == frame(packet)


@pytest.mark.parametrize(("values", "bits"), [(1, 8), (3, 5), (2, 12), (1, 1), (2, 20)])
def test_beats_and_bytes(values: int, bits: int) -> None:
    kind = wr.UInt(bits)
    numbers = kind.random((4, values), 0)
    data, found = pack(numbers, kind), []
    there, back = BytesToBeats(values, bits), BeatsToBytes(values, bits)

    class Both(wiring.Component):
        def __init__(self) -> None:
            super().__init__({})

        def elaborate(self, platform: object) -> Module:
            m = Module()
            m.submodules.there, m.submodules.back = there, back
            wiring.connect(m, there.o, back.i)
            return m

    async def send(ctx: Any) -> None:
        for byte in data:
            ctx.set(there.i.payload, byte)
            ctx.set(there.i.valid, 1)
            await ctx.tick().until(there.i.ready)
        ctx.set(there.i.valid, 0)
        await ctx.tick().repeat(20)

    beats = []

    async def listen(ctx: Any) -> None:
        ctx.set(back.o.ready, 1)
        async for _, _, valid, byte, moved, beat in ctx.tick().sample(
                back.o.valid, back.o.payload, there.o.valid & there.o.ready, there.o.payload):
            if valid:
                found.append(byte)
            if moved:
                beats.append(beat)

    simulate(Both(), send, listen)
    assert bytes(found) == data
    packed = [sum(int(value) << at * bits for at, value in enumerate(row)) for row in numbers]
    assert beats == packed


@pytest.mark.parametrize(("options", "message"), [
    ({"divisor": 5}, "divisor must be at least 6, not 5"),
    ({"divisor": 2.5}, "divisor must be an int, not 2.5"),
    ({"divisor": 6, "buffer_bits": 8}, "buffer_bits must be at least 9, not 8"),
])  # fmt: skip
def test_mistakes(options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{message}$"):
        System(DESIGN, WEIGHTS, BIAS, **options)


def test_beat_values_cover_negative_sums() -> None:
    """A check of the frames above: they have sums below zero, so signs do cross the line."""
    assert np.any(LAYER.golden(LAYER.random_input(3), WEIGHTS, BIAS) < 0)
