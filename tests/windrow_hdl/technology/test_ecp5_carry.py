"""Multipliers of ECP5's logic: every product of small factors, random ones of large, and what they cost."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value

import windrow as wr
import windrow_hdl.technology.ecp5_carry as carry
from benches import play
from windrow_hdl.technology import multiplier

SHAPES = [Shape(bits, signed) for bits in (1, 2, 3, 5) for signed in (False, True)]
LARGE = [(Shape(8, True), Shape(8, True)), (Shape(8, False), Shape(9, True)),
         (Shape(18, True), Shape(17, False)), (Shape(18, False), Shape(18, False)),
         (Shape(11, True), Shape(16, False))]  # fmt: skip


def cell(name: str, **ports: Any) -> Module:
    """CCU2C as its data sheet says: sums of tables and carries."""
    assert name == "CCU2C"
    assert (ports["p_INJECT1_0"], ports["p_INJECT1_1"]) == ("NO", "NO")
    m = Module()
    through: Value = ports["i_CIN"]
    for half in range(2):
        pins = [Value.cast(ports[f"i_{pin}{half}"])[0] for pin in "ABCD"]
        init = Const(ports[f"p_INIT{half}"].value, 16)
        table, first = init.bit_select(Cat(pins), 1), init.bit_select(Cat(pins[:2]), 1)
        m.d.comb += ports[f"o_S{half}"].eq(table ^ through)
        after = Signal()
        m.d.comb += after.eq(Mux(table, through, first))
        through = after
    m.d.comb += ports["o_COUT"].eq(through)
    return m


def products(pixel: Shape, weight: Shape, pairs: np.ndarray) -> list[int]:
    """What comes three cycles after each pair."""
    dut = multiplier("ecp5", pixel, weight, None, dsp=False)
    assert isinstance(dut, carry.CarryMultiplier)
    inputs = [{"pixel": one, "weight": two} for one, two in pairs.tolist()]
    shown = play(dut, [*inputs, *[inputs[-1]] * 3], ["product"])
    return [each["product"] for each in shown[3:]]


def span(shape: Shape) -> tuple[int, int]:
    """Least and largest number of a shape."""
    half = 1 << shape.width - 1
    return (-half, half - 1) if shape.signed else (0, 2 * half - 1)


@pytest.mark.parametrize("pixel", SHAPES, ids=str)
@pytest.mark.parametrize("weight", SHAPES, ids=str)
def test_every_product(monkeypatch: pytest.MonkeyPatch, pixel: Shape, weight: Shape) -> None:
    monkeypatch.setattr(carry, "Instance", cell)
    ranges = [np.arange(low, high + 1) for low, high in (span(pixel), span(weight))]
    pairs = np.stack(np.meshgrid(*ranges), axis=-1).reshape(-1, 2)
    assert products(pixel, weight, pairs) == pairs.prod(axis=1).tolist()


@pytest.mark.parametrize(("pixel", "weight"), LARGE, ids=str)
def test_large_factors(monkeypatch: pytest.MonkeyPatch, pixel: Shape, weight: Shape) -> None:
    monkeypatch.setattr(carry, "Instance", cell)
    random = np.random.default_rng(0)
    ends = [span(pixel), span(weight)]
    pairs = np.stack([random.integers(low, high + 1, 200) for low, high in ends], axis=1)
    corners = np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, 2)
    pairs = np.concatenate([pairs, corners])
    assert products(pixel, weight, pairs) == pairs.prod(axis=1).tolist()


LAYER = wr.Conv2d(height=5, width=4, in_channels=4, out_channels=4, kernel_size=3, bias=True,
                  output=wr.Requantize([2**-9, 2**-10 / 3, 2**-9.3, 2**-10.7]))  # fmt: skip


@pytest.mark.parametrize("technology", ["ecp5", "ice40", "generic"])
def test_a_layer_of_logic(technology: str) -> None:
    """With the cell's model, in Verilog."""
    layer = LAYER
    wr.simulate(wr.Design(layer, lanes=2, pe=2, taps=3), layer.random_input(1, 2), layer.random_weights(1),
                layer.random_bias(1), engine="verilator", technology=technology, dsp=False).check()


def test_gates_of_logic() -> None:
    """With the model of those who place it."""
    layer = LAYER
    wr.simulate(wr.Design(layer, lanes=2, pe=1, taps=1), layer.random_input(1), layer.random_weights(1),
                layer.random_bias(1), target="ecp5", dsp=False).check()


@pytest.mark.parametrize(("pixel", "weight", "most"), [(8, 8, 80), (18, 16, 360)])
def test_what_it_costs(pixel: int, weight: int, most: int) -> None:
    from amaranth.back import rtlil

    from windrow_hdl.synthesis.fpga_devices import DEVICES, resources
    from windrow_hdl.synthesis.synthesis import map_cells

    dut = multiplier("ecp5", Shape(pixel, True), Shape(weight, True), None, dsp=False)
    found = resources(map_cells(rtlil.convert(dut, name="top"), DEVICES["ecp5"]["25k"], False, "ecp5").cells,
                      "ecp5")
    assert found["dsp"] == 0
    assert most * 0.9 <= found["lut"] <= most
