"""A whole network within a budget: what `windrow explore` does when there is one to share."""

import dataclasses
import json
import re
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from windrow.install import pip_install
from windrow.planning.balance import LayerPlan, NetworkPlan, balance
from windrow.storage import outputs
from windrow.storage.files import save
from windrow.workloads import Network, network
from windrow_cli.console import UserMistake, consoles, print_json, user_input
from windrow_cli.explore_options import SweepOptions
from windrow_cli.tables import Column, kernel_cell, print_table
from windrow_explore.budget import read_budget
from windrow_explore.charts import network_chart


def network_command(
    sweep: SweepOptions,
    others: dict[str, object],
    *,
    budget: str | None,
    fps: float | None,
    out: Path,
    as_json: bool,
) -> None:
    """Balance the layers of `--workload` within a budget, or for a frame rate.

    sweep: of its options only the workload and one clock say something about a network.
    others: options that say nothing about it, and what was said; refused where that is anything.
    out: folder for the table as CSV, the plan as JSON, the picture and a file for each design.
    """
    results, progress = consoles(as_json)
    workload, clock_mhz = _said(sweep, others)
    with user_input():
        chosen = network(workload)
        multipliers, bits = (None, None) if budget is None else read_budget(budget)
    demand: dict[str, Any] = {"multipliers": multipliers, "buffer_bits": bits, "clock_mhz": clock_mhz}
    with progress.status(f"balancing {escape(chosen.title)}"):
        with user_input():
            plan = balance(chosen.layers, **demand, fps=fps)
            folder = outputs.folder(out)
        record = {
            "workload": chosen.name, "budget": {"multipliers": multipliers, "buffer_bits": bits, "fps": fps},
            **plan.to_dict(), "faster": _faster(chosen, plan),
        }  # fmt: skip
        with user_input():
            files = _write(folder, chosen, plan, record, progress)
    if as_json:
        print_json({**record, "files": [str(path) for path in files]})
        return
    _print(results, chosen, record, plan)
    names = ", ".join(path.name for path in files if path.parent == folder)
    results.print(f"Files in {folder}: {names}, and designs for windrow verilog --layer in {chosen.name}/",
                  soft_wrap=True, markup=False)  # fmt: skip


def _said(sweep: SweepOptions, others: dict[str, object]) -> tuple[str, float]:
    """The workload and the clock in MHz; a complaint about every option that would change nothing."""
    fields = {f"--{name.replace('_', '-')}": value for name, value in dataclasses.asdict(sweep).items()
              if name not in ("workload", "clock")}  # fmt: skip
    if sweep.workload is None:
        raise UserMistake("--budget is shared by the layers of a network: say which with --workload NAME")
    idle = [name for name, value in {**fields, **others}.items() if value]
    if idle:
        raise UserMistake(f"--budget and --fps balance a whole network: leave out {', '.join(idle)}")
    with user_input():
        clocks = sweep.clocks() or [100.0]
    if len(clocks) > 1:
        raise UserMistake(f"--clock must be one clock for a whole network, not {len(clocks)}")
    return sweep.workload, clocks[0]


def _faster(chosen: Network, plan: NetworkPlan) -> dict[str, Any] | None:
    """The next faster plan and what it takes; None where no design is faster."""
    if plan.interval > 1:
        with suppress(ValueError):
            rate = plan.clock_mhz * 1e6 / (plan.interval - 1)
            following = balance(chosen.layers, fps=rate, clock_mhz=plan.clock_mhz)
            return {"fps": following.fps, "multipliers": following.multipliers,
                    "buffer_bits": following.buffer_bits}  # fmt: skip
    return None


def _write(
    folder: Path, chosen: Network, plan: NetworkPlan, record: dict[str, Any], console: Console
) -> list[Path]:
    """The files that were written; without a picture, and a word about it, where what draws it is missing."""
    files = [folder / f"{chosen.name}{suffix}" for suffix in (".csv", ".json", ".png")]
    if find_spec("matplotlib") is None:
        console.print(f"no picture: it needs matplotlib: {pip_install('explore')}", markup=False)
        del files[2]
    else:
        network_chart.draw(files[2], plan, chosen.title)
    designs = outputs.folder(folder / chosen.name)
    for number, each in enumerate(plan.layers, 1):
        name = re.sub(r"[^\w.-]", "_", each.name)  # a slash in a name is no folder
        files.append(designs / f"{number:02d}-{name}.toml")
        save(files[-1], each.design)
    plan.table().write(files[0])
    with outputs.whole(files[1]) as aside:
        names = [path.relative_to(folder).as_posix() for path in files]
        text = json.dumps({**record, "files": names}, indent=2)
        aside.write_text(text + "\n", encoding="utf-8")
    return files


def _print(results: Console, chosen: Network, record: dict[str, Any], plan: NetworkPlan) -> None:
    columns = [Column("layer", left=True), *map(Column, ("input", "kernel", "folding")),
               Column("multipliers", "multi-\npliers"), *map(Column, ("interval", "busy", "buffer", "queue"))]
    rows = zip(plan.layers, plan.queues, strict=True)
    print_table(results, columns, [_cells(each, bits, plan) for each, bits in rows],
                title=f"{chosen.title}, hardware for every layer")  # fmt: skip
    notes = ["folding: lanes x pe x taps", "multipliers: of each copy of the layer",
             "interval: cycles a frame if nothing else held the layer up",
             "busy: share of multiplier cycles that do a MAC",
             "buffer, queue behind it: kb (1000 bits) of each copy"]  # fmt: skip
    results.print(f"[dim]{'; '.join(notes)}[/]\n")
    copies = sum(each.count for each in plan.layers)
    results.print(
        f"{plan.fps:,.2f} frames/s at {plan.clock_mhz:g} MHz: {plan.interval:,} cycles a frame, all layers "
        f"at work at once. (One layer after another, with the same hardware: {plan.in_turn:,}.)"
    )
    budget = record["budget"]
    results.print(
        f"{plan.multipliers:,}{_of(budget['multipliers'])} multipliers, {plan.utilisation:.1%} busy; "
        f"{plan.buffer_bits:,}{_of(budget['buffer_bits'])} bits of buffer; {copies} convolutions. Queues "
        f"behind them hold {plan.queue_bits:,} bits more, whatever reads them."
    )
    results.print(f"The pace is set by {escape(_some(plan.slowest))}.")
    faster = record["faster"]
    results.print("No design is faster." if faster is None else
                  f"The next faster plan, {faster['fps']:,.2f} frames/s, takes {faster['multipliers']:,} "
                  f"multipliers and {faster['buffer_bits']:,} bits.")  # fmt: skip


def _cells(each: LayerPlan, queue_bits: int, plan: NetworkPlan) -> list[str]:
    layer = each.layer
    copies = "" if each.count == 1 else f"{each.count} x "
    return [
        each.name, "x".join(map(str, layer.input_shape)),
        kernel_cell(layer), f"{each.lanes}x{each.pe}x{each.taps}", f"{copies}{each.multipliers:,}",
        f"{each.interval:,}", f"{each.utilisation(plan.interval):.1%}", f"{each.buffer_bits / 1000:,.1f}",
        f"{queue_bits / 1000:,.1f}",
    ]  # fmt: skip


def _of(limit: int | None) -> str:
    return "" if limit is None else f" of {limit:,}"


def _some(names: list[str], most: int = 4) -> str:
    """Names in words, the first few of many."""
    if len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
