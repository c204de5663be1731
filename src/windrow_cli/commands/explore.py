"""`windrow explore`: sweep designs, keep those that no other beats, and say what stride buys."""

import shlex
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from typer import Argument, Option

from windrow.install import pip_install
from windrow.operators.table import kind_of
from windrow.planning.table import LAYER, SUFFIXES
from windrow.storage import outputs
from windrow_cli.commands.explore_model import explore_model
from windrow_cli.commands.network import network_command
from windrow_cli.console import AsJson, Bar, CheckFailed, UserMistake, consoles, print_json, user_input
from windrow_cli.explore_options import SweepOptions
from windrow_cli.options import given_path, takes_options
from windrow_cli.pipelines import BUDGET, BUDGET_HELP, IDLE_ENDS, MODEL, PaceOptions, is_model
from windrow_cli.tables import Column, operands_column, print_table
from windrow_explore import (
    ClusterLost,
    ExplorationFailed,
    JobFailed,
    MissingTool,
    StoreError,
    Table,
    explorer,
)
from windrow_explore.questions import QUESTIONS, answer, answers, check_question

_DEPTH, _RUN, _RESULT = "How deep", "How it runs", "What comes out"
_SHOWN = 40  # rows of the front on the terminal
_LAYER, _FOLDING = Column("layer", left=True), Column("lanes pe taps", "lanes\npe taps")


