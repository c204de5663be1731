"""What stride buys and what it costs, in words. Every number is computed from the designs.

Sentences are HTML: numbers that matter are bold, names are escaped.
"""

from __future__ import annotations

from html import escape

import numpy as np

from windrow_explore.report.families import (
    Columns,
    Family,
    budgets,
    cheapest,
    fastest,
    input_beats,
    stride_names,
)  # fmt: skip

__all__ = ["headline"]


def headline(columns: Columns, family: Family) -> list[str]:
    """The first sentence is the answer; the others say what it costs and where it ends."""
    told = _pace(columns, family) + _budget(columns, family)
    return told or [_nothing(columns, family)]


def _pace(columns: Columns, family: Family) -> list[str]:
    """At one beat per cycle: multipliers and buffer, stride by stride."""
    named = stride_names(columns)
    lanes, keeping = _common_lanes(columns, family)
    if not keeping:
        return []
    rows = list(keeping.values())
    counts = [int(columns["multipliers"][at]) for at in rows]
    strides = [str(named[at]) for at in rows]
    beats = int(input_beats(columns)[rows[0]])
    rate = columns["clock_mhz"][rows[0]] * 1e6 / beats
    whole = lanes == int(columns["in_channels"][rows[0]])
    unit = "one pixel" if whole else "one channel" if lanes == 1 else f"{lanes} channels"
    pace = f"{unit} per cycle, {_short(rate)} frames/s at {columns['clock_mhz'][rows[0]]:g} MHz"
    if len(rows) == 1:
        missing = [stride for stride in family.strides if stride != strides[0]]
        others = f"; at stride {_series(missing)} none of these designs does" if missing else ""
        keep = "keeps" if counts[0] == 1 else "keep"
        return [f"At stride {strides[0]}, <b>{_multipliers(counts[0])}</b> {keep} the input's pace ({pace})"
                f"{others}."]
    told = [
        f"To keep the input's pace ({pace}), stride {_series(strides)} "
        f"need{'s' if len(set(counts)) == 1 else ''} <b>{_series([f'{count:,}' for count in counts])}</b> "
        f"multipliers."
    ]
    bits = [int(columns["buffer_bits"][at]) for at in rows]
    outputs = [int(columns["out_height"][at] * columns["out_width"][at]) for at in rows]
    told.append(
        f"From stride {strides[0]} to {strides[-1]} that is {_change(counts[0], counts[-1], 'multipliers')}; "
        f"the buffer {_grows(bits[0], bits[-1])}, and {outputs[-1] / outputs[0]:.0%} of the outputs remain."
    )
    return told


def _budget(columns: Columns, family: Family) -> list[str]:
    """At equal multipliers: frames per second, and what the array then idles."""
    named = stride_names(columns)
    some = budgets(columns, family.rows)
    if len(family.strides) < 2 or not some:
        return []
    budget = some[len(some) // 2]
    best = [fastest(columns, family.rows[named[family.rows] == stride], budget) for stride in family.strides]
    there = [(stride, at) for stride, at in zip(family.strides, best, strict=True) if at is not None]
    if len(there) < 2:
        return []
    (first, slow), (last, fast) = there[0], max(there, key=lambda each: columns["fps"][each[1]])
    rates = columns["fps"][slow], columns["fps"][fast]
    if rates[1] <= rates[0]:
        return [f"With {_multipliers(budget)} at every stride, no stride is faster than {first}."]
    busy = columns["utilisation"][fast]
    return [
        f"With {_multipliers(budget)} at every stride, going from stride {first} to {last} raises the rate "
        f"from {_short(rates[0])} to <b>{_short(rates[1])} frames/s</b>, {rates[1] / rates[0]:.2g} times as "
        f"many, with the array {busy:.0%} busy."
    ]


def _nothing(columns: Columns, family: Family) -> str:
    at = fastest(columns, family.rows)
    if at is None:
        return f"No design of {escape(family.name)} has a known interval."
    return (f"No design keeps the input's pace; the fastest delivers <b>{_short(columns['fps'][at])} frames/s"
            f"</b> with {_multipliers(int(columns['multipliers'][at]))}.")


def _common_lanes(columns: Columns, family: Family) -> tuple[int, dict[str, int]]:
    """The lanes at which most strides have a design at the input's pace, the fewest such, and the designs."""
    named, lanes_of = stride_names(columns), columns["lanes"][family.rows]
    best: tuple[int, dict[str, int]] = (0, {})
    for lanes in np.unique(lanes_of).tolist():
        rows = family.rows[lanes_of == lanes]
        each = ((stride, cheapest(columns, rows[named[rows] == stride])) for stride in family.strides)
        found = {stride: at for stride, at in each if at is not None}
        if len(found) > len(best[1]):
            best = (lanes, found)
    return best


def _series(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _multipliers(count: int) -> str:
    return f"{count:,} multiplier{'' if count == 1 else 's'}"


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
