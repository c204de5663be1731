"""Tables on the terminal that never cut a cell: wide where there is room, then tighter, then row by row.

In a pipe or a log there is no edge: a table is as wide as it is, one line for each row, for `grep` and `awk`.

    print_table(console, [Column("layer", left=True), Column("multipliers", "multi-\npliers")], rows)
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from windrow.operators.operator import Operator

if TYPE_CHECKING:
    from windrow_hdl.synthesis import Synthesis

Cell = str | Text
"""Plain text, shown as it stands (brackets are no markup), or styled text."""

_WORDS = 24  # columns below which running text in a cell is no pleasure to read
_VALUES = 30  # columns below which a fact's value stands under its name


@dataclass(frozen=True)
class Column:
    """One column of a table.

    heading: its name
    short: the same where there is little room; it may hold line breaks
    left: names and words; numbers stand to the right
    wraps: running text, which may go on in the next line; nothing else ever does
    """

    heading: str
    short: str = ""
    left: bool = False
    wraps: bool = False


def operands_column(name: str) -> Column:
    """What a design's `multipliers` are called, above their numbers."""
    return Column(name, "multi-\npliers" if name == "multipliers" else "")


def kernel_cell(layer: Operator) -> str:
    """`3x3`, or with its stride `3x3/2` or `3x3/2x1`."""
    kernel, (down, across) = "x".join(map(str, layer.kernel_size)), layer.stride
    return kernel if down == across == 1 else f"{kernel}/{down if down == across else f'{down}x{across}'}"


def synthesised(found: "Synthesis") -> list[tuple[str, str]]:
    """Facts of a synthesis."""
    return [
        ("target", f"{found.target} {found.device}" if found.device != found.target else found.target),
        ("LUT", f"{found.lut:,}"), ("registers", f"{found.ff:,}"), ("block RAM", f"{found.bram:,}"),
        ("DSP", f"{found.dsp:,}"),
        ("clock", "not placed" if found.fmax_mhz is None
         else f"{found.fmax_mhz:.1f} MHz, the worst of {len(found.seeds)} seeds"),
        ("cells", ", ".join(f"{count:,} {name}" for name, count in found.cells.items())),
    ]  # fmt: skip


def print_table(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str = "",
    sections: Iterable[int] = (),
) -> None:
    """Print a table in the widest form that the console has room for; every cell is whole in all of them.

    title: a line above it
    sections: numbers of rows that are followed by a gap

    Where even the tightest table is too wide, each row becomes a few lines of `heading cell; ...`, below the
    first cell if that is a name.
    """
    if title:
        console.print(Text(title, "bold"))
    ends = set(sections)
    for roomy, full in ((True, True), (False, True), (False, False)):
        table = _table(columns, rows, ends, roomy=roomy, full=full)
        if console.measure(table, options=console.options.update(max_width=1 << 20)).minimum <= console.width:
            gap = "" if full else "\n"  # between empty lines, as a table with edges is
            console.print(gap, table, gap, sep="", end="")
            return
    console.print()
    for at, row in enumerate(rows):
        _print_stacked(console, columns, row)
        if at in ends:
            console.print()
    console.print()


def print_facts(console: Console, facts: Sequence[tuple[str, Cell]]) -> None:
    """Print names and their values, one below the other; a value may take several lines.

    A word that is longer than a line, a path for instance, stays whole: the terminal breaks it, and it can be
    copied.
    """
    indent = max(cell_len(name) for name, _ in facts) + 2
    beside = console.width - indent >= _VALUES
    for name, value in facts:
        label = Text(f" {name}", "bold")
        if beside:
            label.pad_right(indent - cell_len(label.plain))
        else:
            console.print(label, soft_wrap=True)
            label = Text("   ")
        for line in _wrapped(value, console.width - cell_len(label.plain)):
            console.print(label + line, soft_wrap=True)
            label = Text(" " * cell_len(label.plain))


def _table(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], ends: set[int], *, roomy: bool, full: bool
) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=roomy, collapse_padding=not roomy, show_edge=full,
                  padding=(0, 1 if full else 0))  # fmt: skip
    for at, column in enumerate(columns):
        heading = column.heading if full else column.short or column.heading
        texts = [_plain(row[at]) for row in rows]
        natural = max(cell_len(line) for text in (heading, *texts) for line in text.split("\n"))
        words = max((cell_len(word) for text in (heading, *texts) for word in text.split()), default=0)
        width = max(words, min(natural, _WORDS)) if column.wraps else natural
        table.add_column(Text(heading), justify="left" if column.left else "right", min_width=width,
                         no_wrap=not column.wraps)  # fmt: skip
    for at, row in enumerate(rows):
        table.add_row(*map(_text, row), end_section=at in ends)
    return table


def _print_stacked(console: Console, columns: Sequence[Column], row: Sequence[Cell]) -> None:
    """One row as pairs of heading and cell; a line ends between two pairs, or two words of running text."""
    pairs = [(column, cell) for column, cell in zip(columns, row, strict=True) if _plain(cell).strip()]
    margin, deeper = "", "    "
    if columns[0].left:
        console.print(_text(row[0]), style="bold", soft_wrap=True)
        pairs = pairs[1:]
        margin = deeper = "  "
    line, begun = Text(margin), False
    for piece in (piece for at, pair in enumerate(pairs, 1) for piece in _pieces(*pair, at == len(pairs))):
        if begun and cell_len(line.plain) + 1 + cell_len(piece.plain) > console.width:
            console.print(line, soft_wrap=True)
            line, begun = Text(deeper), False
        line.append_text(Text(" " if begun else "") + piece)
        begun = True
    console.print(line, soft_wrap=True)


def _pieces(column: Column, cell: Cell, last: bool) -> Sequence[Text]:
    """`heading cell;` as what must not be broken: one piece, or for running text each word."""
    words = Text(f"{column.heading} ", "dim") + Text(": ").join(_text(cell).split("\n"))
    pair = words if last else words + Text(";")
    return list(pair.split(" ")) if column.wraps else [pair]


def _wrapped(value: Cell, width: int) -> list[Text]:
    """A text in lines of whole words. Words stay as they are, however long."""
    found: list[Text] = []
    for paragraph in _text(value).split("\n"):
        at, plain = 0, paragraph.plain
        for line in textwrap.wrap(plain, max(width, 1), break_long_words=False, break_on_hyphens=False,
                                  replace_whitespace=False, expand_tabs=False) or [""]:  # fmt: skip
            start = plain.index(line, at)
            at = start + len(line)
            found.append(paragraph[start:at])
    return found


def _text(cell: Cell) -> Text:
    return cell.copy() if isinstance(cell, Text) else Text(cell)


def _plain(cell: Cell) -> str:
    return cell.plain if isinstance(cell, Text) else cell
