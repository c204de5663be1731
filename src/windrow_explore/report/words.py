"""What stride buys and what it costs, in words. Every number is computed from all designs of the family.

Sentences are HTML: numbers that matter are bold, names are escaped.
"""

from __future__ import annotations

from collections.abc import Sized
from html import escape

from windrow.operators.operands import counted
from windrow_explore.report.families import (
    Columns,
    Family,
    budgets,
    cheapest,
    could_be_cheaper,
    could_be_faster,
    fastest,
    input_beats,
)  # fmt: skip

__all__ = ["headline"]


def headline(columns: Columns, family: Family) -> list[str]:
    """The first sentence is the answer; the others say what it costs and where it ends."""
    told = _pace(columns, family) + _budget(columns, family)
    return told or [_nothing(columns, family)]


def _pace(columns: Columns, family: Family) -> list[str]:
    """A frame in the time in which its input arrives: multipliers and buffer, stride by stride."""
    found = {stride: at for stride in family.strides
             if (at := cheapest(columns, family.of[stride], family.pace)) is not None}  # fmt: skip
    if not found:
        return []
    rows, strides = list(found.values()), list(found)
    counts = [int(columns["multipliers"][at]) for at in rows]
    said = [f"{'at most ' if _unsure(columns, family, stride, count) else ''}{count:,}"
            for stride, count in zip(strides, counts, strict=True)]  # fmt: skip
    first = (f"For a frame every {family.pace:,} cycles ({_arrival(columns, family)}), the fewest "
             f"{family.operands} of these designs {_is(rows)} <b>{_series(said)}</b>, at stride "
             f"{_series(strides)}")  # fmt: skip
    missing = [stride for stride in family.strides if stride not in found]
    told = [f"{first}; at stride {_series(missing)} none of them is as fast." if missing else f"{first}."]
    if len(rows) > 1:
        told.append(_from_first_to_last(columns, rows, strides, family.operands))
    return told


def _from_first_to_last(columns: Columns, rows: list[int], strides: list[str], operands: str) -> str:
    """What changes between the cheapest designs of the finest and of the coarsest stride."""
    first, last = rows[0], rows[-1]
    change = _change(int(columns["multipliers"][first]), int(columns["multipliers"][last]), operands)
    buffer = ""
    if not _bounded(columns, "buffer_from", first, last):
        buffer = f"; the buffer {_grows(*(int(columns['buffer_bits'][at]) for at in (first, last)))}"
    outputs = [int(columns["out_height"][at]) * int(columns["out_width"][at]) for at in (first, last)]
    return (f"From stride {strides[0]} to {strides[-1]} that is {change}{buffer}, and "
            f"{outputs[1] / outputs[0]:.0%} of the outputs remain.")  # fmt: skip


def _arrival(columns: Columns, family: Family) -> str:
    """What the pace of a family is, in words: frames a second, and what of the input comes in a cycle."""
    at = family.rows[input_beats(columns)[family.rows].argmax()]
    lanes, channels = int(columns["lanes"][at]), int(columns["in_channels"][at])
    pixels = int(columns["pixels"][at]) if "pixels" in columns else 1
    whole = "one pixel" if pixels == 1 else f"{pixels} pixels"
    unit = whole if lanes == channels else "one channel" if lanes == 1 else f"{lanes} channels"
    arrival = f"{unit} of the input in every cycle"
    clocks = set(columns["clock_mhz"][family.rows].tolist())
    if len(clocks) > 1:
        return arrival
    clock = clocks.pop()
    return f"{arrival}, {_short(clock * 1e6 / family.pace)} frames/s at {clock:g} MHz"


def _budget(columns: Columns, family: Family) -> list[str]:
    """At equal multipliers: frames per second, and what the array then idles."""
    some = budgets(columns, family.rows)
    if len(family.strides) < 2 or not some:
        return []
    budget = some[len(some) // 2]
    best = {stride: at for stride in family.strides
            if (at := fastest(columns, family.of[stride], budget)) is not None}  # fmt: skip
    if len(best) < 2:
        return []
    first, last = next(iter(best)), max(best, key=lambda stride: columns["fps"][best[stride]])
    before, after = (float(columns["fps"][best[stride]]) for stride in (first, last))
    # A bound that might be met makes the sentence uncertain: then there is none.
    if any(could_be_faster(columns, family.of[stride], budget, float(columns["fps"][at]))
           for stride, at in best.items()):  # fmt: skip
        return []
    exactly = f"With exactly {counted(budget, family.operands)}"
    if after <= before:
        others = [stride for stride in best if stride != first]
        return [f"{exactly}, stride {_series(others)} {_is(others)} not faster than stride {first}."]
    busy = columns["utilisation"][best[last]]
    return [
        f"{exactly}, going from stride {first} to {last} raises the rate from {_short(before)} to "
        f"<b>{_short(after)} frames/s</b>, {after / before:.2g} times as many, with the array {busy:.0%} "
        "busy."
    ]


def _nothing(columns: Columns, family: Family) -> str:
    at = fastest(columns, family.rows)
    if at is None:
        return f"No design of {escape(family.name)} has a known interval."
    return (f"No design is known to take a frame every {family.pace:,} cycles ({_arrival(columns, family)}); "
            f"the fastest known delivers <b>{_short(columns['fps'][at])} frames/s</b> with "
            f"{counted(int(columns['multipliers'][at]), family.operands)}.")  # fmt: skip


def _unsure(columns: Columns, family: Family, stride: str, multipliers: int) -> bool:
    return could_be_cheaper(columns, family.of[stride], family.pace, multipliers)


def _bounded(columns: Columns, source: str, *rows: int) -> bool:
    return source in columns and any(columns[source][at] == "bound" for at in rows)


def _is(things: Sized) -> str:
    return "is" if len(things) == 1 else "are"


def _series(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _change(before: int, after: int, what: str) -> str:
    if before == after:
        return f"as many {what}"
    return f"{abs(after / before - 1):.0%} {'fewer' if after < before else 'more'} {what}"


def _grows(before: int, after: int) -> str:
    unit, scale, digits = ("bit", 1, 0) if max(before, after) < 10_000 else ("kbit", 1000, 1)
    first, last = f"{before / scale:,.{digits}f}", f"{after / scale:,.{digits}f} {unit}"
    if before == after:
        return f"stays at {last}"
    share = f", by {abs(after / before - 1):.0%}," if before else ""
    return f"{'shrinks' if after < before else 'grows'}{share} from {first} to {last}"


def _short(rate: float) -> str:
    """Three digits that matter."""
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
