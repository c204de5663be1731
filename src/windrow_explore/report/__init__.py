"""report: one HTML file that shows an exploration, with everything it needs inside it.

    families.py   which designs may be compared, and the questions asked of them
    words.py      the answer in words
    packing.py    columns as typed arrays
    layers.py     the layers as they were swept, and how the command line says them
    drawings.py   the datapaths of the designs that the words speak of
    page.html     what is on the page (a Jinja template)
    page.css      how it looks: light, dark, on a phone, on paper
    data.js       columns and rows, and the commands that make a design again
    filter.js     what a reader types into the filter
    card.js       one design, whole
    legend.js     what colours and shapes mean
    plot.js       one plot as SVG: axes, lines, marks, and what is under the pointer
    charts.js     which plots there are, and what each shows
    table.js      the table; only rows in sight are in the page
    page.js       what is shown, and what happens when the reader does something
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from windrow.install import pip_install
from windrow.storage.outputs import whole
from windrow_explore.report.drawings import drawings
from windrow_explore.report.families import Columns, Family, families, stride_names
from windrow_explore.report.layers import layers_of, spoken
from windrow_explore.report.packing import pack
from windrow_explore.report.words import headline

if TYPE_CHECKING:
    from windrow.planning.table import Table

__all__ = ["LARGEST", "page", "write_report"]

LARGEST = 20_000  # designs on one page
_NEEDED = ("height", "width", "in_channels", "out_channels", "kernel_h", "kernel_w", "stride_h", "stride_w",
           "dilation_h", "dilation_w", "pad_top", "pad_bottom", "pad_left", "pad_right", "out_height",
           "out_width", "macs", "lanes", "pe", "taps", "multipliers", "fold", "interval", "bound",
           "utilisation", "buffer_bits", "clock_mhz", "fps", "pareto")
_SCRIPTS = ("data.js", "filter.js", "card.js", "legend.js", "plot.js", "charts.js", "table.js", "page.js")


def write_report(table: Table, path: str | os.PathLike[str], command: str | None = None) -> Path:
    """Write the report of an exploration to `path`.

    `command`: the command line that makes the report again; by default the one that the table remembers.
    Of more than `LARGEST` designs the page shows the fastest at every stride and size first, then the front,
    then some of the others, and says so.

    Raises ValueError for an empty table, for one that lacks a column, and where Jinja is not
    installed; OSError where the file cannot be written, which then is as it was.
    """
    text = page(table, command)
    target = Path(path)
    with whole(target) as aside:
        aside.write_text(text, encoding="utf-8")
    return target


def page(table: Table, command: str | None = None) -> str:
    """The report as text."""
    try:
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise ValueError(f"a report needs Jinja: {pip_install('explore')}") from error

    columns = _checked(table.columns)
    found = families(columns)
    shown = _most_telling(columns, found)
    kept = {name: column[shown] for name, column in columns.items()}
    told = [
        {"name": family.name, "strides": family.strides, "pace": family.pace,
         "headline": headline(columns, family), "designs": len(family.rows)}
        for family in found
    ]
    of = np.empty(len(table), dtype=np.int64)
    for at, family in enumerate(found):
        of[family.rows] = at
    meta = dict(table.meta)
    known = layers_of(meta)
    about = {
        "designs": len(table), "shown": len(shown), "families": told,
        "command": command if command is not None else meta.get("command") or "",
        "versions": meta.get("versions") or {}, "objectives": list(meta.get("objectives") or ()),
        "problems": list(meta.get("problems") or ()),
        "columns": pack({**kept, "family": of[shown], "stride": stride_names(kept)}),
    }
    about["drawings"] = drawings(columns, found, shown, known)
    about["layers"] = {name: spoken(layer) for name, layer in known.items()}
    templates = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return templates.from_string(_read("page.html")).render(
        title=_title(found), about=about, headline=[Markup(sentence) for sentence in told[0]["headline"]],
        style=Markup(_read("page.css")), data=Markup(_script_safe(about)),
        scripts=Markup("\n".join(_read(name) for name in _SCRIPTS)),
    )  # fmt: skip


def _checked(columns: Mapping[str, npt.NDArray[Any]]) -> Columns:
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise ValueError(f"a report needs the column{'' if len(missing) == 1 else 's'} {', '.join(missing)}")
    if not len(columns["multipliers"]):
        raise ValueError("a report needs at least one design, and the table is empty")
    return columns


def _most_telling(columns: Columns, found: list[Family]) -> npt.NDArray[np.intp]:
    """Places of the designs that the page shows, in the order of the table.

    All of them if they are few enough. Otherwise first the fastest design for every stride, lanes and
    multiplier count, then the front, then the others, evenly.
    """
    size = len(columns["multipliers"])
    if size <= LARGEST:
        return np.arange(size)
    member = np.empty(size, dtype=np.int64)
    for at, family in enumerate(found):
        member[family.rows] = at
    keys = [member, columns["stride_h"], columns["stride_w"], columns["lanes"], columns["multipliers"]]
    fps = np.nan_to_num(columns["fps"])
    order = np.lexsort((columns["buffer_bits"], -fps, *keys[::-1]))
    changes = np.zeros(size, dtype=bool)
    changes[0] = True
    for key in keys:
        changes[1:] |= key[order][1:] != key[order][:-1]
    rank = np.full(size, 2)
    rank[columns["pareto"].astype(bool)] = 1
    rank[order[changes]] = 0
    # Golden-ratio steps spread those that are taken evenly over those that are alike.
    spread = np.arange(size) * 0.6180339887498949 % 1.0
    return np.sort(np.lexsort((spread, rank))[:LARGEST])


def _title(found: list[Family]) -> str:
    if len(found) == 1:
        return f"Stride against throughput: {found[0].name}"
    return f"Stride against throughput: {len(found)} layers"


def _script_safe(content: dict[str, Any]) -> str:
    # Inside a script element only "<" could end it early.
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
