"""AdderTree: a balanced, pipelined sum; one register per level, no bit more than the range needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.sequencer import shape_of

Range = tuple[int | np.ndarray, int | np.ndarray]
"""The least and the greatest value; arrays of them where terms change together, one for each time."""


class AdderTree(wiring.Component):
    """Sum of terms, term `n` in the range `ranges[n]` (low, high), `depth` cycles later.

    far: the terms come a long way, and have a register before anything is added
    term_...: what is added;  total: the sum
    """

    def __init__(self, ranges: Sequence[Range], *, far: bool = False) -> None:
        self.ranges, self.far = list(ranges), far
        self.depth = (len(ranges) - 1).bit_length() + far
        terms = {f"term_{number}": In(_shape_of(range_)) for number, range_ in enumerate(ranges)}
        super().__init__({**terms, "total": Out(_shape_of(_sum(ranges)))})

    @property
    def terms(self) -> list[Signal]:
        return [getattr(self, f"term_{number}") for number in range(len(self.ranges))]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        level = list(zip(self.terms, self.ranges, strict=True))
        if self.far:
            level = [self._node(m, [term], f"near_{at}") for at, term in enumerate(level)]
        for number in range(self.depth - self.far):
            level = [
                self._node(m, level[at : at + 2], f"level{number}_{at // 2}")
                for at in range(0, len(level), 2)
            ]
        m.d.comb += self.total.eq(level[0][0])
        return m

    def _node(self, m: Module, parts: Sequence[tuple[Signal, Range]], name: str) -> tuple[Signal, Range]:
        """The registered sum of one or two parts, and its range."""
        span = _sum([range_ for _, range_ in parts])
        node = Signal(_shape_of(span), name=name, reset_less=True)
        m.d.sync += node.eq(parts[0][0] + parts[1][0] if len(parts) == 2 else parts[0][0])
        return node, span


def _sum(ranges: Sequence[Range]) -> Range:
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def _shape_of(range_: Range) -> Shape:
    low, high = range_
    return shape_of([int(np.min(low)), int(np.max(high))])
