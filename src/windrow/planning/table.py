"""The result of an exploration: one row for each design, as columns of NumPy.

    table = wr.explore(layer, stride=[1, 2, 3, 4])
    table.columns["interval"]                        # (n,) cycles
    table[table.columns["multipliers"] <= 9]         # a Table again
    table.pareto(("multipliers", "buffer_bits"))     # a Table again
    table.rows(), table.to_pandas()
    table.write("designs.parquet")                   # or .csv, .json
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from windrow.pictures.html import table_html
from windrow.planning.pareto import front
from windrow.storage.outputs import whole

if TYPE_CHECKING:
    import pandas

__all__ = ["COLUMNS", "LAYER", "SUFFIXES", "Column", "Table", "objective_values"]


@dataclass(frozen=True)
class Column:
    """What a column holds: its type in NumPy, its meaning, and which way is better (0: neither).

    whole: integers that may be missing, held as float64 with NaN and shown as integers and None
    derived: follows from the others when a table is made: no constraint can be about it
    """

    dtype: type
    meaning: str
    better: int = 0
    whole: bool = False
    derived: bool = False


_LESS, _MORE = -1, 1

LAYER: dict[str, Column] = {
    "height": Column(np.int32, "input rows"),
    "width": Column(np.int32, "input columns"),
    "in_channels": Column(np.int32, "input channels"),
    "out_channels": Column(np.int32, "filters"),
    "groups": Column(np.int32, "groups of channels that do not see each other"),
    "kernel_h": Column(np.int32, "kernel rows"),
    "kernel_w": Column(np.int32, "kernel columns"),
    "stride_h": Column(np.int32, "rows from one window to the next"),
    "stride_w": Column(np.int32, "columns from one window to the next"),
    "dilation_h": Column(np.int32, "rows from one tap to the next"),
    "dilation_w": Column(np.int32, "columns from one tap to the next"),
    "pad_top": Column(np.int32, "rows of zeros above"),
    "pad_bottom": Column(np.int32, "rows of zeros below"),
    "pad_left": Column(np.int32, "columns of zeros on the left"),
    "pad_right": Column(np.int32, "columns of zeros on the right"),
    "out_height": Column(np.int32, "output rows"),
    "out_width": Column(np.int32, "output columns"),
    "macs": Column(np.int64, "multiply-accumulates a frame"),
}
"""The columns that describe the layer."""

COLUMNS: dict[str, Column] = {
    "layer": Column(object, "name of the layer that the sweep varies"),
    "operator": Column(object, "what a window becomes: conv2d, max-pool2d, ..."),
    **LAYER,
    "pixels": Column(np.int32, "neighbours of a row in a beat"),
    "lanes": Column(np.int32, "channels of a beat, of each pixel"),
    "pe": Column(np.int32, "filters in parallel"),
    "taps": Column(np.int32, "window positions in parallel"),
    "multipliers": Column(np.int64, "operands a cycle: pe * taps * lanes of a group, of all windows", _LESS),
    "fold": Column(np.int64, "cycles per window", _LESS),
    "interval": Column(np.int64, "cycles between frames; timing_from says how it is known", _LESS),
    "bound": Column(np.int64, "interval that no design of this folding can beat", _LESS),
    "utilisation": Column(np.float64, "share of multiplier cycles that do a MAC of the layer", _MORE),
    "latency": Column(np.float64, "cycles from the first input to the first output beat", _LESS, whole=True),
    "buffer_pixels": Column(np.int64, "pixels in the line buffer; buffer_from says how it is known", _LESS),
    "buffer_bits": Column(np.int64, "bits of pixel memory; buffer_from says how it is known", _LESS),
    "input_bound": Column(np.bool_, "does the input set the pace, and not the multipliers?"),
    "clock_mhz": Column(np.float64, "clock of the frame rate, MHz"),
    "fps": Column(np.float64, "frames a second at that clock", _MORE),
    "gops": Column(np.float64, "10^9 operations a second at that clock, two for each MAC", derived=True),
    "latency_us": Column(np.float64, "microseconds of the latency at that clock", derived=True),
    "bram_estimate": Column(np.float64, "block RAMs without synthesis: of target, else of ECP5", whole=True,
                            derived=True),
    "dsp_estimate": Column(np.float64, "DSP blocks without synthesis, likewise", whole=True, derived=True),
    "pareto": Column(np.bool_, "is the design on the sweep's front?"),
    "verified": Column(np.bool_, "did a simulation agree with the model in every value and cycle?"),
    "target": Column(object, "family of FPGAs; empty where none was asked for"),
    "lut": Column(np.float64, "look-up tables", _LESS, whole=True),
    "ff": Column(np.float64, "registers", _LESS, whole=True),
    "bram": Column(np.float64, "block RAMs", _LESS, whole=True),
    "dsp": Column(np.float64, "DSP blocks", _LESS, whole=True),
    "fmax_mhz": Column(np.float64, "fastest clock after place and route, MHz", _MORE),
    "timing_from": Column(object, "of interval and fps: model (exact), bound (at least), or simulated"),
    "buffer_from": Column(object, "of the buffer: model (exact) or bound (at least)"),
    "area_from": Column(object, "of lut to fmax_mhz: synthesised, or empty"),
}
"""Every column of an exploration, in order."""

SUFFIXES = (".csv", ".parquet", ".json")
"""Kinds of file that `Table.write` knows."""

_ROWS = 16_384  # rows that become Python objects at a time


@dataclass(frozen=True, eq=False)
class Table:
    """Designs as columns.

    columns : name to (n,) array
        `COLUMNS` says what they hold.
    meta : dict
        What made the table: command, versions, layers, axes, constraints, objectives. No date, so the same
        exploration gives the same file.

    Raises ValueError for columns that are not one-dimensional or of different lengths.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    meta: Mapping[str, Any]

    def __init__(self, columns: Mapping[str, npt.ArrayLike], meta: Mapping[str, Any] | None = None) -> None:
        arrays = {name: np.asarray(column) for name, column in columns.items()}
        lengths = {name: column.shape for name, column in arrays.items()}
        if any(len(shape) != 1 for shape in lengths.values()) or len(set(lengths.values())) > 1:
            raise ValueError(f"columns must be of one dimension and one length, not {lengths}")
        object.__setattr__(self, "columns", arrays)
        object.__setattr__(self, "meta", dict(meta or {}))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        return f"<Table of {len(self):,} designs, {len(self.columns)} columns>"

    def _repr_html_(self) -> str:
        return table_html(self)

    def __getitem__(self, which: slice | npt.ArrayLike) -> Table:
        """Some of the rows, by a mask, by their numbers, or a slice."""
        chosen = which if isinstance(which, slice) else np.atleast_1d(np.asarray(which))
        if not isinstance(chosen, slice) and not chosen.size:
            chosen = chosen.astype(np.int64)  # an empty list is one of floats to NumPy
        return Table({name: column[chosen] for name, column in self.columns.items()}, self.meta)

    def pareto(self, objectives: Sequence[str], within: Sequence[str] = (), *, ties: bool = False) -> Table:
        """The rows that no other row beats in all objectives at once, in the order of the table.

        within: columns; rows that differ in one of them are not compared
        ties: all of several rows that are equal in the objectives, instead of the first
        """
        values = np.stack([objective_values(self.columns, name) for name in objectives], axis=1)
        return self[front(values, self.groups(within) if within else None, ties=ties)]

    def groups(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """(n,) a number for each combination of values of these columns, from 0."""
        found = np.zeros(len(self), np.int64)
        for name in names:
            if name not in self.columns:
                raise ValueError(f"unknown column {name!r}: legal are {', '.join(self.columns)}")
            distinct, place = np.unique(self.columns[name], return_inverse=True)
            found = np.unique(found * len(distinct) + place.ravel(), return_inverse=True)[1].ravel()
        return found

    def sorted(self, *names: str) -> Table:
        """The rows in ascending order of these columns, the first counts most.

        Raises ValueError for no column, or one that the table does not have.
        """
        unknown = [name for name in names if name not in self.columns]
        if unknown or not names:
            raise ValueError(f"unknown column {unknown[0]!r}: legal are {', '.join(self.columns)}" if unknown
                             else "sorted needs at least one column, not none")  # fmt: skip
        return self[np.lexsort([self.columns[name] for name in reversed(names)])]

    def rows(self) -> list[dict[str, Any]]:
        """One dict a row, of plain Python values; None where a figure is not known."""
        return [row for part in self._parts() for row in part]

    def _parts(self) -> Iterator[list[dict[str, Any]]]:
        """The rows, some thousand at a time."""
        for start in range(0, len(self), _ROWS):
            part = [_plain(name, column[start : start + _ROWS]) for name, column in self.columns.items()]
            yield [dict(zip(self.columns, row, strict=True)) for row in zip(*part, strict=True)]

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame; integers that may be missing are `Int64`. `meta` is in its `attrs`."""
        import pandas

        frame = pandas.DataFrame({name: _nullable(name, column) for name, column in self.columns.items()})
        frame.attrs.update(self.meta)
        return frame

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the table, whole or not at all, as CSV, Parquet or JSON, by the suffix of `path`.

        JSON is {"meta": {...}, "designs": [{...}]}; Parquet has `meta` in its schema, under "windrow".

        Raises
        ------
        ValueError
            for another suffix
        OSError
            if the file cannot be written; an existing one is then as it was
        """
        target = Path(path)
        writers = {".csv": self._write_csv, ".parquet": self._write_parquet, ".json": self._write_json}
        suffix = target.suffix.lower()
        if suffix not in writers:
            raise ValueError(f"{target}: a table is written as {', '.join(SUFFIXES)}, not as {suffix!r}")
        with whole(target) as aside:
            writers[suffix](aside)

    def _write_csv(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.columns)
            for part in self._parts():
                writer.writerows(row.values() for row in part)

    def _write_json(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            file.write(f'{{"meta": {json.dumps(self.meta)},\n"designs": [')
            separator = "\n"
            for part in self._parts():
                for row in part:
                    file.write(separator + json.dumps(row))
                    separator = ",\n"
            file.write("\n]}\n")

    def _write_parquet(self, path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        table = pyarrow.Table.from_pandas(self.to_pandas(), preserve_index=False)
        meta = {**(table.schema.metadata or {}), b"windrow": json.dumps(self.meta).encode()}
        parquet.write_table(table.replace_schema_metadata(meta), path)


def objective_values(columns: Mapping[str, npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    """The column of an objective, turned so that less is better.

    Raises ValueError for a column that is not there or for which no direction is better.
    """
    legal = [each for each in columns if each in COLUMNS and COLUMNS[each].better]
    if name not in legal:
        raise ValueError(f"unknown objective {name!r}: legal are {', '.join(legal)}")
    return columns[name] if COLUMNS[name].better == _LESS else -columns[name]


def _plain(name: str, column: npt.NDArray[Any]) -> list[Any]:
    """A column as plain Python values, None for NaN."""
    values = column.tolist()
    if column.dtype.kind != "f":
        return values
    whole = name in COLUMNS and COLUMNS[name].whole
    return [None if math.isnan(value) else int(value) if whole else value for value in values]


def _nullable(name: str, column: npt.NDArray[Any]) -> Any:
    """A column for pandas."""
    import pandas

    if name in COLUMNS and COLUMNS[name].whole:
        missing = np.isnan(column)
        return pandas.arrays.IntegerArray(np.where(missing, 0, column).astype(np.int64), missing)
    if column.dtype == object:
        return pandas.Series(column.tolist(), dtype="str")
    return column
