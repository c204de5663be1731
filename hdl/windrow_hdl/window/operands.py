"""Operands: the seam between geometry and arithmetic.

A reader knows which tap of which window an operand is, and never what becomes of it:

    step      operands come in the next cycle
    operands  `taps * lanes` values of one step, lane fastest, taps column by column
    clear     per tap: it lies in padding and delivers the operator's `fill`, whatever its operand says
    padding   per tap: it lies in padding, also where the operand is the `fill` already and `clear` is not set
    spare     taps of this step beyond the kernel's last deliver the reduction's identity
    turn      which order the operands come in, where the reduction takes more than one

With `begin` a reader takes a credit for the beat that a step finishes.
"""

from __future__ import annotations

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.values.numerics import IntType

OPERANDS = ("step", "turn", "part", "clear", "padding", "spare", "operands")
"""Ports that go from a reader to the reduction."""


def shape(number: IntType) -> Shape:
    """Amaranth's shape of a number type."""
    return signed(number.bits) if number.signed else unsigned(number.bits)


def operand_ports(design: Design, turns: int) -> dict[str, wiring.Member]:
    """Ports of a reduction for operands in `turns` orders; a reader has the same ones as outputs.

    step: operands come in the next cycle;  turn: in which order
    operands: values of one step, lane fastest, taps column by column
    clear: per tap: it lies in padding and delivers the fill
    padding: per tap: it lies in padding;  spare: taps beyond the kernel deliver the identity
    """
    return {
        "step": In(1),
        "turn": In(range(turns)),
        "clear": In(design.taps),
        "padding": In(design.taps),
        "spare": In(1),
        "operands": In(shape(design.layer.input_type)).array(design.taps * design.lanes),
    }


def reader_ports(design: Design, *, addresses: int = 1, turns: int = 1) -> dict[str, wiring.Member]:
    """Ports of every reader, so that the rest of the datapath need not know which one it is.

    address: of the line buffer;  data: what it reads there;  the others: the reduction
    credit: the output queue has room;  begin: a beat for it is begun
    """
    return {
        "address": Out(range(max(1, design.schedule.row_beats))).array(addresses),
        "data": In(design.beat_bits).array(design.ring_rows),
        "credit": In(1),
        "begin": Out(1),
        **{name: member.flip() for name, member in operand_ports(design, turns).items()},
    }


def group_ports(design: Design) -> dict[str, wiring.Member]:
    """Ports of reductions side by side, for the columns that the windows of a group share; of a
    `GroupSchedule`.  As in `operand_ports`, but that `clear` is per column, `padding` per pixel of one, and
    `operands` go column by column.

    step: operands come in the next cycle;  operands: values of one step, column by column
    clear: per column: it lies in padding;  padding: per pixel of a column: likewise
    part: which of the taps of each window the step takes, with the operands
    """
    places, kh = len(design.schedule.places), design.window.kernel_size[0]  # pyright: ignore
    return {
        "step": In(1),
        "part": In(range(design.steps)),
        "clear": In(places),
        "padding": In(places * kh),
        "operands": In(shape(design.layer.input_type)).array(places * kh * design.lanes),
    }


def beat_ports(design: Design, looks: int) -> dict[str, wiring.Member]:
    """Ports of reductions that keep what columns give; of a `GroupSchedule` whose groups take one step.

    shift: the columns of a beat come in the next cycle
    columns: their pixels, column by column, the leftmost first, in each as in `operands`
    look: with `step`: where the columns of its group are
    """
    rows = design.window.kernel_size[0]
    return {
        "step": In(1),
        "shift": In(1),
        "columns": In(shape(design.layer.input_type)).array(design.pixels * rows * design.lanes),
        "look": In(range(looks)),
    }


def pads(design: Design) -> bool:
    """May a tap lie in padding?  Where none does, nothing is cleared, and no wire goes to all multipliers to
    say so: a register that is 0 after reset and 1 for ever is none that synthesis leaves out.
    """
    some = any((axis.end_tap - axis.first_tap < axis.kernel).any() for axis in design.window.axes)
    return some or design.runtime is not None


def spare_taps(design: Design) -> range:
    """Taps of the last step of a slice that lie beyond the kernel."""
    beyond = design.steps * design.taps - design.window.taps
    return range(design.taps - beyond, design.taps)
