"""What notebooks show: a layer, a design, a table, a run, as a few lines of HTML that need no style sheet."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "ShownLayer", "facts", "figure", "layer_html", "png", "rows_html", "run_html", "summary_html",
    "table_html",
]  # fmt: skip

_ROWS = 20  # of a table that are shown
_PIXELS = 96  # rows and columns of an output that are shown at most
_DRAWING = 760  # pixels across at the least
_TABLE = 'style="border-collapse: collapse; margin: 4px 0; font-variant-numeric: tabular-nums"'
_HEAD = ('style="text-align: left; font-weight: normal; opacity: 0.7; padding: 1px 14px 1px 0; '
         'vertical-align: top"')
_CELL = 'style="text-align: left; padding: 1px 0"'
_NUMBER = 'style="text-align: right; padding: 1px 8px; white-space: nowrap"'


def facts(title: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A title, and names with what they are."""
    lines = "".join(f"<tr><th {_HEAD}>{escape(name)}</th><td {_CELL}>{escape(text)}</td></tr>"
                    for name, text in pairs)  # fmt: skip
    return f"<div><b>{escape(title)}</b><table {_TABLE}>{lines}</table></div>"


def layer_html(layer: Any) -> str:
    """A layer: every word of its JSON form that says something."""
    shown = [(name.replace("_", " "), _text(value)) for name, value in layer.to_dict().items()
             if value is not None]  # fmt: skip
    return facts(type(layer).__name__, shown)


class ShownLayer:
    """A layer that notebooks show as a list of its words."""

    def _repr_html_(self) -> str:
        return layer_html(self)


def summary_html(summary: Any, drawing: str) -> str:
    """A summary below the drawing of its design, which scrolls where it would be too small to read."""
    shown = f'<div style="overflow-x: auto"><div style="min-width: {_DRAWING}px">{drawing}</div></div>'
    return f"<div>{shown}{facts(summary.title, summary.facts)}</div>"


def table_html(table: Any) -> str:
    """The first rows of a table of designs; columns that are equal for all stand above it once."""
    count = len(table)
    rows = table[:_ROWS].rows()
    same = {name: rows[0][name] for name, column in table.columns.items()
            if count and _constant(column) and rows[0][name] not in (None, "")}  # fmt: skip
    varied = [name for name, column in table.columns.items() if count and not _constant(column)]
    text = f"<div><b>{count:,} design{'' if count == 1 else 's'}</b>"
    if same:
        said = ", ".join(f"{name} {_text(value)}" for name, value in same.items())
        text += f'<div style="opacity: 0.7">of all: {escape(said)}</div>'
    text += rows_html(varied, [[row[name] for name in varied] for row in rows]) if varied else ""
    return f"{text}{f'<div>… and {count - _ROWS:,} more</div>' if count > _ROWS else ''}</div>"


def rows_html(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A plain table. As wide as it is: a notebook scrolls it."""
    head = "".join(f"<th {_NUMBER}>{escape(name)}</th>" for name in names)
    cells = (("".join(f"<td {_NUMBER}>{escape(_text(cell))}</td>" for cell in row)) for row in rows)
    lines = "".join(f"<tr>{line}</tr>" for line in cells)
    return f'<div style="overflow-x: auto"><table {_TABLE}><tr>{head}</tr>{lines}</table></div>'


def run_html(run: Any, pairs: Iterable[tuple[str, str]]) -> str:
    """A finished simulation: its figures, and the first output channel as a picture."""
    frame = np.asarray(run.output)[0, :, :, 0]
    return (f'<div style="display: flex; gap: 24px; flex-wrap: wrap">{facts("Run", pairs)}'
            f"{figure(frame, f'first of {run.output.shape[-1]} output channels')}</div>")  # fmt: skip


def figure(image: npt.ArrayLike, caption: str) -> str:
    """A small grey picture with its caption, its range stretched from black to white."""
    picture = np.asarray(image, float)[:_PIXELS, :_PIXELS]
    low, high = picture.min(), picture.max()
    grey = np.round(255 * (picture - low) / max(1.0, high - low)).astype(np.uint8)
    data = base64.b64encode(png(grey)).decode()
    height, width = grey.shape
    scale = max(1, 192 // max(height, width))
    size = f'width="{width * scale}" height="{height * scale}" style="image-rendering: pixelated"'
    return (f'<figure style="margin: 0"><img alt="{escape(caption)}" {size} '
            f'src="data:image/png;base64,{data}"><figcaption style="opacity: 0.7">{escape(caption)}, '
            f"{low:,.0f} to {high:,.0f}</figcaption></figure>")


def png(grey: npt.NDArray[np.uint8]) -> bytes:
    """(H, W) bytes as a PNG file (RFC 2083: 8 bits, greyscale, no filter)."""
    height, width = grey.shape
    lines = np.insert(grey, 0, 0, axis=1).tobytes()  # before each line: which filter

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")])


def _constant(column: npt.NDArray[Any]) -> bool:
    first = column[0]
    equal = column == first
    return bool(np.all(equal | ((column != column) & (first != first))))  # NaN is equal to NaN here


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, (list, tuple)) for item in value):
            return ", ".join(" + ".join(map(_text, item)) for item in value)  # padding: both sides
        return " x ".join(map(_text, value))
    return str(value)
