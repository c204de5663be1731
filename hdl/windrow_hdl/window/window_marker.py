"""WindowMarker: along one axis, in which window a position lies, where no two have one in common.

    positions   . x x x . . x x x . . x x x . . .      x: kept
    fresh       1 1         1 1 ...                    up to the first that is kept
    ends              1           1           1        its last
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.window.axis import Axis
from windrow_hdl.parts.counters import wrapping
from windrow_hdl.parts.sequencer import Sequencer

__all__ = ["WindowMarker"]


class WindowMarker(wiring.Component):
    """Follows the pixels that arrive along `axis`, whose windows are disjoint and have a pixel each.

    advance: to the next position;  last: it is the axis' last
    kept: it belongs to a window;  fresh: the window has had none yet;  ends: it has none after this
    case: place in `reals` of how many positions the window has
    """

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        real = axis.end_tap - axis.first_tap
        self.reals: list[int] = list(dict.fromkeys(real.tolist()))
        super().__init__(
            {
                "advance": In(1),
                **{name: Out(1) for name in ("last", "kept", "fresh", "ends")},
                "case": Out(range(len(self.reals))),
            }
        )

    def _records(self) -> list[dict[str, int]]:
        """Stretches of positions, each up to the end of a window, and what is behind the last."""
        axis, records, begin = self.axis, [], 0
        firsts, lasts = axis.positions[axis.lowest].tolist(), axis.positions[axis.highest].tolist()
        real = axis.end_tap - axis.first_tap
        for first, last, number in zip(firsts, lasts, real.tolist(), strict=True):
            records.append({"final": last - begin, "gap": first - begin, "spare": 0,
                            "case": self.reals.index(number)})  # fmt: skip
            begin = last + 1
        if begin < axis.size:
            records.append({"final": axis.size - 1 - begin, "gap": 0, "spare": 1, "case": 0})
        return records

    def elaborate(self, platform: object) -> Module:
        m = Module()
        records = self._records()
        m.submodules.stretch = stretch = Sequencer(records)
        at = Signal(range(max(record["final"] for record in records) + 1))
        final, before = Signal(), Signal()
        on_tap = Signal(init=1)
        m.d.comb += [
            final.eq(at == stretch.final),
            before.eq(at < stretch.gap),
            stretch.advance.eq(self.advance & final),
            self.last.eq(final & stretch.last),
            self.kept.eq((stretch.spare == 0) & ~before & on_tap),
            self.ends.eq(final & (stretch.spare == 0)),
            self.case.eq(stretch.case),
        ]
        fresh = Signal(init=1)
        m.d.comb += self.fresh.eq(fresh)
        with m.If(self.advance):
            m.d.sync += at.eq(at + 1)
            with m.If(self.kept):
                m.d.sync += fresh.eq(0)
            with m.If(final):
                m.d.sync += [at.eq(0), fresh.eq(1)]
        if self.axis.dilation > 1:
            self._follow_taps(m, final | before, on_tap)
        return m

    def _follow_taps(self, m: Module, begins: Value, on_tap: Signal) -> None:
        """`on_tap`: at a tap of the dilated window, from its first on; `begins`: the next one may be that."""
        phase = Signal(range(self.axis.dilation))
        m.d.comb += on_tap.eq(phase == 0)
        with m.If(self.advance):
            m.d.sync += wrapping(phase, self.axis.dilation)
            with m.If(begins):
                m.d.sync += phase.eq(0)
