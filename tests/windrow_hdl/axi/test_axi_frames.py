"""Frames of any length through the AXI top of a layer or a network, under any stalls, in Amaranth."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import tiny
from pipelines import random_pipeline
from strategies import Case, cases
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.axi import AxiConvolution
from windrow_sim.streams.stimulus import pack, unpack, words

FRAMES = 4
STATUS = 0x0C

patterns = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


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
    layer = case.design.layer
    constants = [layer.random_weights(case.seed), layer.random_bias(case.seed)]
    come_out_whole(case.design, constants, data, case.seed, case.input_stall or (False,),
                   case.output_stall or (False,))


@settings(max_examples=8)
@given(st.integers(0, 999), patterns, patterns, st.data())
def test_every_frame_of_a_network_comes_out_whole(
    number: int, coming: list[bool], leaving: list[bool], data: st.DataObject
) -> None:
    come_out_whole(random_pipeline(tiny(), random.Random(number)), [], data, number, coming, leaving)


def come_out_whole(design: Design | Pipeline, constants: Sequence[np.ndarray | None], data: st.DataObject,
                   number: int, in_stall: Sequence[bool], out_stall: Sequence[bool]) -> None:
    """Some frames too short and some too long: what comes out is that of frames put right."""
    x = design.input_type.random((FRAMES, *design.input_shape), number)
    beats, out_beats = design.input_beats, design.output_beats
    lengths = [data.draw(st.sampled_from([beats, beats, max(1, beats - 1), 1, beats + 1, 2 * beats]))
               for _ in range(FRAMES)]
    zero = design.network.tensors[design.network.input].zero_point if isinstance(design, Pipeline) else 0
    meant, source = np.full_like(x, zero), []
    for frame, mended, length in zip(x, meant, lengths, strict=True):
        packet = (packed(frame.reshape(-1, design.lanes), design.input_type.bits) * 2)[:length]
        source += [(beat, number == length - 1) for number, beat in enumerate(packet)]
        whole = min(length, beats) * design.lanes
        mended.reshape(-1)[:whole] = frame.reshape(-1)[:whole]
    dut = AxiConvolution(design, *constants)
    sink: list[tuple[int, int]] = []
    busy: list[int] = []

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

    kind = design.output_type
    rows = [(beat & ((1 << design.pe * kind.bits) - 1)).to_bytes(4 * words(design.pe * kind.bits), "little")
            for beat, _ in sink]
    found = unpack(np.frombuffer(b"".join(rows), "<u4").astype(np.uint32).reshape(len(rows), -1), design.pe,
                   kind.bits, kind.signed)
    expected = design.golden(meant, *constants)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert [tlast for _, tlast in sink] == ([0] * (out_beats - 1) + [1]) * FRAMES
    early = any(length < beats for length in lengths) << 8
    late = any(length > beats for length in lengths) << 9
    assert busy == [early | late]
