"""The report in words: every sentence is true of the whole table."""

import functools
import re
from typing import Any

import numpy as np
import pytest

import reports
import windrow as wr
from windrow.planning.table import Table
from windrow_explore.report.families import cheapest, families
from windrow_explore.report.words import headline


def plain(sentences: list[str]) -> list[str]:
    return [re.sub(r"</?b>", "", sentence) for sentence in sentences]


def test_the_answer_is_the_planner_s() -> None:
    """For the same interval the fewest multipliers are what `plan` finds, which asks the exact model."""
    table = reports.small()
    family, = families(table.columns)
    assert family.pace == 2 * 12 * 14
    counts = []
    for stride in (1, 2, 3):
        layer = wr.Conv2d(height=12, width=14, in_channels=2, out_channels=4, kernel_size=3, stride=stride,
                          padding=1)
        at = cheapest(table.columns, family.of[str(stride)], family.pace)
        assert at is not None
        counts.append(wr.plan(layer, interval=family.pace).multipliers)
        assert table.columns["multipliers"][at] == counts[-1]
    first, cost, equal = plain(headline(table.columns, family))
    assert first == (
        "For a frame every 336 cycles (one channel of the input in every cycle, 297,619 frames/s at 100 "
        f"MHz), the fewest multipliers of these designs are {counts[0]}, {counts[1]} and {counts[2]}, at "
        "stride 1, 2 and 3."
    )
    assert counts == [36, 9, 5]
    assert cost == ("From stride 1 to 3 that is 86% fewer multipliers; the buffer grows, by 82%, from 1,248 "
                    "to 2,272 bit, and 12% of the outputs remain.")
    assert equal == ("With exactly 9 multipliers, going from stride 1 to 2 raises the rate from "
                     "74,405 to 297,619 frames/s, 4 times as many, with the array 100% busy.")


def test_one_stride_and_too_slow_designs() -> None:
    table = reports.small()
    columns = table.columns
    one = table[(columns["stride_h"] == 2) & (columns["lanes"] == 2)]
    family, = families(one.columns)
    assert plain(headline(one.columns, family)) == [
        "For a frame every 168 cycles (one pixel of the input in every cycle, 595,238 frames/s at 100 MHz), "
        "the fewest multipliers of these designs is 18, at stride 2."
    ]
    slow = table[columns["multipliers"] == 1]
    family, = families(slow.columns)
    assert plain(headline(slow.columns, family)) == [
        "With exactly 1 multiplier, going from stride 1 to 3 raises the rate from 8,267 to 69,444 "
        "frames/s, 8.4 times as many, with the array 100% busy."]
    slowest = slow[slow.columns["stride_h"] == 1]
    family, = families(slowest.columns)
    assert plain(headline(slowest.columns, family)) == [
        "No design is known to take a frame every 336 cycles (one channel of the input in every cycle, "
        "297,619 frames/s at 100 MHz); the fastest known delivers 8,267 frames/s with 1 multiplier."]


@functools.cache
def colour() -> Table:
    """A layer with three channels: designs with three lanes are cheaper than those with one at stride 3."""
    return reports.table_of(*(
        reports.columns_of(wr.Conv2d(height=18, width=20, in_channels=3, out_channels=8, kernel_size=5,
                                     stride=stride, padding=2)) for stride in (1, 2, 3)), synthesised=False)


@pytest.mark.parametrize("seed", range(24))
def test_every_sentence_is_true_of_the_whole_table(seed: int) -> None:
    """Sentences about any part of the designs, bounds and several clocks included, against all rows."""
    random = np.random.default_rng(seed)
    table = colour()
    table = table[np.flatnonzero(random.random(len(table)) < random.choice([0.02, 0.3, 1]))]
    source = np.where(random.random(len(table)) < random.choice([0, 0.3]), "bound", "model").astype(object)
    clock = random.choice([100.0, 50.0], len(table)) if seed % 3 == 0 else np.full(len(table), 100.0)
    table = Table({**table.columns, "timing_from": source, "clock_mhz": clock,
                   "fps": clock * 1e6 / table.columns["interval"]})  # fmt: skip
    rows = table.rows()
    family, = families(table.columns)
    said = plain(headline(table.columns, family))
    assert said
    for sentence in said:
        assert check(sentence, rows), sentence


FEWEST = re.compile(
    r"For a frame every ([\d,]+) cycles \((.*?)\), the fewest multipliers of these designs (?:is|are) (.*), "
    r"at stride ([^;]*?)(; at stride (.*) none of them is as fast)?\.$")
CHANGE = re.compile(
    r"From stride (.) to (.) that is (.*) multipliers; the buffer (.*), and (\d+)% of the outputs remain\.$")
