"""What columns give, kept from beat to beat: values and cycles by equality, whatever rows end with."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Fragment

import windrow as wr
from strategies import Case
from windrow_hdl import Convolution
from windrow_hdl.reductions.shared_beats import SharedBeats
from windrow_hdl.reductions.shared_group import SharedGroup

SIZE: dict[str, Any] = {"height": 5, "width": 11, "kernel_size": 3}
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[None, :, :, None]
# Its columns give three items, of which the one that takes longest is compared first.
UNEVEN = ((False, True, True), (True, False, True), (False, False, False))


def whole(layer: Any, pixels: int) -> wr.Design:
    return wr.Design(layer, lanes=layer.in_channels, pe=layer.out_channels, taps=layer.window.taps,
                     pixels=pixels)  # fmt: skip


DESIGNS = {
    "erosion, two channels": whole(wr.MinPool2d(**SIZE, padding=1, channels=2), 4),
    "erosion, edges repeated, stride 2": whole(
        wr.MinPool2d(**SIZE, padding=1, padding_mode="edge", stride=2), 4),
    "dilation by an uneven element, apart": whole(
        wr.MaxPool2d(height=8, width=9, kernel_size=3, dilation=2, element=UNEVEN, input_type=wr.Int(5),
                     padding=((0, 1), (0, 3))), 3),
    "three pixels at stride 2": whole(
        wr.MaxPool2d(height=5, width=14, kernel_size=4, padding=1, stride=2), 3),
    "median, reflected": whole(
        wr.Median2d(**SIZE, padding=1, padding_mode="reflect", input_type=wr.Int(7)), 2),
    "more pixels than a row has": whole(wr.Median2d(height=3, width=5, kernel_size=3, padding=1), 8),
    "a border that wins": whole(wr.MinPool2d(**SIZE, padding=1, padding_value=9), 2),
}  # fmt: skip


def array_of(design: wr.Design, weights: np.ndarray | None = None) -> Any:
    stage = Convolution(design, weights, dsp=False)
    stage.elaborate(None)
    return stage.array


@pytest.mark.parametrize("name", DESIGNS)
def test_nasty_rows(name: str) -> None:
    Case(DESIGNS[name], 3, (True, False, False), (False, True)).check()


@pytest.mark.parametrize("pixels", [2, 3, 5])
@pytest.mark.parametrize("border", [{"padding_mode": "reflect"}, {"padding_value": 200}])
def test_nasty_rows_of_constants(pixels: int, border: dict[str, Any]) -> None:
    """A Gaussian of which neighbours share sums; its padding counts as the sums of what is padded."""
    layer = wr.Conv2d(height=5, width=8, kernel_size=5, padding=2, weight_type=wr.Int(7), **border)
    design = whole(layer, pixels)
    assert isinstance(array_of(design, BINOMIAL), SharedBeats)
    wr.simulate(design, layer.random_input(1, frames=2), BINOMIAL, dsp=False, engine="amaranth",
                input_stall=(True, False, False), output_stall=(False, True)).check()  # fmt: skip


def test_nasty_rows_of_two_channels_and_filters() -> None:
    """All channels of a column are under each other."""
    layer = wr.Conv2d(**SIZE, padding=1, in_channels=2, out_channels=2, padding_mode="edge")
    kernel = np.outer([1, 2, 1], [1, 2, 1])[:, :, None] * [3, -1]
    weights = np.stack([kernel, -kernel])
    design = whole(layer, 4)
    assert isinstance(array_of(design, weights), SharedBeats)
    wr.simulate(design, layer.random_input(1, frames=2), weights, dsp=False, engine="amaranth",
                input_stall=(False, True), output_stall=(True, False, False)).check()  # fmt: skip


@pytest.mark.parametrize("dsp", [True, False])
@pytest.mark.parametrize(("name", "turned"), [
    ("three pixels at stride 2", True), ("a border that wins", True),
    ("median, reflected", False), ("dilation by an uneven element, apart", False)])
def test_columns_in_the_order_of_the_banks(name: str, turned: bool, dsp: bool) -> None:
    """Where any order will do; mirrored rows lie in one bank, and an element looks at rows."""
    stage = Convolution(DESIGNS[name], dsp=dsp)
    stage.elaborate(None)
    assert stage.reader.turned == turned


def test_who_keeps_what_columns_give() -> None:
    """Where the groups of two beats read the same columns."""
    for name, design in DESIGNS.items():
        assert design.beat_by_beat, name
        assert isinstance(array_of(design), SharedBeats), name
    apart = whole(wr.MaxPool2d(height=4, width=12, kernel_size=2, stride=2), 4)
    assert not apart.beat_by_beat
    assert isinstance(array_of(apart), SharedGroup)
    assert not whole(wr.MinPool2d(**SIZE), 1).beat_by_beat
    assert not wr.Design(wr.Conv2d(**SIZE), pixels=2, taps=3).beat_by_beat


def test_each_column_of_a_beat_is_reduced_once() -> None:
    design = DESIGNS["erosion, edges repeated, stride 2"]
    parts = Fragment.get(array_of(design), None).subfragments
    columns = [name for _, name, _ in parts if name is not None and name.startswith("column_")]
    assert len(columns) == design.pixels
    assert design.reduction_depth == array_of(design).depth == 6
