"""Help texts without names of types, and with nothing cut where a terminal is narrow.

A switch takes no value, an argument is named for what it is, and what is wider than its column goes on in the
next line.
"""

from typing import Any

from rich.columns import Columns
from rich.table import Table
from rich.text import Text
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class _Whole(Table):
    """A table in which no cell ends in an ellipsis and no option's name is broken."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        for cell in cells:
            for text in cell.renderables if isinstance(cell, Columns) else [cell]:
                if isinstance(text, Text):
                    text.overflow = "fold"
        names = [cell for cell in cells if isinstance(cell, Text) and cell.plain.startswith("--")]
        for other in names[1:]:  # --no-place, which would take a column of its own
            names[0].append("\n").append(other)
            other.truncate(0)
        super().add_row(*cells, **options)
        for column, cell in zip(self.columns, cells, strict=True):
            if cell in names[:1]:
                column.no_wrap = True  # other columns make room for it


class _Plain:
    """Mixed into a command: its arguments and switches, `--help` included, show no type."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from typer import rich_utils

        rich_utils.Table = _Whole  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
        super().format_help(ctx, formatter)  # pyright: ignore[reportAttributeAccessIssue]

    def get_params(self, ctx: Any) -> list[Any]:
        parameters = super().get_params(ctx)  # pyright: ignore[reportAttributeAccessIssue]
        for each in parameters:
            if isinstance(each, TyperArgument) or (isinstance(each, TyperOption) and each.is_flag):
                setattr(each, "display_type_rich", _nothing)  # noqa: B010
        return parameters


class Command(_Plain, TyperCommand):
    """A command of ours: its text is filled to the width of the terminal, its example keeps its lines."""

    def __init__(self, *arguments: Any, help: str | None = None, **options: Any) -> None:
        paragraphs = (help or "").split("\n\n")
        filled = [each if "\\\n" in each else " ".join(each.split()) for each in paragraphs]
        super().__init__(*arguments, help="\n\n".join(filled), **options)


class Group(_Plain, TyperGroup):
    """What holds the commands."""


def _nothing(ctx: Any) -> None:
    """What stands where the type would."""
