"""Registers around a component: they carry every bit, and their cells are not the component's."""

import random

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator, SimulatorContext

from windrow_hdl.synthesis.boundary import Boundary

BITS = 21


class Wire(wiring.Component):
    """A component without any hardware."""

    i: In(stream.Signature(BITS))
    o: Out(stream.Signature(BITS))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        wiring.connect(m, wiring.flipped(self.i), wiring.flipped(self.o))
        return m


def test_every_bit_reaches_the_parity() -> None:
    dut = Boundary(Wire())
    bits = random.Random(1).choices([0, 1], k=200)
    seen: list[int] = []

    async def drive(ctx: SimulatorContext) -> None:
        for bit in bits:
            ctx.set(dut.i_bit, bit)
            await ctx.tick()
            seen.append(ctx.get(dut.o_parity))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(drive)
    simulator.run_until(1e-3)
    # The register, then 21 bits to 6, to 2, to 1.
    window = [sum(bits[max(0, at - BITS + 1) : at + 1]) % 2 for at in range(len(bits))]
    assert seen[4:] == window[:-4]


def test_handshake_takes_a_register_each_way() -> None:
    dut = Boundary(Wire())
    seen: list[tuple[int, int]] = []

    async def drive(ctx: SimulatorContext) -> None:
        ctx.set(dut.i_valid, 1)
        ctx.set(dut.o_ready, 1)
        for _ in range(4):
            seen.append((ctx.get(dut.o_valid), ctx.get(dut.i_ready)))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(drive)
    simulator.run_until(1e-3)
    assert seen == [(0, 0), (0, 0), (1, 1), (1, 1)]
