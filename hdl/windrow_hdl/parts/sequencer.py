"""Sequencer: plays a list of records, one at a time, over and over.

Needs, frees and masks of a walk are the same for most of it and differ at the edges.  The list is
stored run by run, so a 512-wide image costs one counter and a table of two or three entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from amaranth.hdl import Array, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def shape_of(values: Sequence[int]) -> Shape:
    """The smallest shape that holds every value."""
    low, high = min(0, *values), max(0, *values)
    bits = max(high.bit_length(), (~low).bit_length() if low < 0 else 0)
    return signed(bits + 1) if low < 0 else unsigned(bits)


class Sequencer(wiring.Component):
    """Record `n` of `records` after `n` advances, then from the start again.

    Ports: these, and one output per field, as wide as its largest value, named like it.

    advance: to the next record;  last: this one is the last;  others: what the record says
    """

    def __init__(self, records: Sequence[Mapping[str, int]]) -> None:
        if not records:
            raise ValueError("records must hold at least one record, not none")
        self.runs = [(dict(key), len(list(run))) for key, run in groupby(records)]
        fields = {
            name: Out(shape_of([record[name] for record, _ in self.runs])) for name in self.runs[0][0]
        }
        super().__init__({"advance": In(1), "last": Out(1), **fields})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lengths = [length for _, length in self.runs]
        # Counts down to -1, so that the sign says "last of the run" without a comparison.
        one_long = len(lengths) > 1 and sorted(lengths)[-2] == 1
        start = max(lengths) if one_long else lengths[0]
        left = Signal(signed(max(1, max(lengths) - 1).bit_length() + 1), init=start - 2)
        run_ends = left[-1]
        if len(lengths) == 1:
            m.d.comb += self.last.eq(run_ends)
            m.d.comb += [getattr(self, name).eq(value) for name, value in self.runs[0][0].items()]
            with m.If(self.advance):
                m.d.sync += left.eq(Mux(run_ends, lengths[0] - 2, left - 1))
            return m
        run = Signal(range(len(lengths)))
        longest = lengths.index(max(lengths))
        # Mostly one run is long and the edges are single records: then the counter waits at its
        # start for the long run and needs no multiplexer to be loaded.
        if one_long:
            in_long = run == longest
            run_ends = ~in_long | left[-1]
            with m.If(~in_long):
                m.d.sync += left.eq(lengths[longest] - 2)
            with m.Elif(self.advance):
                m.d.sync += left.eq(left - 1)
        m.d.comb += self.last.eq(run_ends & (run == len(lengths) - 1))
        with m.Switch(run):
            for index, (record, _) in enumerate(self.runs):
                following = (index + 1) % len(lengths)
                with m.Case(index):
                    m.d.comb += [getattr(self, name).eq(value) for name, value in record.items()]
                    with m.If(self.advance & run_ends):
                        m.d.sync += run.eq(following)
                    if not one_long:
                        with m.If(self.advance):
                            m.d.sync += left.eq(Mux(run_ends, lengths[following] - 2, left - 1))
        return m


class BlockSequencer(wiring.Component):
    """As `Sequencer`, of records that repeat block by block, `size` records in each; the last may be shorter.

    advance: to the next record;  others: what the record says

    Blocks are mostly the same where records are not, so a table of two or three blocks is enough.
    """

    def __init__(self, records: Sequence[Mapping[str, int]], size: int) -> None:
        self.size, self.final = size, (len(records) - 1) % size
        padded = [*records, *[records[-1]] * (size - 1 - self.final)]
        self.names = list(records[0])
        self.blocks = Sequencer([
            {f"{name}_{place}": padded[at + place][name] for place in range(size) for name in self.names}
            for at in range(0, len(padded), size)
        ])  # fmt: skip
        fields = {name: Out(shape_of([record[name] for record in records])) for name in self.names}
        super().__init__({"advance": In(1), "last": Out(1), **fields})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.blocks = blocks = self.blocks
        place = Signal(range(self.size))
        ends = Signal(name="block_ends")
        m.d.comb += [
            self.last.eq(blocks.last & (place == self.final)),
            ends.eq((place == self.size - 1) | self.last),
            blocks.advance.eq(self.advance & ends),
        ]
        for name in self.names:
            values = [getattr(blocks, f"{name}_{at}") for at in range(self.size)]
            m.d.comb += getattr(self, name).eq(Array(values)[place] if self.size > 1 else values[0])
        with m.If(self.advance):
            m.d.sync += place.eq(Mux(ends, 0, place + 1) if self.size > 1 else 0)
        return m
