"""Readers of the line buffer that pick many operands: a register behind the choice, in the same cycles."""

from typing import Any

import pytest
from amaranth.sim import Simulator

import windrow as wr
from strategies import Case
from windrow_hdl.stage import hardware
from windrow_hdl.window.operands import pads

PLAIN = wr.Conv2d(height=7, width=6, kernel_size=(4, 3), padding=1, in_channels=4, out_channels=2, bias=True)
READERS = {
    "lanes": (wr.Design(PLAIN, lanes=4, pe=1, taps=1), True),
    "banks with addresses of their own": (wr.Design(PLAIN, lanes=4, pe=1, taps=3), True),
    "strides": (wr.Design(PLAIN.replace(stride=(2, 3)), lanes=2, pe=1, taps=2), True),
    "depthwise": (wr.Design(PLAIN.replace(groups=4, out_channels=4), lanes=4, taps=2), True),
    "phases": (wr.Design(wr.ConvTranspose2d(height=4, width=4, kernel_size=4, stride=2, padding=1,
                                            in_channels=4), lanes=4, taps=1), True),
    "run-time": (wr.Design(PLAIN, lanes=2, pe=1, taps=2, runtime=wr.Runtime(max_height=7, max_width=6)),
                 True),
    "few operands": (wr.Design(PLAIN, lanes=1, pe=1, taps=3), False),
    "rows that mirror others": (wr.Design(PLAIN.replace(padding_mode="reflect"), lanes=4, pe=1, taps=3),
                                False),
    "all banks in any order": (wr.Design(wr.Conv2d(height=7, width=6, kernel_size=3, padding=1,
                                                   in_channels=2), lanes=2, taps=3), False),
    "one bank": (wr.Design(PLAIN.replace(kernel_size=1, padding=0), lanes=4, pe=1, taps=1), False),
}  # fmt: skip


PICKED = {name: design for name, (design, early) in READERS.items() if early or name == "few operands"}
FILLED = {name: design for name, design in PICKED.items() if not isinstance(design.layer, wr.ConvTranspose2d)}


@pytest.mark.parametrize("kind", [wr.UInt(8), wr.Int(8)])
@pytest.mark.parametrize("name", FILLED)
def test_that_register_holds_what_padding_is_filled_with(name: str, kind: wr.UInt | wr.Int) -> None:
    of = FILLED[name]
    layer = of.layer.replace(input_type=kind, padding_value=kind.min or 77, bias_type=None)
    design = wr.Design(layer, lanes=of.lanes, pe=of.pe, taps=of.taps, runtime=of.runtime)
    stage = hardware(design, layer.random_weights(0), layer.random_bias(0))
    stage.elaborate(None)
    assert stage.reader.fills
    Case(design).check()
    Case(design, 1, (True, False, False), (False, True, True, False, False)).check()


def test_padding_with_a_value_costs_no_look_up_table_there() -> None:
    layer = wr.Conv2d(height=8, width=8, kernel_size=3, padding=1, in_channels=8, input_type=wr.Int(8))
    designs = [wr.Design(layer.replace(padding_value=fill), lanes=8, pe=1, taps=1) for fill in (0, -128)]
    zero, value = (wr.synthesize(design, place=False) for design in designs)
    assert value.lut <= zero.lut + 1  # an inverter: set and reset take `clear`, not `~clear`
    assert value.ff <= zero.ff


@pytest.mark.parametrize("name", READERS)
def test_the_register_is_where_many_operands_are_picked(name: str) -> None:
    design, early = READERS[name]
    stage = hardware(design, design.layer.random_weights(0), design.layer.random_bias(0))
    stage.elaborate(None)
    assert stage.reader.early is early
    Case(design).check()
    Case(design, 1, (True, False, False), (False, True, True, False, False)).check()


PADS = {
    "zeros": (PLAIN, {}, True),
    "mirrored": (PLAIN.replace(padding_mode="reflect"), {}, True),
    "below alone": (PLAIN.replace(padding=((0, 1), (0, 0))), {}, True),
    "none": (PLAIN.replace(padding=0), {}, False),
    "never read": (PLAIN.replace(kernel_size=1, stride=2, padding=((0, 1), (0, 0)), height=5), {}, False),
    "programmed": (PLAIN.replace(padding=0), {"runtime": wr.Runtime(max_height=7, max_width=6)}, True),
}  # fmt: skip


@pytest.mark.parametrize("name", PADS)
def test_nothing_is_cleared_where_no_tap_lies_in_padding(name: str) -> None:
    """Not even after reset: then synthesis would keep a register, and its wire to every multiplier."""
    layer, more, expected = PADS[name]
    design = wr.Design(layer, lanes=4, pe=1, taps=1, **more)
    assert pads(design) is expected
    stage = hardware(design, layer.random_weights(0), layer.random_bias(0))
    cleared = []

    async def bench(ctx: Any) -> None:
        for _ in range(8):
            cleared.append(ctx.get(stage.reader.clear))
            await ctx.tick()

    simulator = Simulator(stage)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert any(cleared) is expected
