"""Wires: connections of ports that have the same name on both sides."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Value

__all__ = ["carry"]


def carry(m: Module, source: Any, sink: Any, *names: str) -> None:
    """Drive the ports called `names` of `sink` with those of `source`; an array element by element."""
    for name in names:
        from_, to = getattr(source, name), getattr(sink, name)
        if hasattr(to, "eq"):
            m.d.comb += to.eq(from_)
        else:
            m.d.comb += [a.eq(Value.cast(b)) for a, b in zip(to, from_, strict=True)]
