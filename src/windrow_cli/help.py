"""Help texts without names of types: a switch takes no value, an argument is named for what it is."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class _Plain:
    """Mixed into a command: its arguments and switches, `--help` included, show no type."""

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
