"""What a design has that accumulates pixels as they arrive, in place of a line buffer and a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windrow.values.numerics import smallest

if TYPE_CHECKING:
    from windrow.operators.operator import Operator
    from windrow.stage.programmable import Runtime

__all__ = ["Accumulating"]


class Accumulating:
    """Part of `Design`, whose fields these are."""

    if TYPE_CHECKING:
        layer: Operator
        lanes: int
        taps: int
        pixels: int
        runtime: Runtime | None

    @property
    def accumulates(self) -> bool:
        """Do windows grow as their pixels arrive, without a reader?"""
        return self.runtime is None and self.pixels == 1 and self.layer.accumulates(self.taps)

    @property
    def partial_bits(self) -> int:
        """Bits of what the windows of a beat have so far; 0 where there is a reader."""
        partial = self.layer.partial if self.accumulates else None
        return 0 if partial is None else self.lanes * smallest(*partial.range).bits

    @property
    def operations(self) -> int:
        """Operations of a frame: the layer's MACs, less those of padding that costs nothing."""
        return self.layer.operations(self.taps) if self.accumulates else self.layer.macs
