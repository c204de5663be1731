"""Answers in words: every number against the designs themselves."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import windrow as wr
from windrow.planning.table import Table
from windrow_explore.questions import QUESTIONS, answer, answers

LAYER = wr.Conv2d(height=14, width=12, in_channels=2, out_channels=4, kernel_size=3, padding=1)
STRIDES = (1, 2, 3)


@pytest.fixture(scope="module")
def table() -> Table:
    return wr.explore(LAYER, stride=STRIDES, exact="all", workers=1, clock_mhz=[50])


def of_stride(stride: int) -> list[wr.Design]:
    return list(wr.designs(LAYER.replace(stride=stride)))


def numbers(table: Table, question: str, **options: Any) -> list[dict[str, Any]]:
    (said,) = answer(table, question, **options)
    assert said.about == "layer (14x12x2, kernel 3)"
    for entry in said.numbers if question != "target" else ():
        assert f"stride {entry['stride']}" in said.text
        if "multipliers" in entry:
            assert f"{entry['multipliers']:,} multiplier" in said.text
    return said.numbers


def test_cheapest(table: Table) -> None:
    found = {each["stride"]: each for each in numbers(table, "cheapest")}
    for stride in STRIDES:
        keeps = [design for design in of_stride(stride) if design.interval <= 14 * 12 * 2]
        best = min(keeps, key=lambda design: (design.multipliers, design.buffer_bits))
        assert found[str(stride)]["multipliers"] == best.multipliers
        assert found[str(stride)]["utilisation"] == best.utilisation
        assert found[str(stride)]["buffer_bits"] == best.buffer_bits


def test_halving(table: Table) -> None:
    found = numbers(table, "halving")
    assert {each["stride"] for each in found} == {"1", "2", "3"}
    for each in found:
        assert each["to"] * 2 <= each["from"]
        every = of_stride(int(each["stride"]))
        before = [design for design in every if design.multipliers == each["from"]]
        after = [design for design in every if design.multipliers == each["to"]]
        able = [design for design in every if design.multipliers * 2 <= each["from"]]
        fastest = min(design.interval for design in able)
        assert any(design.interval == fastest for design in after)
        costs = {(new.buffer_bits - old.buffer_bits, new.interval / old.interval)
                 for new in after for old in before}  # fmt: skip
        assert (each["buffer_bits"], each["slower"]) in costs


def test_roofline(table: Table) -> None:
    for each in numbers(table, "roofline"):
        every = of_stride(int(each["stride"]))
        fed = [design for design in every if design.interval == design.input_beats]
        assert each["multipliers"] == min(design.multipliers for design in fed)


def test_target(table: Table) -> None:
    fps = 50e6 / 400
    found = {each["stride"]: each["multipliers"] for each in numbers(table, "target", fps=fps)}
    for stride in STRIDES:
        able = [design.multipliers for design in of_stride(stride) if 50e6 / design.interval >= fps]
        assert found[str(stride)] == min(able)
    (said,) = answer(table, "target", fps)
    assert said.text == ("125,000 frames/s at 50 MHz: stride 1 is the finest that reaches it, with "
                         f"{found['1']} multipliers; stride 3 is the cheapest, with "
                         f"{found['3']}.")  # fmt: skip
    (said,) = answer(table, "target", 1e9)
    most = 50e6 / min(design.interval for stride in STRIDES for design in of_stride(stride))
    assert said.text == ("no stride is known to reach 1,000,000,000 frames/s at 50 MHz; "
                         f"the most is {most:.1f}.")  # fmt: skip


def test_each_kernel_apart() -> None:
    some = wr.explore(LAYER, kernel_size=[2, 3], dilation=[1, 2], pe=[1], lanes=[1], workers=1)
    assert [each.about for each in answer(some, "roofline")] == [
        f"layer (14x12x2, kernel {kernel}{dilated})" for kernel in (2, 3) for dilated in ("", ", dilation 2")
    ]


def test_the_input_is_never_the_limit() -> None:
    slow = wr.explore(LAYER, pe=[1], taps=[1], workers=1)
    (said,) = answer(slow, "roofline")
    assert said.text == ("waits for its input, and no longer for its multipliers: "
                         "stride 1 with none of these designs.")  # fmt: skip
    assert answer(slow, "cheapest") == []


def test_which(table: Table) -> None:
    assert {each.question for each in answers(table)} == set(QUESTIONS) - {"target"}
    assert {each.question for each in answers(table, 30)} == set(QUESTIONS)
    said = "^question must be one of cheapest, halving, roofline, target, not 'why'$"
    with pytest.raises(ValueError, match=said):
        answer(table, "why")
    with pytest.raises(ValueError, match=re.escape("question 'target' needs a frame rate (fps)")):
        answer(table, "target")
    for rate in (0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match=re.escape(f"fps must be above 0 and finite, not {rate!r}")):
            answers(table, rate)
    with pytest.raises(TypeError, match="^fps must be a number, not '30'$"):
        answer(table, "target", "30")  # type: ignore[arg-type]


def test_what_is_not_one_is_not_written_as_one() -> None:
    layer = wr.Conv2d(height=600, width=512, kernel_size=3, padding=1, stride=3)
    photograph = wr.explore(layer, workers=1)
    (halving,), (roofline,) = answer(photograph, "halving"), answer(photograph, "roofline")
    # 171 * 200 windows of nine taps are 307,800 MACs; the photograph has 307,200 pixels.
    assert halving.text.endswith("2 to 1 costs +8,192 bits and 1.002 times the cycles.")
    assert roofline.text.endswith("stride 3 with 2 multipliers (1.002 MAC a cycle).")


RGB = wr.Conv2d(height=18, width=20, in_channels=3, out_channels=8, kernel_size=5, padding=2)


@pytest.fixture(scope="module")
def colour() -> Table:
    return wr.explore(RGB, stride=[1, 2, 3], exact="all", workers=1)


def test_more_lanes_may_be_cheaper(colour: Table) -> None:
    """With three lanes and fewer multipliers than one lane takes: at stride 3 such designs exist."""
    (said,) = answer(colour, "cheapest")
    assert said.text.startswith("takes a frame in 1,080 cycles, 1 of 3 channels a cycle: stride 1 with ")
    found = {each["stride"]: each["multipliers"] for each in said.numbers}
    one_lane = answer(colour[colour.columns["lanes"] == 1], "cheapest")[0].numbers[-1]["multipliers"]
    assert found["3"] == wr.plan(RGB.replace(stride=3), interval=1080).multipliers < one_lane


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_is_that_of_the_whole_table(colour: Table, seed: int) -> None:
    """Of any part of the designs, some of them known by a bound only, against a search row by row."""
    random = np.random.default_rng(seed)
    some = colour[np.flatnonzero(random.random(len(colour)) < 0.3)]
    bounds = random.random(len(some)) < 0.3
    source = np.where(bounds, "bound", "model").astype(object)
    rows = (some := Table({**some.columns, "timing_from": source})).rows()
    pace = max(18 * 20 * 3 // row["lanes"] for row in rows)

    def least(stride: str, able: Callable[[dict[str, Any]], bool]) -> tuple[int, bool] | None:
        """The fewest multipliers that surely do, and whether a bound might be below."""
        mine = [row for row in rows if str(row["stride_h"]) == stride and able(row)]
        sure = [row["multipliers"] for row in mine if row["timing_from"] != "bound"]
        if not sure:
            return None
        return min(sure), any(row["multipliers"] < min(sure) for row in mine)

    fps = float(np.quantile(some.columns["fps"], 0.8))
    demands = {
        "cheapest": lambda row: row["interval"] <= pace,
        "roofline": lambda row: row["interval"] == 18 * 20 * 3 // row["lanes"],
        "target": lambda row: row["fps"] >= fps,
    }
    for question, able in demands.items():
        for said in answer(some, question, fps):
            found = {each["stride"]: each["multipliers"] for each in said.numbers}
            expected = {stride: least(stride, able) for stride in "123"}
            assert {stride: each for stride, each in found.items() if each is not None} == {
                stride: each[0] for stride, each in expected.items() if each is not None}
            for stride, each in expected.items() if question != "target" else ():
                if each is not None:
                    most = "at most " if each[1] else ""
                    assert f"stride {stride} with {most}{each[0]:,} multiplier" in said.text
    for said in answer(some, "halving"):
        for each in said.numbers:
            sure = [row for row in rows if str(row["stride_h"]) == each["stride"]
                    and row["timing_from"] != "bound"]
            half = [row for row in sure if row["multipliers"] * 2 <= each["from"]]
            best = min((row["interval"], row["buffer_bits"], row["multipliers"]) for row in half)
            assert best[2] == each["to"]
            assert any(each["slower"] == best[0] / row["interval"] for row in sure
                       if row["multipliers"] == each["from"])
