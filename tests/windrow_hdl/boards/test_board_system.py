"""Parts of the board's system on their own; tests/windrow_sim/runs/test_board.py has the whole."""

from collections.abc import Callable
from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

import windrow as wr
from windrow.board.link import Kind, Request, frame
from windrow.board.wire import pack
from windrow_hdl.boards.beats import BeatsToBytes, BytesToBeats
from windrow_hdl.boards.framing import Framer
from windrow_hdl.boards.system import System
from windrow_hdl.boards.uart import UartReceiver, UartTransmitter

DIVISOR = 6
LAYER = wr.Conv2d(height=8, width=7, kernel_size=3, stride=2, out_channels=2, bias=True)
DESIGN = wr.Design(LAYER, taps=3)
WEIGHTS, BIAS = LAYER.random_weights(0), LAYER.random_bias(0)


Bench = Callable[[Any], Any]


@pytest.mark.parametrize(("line", "expected"), [
    (b"", (0, 0)),
    (frame(Request(Kind.RESET, 5).to_bytes()), (1, 0)),
    (b"\x7enoise\x7e", (0, 1)),
    (frame(Request(Kind.DATA, 5).to_bytes()), (1, 1)),  # well said, but of no session: answered and refused
])  # fmt: skip
def test_lights(line: bytes, expected: tuple[int, int]) -> None:
    system, found = System(DESIGN, WEIGHTS, BIAS, divisor=DIVISOR, buffer_bits=9), []

    async def send(ctx: Any) -> None:
        ctx.set(system.rx, 1)
        await ctx.tick().repeat(20)
        for byte in line:
            for bit in (0, *(byte >> n & 1 for n in range(8)), 1):
                ctx.set(system.rx, bit)
                await ctx.tick().repeat(DIVISOR)
        await ctx.tick().repeat(40)
        found.append((ctx.get(system.activity), ctx.get(system.error)))

    simulate(system, send)
    assert found == [expected]


def simulate(component: wiring.Component, bench: Bench, *background: Bench) -> None:
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
        ports = receiver.strobe, receiver.fault, receiver.data
        async for _, _, strobe, fault, byte in ctx.tick().sample(*ports):
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
