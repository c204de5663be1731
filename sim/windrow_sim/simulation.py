"""simulate: one call from a design or a pipeline and data to a `Run`, whichever engine does it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import lru_cache, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.storage.outputs import as_path
from windrow.timing.timing import check_beats, check_stalls
from windrow.values.numerics import as_int, check_kind
from windrow_hdl.network import check_none
from windrow_hdl.technology import cell_models, check_technology
from windrow_sim.engines.tools import ToolMissing, compiler, verilator
from windrow_sim.runs.run import Recording, Run
from windrow_sim.streams.programming import built_in, programmed
from windrow_sim.streams.stimulus import Stimulus
from windrow_sim.waves.trace import check_trace, check_trace_cycles, recording

if TYPE_CHECKING:
    from windrow.timing.stalls import StallsLike

__all__ = ["ENGINES", "choose", "frame_count", "simulate"]

ENGINES = ("amaranth", "verilator", "icarus", "verilator-cocotb")
"""Legal values of `engine`, besides "auto"."""

# Amaranth's simulator takes some 150 us for a cycle and 2 us more for each multiplier; a build for the other
# engine takes a second or more. Where Amaranth is done by then, building is not worth while.
_CYCLE, _MULTIPLIER, _WORTH_BUILDING = 150e-6, 2e-6, 0.5  # seconds


@overload
def simulate(design: Design, x: npt.ArrayLike, weights: npt.ArrayLike | None = None,
             bias: npt.ArrayLike | None = None, engine: str = "auto", frames: int = 1,
             input_stall: StallsLike = None, output_stall: StallsLike = None,
             trace: str | PathLike[str] | None = None,
             *, trace_cycles: tuple[int, int] | None = None, technology: str | None = None,
             dsp: bool | Blocks = True, target: str | None = None, device: str | None = None,
             ) -> Run[Design]: ...  # fmt: skip


@overload
def simulate(design: Pipeline, x: npt.ArrayLike, *, engine: str = "auto", frames: int = 1,
             input_stall: StallsLike = None, output_stall: StallsLike = None,
             trace: str | PathLike[str] | None = None, trace_cycles: tuple[int, int] | None = None,
             technology: str | None = None, dsp: bool | Blocks = True, target: str | None = None,
             device: str | None = None) -> Run[Pipeline]: ...


def simulate(design: Design | Pipeline, x: npt.ArrayLike, weights: npt.ArrayLike | None = None,
             bias: npt.ArrayLike | None = None, engine: str = "auto", frames: int = 1,
             input_stall: StallsLike = None, output_stall: StallsLike = None,
             trace: str | PathLike[str] | None = None,
             *, trace_cycles: tuple[int, int] | None = None, technology: str | None = None,
             dsp: bool | Blocks = True, target: str | None = None, device: str | None = None) -> Run[Any]:
    """Stream frames through the hardware of a design and record what comes out, and when.

    Parameters
    ----------
    design : Design or Pipeline
        With a runtime, the hardware is generated as it is after reset and programmed for `design.layer`
        before cycle 0; engines "amaranth" and "verilator", waves from the latter. A pipeline has its own
        constants.
    x : (N, H, W, C) or (H, W, C) integers
        N frames, sent back to back; or one frame, sent `frames` times. Of a pipeline also of the shape that
        its network takes.
    weights : (O, kh, kw, I/groups) integers, optional
        For an operator with weights.
    bias : (O,) integers, optional
        For a layer with a bias.
    engine : str
        "amaranth" (Python, no compiler needed), "verilator" (compiled: millions of cycles a second),
        "icarus" and "verilator-cocotb" (the Verilog in Icarus or Verilator, driven by cocotb), or
        "auto": `amaranth` for tiny runs and where there is no compiler, else `verilator`; that, too,
        for a `trace` in FST.
    frames : int
        How often one frame is sent.
    input_stall, output_stall : Stalls or (any length,) booleans, optional
        Booleans are one per cycle, repeated when they run out. True: no new input beat is offered in that
        cycle (one already offered stays); the output is not ready in that cycle.
    trace : path, optional
        File to write the waves to: VCD (`.vcd`) with any engine but "icarus", or FST (`.fst`), which is much
        smaller, with "verilator" and "icarus". Cycle `c` begins at `c` microseconds; with the cocotb engines,
        whose waves begin with the reset, at `4 + c`. Views for GTKWave and Surfer go next to the file, as
        `.gtkw` and `.sucl`.
    trace_cycles : (int, int), optional
        First cycle of the waves to keep, and the one after the last.
    technology : str, optional
        "generic", or the family whose memories and multipliers to simulate, "ecp5" or "ice40"; those need
        the engine "verilator". None is the target's own, and "generic" without a target.
    dsp : bool or Blocks
        Whether to multiply in DSP blocks; else in logic.
    target, device : str, optional
        Simulate the gates: the design as synthesis makes it for this target, "ecp5" or "ice40", and this
        device, with `windrow_hdl.gates`. Any engine but "amaranth".

    Returns
    -------
    Run
        The same from every engine. `run.check()` compares it with the golden and the timing model.

    Raises
    ------
    TypeError, ValueError
        for anything but a design or a pipeline, an unknown engine, a `trace` of a format that the engine
        does not write, data that does not fit the layer, `frames` that contradicts `x` or makes a run of
        more than 2**31 beats, or a stall pattern that is empty or never lets anything through
    Hang
        if the hardware stops moving
    Mismatch
        if it sends more than it should
    OSError
        if `trace` cannot be written
    ToolMissing
        if the engine lacks a program, Verilator or a C++ compiler for instance, or what an FST file needs;
        says what to install
    SynthesisError
        with a target, as `windrow_hdl.gates.gates` does
    RuntimeError
        if a simulator crashes, with the end of its log
    """
    check_kind(design, (Design, Pipeline), "design")
    if engine not in ("auto", *ENGINES):
        raise ValueError(f"engine must be 'auto', {', '.join(map(repr, ENGINES[:-1]))} or {ENGINES[-1]!r}, "
                         f"not {engine!r}")
    if target is None:
        if device is not None:
            raise ValueError(f"device must be left out without a target, not be {device!r}")
        technology = check_technology("generic" if technology is None else technology)
        if technology != "generic" and engine not in ("auto", "verilator"):
            raise ValueError(f"engine must be 'auto' or 'verilator' for technology {technology!r}, "
                             f"not {engine!r}")
    elif engine == "amaranth":
        raise ValueError("engine must be 'auto', 'verilator', 'icarus' or 'verilator-cocotb' for a target, "
                         f"not {engine!r}")
    runtime = design.runtime
    if runtime is not None and engine not in ("auto", "amaranth", "verilator"):
        raise ValueError(f"engine must be 'auto', 'amaranth' or 'verilator' for a design with a runtime, "
                         f"not {engine!r}")
    if runtime is not None and trace is not None and engine == "amaranth":
        raise ValueError("engine must be 'auto' or 'verilator' for a trace of a design with a runtime, "
                         "not 'amaranth'")
    distinct, weights, bias = _checked(design, x, weights, bias)
    count = frame_count(len(distinct), frames)
    stalls = check_stalls(input_stall, "input_stall"), check_stalls(output_stall, "output_stall")
    inputs, outputs = (math.prod(shape) for shape in (design.input_shape, design.output_shape))
    check_beats(max(inputs // design.lanes, outputs // design.pe), count)
    stimulus = Stimulus.build(design, distinct, count, *stalls)
    if isinstance(design, Design):
        stimulus = programmed(stimulus, design, weights, bias)

    path = None if trace is None else as_path(trace, "trace")
    if engine == "auto":
        only_verilator = (technology != "generic" or target or (path and path.suffix.lower() == ".fst")
                          or (path and runtime is not None))
        engine = "verilator" if only_verilator else choose(design, count)
    bounds = check_trace_cycles(trace_cycles)
    views = design if isinstance(design, Design) and target is None and runtime is None else None
    built = (design, None, None) if isinstance(design, Pipeline) else built_in(design, weights, bias)
    held = [None if each is None else each.tobytes() for each in built[1:]]
    hardware = partial(_hardware, built[0], *held, technology, dsp, target, device, path is not None)
    component = partial(_component(built[0], path is not None), *built, dsp=dsp)
    with recording(check_trace(path, engine), engine, bounds, views=views) as aside:
        recorded = _run(engine, hardware, component, stimulus, aside, bounds,
                        partial(expected_cycles, design, count))
    sent = distinct if len(distinct) == count else np.broadcast_to(distinct, (count, *design.input_shape))
    return Run.build(recorded, engine=engine, design=design, weights=weights, bias=bias, x=sent,
                     input_stall=stalls[0], output_stall=stalls[1])


def _checked(design: Design | Pipeline, x: npt.ArrayLike, weights: npt.ArrayLike | None,
             bias: npt.ArrayLike | None) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Frames (N, H, W, C), weights and bias of a design; a pipeline has none of these."""
    if isinstance(design, Pipeline):
        check_none(weights, bias)
        return design.check_input(x), None, None
    frames = design.layer.check_input(x)
    return frames, *design.layer.check_parameters(weights, bias)


