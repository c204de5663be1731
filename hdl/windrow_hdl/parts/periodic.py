"""PeriodicSequencer: plays a list of records of which a part comes again and again, as a `Sequencer` does.

    0 1 │ 2 3 4  2 3 4  2 3 4 │ 5         head, period and tail: six entries, however often the period comes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.sequencer import Sequencer, shape_of

__all__ = ["PeriodicSequencer", "sequencer"]

_LONGEST = 16  # records of a period
_MOST_HEAD = 24  # records in front of it


@dataclass(frozen=True)
class _Parts:
    """`head` records, then a period of `period` records `times` times, then the others."""

    head: int
    period: int
    times: int
    records: int

    @property
    def entries(self) -> int:
        return self.records - self.period * (self.times - 1)


def sequencer(records: Sequence[Mapping[str, int]]) -> Sequencer | PeriodicSequencer:
    """What plays `records` from the fewer entries."""
    runs = sum(1 for _ in groupby(records))
    parts = _parts(records)
    return PeriodicSequencer(records, parts) if parts and 2 * parts.entries < runs else Sequencer(records)


def _parts(records: Sequence[Mapping[str, int]]) -> _Parts | None:
    """The parts with the fewest entries; None where nothing comes again."""
    best: _Parts | None = None
    for period in range(2, min(_LONGEST, len(records) // 2) + 1):
        for head in range(min(_MOST_HEAD, len(records) - 2 * period) + 1):
            end = head + period
            while end < len(records) and records[end] == records[end - period]:
                end += 1
            found = _Parts(head, period, (end - head) // period, len(records))
            if found.times > 1 and (best is None or found.entries < best.entries):
                best = found
    return best


class PeriodicSequencer(wiring.Component):
    """Record `n` after `n` advances, then from the start again; ports as of `Sequencer`.

    advance: to the next record;  last: this one is the last;  others: what the record says
    """

    def __init__(self, records: Sequence[Mapping[str, int]], parts: _Parts) -> None:
        self.parts = parts
        again = parts.head + parts.period
        self.entries = [*records[:again], *records[again + parts.period * (parts.times - 1) :]]
        fields = {name: Out(shape_of([record[name] for record in self.entries])) for name in records[0]}
        super().__init__({"advance": In(1), "last": Out(1), **fields})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        parts, count = self.parts, len(self.entries)
        at, turn = Signal(range(count)), Signal(range(parts.times))
        ends = parts.head + parts.period - 1  # the period's last entry
        more = turn != parts.times - 1  # the period comes again
        m.d.comb += self.last.eq((at == count - 1) & ((at != ends) | ~more))
        with m.Switch(at):
            for number, record in enumerate(self.entries):
                with m.Case(number):
                    m.d.comb += [getattr(self, name).eq(value) for name, value in record.items()]
        with m.If(self.advance):
            m.d.sync += at.eq(Mux(at == count - 1, 0, at + 1))
            with m.If(at == ends):
                m.d.sync += turn.eq(Mux(more, turn + 1, 0))
                with m.If(more):
                    m.d.sync += at.eq(parts.head)
        return m
