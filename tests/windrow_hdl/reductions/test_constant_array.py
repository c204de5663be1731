"""Convolutions of constants without multipliers: values and cycles by equality, whatever brings windows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import STRATEGIES, Case, stalls
from windrow.planning.plan import designs
from windrow.stage.constants import constant_plan, has_constants
from windrow_hdl import Convolution

PARTS = 4  # so that the cores share the sweep
SIZE: dict[str, Any] = {"height": 7, "width": 9, "kernel_size": 3, "padding": 1}
BINOMIAL = np.outer([1, 2, 1], [1, 2, 1])
SOBEL = np.outer([1, 2, 1], [-1, 0, 1])


def whole(layer: Any, pixels: int = 1) -> wr.Design:
    """Everything at once: a fold of one."""
    return wr.Design(layer, lanes=layer.in_channels, pe=layer.out_channels, taps=layer.window.taps,
                     pixels=pixels)  # fmt: skip


@st.composite
def constants(draw: st.DrawFn) -> Case:
    """Any layer of constants, one or several pixels a beat, under stalls or none."""
    layer = draw(STRATEGIES[draw(st.sampled_from(["conv2d", "conv2d", "conv-transpose2d"]))](7))
    legal = [design for design in designs(layer, layer.in_channels) if has_constants(design)]
    assume(legal)
    (design,) = legal
    pixels = draw(st.sampled_from([1, 1, 2, 3, 4]))
    if not layer.window.fractional and all(axis.extent is not None for axis in layer.window.axes):
        design = whole(layer, pixels)
    return Case(design, draw(st.integers(0, 99)), draw(stalls()), draw(stalls()), dsp=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_layers(part: int) -> None:
    @seed(part)
    @settings(max_examples=12)
    @given(constants())
    def sweep(case: Case) -> None:
        case.check()

    sweep()


def kernels() -> Iterator[tuple[str, wr.Design, np.ndarray]]:
    """Names, designs and kernels of one channel that are written with few digits."""
    named = {"Gaussian": BINOMIAL, "Sobel": SOBEL, "zeros": 0 * SOBEL, "negative": -3 * BINOMIAL}
    for name, kernel in named.items():
        for pixels in (1, 4):
            yield f"{name}, {pixels} pixels", whole(wr.Conv2d(**SIZE), pixels), kernel
        mirrored = wr.Conv2d(**SIZE, padding_mode="reflect", stride=2)
        yield f"{name}, mirrored, stride 2", whole(mirrored), kernel
        apart = wr.Conv2d(height=7, width=9, kernel_size=3, dilation=2, padding=2, padding_value=7)
        yield f"{name}, dilation 2, padded with 7", whole(apart), kernel


CASES = {name: (design, kernel) for name, design, kernel in kernels()}


@pytest.mark.parametrize("name", CASES)
def test_kernels_that_share_columns(name: str) -> None:
    design, kernel = CASES[name]
    x = design.layer.random_input(1, frames=2)
    wr.simulate(design, x, kernel[None, :, :, None], dsp=False, engine="amaranth",
                input_stall=(True, False, False), output_stall=(False, True)).check()  # fmt: skip


def test_every_constant_of_eight_bits() -> None:
    """One tap and many filters, in the cycles of a multiplier."""
    layer = wr.Conv2d(height=1, width=8, kernel_size=1, out_channels=64)
    x = np.array([0, 1, 2, 85, 127, 128, 170, 255]).reshape(1, 8, 1)
    for first in range(-128, 128, 64):
        weights = np.arange(first, first + 64).reshape(64, 1, 1, 1)
        wr.simulate(whole(layer), x, weights, dsp=False, engine="amaranth").check()


@pytest.mark.parametrize(("filters", "groups", "pixels"), [(5, 1, 1), (9, 1, 1), (5, 1, 3), (10, 2, 1)])
def test_many_filters_take_the_cycles_of_multipliers_in_parts(filters: int, groups: int, pixels: int) -> None:
    """Operands of multipliers would pass a tree of registers; sums of shifts and additions wait as long."""
    layer = wr.Conv2d(height=4, width=4, kernel_size=3, padding=1, in_channels=groups, groups=groups,
                      out_channels=filters, bias=True)  # fmt: skip
    design = whole(layer, pixels)
    assert design.fan_out
    Case(design, dsp=False).check()
    kernels = np.repeat(BINOMIAL[None, :, :, None], filters, axis=0)  # what columns give is shared
    wr.simulate(design, layer.random_input(1, frames=2), kernels, layer.random_bias(2), dsp=False,
                engine="amaranth", input_stall=(True, False, False), output_stall=(False, True)).check()


def test_size_and_padding_may_be_programmed() -> None:
    layer = wr.Conv2d(**SIZE)
    design = wr.Design(layer, runtime=wr.Runtime(max_height=9, max_width=9)).configured(
        layer.replace(height=6, width=8, stride=2))  # fmt: skip
    for kernel in (BINOMIAL, np.arange(-4, 5).reshape(3, 3)):
        x = design.layer.random_input(1)
        wr.simulate(design, x, kernel[None, :, :, None], dsp=False, engine="amaranth").check()


def test_columns_are_shared_where_they_come_one_by_one() -> None:
    layer = wr.Conv2d(**SIZE)
    weights = {name: kernel[None, :, :, None] for name, kernel in
               {"Gaussian": BINOMIAL, "odd": np.arange(9).reshape(3, 3)}.items()}  # fmt: skip
    plans = {name: constant_plan(whole(layer), (each, None)) for name, each in weights.items()}
    assert plans["Gaussian"].shared
    assert plans["Gaussian"].columns.items == 1
    array = Convolution(whole(layer), weights["Gaussian"], dsp=False)
    array.elaborate(None)
    assert "column" in array.array.signature.members


GAUSSIANS = {54: [1, 2, 1], 136: [1, 4, 6, 4, 1], 252: [2, 7, 14, 18, 14, 7, 2]}
"""Rows by the most look-up tables, as estimated, of a window."""


@pytest.mark.parametrize("most", GAUSSIANS)
def test_windows_side_by_side_share(most: int) -> None:
    """Eight windows of a Gaussian add up the eight columns of a beat once, and sums of neighbours for two."""
    row = GAUSSIANS[most]
    layer = wr.Conv2d(height=16, width=64, kernel_size=len(row), padding=len(row) // 2,
                      weight_type=wr.Int(10))  # fmt: skip
    windows = tuple(tuple(range(at, at + len(row))) for at in range(8))
    plan = constant_plan(whole(layer, 8), (np.outer(row, row)[None, :, :, None], None), windows)
    assert plan.shared
    assert (plan.columns.items, plan.beat) == (1, 8)
    depth = plan.columns.depth
    assert plan.price((0, 255), depth) <= 4 * 8 * most  # a price is in quarters


def test_who_has_constants() -> None:
    layer = wr.Conv2d(**SIZE, in_channels=2, out_channels=2)
    assert has_constants(whole(layer))
    assert not has_constants(wr.Design(layer, lanes=2, pe=1, taps=9))
    assert not has_constants(wr.Design(wr.MaxPool2d(**SIZE)))
    loaded = wr.Runtime(max_height=7, max_width=9, weights=True)
    assert not has_constants(wr.Design(wr.Conv2d(**SIZE), runtime=loaded))
    by_phase = wr.Design(wr.ConvTranspose2d(height=4, width=4, kernel_size=2, stride=2))
    assert by_phase.fold == 1
    assert not has_constants(by_phase)
