"""Engines `icarus` and `verilator-cocotb`: the Verilog as its users see it, driven by a cocotb testbench.

    RTLIL --Yosys--> Verilog --Icarus or Verilator--> simulator (cached) <--cocotb--> cocotb_bench

Every step is a process of its own, so that a simulator that crashes or hangs takes nothing else with it.
`cocotb_runner` is the same as a command. Waves also show the reset: cycle 0 begins at 4 microseconds.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import cache as memo
from importlib import metadata
from pathlib import Path

from windrow.install import pip_install
from windrow.storage import cache
from windrow_hdl.verilog.writer import from_rtlil, writer_identity
from windrow_sim import cocotb_runner
from windrow_sim.cocotb_runner import PROGRAMS
from windrow_sim.engines.tools import ToolMissing, compiler, program, run_tool, verilator
from windrow_sim.runs.run import Recording
from windrow_sim.streams.exchange import load_recording, save_stimulus
from windrow_sim.streams.stimulus import Stimulus

__all__ = ["SIMULATORS", "WAVES", "available", "put_runtime", "run"]

SIMULATORS = {"icarus": "icarus", "verilator-cocotb": "verilator"}
"""What cocotb calls the simulator of each engine."""

WAVES = {"icarus": "windrow.fst", "verilator-cocotb": "dump.vcd"}
"""The file of waves that each simulator leaves."""


_NOTHING = "module windrow(input clk);\nendmodule\n"
_RUNTIME = "verilated*.o"
"""What of Verilator is the same in every simulator, and most of the time of a build: compiled once, with a
module that has nothing in it."""


def available(engine: str) -> None:
    """Raises `ToolMissing`, with what to install, unless this engine can run."""
    _identity(engine)


def run(engine: str, rtlil: str, stimulus: Stimulus, trace: str | os.PathLike[str] | None = None,
        trace_cycles: tuple[int, int] | None = None, cells: str = "") -> Recording:
    """Stream `stimulus` through a component with ports `i` and `o`, named `windrow`.

    Parameters
    ----------
    engine : str
        "icarus" or "verilator-cocotb".
    rtlil : str
        The component as `windrow_hdl.verilog.to_rtlil` gives it.
    stimulus : Stimulus
    trace : path, optional
        File to write the waves to: FST from Icarus, VCD from Verilator.
    trace_cycles : (int, int), optional
        First cycle to record, and the one after the last. Icarus only; Verilator records all.
    cells : str
        Verilog of the modules that the component instantiates.

    Raises
    ------
    ToolMissing
        without the simulator or cocotb
    Hang
        if no beat moves for `stimulus.patience` cycles
    Mismatch
        if an output beat is offered after the last one expected
    ValueError
        if the run is over before the first cycle to record
    RuntimeError
        if the simulator fails, with the end of its log
    """
    waves = trace is not None
    built = _build(engine, rtlil, cells, waves)
    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        given, result = Path(scratch, "stimulus.npz"), Path(scratch, "recording.npz")
        save_stimulus(given, stimulus)
        failure = None
        try:
            _runner(engine, "unused.v", given, result, build_dir=built, waves=waves, cwd=Path(scratch),
                    cycles=trace_cycles if engine == "icarus" else None)
        except RuntimeError as error:
            failure = error
        if not result.exists():
            raise failure or RuntimeError(f"engine {engine!r} ended without a recording")
        written = Path(scratch, WAVES[engine])
        if trace is not None and written.exists():
            shutil.copyfile(written, trace)
        elif trace is not None and trace_cycles is not None:
            raise ValueError(f"trace_cycles must begin before the run is over, not at {trace_cycles[0]}")
        return load_recording(result, stimulus)


def put_runtime(folder: Path, waves: bool = False) -> None:
    """Copy Verilator's own objects into `folder`: where they lie, the runner need not compile them."""
    engine = "verilator-cocotb"

    def build(aside: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
            _compile_in(Path(scratch), engine, _NOTHING, waves)
            _copy(Path(scratch), _RUNTIME, aside)

    _copy(cache.entry("cocotb-runtime", cache.content_key(*_how(engine, waves)), build), _RUNTIME, folder)


def _build(engine: str, rtlil: str, cells: str, waves: bool) -> Path:
    """The folder with the simulator of a component, from the cache if it is there."""

    def build(aside: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
            if engine == "verilator-cocotb":
                put_runtime(Path(scratch), waves)
            _compile_in(Path(scratch), engine, from_rtlil(rtlil) + cells, waves)
            _copy(Path(scratch), PROGRAMS[SIMULATORS[engine]], aside)

    return cache.entry("cocotb", cache.content_key(rtlil, writer_identity(), cells, *_how(engine, waves)),
                       build)


def _how(engine: str, waves: bool) -> tuple[str | bytes, ...]:
    """What decides, beside the design, how a simulator is built: the runner, mostly."""
    runner = Path(cocotb_runner.__file__).read_bytes()
    return (engine, *_identity(engine), f"waves={waves}", sys.prefix, runner)


def _compile_in(folder: Path, engine: str, verilog: str, waves: bool) -> None:
    (folder / "windrow.v").write_text(verilog, encoding="utf-8")
    _runner(engine, "windrow.v", build_dir=folder, waves=waves, cwd=folder)


def _copy(source: Path, pattern: str, target: Path) -> None:
    for path in source.glob(pattern):
        shutil.copy(path, target)


def _runner(engine: str, *files: str | Path, build_dir: Path, waves: bool, cwd: Path,
            cycles: tuple[int, int] | None = None) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run_tool([sys.executable, "-m", "windrow_sim.cocotb_runner", SIMULATORS[engine], *files,
              "--build-dir", build_dir, *(["--waves"] if waves else []),
              *(["--cycles", *map(str, cycles)] if cycles else [])], cwd=cwd, env=env)


@memo
def _identity(engine: str) -> tuple[str, ...]:
    """Names and versions of all that a build depends on."""
    try:
        cocotb = metadata.version("cocotb")
    except metadata.PackageNotFoundError:
        raise ToolMissing(f"engine {engine!r} needs cocotb: {pip_install('sim')}") from None
    if engine == "icarus":
        return cocotb, program("iverilog", engine)
    tool, cxx = verilator(), compiler()
    return (cocotb, tool.version, str(tool.root), str(cxx.program), cxx.identity, program("perl", engine),
            program("make", engine))
