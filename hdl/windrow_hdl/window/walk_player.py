"""WalkPlayer: says when the next visit of a walk has what it needs, and what each visit frees.

    arrived ─▶ lead ─▶ ready          lead = units arrived - units needed by the next visit
    enter ───▶  -need of the next
    leave ───▶ freed (one cycle later), next record

The tables are those of `windrow.window.walk.Walk`; see there for what the fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.window.walk import Walk
from windrow_hdl.parts.counters import add, less_one
from windrow_hdl.parts.periodic import sequencer


class WalkPlayer(wiring.Component):
    """Plays `walk` over units of which at most `units` are held at once.

    `columns`, `rows`: further fields for the records of the walk, one mapping per visit in a row
    and one per row.  They are read through `self.column` and `self.row`, the two sequencers.

    arrived: one more unit is there
    ready:   the next visit has all it needs; takes `enter` into account from the next cycle on
    enter:   the next visit begins; `ready` speaks of the one after it from the next cycle on
    leave:   the visit that began last is over
    row_ends: it is the last of its row;  frame_ends: and of its frame
    freed:   units that the visit freed less one, in the cycle after `leave`; -1 says none
    """

    def __init__(
        self,
        walk: Walk,
        units: int,
        columns: Sequence[Mapping[str, int]] | None = None,
        rows: Sequence[Mapping[str, int]] | None = None,
    ) -> None:
        self.walk = walk
        column_records = _merged(walk.columns, columns, negated="need", lessened="free")
        row_records = _merged(walk.rows, rows, negated="cross", lessened="jump")
        self.column, self.row = sequencer(column_records), sequencer(row_records)
        # The lead is least when the next visit needs the most new units, and largest when all that
        # may be held is there and the visit needs none of it.
        steps = [record["need"] for record in walk.columns] + [record["cross"] for record in walk.rows]
        first = int(walk.needs[0, 0])
        ahead = int((walk.oldest - walk.needs).max()) + units
        self.lead_init = -(first + 1)
        low = min(self.lead_init, -max(steps) - 1)
        high = max(ahead, self.lead_init, 1) - min(0, *steps)
        self.lead_shape = signed(max((~low).bit_length(), high.bit_length()) + 1)
        super().__init__(
            {
                "arrived": In(1),
                "enter": In(1),
                "leave": In(1),
                "ready": Out(1),
                "row_ends": Out(1),
                "frame_ends": Out(1),
                "freed": Out(less_one(most_freed(walk))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.column = column = self.column
        m.submodules.row = row = self.row
        m.d.comb += [
            column.advance.eq(self.leave),
            row.advance.eq(self.leave & column.last),
            self.row_ends.eq(column.last),
            self.frame_ends.eq(column.last & row.last),
        ]
        # What the next visit needs more is held negative, ready to be added.
        need = Mux(column.cross, row.cross, Mux(row.reads, column.need, 0))
        lead = Signal(self.lead_shape, init=self.lead_init)
        m.d.sync += lead.eq(add(lead, Mux(self.enter, need, 0), self.arrived))
        m.d.comb += self.ready.eq(~lead[-1])

        freed = Signal(self.freed.shape(), init=-1)
        m.d.comb += self.freed.eq(freed)
        m.d.sync += freed.eq(-1)
        with m.If(self.leave):
            m.d.sync += freed.eq(Mux(column.jump, row.jump, Mux(row.progressive, column.free, -1)))
        return m


def most_freed(walk: Walk) -> int:
    """The most units that a visit frees; at least two, so that `Credits` count several."""
    return max(2, int(walk.frees.max(initial=0)))


def _merged(
    own: Sequence[Mapping[str, int]],
    more: Sequence[Mapping[str, int]] | None,
    negated: str,
    lessened: str,
) -> list[dict[str, int]]:
    extra = more or [{}] * len(own)
    return [
        {**a, negated: -a[negated], lessened: a[lessened] - 1, **b} for a, b in zip(own, extra, strict=True)
    ]
