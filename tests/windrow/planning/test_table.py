"""The table: rows and columns, missing figures, and the files that it becomes."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas
import pytest

from windrow.planning.table import COLUMNS, Table

META = {"command": "windrow explore", "objectives": ["multipliers", "interval"]}


@pytest.fixture
def table() -> Table:
    return Table({
        "layer": np.array(["a", "a", "b"], object), "multipliers": [9, 3, 3], "interval": [36, 36, 72],
        "fps": [2.5, 2.5, 1.25], "lut": [100.0, np.nan, np.nan], "pareto": [False, True, False],
    }, META)  # fmt: skip


def test_rows_are_plain_values(table: Table) -> None:
    assert table.rows()[:2] == [
        {"layer": "a", "multipliers": 9, "interval": 36, "fps": 2.5, "lut": 100, "pareto": False},
        {"layer": "a", "multipliers": 3, "interval": 36, "fps": 2.5, "lut": None, "pareto": True},
    ]
    assert type(table.rows()[0]["lut"]) is int


def test_choice_of_rows(table: Table) -> None:
    assert len(table) == 3
    assert len(table[table.columns["multipliers"] == 3]) == 2
    assert table[[2, 0]].columns["interval"].tolist() == [72, 36]
    assert len(table[[]]) == 0
    assert table[1:].meta == META
    assert table[2].rows()[0]["layer"] == "b"
    assert table.sorted("multipliers", "interval").columns["interval"].tolist() == [36, 72, 36]


def test_pareto(table: Table) -> None:
    assert table.pareto(("multipliers", "interval")).columns["interval"].tolist() == [36]
    assert len(table.pareto(("multipliers", "interval"), within=("layer",))) == 2
    assert table.pareto(("fps",)).columns["multipliers"].tolist() == [9], "more frames are better"
    assert len(table.pareto(("fps",), ties=True)) == 2
    legal = "multipliers, interval, fps, lut"
    with pytest.raises(ValueError, match=f"^unknown objective 'layer': legal are {legal}$"):
        table.pareto(("layer",))
    with pytest.raises(ValueError, match=r"^unknown column 'stride': legal are layer, multipliers"):
        table.pareto(("fps",), within=("stride",))
    with pytest.raises(ValueError, match=r"^unknown column 'stride': legal are layer, multipliers"):
        table.sorted("fps", "stride")
    with pytest.raises(ValueError, match="^sorted needs at least one column, not none$"):
        table.sorted()


def test_csv(table: Table, tmp_path: Path) -> None:
    table.write(tmp_path / "designs.csv")
    with (tmp_path / "designs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(table.columns)
    assert [row["lut"] for row in rows] == ["100", "", ""]
    assert rows[2]["fps"] == "1.25"


def test_json(table: Table, tmp_path: Path) -> None:
    table.write(tmp_path / "designs.json")
    content = json.loads((tmp_path / "designs.json").read_text())
    assert content == {"meta": META, "designs": table.rows()}
    table[[]].write(tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text())["designs"] == []


def test_parquet(table: Table, tmp_path: Path) -> None:
    from pyarrow import parquet

    table.write(tmp_path / "designs.parquet")
    back = parquet.read_table(tmp_path / "designs.parquet")
    assert back.to_pylist() == table.rows()
    assert json.loads(back.schema.metadata[b"windrow"]) == META


def test_pandas(table: Table) -> None:
    frame = table.to_pandas()
    assert list(frame.columns) == list(table.columns)
    assert str(frame["lut"].dtype) == "Int64"
    assert pandas.isna(frame["lut"][1])
    assert frame.attrs == META


def test_same_table_same_file(table: Table, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "a.json", "b.json"):
        table.write(tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_other_suffixes(table: Table, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"designs\.xlsx: a table is written as \.csv, \.parquet, \.json"):
        table.write(tmp_path / "designs.xlsx")
    assert not list(tmp_path.iterdir())


def test_uneven_columns() -> None:
    with pytest.raises(ValueError, match=r"^columns must be of one dimension and one length, not "):
        Table({"a": [1, 2], "b": [1]})


def test_every_column_says_what_it_holds() -> None:
    for name, column in COLUMNS.items():
        assert column.meaning, name
        assert not column.whole or column.dtype is np.float64, name
