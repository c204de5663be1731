"""`windrow filter`: pictures through a filter's simulated hardware, checked, and written as pictures."""

import math
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from rich.console import Console
from rich.text import Text
from typer import Argument, Option

from windrow.filters import FILTERS
from windrow.stage.estimates import CLOCK_MHZ
from windrow.storage.images import photograph_file
from windrow.storage.outputs import place
from windrow.storage.pictures import Pictures, check_place, read_pictures, write_pictures
from windrow_cli.console import AsJson, EngineName, UserMistake, consoles, print_json, simulation, user_input
from windrow_cli.filters.boards import build_filter, run_on_board
from windrow_cli.filters.options import FilterOptions, arguments
from windrow_cli.filters.page import write_page
from windrow_cli.filters.runs import FilterRun, hardware_of, multipliers_of, run_filter
from windrow_cli.links.built import built_rows
from windrow_cli.options import given_path, takes_options
from windrow_cli.tables import Column, print_facts, print_table


@takes_options
def filter(
    which: FilterOptions,
    inputs: Annotated[list[Path] | None, Argument(metavar="PICTURE...",
        help="Pictures of 8 bits; several, or an animation, are frames that follow each other. "
        "[dim]\\[default: the demo's photograph][/]")] = None,
    pixels: Annotated[int, Option(metavar="P", help="Pixels of a row in one beat.")] = 1,
    grey: Annotated[bool, Option("--grey", help="Take the pictures in grey.")] = False,
    background: Annotated[str | None, Option(metavar="COLOUR",
        help="What is behind transparent pixels, white or #204060.")] = None,
    clock: Annotated[float | None, Option(metavar="MHZ",
        help="The clock that frames/s are for. [dim]\\[default: 100, or the board's][/]")] = None,
    board: Annotated[str | None, Option(metavar="NAME",
        help="Through a simulated board's serial line, one of `windrow boards`.")] = None,
    port: Annotated[str | None, Option(metavar="DEV",
        help="Through a real one, --board, at this serial port.")] = None,
    bitstream: Annotated[Path | None, Option(parser=given_path, metavar="DIR",
        help="Build the bitstream for --board and pictures of this size, instead.")] = None,
    engine: EngineName = "auto",
    out: Annotated[Path | None, Option(parser=given_path, metavar="FILE.png",
        help="The result. [dim]\\[default: PICTURE-FILTER.png here][/]")] = None,
    page: Annotated[Path | None, Option(parser=given_path, metavar="FILE.html",
        help="Write a page with input and output side by side, too.")] = None,
    show: Annotated[bool, Option("--list", help="Show all filters and the options they take.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send pictures through the hardware of an image filter; what comes out equals OpenCV, bit for bit.

    The hardware is generated and simulated; every value is compared with the golden model, and every cycle
    with the timing model.

    [bold]Example:[/] windrow filter photo.jpg --filter gaussian --kernel-size 5 \\
    --stride 2 --pixels 4 --border reflect --out out.png

    [bold]Example:[/] windrow filter photo.jpg --filter gaussian --stride 2 \\
    --board ulx3s-85f --port /dev/ttyUSB0
    """
    results, progress = consoles(as_json)
    if show:
        _list(results, as_json)
        return
    name = which.name
    which.given()
    if board is None and (port is not None or bitstream is not None):
        raise UserMistake("--port and --bitstream are for a board: say which with --board NAME")
    if board is not None and engine != "auto":
        raise UserMistake("--engine is for the filter alone: leave it out with --board")
    if board is not None and pixels != 1:
        raise UserMistake(f"--pixels must be 1 with --board, whose line brings one at a time, not {pixels}")
    if board is not None and clock is not None:
        raise UserMistake("--clock must be left out with --board, which has a clock of its own")
    if port is not None and bitstream is not None:
        raise UserMistake("--bitstream is built and --port is used: give one of them")
    if bitstream is not None and (out is not None or page is not None):
        raise UserMistake("--bitstream filters no picture: leave out --out and --page")
    with user_input():
        inputs = inputs or [photograph_file()]
        if clock is not None and not 0 < clock < math.inf:
            raise ValueError(f"--clock must be positive, not {clock:g}")
        target = check_place(out or Path(f"{inputs[0].stem}-{name}.png"), inputs)
        if page is not None:
            place(page)
            if any(page.exists() and each.exists() and page.samefile(each) for each in (*inputs, target)):
                raise ValueError(f"--page must be a file of its own, not {page}")
        pictures = read_pictures(inputs, grey, background)
    height, width, channels = pictures.frames.shape[1:]
    net = which.build(height, width, channels, pixels)
    if board is not None and bitstream is not None:
        built = build_filter(net, board, bitstream, progress)
        if as_json:
            print_json({"filter": name, **built.to_dict()})
            return
        size = f"{name} of {_by((height, width))} pixels, {channels} channel{'s' * (channels > 1)}"
        print_facts(results, [("board", f"{built.board.name}: {built.board.title}"), ("filter", size),
                              *built_rows(built)])
        results.print(f"Files: {', '.join(map(str, built.files))}", soft_wrap=True, markup=False)
        return
    if board is not None:
        run = run_on_board(net, pictures.frames, board, port, progress)
    else:
        with user_input():
            hardware = hardware_of(net)
        with progress.status("building and simulating"), simulation():
            run = run_filter(net, pictures.frames, hardware, engine)
    made = Pictures(run.output.astype(np.uint8), pictures.names, pictures.duration)
    record: dict[str, Any] = {
        "filter": name, "input_shape": list(net.input_shape), "output_shape": list(net.output_shape),
        "pixels": pixels, "interval": run.interval, "latency": run.latency, "match": True,
    }
    facts = _facts(run, pictures, made, run.clock_mhz or clock or CLOCK_MHZ)
    with user_input():
        files = write_pictures(target, made, inputs)
        if page is not None:
            pair = [(f"in: {_named(pictures)}", pictures.frames), (f"out: {name}, {made.words}", made.frames)]
            write_page(page, f"{name} of {_named(pictures)}", pair, facts, pictures.duration)
            files.append(page)
    if as_json:
        print_json({**record, "files": [str(file) for file in files]})
        return
    _print(results, run, facts)
    results.print(f"Files: {', '.join(map(str, files))}", soft_wrap=True, markup=False)


def _named(pictures: Pictures) -> str:
    return f"{Path(pictures.names[0]).name}, {pictures.words}"


def _facts(run: FilterRun, pictures: Pictures, made: Pictures, clock: float) -> list[tuple[str, str]]:
    """Names and texts, for the terminal and the page."""
    rate = clock * 1e6 / run.interval
    return [
        ("input", pictures.words), ("output", made.words), ("values", run.net.contract),
        ("pixels a cycle", f"{run.pixels_a_cycle:.4g}"), ("interval", f"{run.interval:,} cycles a frame"),
        ("latency", f"{run.latency:,} cycles"), ("speed", f"{rate:,.1f} frames/s at {clock:g} MHz"),
        ("multipliers", f"{run.multipliers:,}"), ("line buffer", f"{run.buffer_bits:,} bit"),
        ("engine", run.engine), ("check", run.checked),
    ]


def _print(results: Console, run: FilterRun, facts: list[tuple[str, str]]) -> None:
    if len(run.designs) > 1:
        columns = [Column("stage", left=True), *map(Column, ("input", "output", "kernel", "stride")),
                   Column("multipliers", "multi-\npliers"), Column("line buffer, bit", "buffer"),
                   Column("interval"), Column("latency")]
        print_table(results, columns, [(
            type(each.layer).__name__, _by(each.layer.input_shape), _by(each.layer.output_shape),
            _by(each.layer.kernel_size), _by(each.layer.stride), f"{multipliers_of(each):,}",
            f"{each.buffer_bits:,}", f"{each.interval:,}", f"{each.latency:,}",
        ) for each in run.designs], title="Stages, each alone")
    shown = [(label, Text(text, "green") if label == "check" else text) for label, text in facts]
    print_facts(results, shown)


def _by(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))


def _list(results: Console, as_json: bool) -> None:
    """All filters, what each is, and its options."""
    if as_json:
        print_json({"filters": {name: [f"--{each.replace('_', '-')}" for each in arguments(name)]
                                for name in FILTERS}})
        return
    columns = [Column("filter", left=True), Column("what it is", left=True, wraps=True),
               Column("options", left=True, wraps=True)]
    print_table(results, columns, [(
        name, (make.__doc__ or "").split("\n\n")[0].replace("`", "").replace("\n", " ").strip(),
        " ".join(f"--{each.replace('_', '-')}" for each in arguments(name)),
    ) for name, make in FILTERS.items()])
