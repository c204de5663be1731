"""Designs with several pixels a beat: what is legal, what is said of them, what is refused by name."""

import re
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from windrow.stage.pixels import one_pixel
from windrow.storage.files import dumps, loads
from windrow_hdl.boards import build
from windrow_sim.watch import watch

LAYER = wr.Conv2d(height=9, width=19, in_channels=2, out_channels=3, kernel_size=3, padding=1)
POOL = wr.MaxPool2d(height=9, width=19, kernel_size=3, stride=2, padding=1)


def test_a_beat_holds_neighbours_with_all_their_channels() -> None:
    design = wr.Design(LAYER, pixels=4)
    assert (design.lanes, design.pe, design.taps, design.fold) == (2, 3, 9, 1)
    assert (design.beat_bits, design.output_bits) == (4 * 2 * 8, 4 * 3 * LAYER.output_type.bits)
    assert (design.input_beats, design.interval, design.multipliers) == (9 * 5, 9 * 5, 4 * 3 * 9 * 2)
    assert design.timing(2).output_cycles.shape == (2, 9, 5, 1)
    assert design == wr.plan(LAYER, pixels=4) == wr.Design(LAYER, pixels=4, lanes=2, pe=3, taps=9)
    assert design in wr.plan(LAYER, pixels=4, all=True)
    assert {(each.lanes, each.pe) for each in wr.designs(LAYER, pixels=4)} == {(2, 1), (2, 3)}


@pytest.mark.parametrize(("stride", "multipliers", "bound"), [(1, 36, 36), (2, 10, 9), (3, 6, 4), (4, 3, 3)])
def test_stride_saves_multipliers(stride: int, multipliers: int, bound: int) -> None:
    """Both axes do: across, fewer windows a beat; down, more cycles for each."""
    layer = wr.Conv2d(height=1080, width=1920, kernel_size=3, stride=stride, padding=1)
    design = wr.plan(layer, pixels=4)
    assert design.interval == 480 * 1080
    assert (design.multipliers, design.bounds().multipliers) == (multipliers, bound)


@pytest.mark.parametrize(("pixels", "outputs"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (16, 8)])
def test_output_beats_hold_what_a_beat_can_complete(pixels: int, outputs: int) -> None:
    assert wr.Design(POOL, pixels=pixels).output_pixels == outputs


def test_one_pixel_is_the_design_of_before() -> None:
    assert wr.Design(LAYER, pixels=1) == wr.Design(LAYER, lanes=1, pe=1, taps=9)
    assert "pixels" not in wr.Design(LAYER).to_dict()
    assert "pixels" not in dumps(wr.Design(LAYER))


def test_files_and_words() -> None:
    design = wr.Design(LAYER, pixels=4)
    assert "\npixels = 4\n" in dumps(design)
    assert loads(dumps(design)) == design
    assert design.to_dict()["pixels"] == 4
    assert eval(repr(design), vars(wr)) == design
    assert str(design).startswith("pixels 4, lanes 2, pe 3, taps 9: 216 multipliers")
    lines = dict(design.summary().facts)
    assert lines["input"] == "9x19x2, 4 pixels of 2 channels a beat (64 bit), 45 beats a frame"
    assert lines["reader"] == "GroupReader: a shift register of 9 columns of 3 x 16 bit"
    assert lines["multipliers"] == "windows 4 x pe 3 x taps 9 x lanes 2 = 216, uint8 x int8"
    assert lines["fold"] == "1 cycles a group of 4 windows, 45 groups a frame"
    assert lines["output"] == "9x19x3 of int21, 4 pixels of 3 filters a beat, queue of 13 beats"


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"pixels": 0}, ValueError, "pixels must be at least 1, not 0"),
        ({"pixels": 17}, ValueError, "pixels must be in 1..16, not 17"),
        ({"pixels": 2.0}, TypeError, "pixels must be an int, not 2.0"),
        ({"pixels": True}, TypeError, "pixels must be an int, not True"),
        ({"pixels": 4, "lanes": 1}, ValueError,
         "lanes must be all 2 input channels with pixels=4, not 1; nearest legal: 2"),
        ({"pixels": 4, "pe": 2}, ValueError,
         "pe must divide the 3 output channels, not 2; nearest legal: 1, 3"),
        ({"pixels": 4, "runtime": wr.Runtime(max_height=9, max_width=19, max_stride=2)}, ValueError,
         "pixels must be 1 for a design with a runtime, not 4"),
    ],
)  # fmt: skip
def test_what_is_not_legal(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}$"):
        wr.Design(LAYER, **arguments)


def test_windows_without_a_pixel() -> None:
    padded = wr.MaxPool2d(height=1, width=1, kernel_size=1, stride=5, padding=1)
    with pytest.raises(ValueError, match="^pixels must be 1 for a layer whose windows all lie in padding, n"):
        wr.Design(padded, pixels=2)


def test_demands_that_no_design_meets() -> None:
    with pytest.raises(ValueError, match="^multipliers must be at least 8 with pixels=4, not 7$"):
        wr.plan(LAYER, pixels=4, multipliers=7)
    with pytest.raises(ValueError, match=r"^interval must be at least 45 with lanes=2, not 44 \(closest"):
        wr.plan(LAYER, pixels=4, interval=44)


def test_what_takes_one_pixel_only(tmp_path: Path) -> None:
    legal = r"simulation, Verilog and synthesis take 1 to 16$"
    with pytest.raises(ValueError, match=f"^pixels must be 1 for a harp, not 3; {legal}"):
        one_pixel(3, "a harp")
    design, weights = wr.Design(LAYER, pixels=4), LAYER.random_weights(0)
    with pytest.raises(ValueError, match=f"^pixels must be 1 for a board, not 4; {legal}"):
        build("ulx3s-25f", design, weights, out=tmp_path / "out")
    with pytest.raises(ValueError, match=f"^pixels must be 1 for watch, not 4; {legal}"):
        watch(design, LAYER.random_input(0), weights)
    assert not list(tmp_path.iterdir())
