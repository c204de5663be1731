"""The hand-over of a whole network: its testbench passes, and fails where a constant is another."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import windrow as wr
from networks import block
from windrow.pipeline.pipeline import Pipeline

needs_icarus = pytest.mark.skipif(not (shutil.which("iverilog") and shutil.which("make")),
                                  reason="no iverilog or no make")


@pytest.fixture(scope="module")
def network() -> Pipeline:
    return wr.plan(block(4, 4), interval=90)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-s", "-C", folder / "sim", *arguments], check=False, capture_output=True,
                          text=True, timeout=240)


@needs_icarus
@pytest.mark.parametrize("interface", ["stream", "axi"])
def test_it_passes_and_sees_a_wrong_value(network: Pipeline, interface: str, tmp_path: Path) -> None:
    folder = tmp_path / "rtl"
    files = wr.handover(network, path=folder, interface=interface, name="net")
    assert sum(file.stat().st_size for file in files) < 1 << 20
    done = make(folder, "STALLS=0 3")
    assert done.returncode == 0, done.stdout + done.stderr
    free, paused = done.stdout.splitlines()
    assert free == "PASS: 3 frames, 15 output beats, every value and every cycle"
    assert paused.startswith("PASS: 3 frames, 15 output beats, every value; a stream paused in ")
    x = network.random_input(0, 3)
    lines = (folder / "sim/expected.hex").read_text().split()
    assert [int(line, 16) for line in lines] == [int(value) & 255 for value in network.golden(x).ravel()]
    (folder / "sim/expected.hex").write_text("\n".join([f"{int(lines[0], 16) ^ 1:02x}", *lines[1:], ""]))
    done = make(folder, "STALLS=0")
    assert done.returncode != 0
    assert "FAIL: value" in done.stdout


def test_what_the_folder_says(network: Pipeline, tmp_path: Path) -> None:
    wr.handover(network, path=tmp_path / "rtl", name="net", frames=1)
    text = (tmp_path / "rtl/README.md").read_text()
    assert text.startswith(f"# net.v\n\n{network.computes}, weights given.\n")
    assert f"| between frames, neither stream paused | {network.interval} |\n" in text
    assert "of the multipliers per window" not in text
    assert "Input: 20 beats a frame, 1 per pixel. Output: 5 beats a frame, 5\nper pixel." in text
    assert "| 0x3c | FEATURES |" in text
    assert f'description: "{network.computes}; {network}"' in (tmp_path / "rtl/net.core").read_text()
    assert "{Windrow network}" in (tmp_path / "rtl/vivado/package.tcl").read_text()
    parameters = (tmp_path / "rtl/sim/parameters.vh").read_text()
    assert "localparam FRAME_IN = 20;" in parameters
    assert "localparam OUT_BEATS = 5;" in parameters


def test_frames_of_ones_own(network: Pipeline, tmp_path: Path) -> None:
    x = np.full((2, *network.input_shape), 3)
    wr.handover(network, path=tmp_path / "rtl", interface="stream", x=x)
    stimulus = (tmp_path / "rtl/sim/stimulus.hex").read_text().split()
    assert stimulus == ["0303"] * (2 * network.input_beats)
    assert not (tmp_path / "rtl/software").exists()


def test_refusals(network: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline: its network has them$"):
        wr.handover(network, np.ones(3), path=tmp_path / "rtl")
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not 3$"):
        wr.handover(3, path=tmp_path / "rtl")  # type: ignore[arg-type]
    assert not (tmp_path / "rtl").exists()
