"""Answers in words, every number in them computed from the whole table, whatever the lanes.

    cheapest    the fewest multipliers with which each stride takes a frame in the time that its input takes
    halving     what halving the multipliers costs in buffer, and from where on in time
    roofline    how many multipliers it takes until the input sets the pace, and no longer the array
    target      which strides reach a frame rate, and which of them is the cheapest

Asked of each layer, kernel and dilation apart: what differs there besides the stride is the question. Designs
that are known by a bound only answer nothing; where one of them might win, the answer says "at most".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from windrow.operators.conv2d import Conv2d
from windrow.operators.operands import counted, operands_of
from windrow.planning.table import Table
from windrow.values.numerics import as_positive

__all__ = ["QUESTIONS", "Answer", "answer", "answers", "check_question"]

_FAMILY = ("layer", "height", "width", "in_channels", "out_channels", "kernel_h", "kernel_w", "dilation_h",
           "dilation_w")  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """question: its name; about: layer and kernel; text: a sentence; numbers: what it says, as data."""

    question: str
    about: str
    text: str
    numbers: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        return {"question": self.question, "about": self.about, "text": self.text, "numbers": self.numbers}


def check_question(question: str, fps: float | None = None) -> None:
    """Can this be asked? Known without a table, so that nobody waits for one in vain.

    Raises ValueError for an unknown question, for "target" without a frame rate, and for a rate that is none;
    TypeError for a rate that is no number.
    """
    if question not in QUESTIONS:
        raise ValueError(f"question must be one of {', '.join(QUESTIONS)}, not {question!r}")
    if question != "target":
        return
    if fps is None:
        raise ValueError("question 'target' needs a frame rate (fps)")
    as_positive(fps, "fps")


def answers(table: Table, fps: float | None = None) -> list[Answer]:
    """All questions that the table can answer; "target" if a frame rate is given."""
    found = []
    for name in QUESTIONS:
        if name != "target" or fps is not None:
            found += answer(table, name, fps)
    return found


def answer(table: Table, question: str, fps: float | None = None) -> list[Answer]:
    """One question, asked of each layer, kernel and dilation of the table.

    Raises as `check_question`.
    """
    check_question(question, fps)
    return [Answer(question, about, *said) for about, family in _families(table)
            if (said := QUESTIONS[question](family, fps)) is not None]  # fmt: skip


def _families(table: Table) -> Iterator[tuple[str, Table]]:
    """What is asked about, in words, and its designs."""
    first = table.groups(_FAMILY)
    order = np.unique(first, return_index=True)[1]
    for at in np.sort(order):
        family = table[first == first[at]]
        row = family[:1].rows()[0]
        dilated = "" if row["dilation_h"] == row["dilation_w"] == 1 else (
            f", dilation {_by(row['dilation_h'], row['dilation_w'])}")  # fmt: skip
        shape = f"{row['height']}x{row['width']}x{row['in_channels']}"
        if row["operator"] != Conv2d.kind:
            shape += f", {row['operator']}"
        about = f"{row['layer']} ({shape}, kernel {_by(row['kernel_h'], row['kernel_w'])}{dilated})"
        yield about, family


def _strides(family: Table) -> Iterator[tuple[str, Table]]:
    """The designs of each stride; the cheapest first, and of these the one with the least buffer."""
    c = family.columns
    pairs = sorted(set(zip(c["stride_h"].tolist(), c["stride_w"].tolist(), strict=True)))
    for rows, columns in pairs:
        some = family[(c["stride_h"] == rows) & (c["stride_w"] == columns)]
        yield _by(rows, columns), some.sorted("multipliers", "buffer_bits", "interval")


def _timed(designs: Table) -> np.ndarray:
    """Which intervals are known, and not only bounds of them?"""
    return designs.columns["timing_from"] != "bound"


def _fewest(designs: Table, able: np.ndarray) -> tuple[dict[str, Any], str] | None:
    """The first design that is able and surely so, and "at most " where one before it might be, too."""
    sure = np.flatnonzero(able & _timed(designs))
    if not sure.size:
        return None
    best = designs[sure[:1]].rows()[0]
    might = designs.columns["multipliers"][able & ~_timed(designs)]
    return best, "at most " if (might < best["multipliers"]).any() else ""


def _beats(designs: Table) -> np.ndarray:
    """Cycles in which the input of each design arrives."""
    c = designs.columns
    row = -(-c["width"].astype(np.int64) // c["pixels"]) if "pixels" in c else c["width"].astype(np.int64)
    return c["height"] * row * (c["in_channels"] // c["lanes"])


def _cheapest(family: Table, _fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    pace = int(_beats(family).max())
    numbers, said = [], []
    for stride, designs in _strides(family):
        found = _fewest(designs, designs.columns["interval"] <= pace)
        if found is not None:
            best, most = found
            names = ("multipliers", "utilisation", "buffer_bits")
            numbers.append({"stride": stride, **{name: best[name] for name in names}})
            said.append(f"stride {stride} with {most}{counted(best['multipliers'], _operands(family))} "
                        f"({best['utilisation']:.0%} busy)")  # fmt: skip
    if not numbers:
        return None
    return f"takes a frame in {pace:,} cycles, {_unit(family)}: {', '.join(said)}.", numbers


def _unit(family: Table) -> str:
    """What of the input comes in a cycle with the fewest lanes and pixels that there are."""
    c, at = family.columns, int(_beats(family).argmax())
    lanes, channels = int(c["lanes"][at]), int(c["in_channels"][at])
    pixels = int(c["pixels"][at]) if "pixels" in c else 1
    whole = "one pixel" if pixels == 1 else f"{pixels} pixels"
    return f"{whole if lanes == channels else f'{lanes} of {channels} channels'} a cycle"


def _halving(family: Table, _fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    pace = int(_beats(family).max())
    numbers, said = [], []
    for stride, every in _strides(family):
        designs = every[_timed(every)]
        keeps = designs[designs.columns["interval"] <= pace]
        if not len(keeps):
            continue
        steps, parts = [keeps[:1].rows()[0]], []
        while True:
            before = steps[-1]
            half = designs[designs.columns["multipliers"] * 2 <= before["multipliers"]]
            if not len(half) or before["interval"] > steps[0]["interval"]:
                break  # once the pace is lost, every halving doubles the time
            steps.append(half.sorted("interval", "buffer_bits", "multipliers")[:1].rows()[0])
            now = steps[-1]
            more = now["buffer_bits"] - before["buffer_bits"]
            slower = now["interval"] / before["interval"]
            parts.append(f"{before['multipliers']:,} to {now['multipliers']:,} costs {_bits(before, now)}"
                         + ("" if slower == 1 else f" and {slower:.4g} times the cycles"))  # fmt: skip
            numbers.append({"stride": stride, "from": before["multipliers"], "to": now["multipliers"],
                            "buffer_bits": more, "slower": slower})  # fmt: skip
        if parts:
            said.append(f"stride {stride}: {', '.join(parts)}")
    if not said:
        return None
    return (f"halving the {_operands(family)}, each time the fastest with half as many or fewer: "
            f"{'; '.join(said)}.", numbers)


def _bits(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What the buffer of one design has more than that of another; a bound is at least so much."""
    more = f"{now['buffer_bits'] - before['buffer_bits']:+,} bits"
    match (before["buffer_from"] == "bound", now["buffer_from"] == "bound"):
        case (False, False):
            return more
        case (False, True):
            return f"at least {more}"
        case (True, False):
            return f"at most {more}"
    return f"{more} by bounds of both"


