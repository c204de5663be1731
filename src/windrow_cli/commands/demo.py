"""`windrow demo`: a photograph through generated hardware at strides 1 to 4, checked."""

import json
from pathlib import Path
from typing import Annotated, Any

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from typer import Option

from windrow.storage import images, outputs
from windrow_cli import demo_cases as work
from windrow_cli import demo_chart as chart
from windrow_cli.console import AsJson, CheckFailed, EngineName, consoles, print_json, simulation, user_input
from windrow_cli.options import given_path
from windrow_cli.tables import Cell, Column, print_table

_GRIDS = 120  # columns that the grids may fill where there is no edge


def demo(
    out: Annotated[Path, Option(parser=given_path, metavar="DIR",
        help="Where all files go.")] = Path("demo-out"),
    engine: EngineName = "auto",
    width: Annotated[int, Option(min=16, metavar="PIXELS", help="Width of the photograph.")] = 512,
    as_json: AsJson = False,
) -> None:
    """Run a real photograph through generated hardware at strides 1 to 4, and check everything.

    For each stride: the cheapest design that keeps one pixel per cycle, and the one with a multiplier for
    every tap. Then drawn digits through a whole network, each answer with the cycle in which it is known (not
    with --engine amaranth, where that takes minutes). The first run builds the simulators; later ones take
    them from the cache.

    [bold]Example:[/] windrow demo --out demo-out
    """
    results, console = consoles(as_json)
    with user_input():
        folder = outputs.folder(out)
        photograph = images.photograph(width)

    cases = list(work.edge_cases(*photograph.shape[:2]))
    small = list(work.textbook_cases())
    edges, grids = [], []
    whole = engine != "amaranth"
    with _progress(console) as progress, simulation():
        task = progress.add_task("", total=len(cases) + len(small) + whole)
        for case in small:
            progress.update(task, description=f"6x6, stride {case.stride}")
            # Some dozen cycles: not worth a compiler.
            grids.append(work.run(case, work.TEXTBOOK_IMAGE, "amaranth"))
            progress.advance(task)
        for case in cases:
            progress.update(task, description=f"stride {case.stride}, {case.design.multipliers} multipliers")
            edges.append(work.run(case, photograph, engine))
            progress.advance(task)
        digits = None
        if whole:
            progress.update(task, description="digits, a whole network")
            digits = work.read_digits(engine)
            progress.advance(task)

    record: dict[str, Any] = {"rows": [work.row(outcome) for outcome in edges],
              "textbook": [work.textbook(outcome) for outcome in grids], "digits": digits}
    with user_input():
        record["files"] = [str(path) for path in _write(folder, edges, record)]

    if as_json:
        print_json(record)
    else:
        results.print(_grids(record["textbook"]), width=_GRIDS)
        results.print()
        _print_rows(results, record["rows"], photograph.shape)
        if digits is not None:
            _print_digits(results, digits)
        names = ", ".join(Path(path).name for path in record["files"])
        results.print(f"Files in {folder}: {names}", soft_wrap=True, markup=False)
    problems = [outcome.problem for outcome in (*grids, *edges) if outcome.problem]
    problems += [] if digits is None or digits["problem"] is None else [digits["problem"]]
    if problems:
        count = len(grids) + len(edges) + whole
        raise CheckFailed(f"{len(problems)} of {count} checks failed; first: {problems[0]}")


def _progress(console: Console) -> Progress:
    return Progress(SpinnerColumn(), *Progress.get_default_columns(), TimeElapsedColumn(),
                    console=console, transient=True)


def _write(folder: Path, edges: list[work.Outcome], record: dict[str, Any]) -> list[Path]:
    """Pictures of the planned designs, the chart, and the results as JSON."""
    files = []
    planned = [outcome for outcome in edges if outcome.case.planned]
    for outcome in planned:
        path = folder / f"edges-stride{outcome.case.stride}.png"
        images.write_edges(path, outcome.output[-1, :, :, 0])
        files.append(path)
    files.append(folder / "throughput.png")
    chart.draw(files[-1], record["rows"], [outcome.case.design.layer for outcome in planned])
    files.append(folder / "results.json")
    with outputs.whole(files[-1]) as aside:
        text = json.dumps({**record, "files": [path.name for path in files]}, indent=2)
        aside.write_text(text + "\n", encoding="utf-8")
    return files


def _print_rows(results: Console, rows: list[dict[str, Any]], shape: tuple[int, ...]) -> None:
    height, width, _ = shape
    columns = [Column("stride"), Column("output"), Column("multipliers", "multi-\npliers"),
               *map(Column, ("fold", "interval", "/ bound", "busy", "frames/s*")), Column("check", left=True)]
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        out_height, out_width, _ = row["output_shape"]
        cells.append((
            str(row["stride"]), f"{out_width}x{out_height}", str(row["design"]["multipliers"]),
            str(row["design"]["fold"]), f"{row['interval']:,}", f"{row['ratio']:.3f}",
            f"{row['utilisation']:.1%}", f"{row['fps_at_100mhz']:.1f}",
            Text("exact", "green") if row["match"] else Text("FAILED", "red"),
        ))
    strides = [row["stride"] for row in rows]
    print_table(results, columns, cells,
                title=f"3x3 edges of a {width}x{height} photograph, 8 bit, padding 1, one pixel per beat",
                sections=[at for at, stride in enumerate(strides[:-1]) if strides[at + 1] != stride])
    results.print("[dim]interval: cycles between frames, as measured; bound: the least that is possible with "
                  "this input and this folding; * at 100 MHz[/]\n")


def _print_digits(results: Console, digits: dict[str, Any]) -> None:
    frames = digits["frames"]
    print_table(results, [Column("drawn", left=True), *(Column(str(frame["shows"])) for frame in frames)], [
        ("read", *(str(frame["reads"]) for frame in frames)),
        ("in cycle", *(f"{frame['cycle']:,}" for frame in frames)),
    ], title=f"Drawn digits through a network of {digits['layers']} layers and {digits['multipliers']} "
             f"multipliers, a frame every {digits['interval']:,} cycles")  # fmt: skip
    state = "[green]every value and every cycle as predicted[/]" if digits["problem"] is None else (
        "[red]FAILED[/]")  # fmt: skip
    results.print(f"[dim]in cycle: of the last of its ten outputs;[/] {state}\n")


def _grids(textbook: list[dict[str, Any]]) -> RenderableType:
    panels = [Panel(_grid(work.TEXTBOOK_IMAGE[:, :, 0].tolist()), title="6x6 image"),
              Panel(_grid(work.TEXTBOOK_FILTER[0, :, :, 0].tolist()), title="3x3 filter")]
    for entry in textbook:
        size = f"{len(entry['output'])}x{len(entry['output'][0])}"
        state = "[green]exact[/]" if entry["match"] else "[red]FAILED[/]"
        title = f"stride {entry['stride']}, padding {entry['padding']}"
        panels.append(Panel(_grid(entry["output"]), title=title, subtitle=f"{size}, {state}"))
    return Columns(panels)


def _grid(numbers: list[list[int]]) -> Table:
    table = Table.grid(padding=(0, 1))
    for _ in numbers[0]:
        table.add_column(justify="right", min_width=3)
    for line in numbers:
        table.add_row(*map(str, line))
    return table
