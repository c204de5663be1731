"""Hand-overs of several pixels a beat: all is compared but what the last beat of a row has no pixel for."""

import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

import windrow as wr

needs_icarus = pytest.mark.skipif(not (shutil.which("iverilog") and shutil.which("make")),
                                  reason="no iverilog or no make")

LAYER = wr.Conv2d(height=5, width=11, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1,
                  bias=True)
DESIGN = wr.Design(LAYER, pixels=7, pe=2, taps=3)  # rows of two beats of 4 windows, the last of 2
WEIGHTS, BIAS = LAYER.random_weights(1), LAYER.random_bias(1)
VECTORS = import_module("windrow_hdl.handover.vectors")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-s", "-C", str(folder / "sim"), *arguments], check=False,
                          capture_output=True, text=True, timeout=240)


@needs_icarus
@pytest.mark.parametrize("interface", ["stream", "axi"])
@pytest.mark.parametrize("large", [False, True], ids=["every beat", "checksums"])
def test_it_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interface: str, large: bool) -> None:
    if large:
        monkeypatch.setattr(VECTORS, "_LARGE", 100)
        monkeypatch.setattr(VECTORS, "_STORED", 9)
    wr.handover(DESIGN, WEIGHTS, BIAS, path=tmp_path / "rtl", interface=interface, frames=2)
    assert (tmp_path / "rtl/sim/stimulus.hex").exists() != large
    done = make(tmp_path / "rtl", "STALLS=0 3", "CYCLES=0")
    assert done.returncode == 0, done.stdout + done.stderr
    free, paused = done.stdout.splitlines()
    assert free == "PASS: 2 frames, 24 output beats, every value and every cycle"
    assert paused.startswith("PASS: 2 frames, 24 output beats, every value; a stream paused in ")


@needs_icarus
@pytest.mark.parametrize(("digit", "place"), [
    (-1, "row 0, column 4, channels from 0"), (-11, "row 0, column 4, channels from 0"),
])  # fmt: skip
def test_what_is_there_is_compared(tmp_path: Path, digit: int, place: str) -> None:
    """The third beat has two pixels of two channels, 22 bits each: 11 hexadecimal digits for each pixel."""
    wr.handover(DESIGN, WEIGHTS, BIAS, path=tmp_path / "rtl", interface="stream", frames=1)
    path = tmp_path / "rtl/sim/expected.hex"
    lines = path.read_text().split()
    assert set(lines[2][:-22]) == {"0"}
    word = f"{int(lines[2], 16) ^ 1 << 4 * (-digit - 1):0{len(lines[2])}x}"
    path.write_text("\n".join([*lines[:2], word, *lines[3:], ""]))
    done = make(tmp_path / "rtl", "STALLS=0")
    assert done.returncode != 0
    assert "FAIL: value" in done.stdout
    assert f"output beat 2: frame 0, {place}" in done.stdout


@needs_icarus
def test_a_pipeline(tmp_path: Path) -> None:
    net = wr.filters.gradient_magnitude(5, 11, pixels=4)
    pipeline = wr.plan(net)
    wr.handover(pipeline, path=tmp_path / "rtl")
    done = make(tmp_path / "rtl", "STALLS=0 3")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "rtl/README.md").read_text()
    assert "Input: 15 beats a frame, 1 per 4 pixels. Output: 15 beats a frame, 1\nper 4 pixels." in text


def test_what_the_folder_says(tmp_path: Path) -> None:
    wr.handover(DESIGN, WEIGHTS, BIAS, path=tmp_path / "rtl")
    text = (tmp_path / "rtl/README.md").read_text()
    assert "| of the multipliers per 4 windows side by side | 6 |\n" in text
    assert "the lowest bits: 7 in the input,\n4 in the output." in text
    assert "channel `c` of pixel `p` of a beat is `s_axis_tdata[8*(2*p + c) +: 8]`" in text
    assert "channel `c` of pixel `p` of a beat is `m_axis_tdata[22*(2*p + c) +: 22]`" in text
    assert "in: 2 channel(s) of 7 pixels" in text
    values = dict(re.findall(r"localparam (\w+) = (\d+);", (tmp_path / "rtl/sim/parameters.vh").read_text()))
    assert {name: int(values[name]) for name in ("OUT_PIXELS", "PIXEL_OUT", "ROW_OUT", "LAST_BITS")} == {
        "OUT_PIXELS": 4, "PIXEL_OUT": 2, "ROW_OUT": 4, "LAST_BITS": 88}
