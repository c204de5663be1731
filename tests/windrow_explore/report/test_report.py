"""The report as a file: its words, its numbers, and that it is one file. test_report_page.py opens it."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from windrow.planning.table import Table
from windrow_explore.report import LARGEST, page, write_report
from windrow_explore.report.families import budgets, families, fastest
from windrow_explore.report.packing import pack


def data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def unpack(packed: dict[str, Any], size: int) -> list[Any]:
    """As `data.js` does."""
    if "type" not in packed:
        return [packed["constant"]] * size
    array = np.frombuffer(base64.b64decode(packed["data"]), f"<{packed['type']}")
    if "names" in packed:
        return [packed["names"][code] for code in array]
    return array.astype(bool).tolist() if packed.get("boolean") else array.tolist()


def test_the_page_is_one_file_that_needs_nothing_else(tmp_path: Path) -> None:
    path = write_report(reports.two_layers(), tmp_path / "report.html", command="windrow explore --x '<y>'")
    text = path.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    head, _, _ = text.partition('<script type="application/json"')
    assert "default-src 'none'" in head
    assert "http" not in head.replace("http-equiv", "")
    assert not re.search(r"<(script|link|img)[^>]* (src|href)=\"(?!data:)", text)
    assert "windrow explore --x &#39;&lt;y&gt;&#39;" in text
    assert "</script><b>odd" not in text  # the name of a layer
    assert path.stat().st_size < 10e6


def test_the_page_holds_the_numbers_of_the_table() -> None:
    table = reports.small()
    held = data(page(table))
    assert (held["designs"], held["shown"]) == (len(table), len(table))
    for name, column in table.columns.items():
        here = unpack(held["columns"][name], len(table))
        np.testing.assert_array_equal(here, column.tolist(), err_msg=name)
    assert held["objectives"] == list(reports.OBJECTIVES)
    assert held["command"] == reports.COMMAND


def test_ten_thousand_designs_are_small() -> None:
    assert len(page(reports.many(10_000)).encode()) < 1.5e6


def test_of_too_many_designs_the_front_and_the_fastest_stay() -> None:
    columns = reports.many(3 * LARGEST).columns
    # Equal designs at many clocks are all on the front, which then is larger than the page.
    table = Table({**columns, "pareto": columns["pareto"] & (columns["clock_mhz"] == 100)})
    text = page(table)
    held = data(text)
    assert (held["designs"], held["shown"]) == (3 * LARGEST, LARGEST)
    assert f"{3 * LARGEST:,} designs, of which this page holds {LARGEST:,}" in text
    front = unpack(held["columns"]["pareto"], LARGEST)
    assert sum(front) == table.columns["pareto"].sum()
    stride, fps = (np.array(unpack(held["columns"][name], LARGEST)) for name in ("stride_h", "fps"))
    lanes, count = (np.array(unpack(held["columns"][name], LARGEST)) for name in ("lanes", "multipliers"))
    for each in (1, 4):
        for lane in (1, 16):
            everywhere = (table.columns["stride_h"] == each) & (table.columns["lanes"] == lane)
            here = (stride == each) & (lanes == lane)
            for multipliers in np.unique(table.columns["multipliers"][everywhere]):
                same = everywhere & (table.columns["multipliers"] == multipliers)
                best = np.nanmax(np.append(table.columns["fps"][same], 0))
                assert np.nanmax(np.append(fps[here & (count == multipliers)], 0)) == best


@pytest.mark.parametrize(("missing", "says"), [
    (("fps",), "^a report needs the column fps$"),
    (("fps", "macs"), "^a report needs the columns macs, fps$"),
])
def test_missing_columns(missing: tuple[str, ...], says: str) -> None:
    kept = {name: column for name, column in reports.small().columns.items() if name not in missing}
    with pytest.raises(ValueError, match=says):
        page(Table(kept, {}))


def test_an_empty_table(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("before")
    with pytest.raises(ValueError, match=r"^a report needs at least one design, and the table is empty$"):
        write_report(reports.small()[np.zeros(90, bool)], target)
    assert target.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_table_without_optional_columns() -> None:
    optional = ("latency", "lut", "ff", "bram", "dsp", "fmax_mhz", "target", "verified", "timing_from",
                "area_from", "layer", "buffer_pixels", "input_bound")
    kept = {name: column for name, column in reports.small().columns.items() if name not in optional}
    assert "12×14×2, 4 filters of 3×3" in page(Table(kept, {}))


def test_families_differ_in_stride_only() -> None:
    found = families(reports.two_layers().columns)
    assert [family.strides for family in found] == [("1", "2×1", "2"), ("1", "2")]
    assert [family.name for family in found] == [
        "</script><b>odd: 9×9×1, 1 filter of 3×3", "even: 8×8×2, 1 filter of 2×2"]
    everything = np.concatenate([family.rows for family in found])
    assert sorted(everything.tolist()) == list(range(len(reports.two_layers())))


def test_budgets_and_the_fastest() -> None:
    columns = reports.many(1080).columns
    family, = families(columns)
    some = budgets(columns, family.rows)
    assert some[0] == 1
    assert len(some) == 5
    assert set(some) <= set(columns["multipliers"].tolist())
    for budget in some:
        at = fastest(columns, family.rows, budget)
        assert at is not None
        same = columns["multipliers"] == budget
        assert columns["fps"][at] == np.nanmax(columns["fps"][same])
    assert fastest(columns, family.rows, 7919) is None


# ---- packing ---------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-2**53, 2**53), min_size=1))
def test_integers_survive(numbers: list[int]) -> None:
    packed = json.loads(json.dumps(pack({"n": np.array(numbers, np.int64)})))
    assert unpack(packed["n"], len(numbers)) == numbers


@given(st.lists(st.floats(allow_infinity=False), min_size=1))
def test_floats_survive(numbers: list[float]) -> None:
    packed = json.loads(json.dumps(pack({"x": np.array(numbers)}), allow_nan=False))
    held = [np.nan if value is None else value for value in unpack(packed["x"], len(numbers))]
    np.testing.assert_array_equal(held, numbers)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_texts_survive(texts: list[str]) -> None:
    packed = json.loads(json.dumps(pack({"t": np.array(texts, object)})))
    assert unpack(packed["t"], len(texts)) == texts


def test_integers_take_the_fewest_bytes() -> None:
    held = pack({"small": np.arange(256), "signed": np.array([-1, 127]), "large": np.array([0, 2**31])})
    assert [held[name]["type"] for name in ("small", "signed", "large")] == ["u1", "i1", "u4"]


@pytest.mark.parametrize(("column", "says"), [
    (np.array([1j, 2]), "^column 'c' must hold numbers, booleans or text, not complex128$"),
    (np.array(["a", [1]], object), r"^column 'c' must hold numbers, booleans or text, not \[1\]$"),
])
def test_columns_that_no_page_can_show(column: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        pack({"c": column})


def test_integers_that_a_browser_would_round() -> None:
    says = r"^integers beyond 2\*\*53 lose digits in a browser, not 9007199254740993$"
    with pytest.raises(ValueError, match=says):
        pack({"c": np.array([0, 2**53 + 1])})
