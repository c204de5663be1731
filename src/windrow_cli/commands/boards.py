"""`windrow boards`: for which boards there are demo systems."""

from rich.text import Text

from windrow_cli.console import AsJson, UserMistake, consoles, print_json
from windrow_cli.tables import Column, print_table


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
    columns = [Column("board", left=True), Column("device", left=True, wraps=True), Column("MHz"),
               Column("baud"), Column("result", left=True)]  # fmt: skip
    print_table(results, columns, [
        (Text(str(one["board"]), "bold"), str(one["title"]), f"{one['clock_mhz']:g}", f"{one['baud']:,}",
         "bitstream" if one["built"] else "project") for one in found])  # fmt: skip
    results.print("project: files and script for the vendor's tools, not built here")
