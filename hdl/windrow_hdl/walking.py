"""Walking: who says which window is next, tables or registers, as one choice for the whole stage.

    Played       tables, for windows that are built in
    Programmed   settings behind a port, for windows that are programmed

Both give a stage its line buffer and its reader, and connect what is theirs alone.
"""

from __future__ import annotations

from typing import Any, Protocol

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.weights_loaded import load_bits
from windrow_hdl.window.column_reader import ColumnReader
from windrow_hdl.window.gather_reader import GatherReader
from windrow_hdl.window.group_reader import GroupReader
from windrow_hdl.window.line_buffer import LineBuffer
from windrow_hdl.window.played_fetches import ShiftWalk
from windrow_hdl.window.played_windows import LineWalk
from windrow_hdl.window.programmed.control import Control
from windrow_hdl.window.programmed.geometry import setting_layout
from windrow_hdl.window.programmed.line_buffer import ProgrammedLineBuffer
from windrow_hdl.window.programmed.line_walk import ProgrammedLineWalk
from windrow_hdl.window.programmed.shift_walk import ProgrammedShiftWalk
from windrow_hdl.window.shift_reader import ShiftReader

__all__ = ["Played", "Programmed", "Walking", "walking_of"]


class Walking(Protocol):
    """What a stage asks for.

    design: the hardware to build;  ports: of the stage, besides its streams
    """

    design: Design
    ports: dict[str, wiring.Member]

    def reader(self, turnable: bool) -> Any:
        """The reader; `turnable` as in that one."""
        ...

    def buffer(self, reader: Any, technology: str) -> Any:
        """The line buffer that it reads."""
        ...

    def connect(self, m: Module, stage: Any) -> None:
        """Connect what only this kind has."""
        ...


def walking_of(design: Design) -> Walking:
    """`Programmed` for a design with a runtime, else `Played`."""
    return Played(design) if design.runtime is None else Programmed(design)


class Played:
    """Windows that are built in."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.ports: dict[str, wiring.Member] = {}

    def reader(self, turnable: bool) -> Any:
        """Of the four, the one that the schedule names."""
        design = self.design
        if design.pixels > 1:
            return GroupReader(design, turnable=turnable)
        if design.gathers:
            return GatherReader(design, LineWalk(design), turnable=turnable)
        if design.shifts:
            return ShiftReader(design, ShiftWalk(design), turnable=turnable)
        return ColumnReader(design)

    def buffer(self, reader: Any, technology: str) -> LineBuffer:
        """A ring with a credit for each beat."""
        schedule = self.design.schedule
        walk = schedule.window_walk if schedule.gathers else schedule.fetch_walk
        return LineBuffer(self.design, walk, shared=reader.shared, technology=technology)

    def connect(self, m: Module, stage: Any) -> None:
        """Nothing more."""


class Programmed:
    """Windows that are programmed; ports:

    settings: a setting per transfer, `geometry.setting_layout` in the low bits of a plain payload; taken
    between two frames, or refused at once
    weights: where they are loaded, one weight or bias per transfer, `weights_loaded.load_sequence` from its
    first to its last; taken between two frames, and no frame begins before the last; a setting that is
    offered meanwhile waits for it
    accepted, refused: high for a cycle; the cycle after `accepted` is the first of the new setting
    """

    def __init__(self, design: Design) -> None:
        hardware = design.hardware
        self.design = hardware.largest
        self.control = Control(hardware)
        self.ports: dict[str, wiring.Member] = {
            "settings": In(stream.Signature(unsigned(setting_layout(hardware).size))),
            "accepted": Out(1),
            "refused": Out(1),
        }
        if design.loads_weights:
            self.ports["weights"] = In(stream.Signature(unsigned(load_bits(design))))

    def reader(self, turnable: bool) -> Any:
        """Of the two that can be programmed, the one that the schedule names."""
        design = self.design
        if design.gathers:
            return GatherReader(design, ProgrammedLineWalk(design), turnable=turnable)
        return ShiftReader(design, ProgrammedShiftWalk(design), turnable=turnable)

    def buffer(self, reader: Any, technology: str) -> ProgrammedLineBuffer:
        """A ring that compares where it writes with what is still wanted."""
        most = reader.walk.windows.most
        return ProgrammedLineBuffer(self.design, most, shared=reader.shared, technology=technology)

    def connect(self, m: Module, stage: Any) -> None:
        """Settings to buffer and reader; no frame begins while there is something to load."""
        m.submodules.control = control = self.control
        buffer, reader, array = stage.line_buffer, stage.reader, stage.array
        if stage.restarts:
            m.d.comb += control.again.eq(stage.restart)
        wiring.connect(m, wiring.flipped(stage.settings), control.settings)
        carry(m, control, stage, "accepted", "refused")
        carry(m, control, buffer, "geometry", "restart")
        carry(m, control, reader, "geometry", "restart")
        quiet = idle = buffer.idle & stage.output_queue.idle
        hold = control.hold
        if self.design.loads_weights:
            wiring.connect(m, wiring.flipped(stage.weights), array.i)
            m.d.comb += array.idle.eq(idle)
            hold, quiet = hold | array.hold, idle & ~array.hold  # weights first
        m.d.comb += [control.idle.eq(quiet), buffer.hold.eq(hold)]
