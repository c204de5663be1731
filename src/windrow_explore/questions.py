"""Answers in words, every number in them computed from the table.

    cheapest    the fewest multipliers with which each stride keeps the input's pace
    halving     what halving the multipliers costs in buffer, and from where on in time
    roofline    how many multipliers it takes until the input sets the pace, and no longer the array
    target      which strides reach a frame rate, and which of them is the cheapest

Asked of each layer, kernel and dilation apart: what differs there besides the stride is the question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from windrow.planning.table import LAYER, Table

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
    if isinstance(fps, bool) or not isinstance(fps, (int, float, np.integer, np.floating)):
        raise TypeError(f"fps must be a number, not {fps!r}")
    if not 0 < fps < float("inf"):
        raise ValueError(f"fps must be above 0 and finite, not {fps!r}")


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
    """What is asked about, in words, and its designs: with the fewest lanes, at one clock, for one target."""
    first = table.groups(_FAMILY)
    order = np.unique(first, return_index=True)[1]
    for at in np.sort(order):
        family = table[first == first[at]]
        family = family[family.columns["lanes"] == family.columns["lanes"].min()]
        # Clocks and targets repeat the same designs: the first of each.
        once = np.unique(family.groups((*LAYER, "pe", "taps")), return_index=True)[1]
        family = family[np.sort(once)]
        row = family[:1].rows()[0]
        dilated = "" if row["dilation_h"] == row["dilation_w"] == 1 else (
            f", dilation {_by(row['dilation_h'], row['dilation_w'])}")  # fmt: skip
        shape = f"{row['height']}x{row['width']}x{row['in_channels']}"
        about = f"{row['layer']} ({shape}, kernel {_by(row['kernel_h'], row['kernel_w'])}{dilated})"
        yield about, family


def _strides(family: Table) -> Iterator[tuple[str, Table]]:
    """The designs of each stride; the cheapest first, and of these the fastest with the least buffer."""
    c = family.columns
    pairs = sorted(set(zip(c["stride_h"].tolist(), c["stride_w"].tolist(), strict=True)))
    for rows, columns in pairs:
        some = family[(c["stride_h"] == rows) & (c["stride_w"] == columns)]
        yield _by(rows, columns), some.sorted("multipliers", "interval", "buffer_bits")


def _cheapest(family: Table, _fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    numbers = []
    for stride, designs in _strides(family):
        keeps = designs[_keeps_pace(designs)]
        if len(keeps):
            best = keeps[:1].rows()[0]
            names = ("multipliers", "utilisation", "buffer_bits")
            numbers.append({"stride": stride, **{name: best[name] for name in names}})
    if not numbers:
        return None
    said = ", ".join(f"stride {each['stride']} with {_count(each['multipliers'])} "
                     f"({each['utilisation']:.0%} busy)" for each in numbers)  # fmt: skip
    return f"keeps one beat a cycle: {said}.", numbers


def _keeps_pace(designs: Table) -> np.ndarray:
    c = designs.columns
    slices = c["in_channels"] // c["lanes"]
    return c["interval"] == c["height"].astype(np.int64) * c["width"] * slices


def _halving(family: Table, _fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    numbers, said = [], []
    for stride, designs in _strides(family):
        keeps = designs[_keeps_pace(designs)]
        if not len(keeps):
            continue
        steps, parts = [(keeps if len(keeps) else designs)[-1:].rows()[0]], []
        while True:
            before = steps[-1]
            half = designs[designs.columns["multipliers"] * 2 <= before["multipliers"]]
            if not len(half) or before["interval"] > steps[0]["interval"]:
                break  # once the pace is lost, every halving doubles the time
            steps.append(half.sorted("interval", "buffer_bits", "multipliers")[:1].rows()[0])
            now = steps[-1]
            more = now["buffer_bits"] - before["buffer_bits"]
            slower = now["interval"] / before["interval"]
            at_least = "at least " if "bound" in (now["buffer_from"], before["buffer_from"]) else ""
            parts.append(f"{before['multipliers']:,} to {now['multipliers']:,} costs {at_least}{more:+,} bits"
                         + ("" if slower == 1 else f" and {slower:.4g} times the cycles"))  # fmt: skip
            numbers.append({"stride": stride, "from": before["multipliers"], "to": now["multipliers"],
                            "buffer_bits": more, "slower": slower})  # fmt: skip
        if parts:
            said.append(f"stride {stride}: {', '.join(parts)}")
    return (f"halving the multipliers: {'; '.join(said)}.", numbers) if said else None


def _roofline(family: Table, _fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    numbers, said = [], []
    for stride, designs in _strides(family):
        fed = designs.columns["input_bound"]
        if not fed.any():
            numbers.append({"stride": stride, "multipliers": None})
            said.append(f"stride {stride} with none of these designs: the array sets the pace")
            continue
        turn = designs[fed][:1].rows()[0]
        roof = turn["macs"] / turn["interval"]
        numbers.append({"stride": stride, "multipliers": turn["multipliers"], "macs_per_cycle": roof})
        said.append(f"stride {stride} at {_count(turn['multipliers'])} ({_rate(roof)} MAC a cycle)")
    return f"turns from compute- to input-bound: {', '.join(said)}.", numbers


def _target(family: Table, fps: float | None) -> tuple[str, list[dict[str, Any]]] | None:
    assert fps is not None
    numbers = []
    for stride, designs in _strides(family):
        able = designs[designs.columns["fps"] >= fps]
        if len(able):
            best = able[:1].rows()[0]
            numbers.append({"stride": stride, "multipliers": best["multipliers"], "fps": best["fps"]})
    clock = float(family.columns["clock_mhz"][0])
    rate = f"{fps:,.12g} frames/s at {clock:g} MHz"
    if not numbers:
        most = float(family.columns["fps"].max())
        return f"no stride reaches {rate}; the most is {most:.1f}.", []
    cheapest = min(numbers, key=lambda each: each["multipliers"])
    finest = numbers[0]
    text = (f"{rate}: stride {finest['stride']} is the finest that reaches it, with "
            f"{_count(finest['multipliers'])}")  # fmt: skip
    if cheapest["multipliers"] < finest["multipliers"]:
        text += f"; stride {cheapest['stride']} is the cheapest, with {cheapest['multipliers']:,}"
    return text + ".", numbers


def _count(multipliers: int) -> str:
    return f"{multipliers:,} multiplier{'' if multipliers == 1 else 's'}"


def _rate(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.4g}"


def _by(rows: int, columns: int) -> str:
    return str(rows) if rows == columns else f"{rows}x{columns}"


_Question = Callable[[Table, "float | None"], "tuple[str, list[dict[str, Any]]] | None"]
QUESTIONS: dict[str, _Question] = {
    "cheapest": _cheapest, "halving": _halving, "roofline": _roofline, "target": _target,
}  # fmt: skip
"""The questions, by name."""