def _roofline(family: Table, _fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    numbers, said = [], []
    for stride, designs in _strides(family):
        # The array keeps up with its input, and so does what fetches the columns.
        fed = designs.columns["input_bound"] & (designs.columns["interval"] <= _beats(designs))
        found = _fewest(designs, fed)
        if found is None:
            numbers.append({"stride": stride, "multipliers": None})
            said.append(f"stride {stride} with none of these designs")
            continue
        turn, most = found
        roof = turn["macs"] / turn["interval"]
        numbers.append({"stride": stride, "multipliers": turn["multipliers"], "macs_per_cycle": roof})
        said.append(f"stride {stride} with {most}{counted(turn['multipliers'], _operands(family))} "
                    f"({_rate(roof)} {'MAC' if _operands(family) == 'multipliers' else 'busy'} a cycle)")
    what = _operands(family).removesuffix(" a cycle")
    return f"waits for its input, and no longer for its {what}: {', '.join(said)}.", numbers


def _target(family: Table, fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    assert fps is not None
    numbers, unsure = [], {}
    for stride, designs in _strides(family):
        found = _fewest(designs, designs.columns["fps"] >= fps)
        if found is not None:
            best, unsure[stride] = found
            numbers.append({"stride": stride, "multipliers": best["multipliers"], "fps": best["fps"]})
    clocks = np.unique(family.columns["clock_mhz"])
    rate = f"{fps:,.12g} frames/s" + (f" at {clocks[0]:g} MHz" if clocks.size == 1 else "")
    if not numbers:
        sure = family.columns["fps"][_timed(family)]
        most = f"; the most is {sure.max():.1f}" if sure.size else ""
        return f"no stride is known to reach {rate}{most}.", []
    cheapest = min(numbers, key=lambda each: each["multipliers"])
    finest = numbers[0]
    text = (f"{rate}: stride {finest['stride']} is the finest that reaches it, with "
            f"{unsure[finest['stride']]}{counted(finest['multipliers'], _operands(family))}")  # fmt: skip
    if cheapest["multipliers"] < finest["multipliers"]:
        text += (f"; stride {cheapest['stride']} is the cheapest, with "
                 f"{unsure[cheapest['stride']]}{cheapest['multipliers']:,}")  # fmt: skip
    return text + ".", numbers


def _operands(family: Table) -> str:
    """What multipliers are called here."""
    return operands_of(str(family.columns["operator"][0]))


def _rate(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.4g}"


def _by(rows: int, columns: int) -> str:
    return str(rows) if rows == columns else f"{rows}x{columns}"


_Question = Callable[[Table, "float | None"], "tuple[str, list[dict[str, Any]]] | None"]
QUESTIONS: dict[str, _Question] = {
    "cheapest": _cheapest, "halving": _halving, "roofline": _roofline, "target": _target,
}  # fmt: skip
"""The questions, by name."""
