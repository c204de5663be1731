"""A filter on a board: its bitstream, and pictures through the board's serial line or a simulated one's."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from windrow.board.host import Host
from windrow.board.outline import Outline
from windrow.board.port import SerialPort
from windrow.board.wire import network_digest
from windrow.network.graph import Network
from windrow.pipeline.pipeline import Pipeline
from windrow.planning.plan import plan
from windrow_cli.console import CheckFailed, UserMistake, user_input
from windrow_cli.filters.runs import FilterRun, stored
from windrow_cli.links.lines import line_errors, line_rate, simulated_board

if TYPE_CHECKING:
    from windrow_hdl.boards import Build

__all__ = ["build_filter", "run_on_board"]


def run_on_board(net: Network, frames: npt.NDArray[Any], board: str, port: str | None,
                 progress: Console) -> FilterRun:
    """Frames (N, H, W, C) through a board that holds this filter, every value checked.

    port: None for a simulated board
    """
    pipeline = _pipeline(net)
    with ExitStack() as stack:
        device = port or stack.enter_context(simulated_board(board, pipeline, progress))
        stack.enter_context(line_errors())
        host = Host(stack.enter_context(SerialPort(device, line_rate(board, None))))
        held = host.identify()
        if not isinstance(held.design, Outline) or held.digest != network_digest(pipeline.plain):
            raise UserMistake(f"the board holds {held.design}, not this {net.name} for pictures of "
                              f"{net.input_shape[0]}x{net.input_shape[1]}: --bitstream builds it")
        with progress.status("sending") as status:
            out = stored(net, np.stack(list(host.run(held.design, frames, lambda done: status.update(
                f"frame {done:.1f} of {len(frames)}")))))
        seconds = host.traffic.seconds
    if not np.array_equal(out, net.golden(frames)):
        raise CheckFailed(f"the board's {net.name} does not give what its golden model does")
    place = f"{board}, simulated" if port is None else f"{board} at {port}"
    return FilterRun(net, out, pipeline, f"{place}: {len(frames)} frames in {seconds:.2f} s",
                     pipeline.interval, pipeline.latency, "every value as predicted", _clock(board))


def build_filter(net: Network, board: str, folder: Path, progress: Console) -> Build:
    """The bitstream of a filter, and what it took and reached."""
    pipeline = _pipeline(net)
    with progress.status("generating") as status, user_input():
        from windrow_hdl.boards import TimingMissed, build

        try:
            return build(board, pipeline, out=folder, progress=status.update)
        except TimingMissed as error:
            raise CheckFailed(str(error)) from error


def _clock(board: str) -> float:
    """The clock in MHz that filters are built for."""
    with user_input():
        from windrow_hdl.boards.build import clock_of
        from windrow_hdl.boards.catalogue import board as find_board

        return clock_of(find_board(board))


def _pipeline(net: Network) -> Pipeline:
    with user_input():
        return plan(net, pixels=1)
