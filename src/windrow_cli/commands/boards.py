"""`windrow boards`: for which boards there are demo systems."""

from rich.table import Table

from windrow_cli.console import AsJson, UserMistake, consoles, print_json


def boards(as_json: AsJson = False) -> None:
    """List the boards, with clock and line rate of the demo system on each.

    [bold]Example:[/] windrow boards
    """
    results, _ = consoles(as_json)
    try:
        from windrow_hdl.boards.catalogue import BOARDS

        found = [board.to_dict() for board in BOARDS.values()]
    except RuntimeError as error:
        raise UserMistake(str(error)) from error
    if as_json:
        print_json({"boards": found})
        return
    table = Table(box=None)
    for title in ("board", "", "MHz", "baud", "result"):
        side = "right" if title in ("MHz", "baud") else "left"
        table.add_column(title, justify=side, no_wrap=title != "")
    for one in found:
        table.add_row(f"[bold]{one['board']}[/]", str(one["title"]), f"{one['clock_mhz']:g}",
                      f"{one['baud']:,}",
                      "bitstream" if one["built"] else "project")
    results.print(table)
    results.print("\nproject: files and script for the vendor's tools, not built here")
