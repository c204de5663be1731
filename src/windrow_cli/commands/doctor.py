"""`windrow doctor`: which tools are here, and what each missing one would give."""

from rich import box
from rich.markup import escape
from rich.table import Table

from windrow_cli.console import AsJson, consoles, print_json


def doctor(as_json: AsJson = False) -> None:
    """Say which tools are present, and what each missing one would give.

    [bold]Example:[/] windrow doctor
    """
    from windrow_sim.engines import tools

    report = tools.report()
    if as_json:
        print_json(report)
        return
    results, _ = consoles(as_json)
    table = Table("tool", "version", "needed for", box=box.SIMPLE)
    for name, tool in report["tools"].items():
        version, purpose = str(tool["version"] or "found"), escape(str(tool["needed_for"]))
        if tool["found"]:
            table.add_row(name, f"[green]{escape(version)}[/]", purpose)
        else:
            table.add_row(name, "[yellow]missing[/]", f"{purpose}\n[yellow]{escape(str(tool['install']))}[/]")
    results.print(table)
