"""AdderTree: a balanced, pipelined sum; one register per level, no bit more than the range needs."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.sequencer import shape_of


class AdderTree(wiring.Component):
    """Sum of `leaves` terms, each in `low..high`, `depth` cycles later."""

    def __init__(self, leaves: int, low: int, high: int) -> None:
        self.leaves, self.low, self.high = leaves, low, high
        self.depth = (leaves - 1).bit_length()
        super().__init__(
            {
                "terms": In(shape_of([low, high])).array(leaves),
                "total": Out(shape_of([low * leaves, high * leaves])),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Each node: its value and how many leaves are under it, which bounds its range.
        level: list[tuple[Signal, int]] = [(term, 1) for term in self.terms]
        for number in range(self.depth):
            level = [
                self._node(m, level[at : at + 2], f"level{number}_{at // 2}")
                for at in range(0, len(level), 2)
            ]
        m.d.comb += self.total.eq(level[0][0])
        return m

    def _node(self, m: Module, parts: Sequence[tuple[Signal, int]], name: str) -> tuple[Signal, int]:
        leaves = sum(count for _, count in parts)
        node = Signal(shape_of([self.low * leaves, self.high * leaves]), name=name)
        m.d.sync += node.eq(parts[0][0] + parts[1][0] if len(parts) == 2 else parts[0][0])
        return node, leaves