@takes_options
def explore(
    sweep: SweepOptions,
    file: Annotated[Path | None, Argument(metavar=f"SWEEP.toml|{MODEL}",
        show_default=False, help="A sweep; flags change what it says. Or a quantised model.")] = None,
    exact: Annotated[str, Option(metavar="|".join(explorer.EXACT), rich_help_panel=_DEPTH,
        help="Which designs get exact figures where no closed form is exact; front: as many as make the "
             "front exact; auto: all where that takes seconds.")] = "auto",
    verify: Annotated[str | None, Option(metavar="pareto|all|N", rich_help_panel=_DEPTH,
        help="Simulate these designs and compare every value and cycle with the model.")] = None,
    engine: Annotated[str, Option(metavar="NAME", rich_help_panel=_DEPTH, help="Simulator.")] = "auto",
    synth: Annotated[str | None, Option(metavar="ecp5|ice40|xc7", rich_help_panel=_DEPTH,
        help="Synthesise for this family: LUT, FF, RAM, DSP, clock, and so frames/s.")] = None,
    synth_which: Annotated[str, Option(metavar="pareto|all|N", rich_help_panel=_DEPTH,
        help="Which designs to synthesise.")] = "pareto",
    place: Annotated[bool, Option("--place/--no-place", rich_help_panel=_DEPTH,
        help="Place and route too, for the clock.")] = True,
    workers: Annotated[int | None, Option(min=1, metavar="N", rich_help_panel=_RUN,
        help="Processes. [dim]\\[default: one for each core][/]")] = None,
    dask: Annotated[str | None, Option(metavar="tcp://HOST:PORT|local", rich_help_panel=_RUN,
        help="Run on a Dask cluster.")] = None,
    out: Annotated[Path, Option(parser=given_path, metavar="DIR", rich_help_panel=_RESULT,
        help="Where files go.")] = Path("explore-out"),
    store: Annotated[Path | None, Option(parser=given_path, metavar="FILE", rich_help_panel=_RESULT,
        help="Results to go on from. [dim]\\[default: DIR/results.sqlite][/]")] = None,
    export: Annotated[list[Path] | None, Option(parser=given_path, metavar=f"FILE{'|'.join(SUFFIXES)}",
        rich_help_panel=_RESULT, help="Write all designs to a file, too.")] = None,
    figures: Annotated[bool, Option("--figures", rich_help_panel=_RESULT,
        help="Write the report's plots as PNG and SVG, too.")] = False,
    question: Annotated[list[str] | None, Option(metavar="|".join(QUESTIONS), rich_help_panel=_RESULT,
        help="Answer only this. Repeat it for several.")] = None,
    fps: Annotated[float | None, Option(metavar="RATE", rich_help_panel=_RESULT,
        help="A frame rate that somebody needs: which strides reach it? With --workload: the fewest "
             "multipliers with which the whole network does.")] = None,
    budget: Annotated[str | None, Option(metavar="220dsp|4Mb|220dsp,4Mb", rich_help_panel=_RESULT,
        help="Multipliers and buffer bits that all layers of --workload share: one design for each, balanced "
             f"for the highest frame rate. {BUDGET_HELP.removesuffix('.')}; {BUDGET} for instance.")] = None,
    interval: Annotated[int | None, Option(metavar="CYCLES", rich_help_panel=_RESULT,
        help="Of a model: longest interval between frames of the plan.")] = None,
    idle_ends: Annotated[bool | None, Option("--idle-ends/--no-idle-ends", rich_help_panel=_RESULT,
        help=IDLE_ENDS, show_default=False)] = None,
    keep_dead_channels: Annotated[bool, Option("--keep-dead-channels", rich_help_panel=_RESULT,
        help="Of a model: compute channels that are always the same number, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Explore designs: time every one, keep those that no other beats, and say what stride buys.

    Without anything else: the layer of windrow demo at strides 1 to 4. What is computed is kept in a store,
    so the same command again goes on where it was stopped. With --workload and --budget: one design for each
    layer of a network. Of a model: the shortest interval for every number of multipliers, and with --budget,
    --interval or --fps that plan.

    [bold]Example:[/] windrow explore --height 224 --width 224 --in-channels 3 \\
    --out-channels 64 --kernel-size 7 --padding 3 --stride 1..4 \\
    --where 'multipliers<=1024'
    """
    model = file if is_model(file) else None
    if model is None:
        PaceOptions(interval=interval, idle_ends=idle_ends,
                    keep_dead_channels=keep_dead_channels).check_unused()
    if model or budget is not None or (fps is not None and sweep.workload is not None):
        others = {"SWEEP.toml": None if model else file, "--exact": exact != "auto", "--verify": verify,
                  "--engine": engine != "auto", "--synth": synth, "--synth-which": synth_which != "pareto",
                  "--no-place": not place, "--workers": workers, "--dask": dask, "--store": store,
                  "--export": export, "--figures": figures, "--question": question}  # fmt: skip
        if model:
            pace = PaceOptions(interval=interval, fps=fps, budget=budget, idle_ends=idle_ends,
                               keep_dead_channels=keep_dead_channels)
            explore_model(model, sweep, others, pace, out=out, as_json=as_json)
            return
        network_command(sweep, others, budget=budget, fps=fps, out=out, as_json=as_json)
        return
    if verify is None and engine != "auto":
        raise UserMistake("--engine says what simulates: it needs --verify")
    if synth is None and (synth_which != "pareto" or not place):
        idle = "--no-place" if synth_which == "pareto" else "--synth-which"
        raise UserMistake(f"{idle} says how to synthesise: it needs --synth")
    results, console = consoles(as_json)
    spec = sweep.sweep(file, synth)
    if fps is not None and question and "target" not in question:
        raise UserMistake("--fps is for the question target: add --question target, or leave it out")
    with user_input():
        for name in question or (["target"] if fps is not None else []):
            check_question(name, fps)
        for path in export or ():
            if path.suffix.lower() not in SUFFIXES:
                raise UserMistake(f"--export must end in {', '.join(SUFFIXES)}, not be {str(path)!r}")
            outputs.place(path)
        folder = outputs.folder(out)
        book = store or folder / "results.sqlite"
    command = "windrow " + shlex.join(["explore", *_arguments()])

    began = time.monotonic()
    failed: ExplorationFailed | None = None
    try:
        with Bar(console) as bar, user_input():
            table = explorer.explore(
                spec, exact=exact, verify=_depth("verify", verify), engine=engine, place=place,
                synth=False if synth is None else _depth("synth-which", synth_which) or "pareto", store=book,
                workers=workers, dask=dask, progress=bar.show, command=command,
            )  # fmt: skip
    except (StoreError, ClusterLost, MissingTool, JobFailed) as error:
        raise UserMistake(str(error)) from error
    except ExplorationFailed as error:
        failed, table = error, error.table
    seconds = time.monotonic() - began

    with user_input():
        said = [each for name in question for each in answer(table, name, fps)] if question else (
            answers(table, fps))  # fmt: skip
        for path in export or ():
            table.write(path)
        report = _report(table, folder, command, figures, console)
    front = table[table.columns["pareto"]]
    if as_json:
        print_json({"designs": table.meta["designs"], "pareto": front.rows(), "store": str(book),
                    "report": report, "answers": [each.to_dict() for each in said]})  # fmt: skip
    else:
        _show(results, table, front, seconds)
        for each in said:
            results.print(f"[bold]{escape(each.about)}[/] {escape(each.text)}")
        if report is not None:
            results.print(f"The report is {report}", soft_wrap=True, markup=False)
        results.print(f"Results are kept in {book}", soft_wrap=True, markup=False)
    for problem in table.meta["problems"]:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    if failed is not None:
        raise CheckFailed(str(failed))


def _report(table: Table, folder: Path, command: str, figures: bool, console: Console) -> str | None:
    """Write the report; None, and a word about it, where what draws it is not installed."""
    if figures:
        from windrow_explore.charts.plots import write_figures

        write_figures(table, folder)
    if find_spec("jinja2") is None:
        console.print(f"no report: it needs Jinja: {pip_install('explore')}", markup=False)
        return None
    from windrow_explore.report import write_report

    return str(write_report(table, folder / "report.html", command))


def _arguments() -> list[str]:
    """What was said on the command line, for the report and the store."""
    words = sys.argv[1:]
    return words[1:] if words[:1] == ["explore"] else []


def _depth(name: str, text: str | None) -> str | int | None:
    if text is None or text in explorer.DEPTHS:
        return text
    if not text.isdecimal() or not int(text):
        raise UserMistake(f"--{name} must be {', '.join(explorer.DEPTHS)} or a number, not {text!r}")
    return int(text)


def _show(results: Console, table: Table, front: Table, seconds: float) -> None:
    meta = table.meta
    results.print(f"{meta['designs']:,} designs of {_layers(table):,} "
                  f"layer{'' if _layers(table) == 1 else 's'} in {seconds:.1f} s; "
                  f"{len(table):,} meet the constraints, {len(front):,} are on the front over "
                  f"{', '.join(meta['objectives'])}", markup=False)  # fmt: skip
    kernels = len({_by(row, "kernel") for row in front.rows()}) > 1
    kinds = {kind_of(kind).operands for kind in np.unique(front.columns["operator"]).tolist()}
    operands = kinds.pop() if len(kinds) == 1 else "operands"  # which a multiplier's are, too
    mixed = bool((front.columns["timing_from"] != "model").any())
    several = bool((front.columns["pixels"] > 1).any())
    columns = [_LAYER, *([Column("kernel")] if kernels else []), Column("stride"),
               *([Column("pixels")] if several else []), _FOLDING, operands_column(operands),
               Column("interval"), Column("busy"),
               Column("buffer bits", "buffer\nbits"), Column("frames/s"),
               *([Column("from", left=True)] if mixed else [])]  # fmt: skip
    rows = []
    for row in _in_order(front)[:_SHOWN]:
        cells = [*([_by(row, "kernel")] if kernels else []), _by(row, "stride"),
                 *([row["pixels"]] if several else []), f"{row['lanes']} {row['pe']} {row['taps']}",
                 row["multipliers"],
                 _least(row, "interval", "timing_from"), f"{row['utilisation']:.0%}",
                 _least(row, "buffer_bits", "buffer_from"),
                 f"{row['fps']:,.{0 if row['fps'] >= 1000 else 1}f}"]  # fmt: skip
        rows.append((row["layer"], *map(_text, cells), *([row["timing_from"]] if mixed else [])))
    print_table(results, columns, rows)
    source = "as the last column says" if mixed else "exact"
    results.print(f"[dim]interval: cycles between frames, {source}; busy: share of the {operands}' time; "
                  "≥: a bound, not asked for exactly[/]")  # fmt: skip
    _show_area(results, front[front.columns["area_from"] != ""])
    if len(front) > _SHOWN:
        results.print(f"... and {len(front) - _SHOWN:,} more (--export, --json)")
    if meta["skipped"]:
        results.print(f"left out: {len(meta['skipped'])} layers; the first: {meta['skipped'][0]}",
                      markup=False)  # fmt: skip


def _show_area(results: Console, synthesised: Table) -> None:
    if not len(synthesised):
        return
    several = bool((synthesised.columns["pixels"] > 1).any())
    columns = [_LAYER, Column("stride"), *([Column("pixels")] if several else []), _FOLDING,
               *map(Column, ("for", "LUT", "FF", "RAM", "DSP", "MHz",
                                                                 "frames/s"))]  # fmt: skip
    rows = []
    for row in _in_order(synthesised)[:_SHOWN]:
        cells = [_by(row, "stride"), *([row["pixels"]] if several else []),
                 f"{row['lanes']} {row['pe']} {row['taps']}", row["target"],
                 *(row[name] for name in ("lut", "ff", "bram", "dsp", "fmax_mhz")),
                 f"{row['fps']:,.0f}" if row["fmax_mhz"] else None]  # fmt: skip
        rows.append((row["layer"], *map(_text, cells)))
    print_table(results, columns, rows, title="Synthesised")


def _in_order(front: Table) -> list[dict[str, Any]]:
    """The rows of the front, layer by layer, the cheapest first."""
    number = front.groups(("layer", *LAYER)) if len(front) else front.columns["lanes"]
    place = {group: at for at, group in reversed(list(enumerate(number.tolist())))}
    order = np.lexsort((front.columns["multipliers"], np.array([place[group] for group in number.tolist()])))
    return front[order].rows()


def _layers(table: Table) -> int:
    return int(table.groups(("layer", *LAYER)).max()) + 1


def _least(row: dict[str, Any], name: str, source: str) -> str:
    return f"{'≥ ' if row[source] == 'bound' else ''}{row[name]:,}"


def _by(row: dict[str, Any], name: str) -> str:
    rows, columns = row[f"{name}_h"], row[f"{name}_w"]
    return str(rows) if rows == columns else f"{rows}x{columns}"


def _text(cell: Any) -> str:
    return "-" if cell is None else cell if isinstance(cell, str) else f"{cell:,}"
