"""Every legal folding of one layer, cheapest first, for choices that several layers make together.

    menu = Menu(layer)
    menu.fewest(pace)               fewest multipliers with an interval of at most `pace` cycles
    menu.pick(multipliers, pace)    of the foldings with so many, the one with the least buffer
    menu.front(pace, most)          what multipliers cost in buffer, and the reverse

What closed forms give is computed for all foldings at once. Intervals that only the timing law knows, and
buffers, are computed for a folding when they can still change the answer, and kept.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow.timing.figures import figures_of

__all__ = ["Menu", "Pick"]


class Pick(NamedTuple):
    """One folding of a menu: its cost, and its place there."""

    multipliers: int
    buffer_bits: int
    at: int


class Menu:
    """The foldings of a layer."""

    def __init__(self, layer: Conv2d) -> None:
        self.layer = layer
        at = figures_of(self.layer)
        order = np.argsort(at.multipliers, kind="stable")
        self.multipliers = at.multipliers[order]
        self._bound = at.bound[order]
        self._interval = at.interval[order].copy()  # -1: not known yet
        self._latency = at.latency[order].copy()
        self._folding = np.stack([at.lanes[order], at.pe[order], at.taps[order]], axis=1)
        self._fold = at.fold[order]
        self._bits: dict[tuple[int, int, bool, bool], int] = {}
        self._floors: dict[int, int] = {}

    def design(self, at: int) -> Design:
        lanes, pe, taps = map(int, self._folding[at])
        return Design(self.layer, lanes=lanes, pe=pe, taps=taps)

    def interval(self, at: int) -> int:
        """Cycles between frames, exact."""
        if self._interval[at] < 0:
            self._interval[at] = self.design(at).interval
        return int(self._interval[at])

    def fewest(self, pace: int) -> int | None:
        """Fewest multipliers that keep an interval of `pace` cycles; None where no folding does."""
        known = (self._interval >= 0) & (self._interval <= pace)
        first = int(known.argmax()) if known.any() else known.size
        for at in np.flatnonzero((self._interval[:first] < 0) & (self._bound[:first] <= pace)):
            if self.interval(int(at)) <= pace:
                return int(self.multipliers[at])
        return int(self.multipliers[first]) if first < known.size else None

    @cached_property
    def shortest(self) -> int:
        """The shortest interval of any folding."""
        best = int(self._interval[self._interval >= 0].min())
        for at in np.argsort(self._bound, kind="stable"):
            if self._bound[at] >= best:
                break
            best = min(best, self.interval(int(at)))
        return best

    @cached_property
    def longest(self) -> int:
        """An interval that every folding keeps that could be of use: that of a single multiplier."""
        return self.interval(0)

    def pick(self, multipliers: int, pace: int, below: int | None = None) -> Pick | None:
        """The folding with so many multipliers that keeps the pace with the least buffer, then latency.

        None where none does; with `below`, where none does with fewer bits of buffer than that.
        """
        places = np.flatnonzero((self.multipliers == multipliers) & (self._bound <= pace))
        choices = sorted((self._floor(at), int(self._latency[at]), at) for at in places.tolist())
        best: tuple[int, int, int] | None = None
        for floor, _, at in choices:
            if (best is not None and floor > best[0]) or (below is not None and floor >= below):
                break
            if self.interval(at) > pace:
                continue
            if best is not None and floor == best[0] and self.latency(at) >= best[1]:
                continue
            bits = self.buffer_bits(at)
            if below is None or bits < below:
                found = (bits, self.latency(at), at)
                best = found if best is None else min(best, found)
        return None if best is None else Pick(multipliers, best[0], best[2])

    def front(self, pace: int, most: int | None = None) -> list[Pick]:
        """The foldings that keep the pace and that no other beats in both multipliers and buffer bits.

        Ascending in multipliers, of which there are at most `most`; descending in bits.
        """
        front: list[Pick] = []
        able = self.multipliers[self._bound <= pace]
        for multipliers in np.unique(able if most is None else able[able <= most]).tolist():
            if front and front[-1].buffer_bits <= self._least_ring_bits:
                break
            found = self.pick(multipliers, pace, front[-1].buffer_bits if front else None)
            if found is not None:
                front.append(found)
        return front

    def latency(self, at: int) -> int:
        """Cycles from the first input beat to the first output beat, exact."""
        if self._latency[at] < 0:
            self._latency[at] = self.design(at).latency
        return int(self._latency[at])

    def buffer_bits(self, at: int) -> int:
        """Bits of pixel memory. Equal for foldings whose readers do the same things in the same cycles."""
        lanes, _, taps = map(int, self._folding[at])
        accumulates = self.layer.accumulates(taps)
        kind = (lanes, int(self._fold[at]), taps <= self.layer.window.kernel_size[0], accumulates)
        if kind not in self._bits:
            self._bits[kind] = self.design(at).buffer_bits
        return self._bits[kind]

    def _floor(self, at: int) -> int:
        """Bits of pixel memory at the least: a ring that holds one window, and the column store."""
        if at not in self._floors:
            accumulates = self.layer.accumulates(int(self._folding[at, 2]))
            self._floors[at] = (self.buffer_bits(at) if accumulates
                                else self._least_ring_bits + self._store_bits(at))  # fmt: skip
        return self._floors[at]

    def _store_bits(self, at: int) -> int:
        design = self.design(at)
        return design.memories.store_beats * design.beat_bits

    @cached_property
    def _least_ring_bits(self) -> int:
        """Bits of the whole rows that one window spans; the same for any number of channels per beat."""
        channels = self.layer.in_channels
        whole = Design(self.layer, lanes=channels, taps=self.layer.fixed_taps or self.layer.window.taps)
        walk = whole.schedule.window_walk
        if not whole.schedule.frame_beats:
            return self.layer.input_type.bits  # nothing is read; one lane at least is kept
        return -(-walk.span // whole.schedule.row_beats) * whole.schedule.row_beats * whole.beat_bits
