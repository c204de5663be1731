"""`windrow doctor`: which tools are here, and what each missing one would give."""

from rich.text import Text

from windrow_cli.console import AsJson, consoles, print_json
from windrow_cli.tables import Cell, Column, print_table


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
    rows: list[tuple[Cell, ...]] = []
    for name, tool in report["tools"].items():
        purpose = Text(str(tool["needed_for"]))
        if tool["found"]:
            rows.append((name, Text(str(tool["version"] or "found"), "green"), purpose))
        else:
            hint = Text(f"\n{tool['install']}", "yellow")
            rows.append((name, Text("missing", "yellow"), purpose + hint))
    print_table(results, [Column("tool", left=True), Column("version", left=True),
                          Column("needed for", left=True, wraps=True)], rows)  # fmt: skip
