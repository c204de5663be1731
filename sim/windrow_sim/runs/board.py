"""A board in a simulator, behind a pseudo-terminal: what talks to the one can talk to the other.

    host code ─ /dev/pts/N ─ bytes ─ bits ─ System, as in the bitstream, in Verilator

Everything of the bitstream is there but the PLL and the buffers of its pins; the line has the board's clocks
for each bit. Only time differs: a simulated second takes longer.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType

import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.values.numerics import as_flag
from windrow_hdl.boards.catalogue import BOARDS
from windrow_hdl.boards.catalogue import board as find_board
from windrow_hdl.boards.system import System
from windrow_hdl.boards.top import system, system_rtlil
from windrow_hdl.synthesis.fpga_devices import check_name
from windrow_hdl.synthesis.gates import gates_of
from windrow_hdl.technology import cell_models
from windrow_sim.engines import verilator

__all__ = ["SimulatedBoard"]

_HARNESS = Path(__file__).with_name("board_harness.cpp")
_CHIPS = {"ecp5": "85k", "ice40": "up5k"}  # of the boards of a family, as far as synthesis knows them
_IDLE = 20_000  # cycles without traffic, and as long as some frames, after which a board sleeps


class SimulatedBoard:
    """A board with a design, to be used as a context manager.

    Parameters
    ----------
    board : str
        One of `windrow boards`.
    design : Design or Pipeline
    weights, bias : (O, kh, kw, I/groups) and (O,) integers
        Of a layer; a pipeline has its own.
    gates : bool
        Simulate the cells that synthesis makes of the system, for a board of ECP5 or iCE40.

    Attributes
    ----------
    device : str
        Its serial port, within the context.
    system : System

    Raises
    ------
    TypeError, ValueError
        for an unknown board, or weights and bias that do not fit; for gates of a board that is not built here
    SynthesisError
        with `gates`, as `windrow_hdl.gates` does
    ToolMissing
        without Verilator or a C++ compiler
    OSError
        where there are no pseudo-terminals
    """

    def __init__(self, board: str, design: Design | Pipeline, weights: npt.ArrayLike | None = None,
                 bias: npt.ArrayLike | None = None, *, gates: bool = False) -> None:
        target = find_board(board)
        self.system: System = system(target, design, weights, bias)
        self.device = ""
        rtlil, cells = system_rtlil(self.system), cell_models(target.technology)
        if as_flag(gates, "gates"):
            check_name("board", board, [name for name, one in BOARDS.items() if one.family in _CHIPS])
            made = gates_of(rtlil, target=target.family, device=_CHIPS[target.family],
                            technology=target.technology)
            rtlil, cells = made.rtlil, made.models
        self._program = verilator.build(rtlil, cells=cells, harness=_HARNESS)
        self._process: subprocess.Popen[bytes] | None = None
        self._terminal: tuple[int, int] | None = None

    def __enter__(self) -> SimulatedBoard:
        import tty  # neither is there on every system

        master, slave = os.openpty()
        self._terminal = master, slave
        tty.setraw(slave)
        self.device = os.ttyname(slave)
        idle = _IDLE + 4 * self.system.design.interval
        self._process = subprocess.Popen(
            [self._program, str(master), str(self.system.divisor), str(idle)], pass_fds=[master],
            stdin=subprocess.PIPE, cwd=self._program.parent)
        return self

    def unplug(self) -> None:
        """Take the board away, as somebody who pulls its cable."""
        if self._process is not None:
            process, self._process = self._process, None
            if process.stdin:
                process.stdin.close()
            process.terminate()
            process.wait()
        if self._terminal is not None:
            for end in self._terminal:
                os.close(end)
            self._terminal = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.unplug()
