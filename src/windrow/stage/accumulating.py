"""What a design has that accumulates pixels as they arrive, in place of a line buffer and a reader."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from windrow.timing.memories import Memories
from windrow.timing.open_partials import OpenPartials, Places

if TYPE_CHECKING:
    from windrow.operators.operator import Operator
    from windrow.stage.programmable import Runtime
    from windrow.timing.schedule import Schedule

__all__ = ["Accumulating"]


class Accumulating:
    """Part of `Design`, whose fields these are."""

    if TYPE_CHECKING:
        layer: Operator
        lanes: int
        taps: int
        pixels: int
        runtime: Runtime | None
        memories: cached_property[Memories]
        schedule: cached_property[Schedule]

    @property
    def accumulates(self) -> bool:
        """Do windows grow as their pixels arrive, without a reader?"""
        return self.runtime is None and self.pixels == 1 and self.layer.accumulates(self.taps)

    @property
    def open_partials(self) -> OpenPartials | None:
        """Partial results of windows that have pixels in common; None of others, and where there is a reader.
        """
        return OpenPartials(self.schedule) if self.accumulates and not self.layer.window.disjoint else None

    @property
    def partial_bits(self) -> int:
        """Bits of what the windows of a beat have so far, where they are apart; 0 where there is a reader."""
        partial = self.layer.partial if self.accumulates else None
        return 0 if partial is None else self.lanes * partial.type_of(partial.most).bits

    def place_bits(self, places: Places) -> int:
        """Bits of the partial results at one of these places."""
        partial = self.layer.partial
        assert partial is not None
        return self.lanes * sum(partial.type_of(pixels).bits for pixels in places.pixels)

    @property
    def partial_memories(self) -> list[tuple[int, int]]:
        """(places, bits of each) of the partial results; none where there is a reader."""
        if not self.accumulates:
            return []
        found = self.open_partials
        if found is None:
            return [(self.memories.partials.entries, self.partial_bits)]
        return [(places.count, self.place_bits(places)) for places in (found.along, found.down)]

    @property
    def partial_words(self) -> list[tuple[int, int]]:
        """(words, bits of each) of the memories of partial results, 0 words where these are registers."""
        found = self.open_partials
        if found is None:
            return [(self.memories.partials.stored, self.partial_bits)]
        return [(places.stored, self.place_bits(places)) for places in (found.along, found.down)]

    @property
    def operations(self) -> int:
        """Operations of a frame: the layer's MACs; the pixels that are read, where they are accumulated."""
        return self.layer.operations(self.taps) if self.accumulates else self.layer.macs