def frame_count(given: int, frames: int) -> int:
    """Frames to send: those given, or one of them `frames` times."""
    frames = as_int(frames, "frames", 1)
    if given > 1 and frames not in (1, given):
        raise ValueError(f"frames must be left out or be {given} for x with {given} frames, not {frames}")
    return max(given, frames)


def expected_cycles(design: Design | Pipeline, frames: int) -> int:
    """About as many as a run takes in which nothing stalls."""
    return design.latency + frames * design.interval


def choose(design: Design | Pipeline, frames: int) -> str:
    """The engine that is done first, "amaranth" or "verilator", where there is a compiler."""
    cycles = expected_cycles(design, frames)
    if cycles * (_CYCLE + _MULTIPLIER * design.multipliers) < _WORTH_BUILDING:
        return "amaranth"
    try:
        verilator()
        compiler()
    except ToolMissing as missing:
        warnings.warn(f"simulating {cycles} cycles in Python, which is slow: {missing}", stacklevel=3)
        return "amaranth"
    return "verilator"


def _run(engine: str, hardware: Callable[[], tuple[str, str]], component: Callable[[], Any],
         stimulus: Stimulus, trace: Path | None, trace_cycles: tuple[int, int] | None,
         expected: Callable[[], int]) -> Recording:
    # The engines are imported only where they run: importing windrow_sim stays quick.
    if engine == "amaranth":
        from windrow_sim.engines import amaranth

        return amaranth.run(component(), stimulus, trace)
    if engine in ("icarus", "verilator-cocotb"):
        from windrow_sim.engines import cocotb

        rtlil, cells = hardware()
        return cocotb.run(engine, rtlil, stimulus, trace, trace_cycles, cells)
    from windrow_sim.engines import verilator as verilator_engine

    rtlil, cells = hardware()
    return verilator_engine.run(rtlil, stimulus, trace, cells, trace_cycles,
                                quick=expected() < verilator_engine.SHORT)


