"""Engine `verilator`: the design as a compiled program, for millions of cycles per second.

    RTLIL --Yosys--> Verilog --Verilator--> C++ --+--> simulator STIMULUS RESULT
                               harness.cpp -------+    beats, stalls, frame count: run time
                               runtime (once) ----+    what memories hold: files beside it

One compiler call per design: harness and generated code are one translation unit, with the headers
precompiled and Verilator's runtime compiled once. Builds are cached by content (`cache`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from windrow.storage import cache
from windrow_hdl.verilog.writer import from_rtlil, writer_identity
from windrow_sim.engines.tools import Compiler, Verilator, compiler, fst_headers, run_tool, verilator
from windrow_sim.runs.run import Hang, Mismatch, Recording
from windrow_sim.streams.stimulus import DRAIN, Stimulus, words

__all__ = ["SHORT", "build", "run"]

SHORT = 20_000
"""Cycles below which a simulator that is not optimised is done first, its build counted."""

_HARNESS = Path(__file__).with_name("harness.cpp")

# People read modules; as one, they simulate a fifth faster, and waves have their scopes either way. The block
# of a module's clock is not split: what it keeps together is faster.
_VERILATE = ["--cc", "--flatten", "-fno-split", "--no-timing", "--no-assert", "-O3", "--x-assign", "fast",
             "--x-initial", "fast", "--prefix", "Vdut", "-Wno-fatal", "-Wno-lint"]

# -O1 makes simulators about as fast as -O2 does, and compiles in half the time; -O0 in a third of it.
_OPTIMISE = {False: "-O1", True: "-O0"}
"""By whether a build is to be quick."""
_COMPILE = ["-std=c++17", "-fno-strict-aliasing", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TIMING=0",
            "-DVM_TRACE_SAIF=0"]
_LINK = ["-pthread", "-s"]
_LINK_WAVES = {"": [], "vcd": [], "fst": ["-llz4", "-lz"]}
"""By the format of the waves; "" is a build without."""

_DONE, _HANG, _EXTRA, _WEIGHTS_HANG, _SETTINGS_HANG, _REFUSED = range(6)
_RESULT_FIELDS = 6
_NEVER = 2**64 - 1


def run(rtlil: str, stimulus: Stimulus, trace: str | os.PathLike[str] | None = None,
        cells: str = "", trace_cycles: tuple[int, int] | None = None, seen: bool = False,
        quick: bool = False) -> Recording:
    """Stream `stimulus` through a component with ports `i` and `o`.

    Parameters
    ----------
    rtlil : str
        The component as `windrow_hdl.verilog.to_rtlil` gives it.
    stimulus : Stimulus
    cells : str
        Verilog of the modules that the component instantiates.
    trace : path, optional
        File to write, FST if it ends in .fst, else VCD. Waves have a build of their own: recording them
        slows a simulator down.
    trace_cycles : (int, int), optional
        First cycle to record, and the one after the last.
    seen : bool
        Whether the component has a port `seen`, to be recorded in every cycle.
    quick : bool
        Whether the run is so short that most of the time goes into the build (`SHORT`): a simulator that is
        not optimised, unless there is one already that is.

    Raises
    ------
    ToolMissing
        without Verilator or a C++ compiler, or without what FST files need
    Hang
        if no beat moves for `stimulus.patience` cycles
    Mismatch
        if an output beat is offered after the last one expected
    """
    waves = "" if trace is None else "fst" if Path(trace).suffix.lower() == ".fst" else "vcd"
    ports = [name for name, _ in stimulus.program] + ["seen"] * seen
    simulator = build(rtlil, waves, cells, ports, quick=quick)
    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        given, result = Path(scratch, "stimulus"), Path(scratch, "result")
        _write_stimulus(given, stimulus)
        first, end = trace_cycles or (0, _NEVER)
        recording = [] if trace is None else [Path(trace).absolute(), str(first), str(end)]
        run_tool([simulator, given, result, *recording], cwd=simulator.parent)
        return _read_result(result, stimulus)


def build(rtlil: str, waves: str = "", cells: str = "", further: Sequence[str] = (),
          harness: Path = _HARNESS, *, quick: bool = False) -> Path:
    """The simulator program of a component, from the cache if it is there. Raises `ToolMissing`.

    It is to be run in its folder: there is what memories hold at power-up, since compilers are slow with it.
    `waves` is the format of the waves that it can write: "vcd" or "fst"; `further` are ports beside
    the streams: of "weights" and "settings", which are sent something before cycle 0, and "seen", which is
    recorded; `harness` is the C++ around it. A `quick` build is not optimised; where one
    that is lies in the cache already, that is taken.
    """
    tool, cxx = verilator(), compiler()
    if waves == "fst":
        fst_headers()
    ports = [f"-DWINDROW_{name.upper()}=1" for name in further]

    def keys(quick: bool) -> tuple[str, str]:
        runtime = cache.content_key(tool.version, str(tool.root), str(cxx.program), cxx.identity,
                                    *_compile_flags(waves, quick))
        return runtime, cache.content_key(rtlil, writer_identity(), cells, harness.read_bytes(), runtime,
                                          *_VERILATE, *_LINK, *_LINK_WAVES[waves], *ports)

    if quick and (ready := cache.found("simulator", keys(False)[1])):
        return ready / "simulator"
    runtime_key, key = keys(quick)
    flags = _compile_flags(waves, quick)

    def build_runtime(aside: Path) -> None:
        _build_runtime(aside, tool, cxx, flags, waves)

    def build_simulator(aside: Path) -> None:
        runtime = cache.entry("runtime", runtime_key, build_runtime)
        _build_simulator(aside, rtlil, cells, harness, runtime, tool, cxx, [*flags, *ports], waves)

    return cache.entry("simulator", key, build_simulator) / "simulator"


def _compile_flags(waves: str, quick: bool) -> list[str]:
    return [*_COMPILE, _OPTIMISE[quick], f"-DVM_TRACE={int(waves != '')}",
            f"-DVM_TRACE_VCD={int(waves == 'vcd')}", f"-DVM_TRACE_FST={int(waves == 'fst')}"]


def _includes(tool: Verilator) -> list[str]:
    include = tool.root / "include"
    return ["-isystem", str(include), "-isystem", str(include / "vltstd")]


def _build_runtime(aside: Path, tool: Verilator, cxx: Compiler, flags: list[str], waves: str) -> None:
    """Put runtime.o and the precompiled runtime.h into `aside`."""
    sources = ["verilated.cpp", "verilated_threads.cpp", *([f"verilated_{waves}_c.cpp"] if waves else [])]
    headers = ["verilated.h", *([f"verilated_{waves}_c.h"] if waves else [])]
    _include_all(aside / "runtime.h", headers)
    _include_all(aside / "runtime.cpp", sources)
    flags = [*flags, *_includes(tool)]
    # Compilers look for runtime.h.gch beside a runtime.h that is included first, and use it if it fits.
    run_tool([cxx.program, *flags, "-x", "c++-header", "runtime.h", "-o", "runtime.h.gch"], cwd=aside)
    run_tool([cxx.program, *flags, "-c", "runtime.cpp", "-o", "runtime.o"], cwd=aside)


def _build_simulator(aside: Path, rtlil: str, cells: str, harness: Path, runtime: Path, tool: Verilator,
                     cxx: Compiler, flags: list[str], waves: str) -> None:
    """Put the program `simulator` into `aside`."""
    with tempfile.TemporaryDirectory(prefix="windrow-") as scratch:
        work = Path(scratch)
        contents: dict[str, str] = {}
        (work / "dut.v").write_text(from_rtlil(rtlil, files=contents) + cells, encoding="utf-8")
        for name, text in contents.items():
            (aside / name).write_text(text, encoding="ascii")
        tracing = [f"--trace-{waves}"] if waves else []
        run_tool([tool.program, *_VERILATE, *tracing, "--Mdir", work, "dut.v"], cwd=work, env=tool.env)
        generated = sorted(path.name for path in work.glob("Vdut*.cpp"))
        _include_all(work / "all.cpp", [str(harness), *generated])
        run_tool([cxx.program, *flags, "-include", runtime / "runtime.h",
                  *_includes(tool), "-I.", "all.cpp", runtime / "runtime.o", *_LINK, *_LINK_WAVES[waves],
                  "-o", aside / "simulator"], cwd=work)


def _include_all(path: Path, names: Sequence[str]) -> None:
    path.write_text("".join(f'#include "{name}"\n' for name in names), encoding="utf-8")


def _write_stimulus(path: Path, stimulus: Stimulus) -> None:
    header = [len(stimulus.beats), stimulus.input_beats, stimulus.output_beats, words(stimulus.input_bits),
              words(stimulus.output_bits), len(stimulus.input_stall), len(stimulus.output_stall),
              stimulus.input_head, stimulus.output_head, stimulus.patience, DRAIN,
              *stimulus.weights.shape, *stimulus.settings.shape]
    parts = (np.array(header, np.uint64), stimulus.beats, stimulus.input_stall, stimulus.output_stall,
             stimulus.weights, stimulus.settings)
    with path.open("wb") as file:
        for part in parts:
            part.tofile(file)


def _read_result(path: Path, stimulus: Stimulus) -> Recording:
    with path.open("rb") as file:
        header = np.fromfile(file, np.uint64, _RESULT_FIELDS)
        status, cycle, accepted, delivered, first_accepted, first_offered = map(int, header)
        cycles = np.fromfile(file, np.int64, delivered)
        beats = np.fromfile(file, np.uint32)
    if status in (_WEIGHTS_HANG, _SETTINGS_HANG):
        raise Hang.at_port(stimulus, "weights" if status == _WEIGHTS_HANG else "settings")
    if status == _REFUSED:
        raise Mismatch.refused()
    if status == _HANG:
        raise Hang.at(stimulus, cycle=cycle, accepted=accepted, delivered=delivered)
    if status == _EXTRA:
        raise Mismatch.extra_beat(delivered, cycle)
    width = words(stimulus.output_bits)
    beats, seen = np.split(beats, [delivered * width])
    return Recording(beats=beats.reshape(delivered, width), cycles=cycles, first_accepted=first_accepted,
                     first_offered=first_offered, seen=seen.reshape(cycle + 1, -1) if seen.size else None)
