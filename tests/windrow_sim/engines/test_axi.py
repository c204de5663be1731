"""The AXI top under cocotbext-axi, in Icarus and in Verilator; `axi_bench` holds the tests themselves."""

import os
import sys
from pathlib import Path

import pytest

import windrow as wr
from tests.windrow_sim.engines.axi_designs import DESIGNS, constants
from windrow_sim import ToolMissing
from windrow_sim.engines import cocotb
from windrow_sim.engines.tools import run_tool


def run_bench(simulator: str, name: str, folder: Path, *, video: bool = False) -> None:
    """Build the top of a design and run every test of its benches on it; the log ends the error."""
    engine = {"icarus": "icarus", "verilator": "verilator-cocotb"}[simulator]
    try:
        cocotb.available(engine)
    except ToolMissing as missing:
        pytest.skip(str(missing))
    design = DESIGNS[name]
    wr.verilog(design, *constants(design), interface="axi-video" if video else "axi", tkeep=video,
               path=folder / "windrow.v")
    if simulator == "verilator":
        (folder / "build").mkdir()
        cocotb.put_runtime(folder / "build")
    root = str(Path(__file__).resolve().parents[3])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path]), "WINDROW_AXI_DESIGN": name,
           "COCOTB_REWRITE_ASSERTION_FILES": "axi_*.py",  # not what they import, which takes seconds
           "PYTHONWARNINGS": "ignore::DeprecationWarning"}  # cocotbext-axi speaks to an older cocotb
    programmed = isinstance(design, wr.Design) and design.runtime is not None
    benches = ["axi_bench", *(["axi_runtime_bench"] if programmed else [])]
    if video:
        benches = ["axi_video_bench"]
    for bench in benches:
        run_tool([sys.executable, "-m", "windrow_sim.cocotb_runner", simulator, folder / "windrow.v",
                  "--bench", f"tests.windrow_sim.engines.{bench}", "--build-dir", folder / "build"],
                 cwd=folder, env=env)


@pytest.mark.parametrize("name", DESIGNS)
def test_icarus(name: str, tmp_path: Path) -> None:
    run_bench("icarus", name, tmp_path)


@pytest.mark.parametrize("name", ["gather", "several pixels", "run-time", "network", "one pixel"])
def test_video_in_icarus(name: str, tmp_path: Path) -> None:
    run_bench("icarus", name, tmp_path, video=True)


def test_verilator(tmp_path: Path) -> None:
    run_bench("verilator", "run-time", tmp_path)


def test_video_in_verilator(tmp_path: Path) -> None:
    run_bench("verilator", "several pixels", tmp_path, video=True)
