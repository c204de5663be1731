"""FanOut: values that go to many places, through a tree of registers with two branches each.

    i ─┬─▶ 0 ─┬─▶ 0 ─▶ leaf 0        each leaf stands among the few places that it feeds
       │      └─▶ 1 ─▶ leaf 1
       └─▶ 1 ─┬─▶ 0 ─▶ leaf 2
              └─▶ 1 ─▶ leaf 3

One wire to places all over a device takes most of a cycle, whatever drives it; so does a register that
synthesis has made of equal ones.  The two branches of a node therefore begin with different bits, which no
synthesis merges: ones and zeros where the beginning does not matter, and a flag, whose beginning does, lies
upside down in one of them.
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["FanOut"]


class FanOut(wiring.Component):
    """`leaves` copies of `flag` and of `value`, `bits` wide, as they were `depth` cycles before.

    flag, value: what is copied;  flags, values: the copies

    A reset lowers all copies of the flag; those of the value have no beginning.
    """

    def __init__(self, bits: int, leaves: int) -> None:
        if leaves < 1:
            raise ValueError(f"leaves must be at least 1, not {leaves!r}")
        self.bits, self.leaves = bits, leaves
        self.depth = (leaves - 1).bit_length()
        super().__init__(
            {
                "flag": In(1),
                "value": In(unsigned(bits)),
                "flags": Out(1).array(leaves),
                "values": Out(unsigned(bits)).array(leaves),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        nodes: list[tuple[Value, Value]] = [(self.flag, self.value)]
        for level in range(self.depth):
            wanted = -(-self.leaves // (1 << (self.depth - 1 - level)))
            nodes = [self._node(m, *nodes[at // 2], at, f"{level}_{at}") for at in range(wanted)]
        for (flag, value), flag_out, value_out in zip(nodes, self.flags, self.values, strict=True):
            m.d.comb += [flag_out.eq(flag), value_out.eq(value)]
        return m

    def _node(self, m: Module, flag: Value, value: Value, at: int, name: str) -> tuple[Value, Value]:
        """Branch `at` of its level, of a node with this flag and value."""
        second = at % 2
        held = Signal(name=f"flag_{name}", init=second)
        kept = Signal(self.bits, name=f"value_{name}", init=-second % (1 << self.bits), reset_less=True)
        m.d.sync += [held.eq(~flag if second else flag), kept.eq(value)]
        return ~held if second else held, kept