BUDGET = re.compile(
    r"With exactly ([\d,]+) multipliers?, (?:stride (.*) (?:is|are) not faster than stride (.)\.$|"
    r"going from stride (.) to (.) raises the rate from ([\d,.]+) to ([\d,.]+) frames/s, )")
NOTHING = re.compile(
    r"No design is known to take a frame every [\d,]+ cycles .*; the fastest known delivers ([\d,.]+) "
    r"frames/s with ([\d,]+) multipliers?\.$")


def series(text: str) -> list[str]:
    return re.split(r", | and ", text)


def check(sentence: str, rows: list[dict[str, Any]]) -> bool:
    """Is a sentence of the report true of these designs? Which it is, is told from its beginning."""
    at = {stride: [row for row in rows if str(row["stride_h"]) == stride]
          for stride in sorted({str(row["stride_h"]) for row in rows})}
    numbers = {stride: [row for row in mine if row["timing_from"] != "bound"]
               for stride, mine in at.items()}
    slowest = max(18 * 20 * 3 // row["lanes"] for row in rows)
    if found := FEWEST.match(sentence):
        assert int(found[1].replace(",", "")) == slowest
        if "frames/s" in found[2]:
            assert {row["clock_mhz"] for row in rows} == {100.0}
            rate = float(re.findall(r"([\d,.]+) frames/s", found[2])[0].replace(",", ""))
            assert rate == pytest.approx(1e8 / slowest, rel=0.01)
        counts, strides = series(found[3]), series(found[4])
        missing = series(found[6]) if found[6] else []
        assert sorted(strides + missing) == list(at)
        for stride in missing:
            assert not [row for row in numbers[stride] if row["interval"] <= slowest]
        for stride, count in zip(strides, counts, strict=True):
            fewest = min(row["multipliers"] for row in numbers[stride] if row["interval"] <= slowest)
            rivals = [row for row in at[stride] if row["interval"] <= slowest and row["multipliers"] < fewest]
            assert count == f"{'at most ' if rivals else ''}{fewest:,}"
        return True
    if found := CHANGE.match(sentence):
        best = []
        for stride in (found[1], found[2]):
            able = [row for row in numbers[stride] if row["interval"] <= slowest]
            best.append(min(able, key=lambda row: (row["multipliers"], row["buffer_bits"])))
        change = best[1]["multipliers"] / best[0]["multipliers"] - 1
        word = "as many" if not change else f"{abs(change):.0%} {'fewer' if change < 0 else 'more'}"
        assert found[3] == word
        grows = int(np.sign(best[1]["buffer_bits"] - best[0]["buffer_bits"]))
        assert found[4].startswith(("stays", "grows", "shrinks")[grows])
        outputs = [row["out_height"] * row["out_width"] for row in best]
        return int(found[5]) == round(100 * outputs[1] / outputs[0])
    if found := BUDGET.match(sentence):
        budget = int(found[1].replace(",", ""))
        rates = {stride: [row["fps"] for row in mine if row["multipliers"] == budget]
                 for stride, mine in at.items()}  # bounds too: none may be above what is said
        if found[2]:
            return all(max(rates[stride]) <= max(rates[found[3]]) for stride in series(found[2]))
        for stride, told in ((found[4], found[6]), (found[5], found[7])):
            assert float(told.replace(",", "")) == pytest.approx(max(rates[stride]), rel=0.01)
        return True
    if found := NOTHING.match(sentence):
        every = [row for mine in numbers.values() for row in mine]
        best = max(every, key=lambda row: row["fps"])
        assert float(found[1].replace(",", "")) == pytest.approx(best["fps"], rel=0.01)
        return all(row["interval"] > slowest for row in every)
    return sentence.startswith("No design of ") and not any(numbers.values())


def test_the_sentence_of_a_picture_in_colour() -> None:
    """The fewest multipliers are those of all lanes, as `plan` finds them too; one lane alone needs more."""
    table = colour()
    family, = families(table.columns)
    layer = wr.Conv2d(height=18, width=20, in_channels=3, out_channels=8, kernel_size=5, padding=2)
    counts = [wr.plan(layer.replace(stride=stride), interval=3 * 18 * 20).multipliers for stride in (1, 2, 3)]
    said, *_ = plain(headline(table.columns, family))
    assert f"are {counts[0]}, {counts[1]} and {counts[2]}, at stride 1, 2 and 3." in said
    (at,) = (cheapest(table.columns, rows[table.columns["lanes"][rows] == 1], family.pace)
             for rows in [family.of["3"]])
    assert at is not None
    assert counts[2] < table.columns["multipliers"][at]
