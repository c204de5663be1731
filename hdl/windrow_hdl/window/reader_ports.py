"""The ports that every reader has, so that the rest of the datapath need not know which one it is."""

from __future__ import annotations

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.window.walk import Walk
from windrow_hdl.parts.counters import less_one
from windrow_hdl.reductions.multiply_accumulate import shape
from windrow_hdl.window.walk_player import most_freed


def reader_ports(
    design: Design, walk: Walk, *, addresses: int = 1, turns: int = 1
) -> dict[str, wiring.Member]:
    """Ports of a reader that walks the line buffer by `walk`.

    arrived, started, freed (less one), start_taken, address, data: the line buffer
    credit, begin: the output queue;  step, turn, clear, operands: the array
    """
    return {
        "arrived": In(1),
        "started": In(1),
        "freed": Out(less_one(most_freed(walk))),
        "start_taken": Out(1),
        "address": Out(range(max(1, design.row_beats))).array(addresses),
        "data": In(design.beat_bits).array(design.ring_rows),
        "credit": In(1),
        "begin": Out(1),
        "step": Out(1),
        "turn": Out(range(turns)),
        "clear": Out(design.taps),
        "operands": Out(shape(design.layer.input_type)).array(design.taps * design.lanes),
    }
