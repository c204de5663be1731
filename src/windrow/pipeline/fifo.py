"""Fifo: what lies between two stages, a queue that is the converter of widths, too.

A write brings `write` elements, a read takes `read` of them.  With room for `elements`

    read j   waits for write ceil((j+1)*read/write) - 1,              and is offered a cycle later
    write i  waits for read  ceil(((i+1)*write - elements)/read) - 1, and has room a cycle later

(theory.md, "FIFO and width converter are one object").  The memory is `lcm/gcd` banks of `gcd` elements, so
that nothing has to be shifted: the room is a multiple of the least common multiple of both widths.

Several pixels a beat are written with some of their channels, and read with all: then what is read is a word,
its elements in another order, and places of pixels that a row does not have are elements like all others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Fifo"]

_BLOCK_BITS, _BLOCK_WORDS = 2048, 32  # queues above both of these belong in block RAM


@dataclass(frozen=True)
class Fifo:
    """A queue from one stage to an input of another.

    source, target: names of steps; the source may be the pipeline's input
    port: which input of the target
    write, read: elements of a beat that is written, and of one that is read
    element_bits: of one element
    elements: room
    pixels: neighbours of a row in a beat that is written, and in one that is read

    Raises ValueError for room that is no positive multiple of `lcm(write, read)`.
    """

    source: str
    target: str
    port: int
    write: int
    read: int
    element_bits: int
    elements: int
    pixels: int = 1

    def __post_init__(self) -> None:
        if self.elements < 1 or self.elements % self.unit:
            raise ValueError(f"elements must be a positive multiple of {self.unit}, the least common "
                             f"multiple of {self.write} and {self.read}, not {self.elements}")

    @property
    def unit(self) -> int:
        """Elements that the room is a multiple of."""
        return math.lcm(self.write, self.read)

    @property
    def order(self) -> list[int]:
        """Of each element of a beat that is read, its place in what was written for it."""
        channels, written = self.read // self.pixels, self.write // self.pixels
        return [channel // written * self.write + pixel * written + channel % written
                for pixel in range(self.pixels) for channel in range(channels)]

    @property
    def depth(self) -> int:
        """Beats that it holds, as they are written."""
        return self.elements // self.write

    @property
    def bits(self) -> int:
        """Bits that it holds."""
        return self.elements * self.element_bits

    @property
    def in_block_ram(self) -> bool:
        """Does it belong in block RAM?"""
        return self.bits > _BLOCK_BITS and self.elements // self.unit > _BLOCK_WORDS

    def to_dict(self) -> dict[str, object]:
        """The promised JSON keys of a queue."""
        return {"source": self.source, "target": self.target, "depth": self.depth, "bits": self.bits}
