"""`windrow doctor`: which tools are here, and what each missing one would give."""

from rich import box
from rich.markup import escape
from rich.table import Table

from windrow.cli.console import AsJson, consoles, print_json


def doctor(as_json: AsJson = False) -> None:
    """Say which tools are present, and what each missing one would give.

    [bold]Example:[/] windrow doctor
    """
    from windrow_sim import tools

    report = tools.report()
    if as_json:
        print_json(report)
        return
    results, _ = consoles(as_json)
    table = Table("tool", "", "needed for", "to install", box=box.SIMPLE)
    for name, tool in report["tools"].items():
        found = f"[green]{escape(str(tool['version'] or 'found'))}[/]"
        table.add_row(
            name, found if tool["found"] else "[yellow]missing[/]", escape(str(tool["needed_for"])),
            "" if tool["found"] else escape(str(tool["install"])),
        )
    results.print(table)
