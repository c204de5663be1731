"""What windows that accumulate pixels do with one, and give when they are whole, wherever they are kept."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.reductions.partial import Partial
from windrow.values.numerics import IntType
from windrow_hdl.window.open_marker import OpenMarker
from windrow_hdl.window.operands import shape
from windrow_hdl.window.window_marker import WindowMarker

__all__ = ["as_number", "joined", "number_at", "pixel_numbers", "result_ports"]


Marker = WindowMarker | OpenMarker
"""Each follows an axis, and has `case`, the place in `reals` of how many positions the window at hand has."""


def result_ports(partial: Partial, lanes: int, numbers: list[int]) -> dict[str, wiring.Member]:
    """Pixels come in, whole windows go out, `lanes` of them side by side.

    i: the input stream;  credit: an output beat may be begun;  begin: it is
    go, totals: a window is whole;  of: with them, which of `numbers` of pixels it has
    """
    return {
        "i": In(stream.Signature(unsigned(lanes * partial.pixel.bits))),
        "credit": In(1),
        "begin": Out(1),
        "go": Out(1),
        "totals": Out(shape(partial.type_of(partial.most))).array(lanes),
        "of": Out(range(len(numbers))),
    }


def pixel_numbers(row: Marker, column: Marker) -> list[int]:
    """Pixels of windows, each number once."""
    return list(dict.fromkeys(rows * columns for rows in row.reals for columns in column.reals))


def number_at(m: Module, row: Marker, column: Marker) -> Signal:
    """Which of `pixel_numbers` the window at hand has."""
    numbers = pixel_numbers(row, column)
    number = Signal(range(len(numbers)), name="number")
    with m.Switch(Cat(row.case, column.case)):
        for r, rows in enumerate(row.reals):
            for c, columns in enumerate(column.reals):
                with m.Case(r | c << len(row.case)):
                    m.d.comb += number.eq(numbers.index(rows * columns))
    return number


def joined(kind: str, base: Value, more: Value) -> Value:
    """The "sum", "minimum" or "maximum" of both."""
    if kind == "sum":
        return base + more
    less = base < more
    return Mux(less, base, more) if kind == "minimum" else Mux(less, more, base)


def as_number(bits: Value, kind: IntType) -> Value:
    """Bits as a number of that type."""
    return bits.as_signed() if kind.signed else bits
