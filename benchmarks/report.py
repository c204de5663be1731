"""What every benchmark shares: its options, and one list of records as table, Markdown and JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

Record = Mapping[str, Any]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Options that all benchmarks take."""
    options = argparse.ArgumentParser(description=description,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    options.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables as Markdown")
    return options


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        model = next(named, model)
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def publish(
    arguments: argparse.Namespace, record: Record, tables: Sequence[tuple[str, Sequence[Record]]]
) -> None:
    """Show titled tables on stderr, and `record` and Markdown where the options ask for them.

    The keys of a table's first row are its columns.
    """
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console.width = 200  # in a file, columns are not dropped for want of space
    for title, rows in tables:
        table = Table(title=title, box=box.SIMPLE, title_justify="left")
        for index, name in enumerate(rows[0]):
            table.add_column(name, justify="right" if index else "left", no_wrap=not index)
        for row in rows:
            table.add_row(*map(text, row.values()))
        console.print(table)
    if arguments.markdown is not None:
        whole = "\n\n".join(markdown(*each) for each in tables)
        arguments.markdown.write_text(f"{whole}\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(record))


def markdown(title: str, rows: Sequence[Record]) -> str:
    """One table in Markdown, under its title."""
    lines = [f"**{title}**", "", "| " + " | ".join(rows[0]) + " |",
             "|---" + "|--:" * (len(rows[0]) - 1) + "|"]  # fmt: skip
    lines += ["| " + " | ".join(map(text, row.values())) + " |" for row in rows]
    return "\n".join(lines)


def text(value: object) -> str:
    """A figure as a reader wants it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
