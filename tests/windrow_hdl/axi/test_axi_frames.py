"""Frames of any length through the AXI top of any design, under any stalls, in Amaranth's simulator."""

from typing import Any

import numpy as np
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import Case, cases
from windrow_hdl.axi import AxiConvolution
from windrow_sim.streams.stimulus import pack, unpack, words

FRAMES = 4
STATUS = 0x0C


def packed(values: np.ndarray, bits: int) -> list[int]:
    """(beats, fields) as one number per beat."""
    return [int.from_bytes(row.astype("<u4").tobytes(), "little") for row in pack(values, bits)]


async def read(ctx: Any, bus: Any, address: int) -> int:
    ctx.set(bus.araddr, address)
    ctx.set(bus.arvalid, 1)
    ctx.set(bus.rready, 1)
    await ctx.tick().until(bus.arready)
    ctx.set(bus.arvalid, 0)
    (value,) = await ctx.tick().sample(bus.rdata).until(bus.rvalid)
    return value


@settings(max_examples=25)
@given(cases(largest=5), st.data())
def test_every_frame_comes_out_whole(case: Case, data: st.DataObject) -> None:
    design, layer = case.design, case.design.layer
    weights, bias = layer.random_weights(case.seed), layer.random_bias(case.seed)
    x = layer.random_input(case.seed, FRAMES)
    beats, out_beats = design.input_beats, design.windows * design.filter_groups
    lengths = [data.draw(st.sampled_from([beats, beats, max(1, beats - 1), 1, beats + 1, 2 * beats]))
               for _ in range(FRAMES)]
    meant, source = np.zeros_like(x), []
    for frame, mended, length in zip(x, meant, lengths, strict=True):
        packet = (packed(frame.reshape(-1, design.lanes), layer.input_type.bits) * 2)[:length]
        source += [(beat, number == length - 1) for number, beat in enumerate(packet)]
        whole = min(length, beats) * design.lanes
        mended.reshape(-1)[:whole] = frame.reshape(-1)[:whole]
    dut = AxiConvolution(design, weights, bias)
    sink: list[tuple[int, int]] = []
    busy: list[int] = []
    in_stall, out_stall = case.input_stall or (False,), case.output_stall or (False,)

    async def send(ctx: Any) -> None:
        cycle = 0
        for beat, last in source:
            while in_stall[cycle % len(in_stall)]:
                await ctx.tick()
                cycle += 1
            ctx.set(dut.s_axis.tdata, beat)
            ctx.set(dut.s_axis.tlast, last)
            ctx.set(dut.s_axis.tvalid, 1)
            taken = False
            while not taken:
                _, _, taken = await ctx.tick().sample(dut.s_axis.tready)
                cycle += 1
            ctx.set(dut.s_axis.tvalid, 0)

    async def receive(ctx: Any) -> None:
        cycle, last = 0, 0
        while len(sink) < FRAMES * out_beats:
            ctx.set(dut.m_axis.tready, not out_stall[cycle % len(out_stall)])
            _, _, valid, ready, beat, tlast = await ctx.tick().sample(
                dut.m_axis.tvalid, dut.m_axis.tready, dut.m_axis.tdata, dut.m_axis.tlast)
            cycle += 1
            if valid and ready:
                sink.append((beat, tlast))
                last = cycle
            assert cycle - last < 20_000, f"stuck at beat {len(sink)} of {FRAMES * out_beats}"
        ctx.set(dut.m_axis.tready, 1)
        # Surplus of the last frame may still be dropped.
        for _ in range(2 * beats * len(in_stall) + 8):
            _, _, valid = await ctx.tick().sample(dut.m_axis.tvalid)
            assert not valid
        busy.append(await read(ctx, dut.s_axi, STATUS))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(send, background=True)
    simulator.add_testbench(receive)
    simulator.run()

    kind = layer.output_type
    rows = [(beat & ((1 << design.pe * kind.bits) - 1)).to_bytes(4 * words(design.pe * kind.bits), "little")
            for beat, _ in sink]
    found = unpack(np.frombuffer(b"".join(rows), "<u4").astype(np.uint32).reshape(len(rows), -1), design.pe,
                   kind.bits, kind.signed)
    expected = layer.golden(meant, weights, bias)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert [tlast for _, tlast in sink] == ([0] * (out_beats - 1) + [1]) * FRAMES
    early = any(length < beats for length in lengths) << 8
    late = any(length > beats for length in lengths) << 9
    assert busy == [early | late]