def _component(design: Design | Pipeline, probed: bool) -> Callable[..., Any]:
    """What makes the hardware: if it is to be traced, with more to see."""
    from windrow_hdl.network import hardware_of
    from windrow_sim.streams.probes import Probed

    return Probed if probed and isinstance(design, Design) and design.runtime is None else hardware_of


@lru_cache(maxsize=4)
def _hardware(design: Design | Pipeline, weights: bytes | None, bias: bytes | None, technology: str | None,
              dsp: bool | Blocks, target: str | None, device: str | None, probed: bool) -> tuple[str, str]:
    """RTLIL of a design, and Verilog of the cells in it.

    It takes seconds for a large one, so runs that differ in their streams only share it.
    """
    shape = design.layer.weight_shape if isinstance(design, Design) else None
    shaped = (None if weights is None else np.frombuffer(weights, np.int64).reshape(shape),
              None if bias is None else np.frombuffer(bias, np.int64))
    if target is not None:
        from windrow_hdl.synthesis.gates import gates

        made = gates(design, *shaped, target=target, device=device, technology=technology, dsp=dsp)
        return made.rtlil, made.models
    from windrow_hdl.verilog.writer import to_rtlil

    assert technology is not None
    rtlil = to_rtlil(design, *shaped, technology=technology, dsp=dsp, component=_component(design, probed))
    return rtlil, cell_models(technology)
