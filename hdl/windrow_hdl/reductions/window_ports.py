"""The ports of what reduces a window, so that a reader need not know which reduction it feeds.

step            operands come in the next cycle; a step may come every cycle
clear           per tap, together with the operands: it lies in padding and counts as the border value
operands        `taps * lanes` pixels, lane fastest, taps column by column
put, payload    a result, a constant number of cycles after its (last) step; result 0 in the low bits
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.reductions.mirror import Mirror
from windrow.values.numerics import IntType
from windrow_hdl.window.operands import shape

__all__ = ["chain", "check_border", "operand_register", "pack", "window_ports"]


def window_ports(pixel: IntType, taps: int, lanes: int, payload_bits: int) -> dict[str, wiring.Member]:
    """Ports of a reduction of `taps` taps of `lanes` pixels a step.

    step: operands come in the next cycle;  operands: pixels, lane fastest, taps column by column
    clear: per tap: it lies in padding and counts as the border value
    put, payload: a result, result 0 in the low bits
    """
    return {
        "step": In(1),
        "clear": In(taps),
        "operands": In(shape(pixel)).array(taps * lanes),
        "put": Out(1),
        "payload": Out(unsigned(payload_bits)),
    }


def check_border(border: int, pixel: IntType) -> int:
    """`border` if it is a pixel.  Raises ValueError otherwise."""
    if not pixel.contains([border]):
        raise ValueError(f"border must be {pixel.min} to {pixel.max}, a pixel of {pixel}, not {border!r}")
    return int(border)


def operand_register(m: Module, operand: Value, clear: ValueLike, border: int, name: str) -> Signal:
    """The operand a cycle later, `border` where it is cleared: the set or reset of each flip-flop.

    It begins as the border, too: flip-flops that begin with a zero cannot be set on every device.
    """
    register = Signal(operand.shape(), name=name, init=border, reset_less=True)
    m.d.sync += register.eq(operand)
    with m.If(clear):
        m.d.sync += register.eq(border)
    return register


def mirrored(mirror: Mirror, columns: Sequence[Value], clear: Value, column: int) -> Value:
    """What kernel column `column` shows of the contents of `columns`, `clear` of which lie in padding."""
    value = columns[column]
    for left, place in mirror.sources_left(column):  # the more lie in padding, the later in the chain
        value = Mux(clear[left - 1], columns[place], value)
    for right, place in mirror.sources_right(column):
        value = Mux(clear[mirror.columns - right], columns[place], value)
    return value


def check_mirror(
    mirror: Mirror | None, border: int | None, columns: int, offsets: Sequence[int]
) -> Mirror | None:
    """`mirror` if it fits a window of `columns` columns that has no border.  Raises ValueError otherwise."""
    if mirror is not None and border is not None:
        raise ValueError(f"border must be None with a mirror, not {border!r}")
    if mirror is not None and (mirror.columns != columns or list(offsets) != list(range(columns))):
        raise ValueError(f"mirror must be of {columns} columns side by side, not {mirror!r} "
                         f"at {list(offsets)}")  # fmt: skip
    return mirror


def chain(m: Module, value: Value, cycles: int, name: str, *, reset_less: bool = False) -> Value:
    """`value` as it was `cycles` before: registers in a row, low after reset unless `reset_less`."""
    for number in range(cycles):
        later = Signal(value.shape(), name=f"{name}_{number + 1}", reset_less=reset_less)
        m.d.sync += later.eq(value)
        value = later
    return value


def pack(results: Sequence[Value], bits: int) -> Value:
    """Results side by side, the first in the low bits, each extended by its sign or zeros to `bits`."""
    return Cat(_extended(result, bits) for result in results)


def _extended(value: Value, bits: int) -> Value:
    fill = value[-1] if value.shape().signed else Const(0, 1)
    return Cat(value, fill.replicate(bits - len(value)))
