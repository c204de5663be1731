"""Arrays whose operands go to many multipliers, on both sides of every depth of the tree, by equality."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import Case, integer_types, outputs, stalls, windows
from windrow.timing.depths import FEEDS
from windrow_hdl import RuntimeConvolution
from windrow_hdl.reductions.weights_loaded import load_sequence
from windrow_sim.streams.stimulus import pack

FILTERS = [FEEDS, FEEDS + 1, 2 * FEEDS - 1, 2 * FEEDS, 2 * FEEDS + 1, 4 * FEEDS, 4 * FEEDS + 1]


@st.composite
def spread_layers(draw: st.DrawFn) -> wr.Conv2d:
    """Many filters, few channels, small images; with groups, borders, bias and output maps."""
    groups = draw(st.sampled_from([1, 1, 1, 2]))
    layer = wr.Conv2d(
        in_channels=groups * draw(st.sampled_from([1, 2])), groups=groups,
        out_channels=groups * draw(st.sampled_from(FILTERS)) * draw(st.sampled_from([1, 1, 2])),
        bias=draw(st.booleans()), weight_type=draw(integer_types()), **draw(windows(5)),
    )  # fmt: skip
    return layer.replace(output=draw(outputs(layer.out_channels)))


@st.composite
def spread_cases(draw: st.DrawFn) -> Case:
    """Any folding of such a layer with at least `FEEDS` multipliers for an operand, under stalls."""
    layer = draw(spread_layers())
    pixels = draw(st.sampled_from([1, 1, 1, 2])) if layer.groups == 1 else 1
    found = [design for design in wr.designs(layer, pixels=pixels)
             if design.copies in FILTERS and design.multipliers < 160]  # fmt: skip
    design = draw(st.sampled_from(found or [wr.Design(layer, pe=layer.out_channels // layer.groups, taps=1)]))
    return Case(design, draw(st.integers(0, 99)), draw(stalls()), draw(stalls()))


@pytest.mark.parametrize("part", range(4))
def test_random_layers_and_foldings_under_stalls(part: int) -> None:
    @seed(part)
    @settings(max_examples=8)
    @given(spread_cases())
    def sweep(case: Case) -> None:
        case.check()

    sweep()


WIDE = wr.Conv2d(height=5, width=6, kernel_size=3, padding=1, in_channels=2, out_channels=9, bias=True)
READERS = {
    "gather": wr.Design(WIDE, lanes=1, pe=9, taps=2),
    "gather, turned": wr.Design(WIDE.replace(kernel_size=(3, 1), padding=(1, 0)), lanes=1, pe=9, taps=3),
    "shift": wr.Design(WIDE, lanes=2, pe=9, taps=9),
    "column": wr.Design(WIDE, lanes=1, pe=9, taps=5),
    "group": wr.Design(WIDE, pixels=2, pe=9),
    "phases": wr.Design(wr.ConvTranspose2d(height=4, width=4, kernel_size=3, stride=2, padding=1,
                                           out_channels=6), pe=6, taps=2),
    "run-time": wr.Design(WIDE, lanes=1, pe=9, taps=3, runtime=wr.Runtime(max_height=6, max_width=6)),
    "many steps": wr.Design(WIDE.replace(height=3, width=3, out_channels=25), lanes=1, pe=5, taps=1),
    "two groups in a beat": wr.Design(WIDE.replace(groups=2, out_channels=10), lanes=2, pe=10, taps=3),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in READERS if name != "phases"])
def test_padding_with_a_value_in_front_of_the_first_register(name: str) -> None:
    of = READERS[name]
    layer = of.layer.replace(padding_value=130)
    design = wr.Design(layer, lanes=of.lanes, pe=of.pe, taps=of.taps, pixels=of.pixels, runtime=of.runtime)
    Case(design).check()
    Case(design, 1, (True, False, False), (False, True, True, False, False)).check()


@pytest.mark.parametrize("name", READERS)
def test_every_reader(name: str) -> None:
    design = READERS[name]
    assert design.fan_out
    assert sorted(n for part in design.parts for n in part) == list(range(design.pe))
    Case(design).check()
    Case(design, 1, (True, False, False), (False, True, True, False, False)).check()


def test_few_filters_have_no_registers_on_the_way() -> None:
    assert [wr.Design(WIDE.replace(out_channels=n), pe=n).fan_out for n in (4, 5, 8, 9, 16, 17)] == [
        0, 3, 3, 4, 4, 5]  # fmt: skip
    depthwise = WIDE.replace(in_channels=8, out_channels=8, groups=8)
    assert wr.Design(depthwise, lanes=8).fan_out == 0  # each operand goes to one filter


@pytest.mark.parametrize(("blocks", "count"), [(True, 18), (wr.Blocks(11), 11)])
def test_the_first_multipliers_of_a_beat_are_blocks_in_whichever_part(blocks: Any, count: int) -> None:
    design = wr.Design(wr.Conv2d(height=5, width=6, kernel_size=2, out_channels=9), pe=9, taps=2)
    assert wr.synthesize(design, dsp=blocks, place=False).dsp == count


LOADS = wr.Conv2d(height=2, width=3, kernel_size=2, out_channels=10, bias=True, input_type=wr.UInt(4),
                  weight_type=wr.Int(4))  # fmt: skip
LOADED = {
    "parts in turns": {"pe": 5, "taps": 2}, "whole windows": {"pe": 10, "taps": 4},
}  # fmt: skip


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", LOADED)
def test_weights_are_dealt_out_between_frames(name: str, bias: bool) -> None:
    """Another set while a frame is under way, offered with pauses: the next frame waits for all of it."""
    layer = LOADS.replace(bias=bias, bias_type=None)
    core = wr.Design(layer, **LOADED[name], runtime=wr.Runtime(max_height=2, max_width=3))
    sets = [(layer.random_weights(n), layer.random_bias(n)) for n in range(2)]
    frames = layer.random_input(0, 2)
    words = _loads(core, *sets[1])
    found = _run(core, sets[0], frames, words)
    want = [layer.golden(frame, *parameters) for frame, parameters in zip(frames, sets, strict=True)]
    np.testing.assert_array_equal(found, np.stack(want).reshape(-1))


def _loads(core: wr.Design, weights: np.ndarray, bias: np.ndarray | None) -> Iterator[int | None]:
    """What to offer at port `weights`, cycle by cycle; None: nothing."""
    source = np.random.default_rng(5)
    yield from [None] * 2  # the first frame has begun
    for word in load_sequence(core, weights, bias).tolist():
        yield from [None] * int(source.integers(0, 3))
        yield word


def _run(core: wr.Design, parameters: Any, frames: np.ndarray, loads: Iterator[int | None]) -> list[int]:
    """Every result of `frames`, the first with `parameters`."""
    dut, layer = RuntimeConvolution(core, *parameters), core.layer
    rows = pack(frames.reshape(-1, core.lanes), layer.input_type.bits)
    beats = [int.from_bytes(row.tobytes(), "little") for row in rows]
    found: list[int] = []
    bits = layer.output_type.bits
    wanted = layer.golden(frames, *parameters).size

    async def bench(ctx) -> None:
        taken, offered = 0, next(loads)
        ctx.set(dut.o.ready, 1)
        for _ in range(4000):
            ctx.set(dut.i.valid, taken < len(beats))
            ctx.set(dut.i.payload, beats[min(taken, len(beats) - 1)])
            ctx.set(dut.weights.valid, offered is not None)
            ctx.set(dut.weights.payload, (offered or 0) & ((1 << len(dut.weights.payload)) - 1))
            taken += taken < len(beats) and ctx.get(dut.i.ready)
            if offered is None or ctx.get(dut.weights.ready):
                offered = next(loads, None)
            if ctx.get(dut.o.valid):
                beat = ctx.get(dut.o.payload)
                numbers = [(beat >> (bits * at)) & ((1 << bits) - 1) for at in range(core.pe)]
                found.extend(n - ((n >> (bits - 1)) << bits) for n in numbers)
            if len(found) == wanted:
                return
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found
