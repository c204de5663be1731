"""Boards: a complete accelerator behind a serial port, as a bitstream or as a vendor's project.

    catalogue   which boards there are            top     pins, lights, PLL around the system
    system      what is on the board              build   from a design to files, by the steps of flow
    uart, framing, requests, buffers, answers     the link of `windrow.board.link`, in hardware
"""

from windrow_hdl.boards.build import TimingMissed, build
from windrow_hdl.boards.capacity import TooLarge
from windrow_hdl.boards.catalogue import BOARDS, Board, board
from windrow_hdl.boards.report import Build

__all__ = ["BOARDS", "Board", "Build", "TimingMissed", "TooLarge", "board", "build"]
