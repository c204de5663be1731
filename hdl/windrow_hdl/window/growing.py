"""How a partial result grows: what windows that accumulate pixels do with one, wherever it is kept."""

from __future__ import annotations

from amaranth.hdl import Mux, Value

from windrow.values.numerics import IntType

__all__ = ["as_number", "joined"]


def joined(kind: str, base: Value, more: Value) -> Value:
    """The "sum", "minimum" or "maximum" of both."""
    if kind == "sum":
        return base + more
    less = base < more
    return Mux(less, base, more) if kind == "minimum" else Mux(less, more, base)


def as_number(bits: Value, kind: IntType) -> Value:
    """Bits as a number of that type."""
    return bits.as_signed() if kind.signed else bits
