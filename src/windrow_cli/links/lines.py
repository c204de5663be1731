"""Serial lines on the command line: their rate, their failures, and what simulates a board behind one."""

from collections.abc import Iterator
from contextlib import contextmanager

from numpy import int64
from numpy.typing import NDArray
from rich.console import Console

from windrow.board.host import LinkError
from windrow.board.port import PortError
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_cli.console import UserMistake, simulation, user_input

__all__ = ["line_errors", "line_rate", "simulated_board"]


@contextmanager
def line_errors() -> Iterator[None]:
    """Around what talks to a board: its failures are for the user."""
    try:
        yield
    except (PortError, LinkError) as error:
        raise UserMistake(str(error)) from error


def line_rate(board: str, baud: int | None) -> int:
    """The rate of a board's line."""
    if baud is not None:
        return baud
    with user_input():
        from windrow_hdl.boards.catalogue import board as find_board

        return find_board(board).baud


@contextmanager
def simulated_board(board: str, design: Design | Pipeline, progress: Console,
                    *constants: NDArray[int64] | None) -> Iterator[str]:
    """The port of a simulated board."""
    with progress.status("building"), simulation():
        from windrow_sim.runs.board import SimulatedBoard

        simulated = SimulatedBoard(board, design, *constants)
    with simulated:
        yield simulated.device
