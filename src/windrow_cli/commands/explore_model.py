"""`windrow explore MODEL`: what multipliers buy a whole network, and one plan in pictures."""

import dataclasses
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console

from windrow.install import pip_install
from windrow.planning.pipelines import pipeline_front
from windrow.storage import outputs
from windrow_cli.commands.model import plan_record, plan_sentences
from windrow_cli.console import Bar, UserMistake, consoles, print_json, user_input
from windrow_cli.explore_options import SweepOptions
from windrow_cli.pipelines import PaceOptions, planned, read_model
from windrow_cli.tables import Column, print_table
from windrow_explore.charts import pipeline_chart

_FRONT = [*map(Column, ("multipliers", "interval", "frames/s", "busy"))]


def explore_model(
    model: Path, sweep: SweepOptions, others: dict[str, object], asked: PaceOptions, *, out: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """The front of a model; with a budget, an interval or a frame rate a plan too.

    asked: what the plan is for, and how the front is found
    others: options that say nothing about a model, and what was said; refused where that is anything.
    out: folder for both as JSON and for the pictures.
    """
    results, console = consoles(as_json)
    clock = _clock(model, sweep, others)
    network, saving = read_model(model, console, keep_dead=asked.keep_dead_channels)
    with Bar(console) as bar, user_input():
        front = pipeline_front(network, progress=lambda done, of: bar.show("front", done, of),
                               idle_ends=asked.idle_ends)
    plan: dict[str, Any] | None = None
    if (asked.budget, asked.interval, asked.fps) != (None,) * 3:
        plan = plan_record(planned(network, asked, clock, console), asked)
    rows = [{"multipliers": each, "interval": interval, "fps": clock * 1e6 / interval,
             "utilisation": network.macs / (each * interval)} for interval, each in front]  # fmt: skip
    record = {"network": network.name, "macs": network.macs, "clock_mhz": clock, "front": rows, "plan": plan}
    with user_input():
        files = _write(outputs.folder(out), network.name, record, front, console)
    if as_json:
        print_json({**record, "files": [str(path) for path in files]})
        return
    print_table(results, _FRONT, [
        (f"{row['multipliers']:,}", f"{row['interval']:,}", f"{row['fps']:,.1f}", f"{row['utilisation']:.1%}")
        for row in rows], title=f"{network.name}: the shortest interval for every budget")  # fmt: skip
    results.print("[dim]multipliers: of weights, those beside them that scale results not counted; interval: "
                  f"cycles a frame; frames/s at {clock:g} MHz; busy: share of the multipliers' time[/]\n")
    if plan is not None:
        for line in plan_sentences(plan, asked, clock):
            results.print(line, markup=False)
    if saving.channels and not asked.keep_dead_channels:
        results.print(f"{saving}.", markup=False)
    results.print(f"Files in {out}: {', '.join(path.name for path in files)}", soft_wrap=True, markup=False)


def _clock(model: Path, sweep: SweepOptions, others: dict[str, object]) -> float:
    """The clock in MHz; a complaint about every option that would change nothing."""
    fields = {f"--{name.replace('_', '-')}": value for name, value in dataclasses.asdict(sweep).items()
              if name != "clock"}  # fmt: skip
    idle = [name for name, value in {**fields, **others}.items() if value]
    if idle:
        raise UserMistake(f"{model} is a whole network: leave out {', '.join(idle)}")
    with user_input():
        clocks = sweep.clocks() or [100.0]
    if len(clocks) > 1:
        raise UserMistake(f"--clock must be one clock for a whole network, not {len(clocks)}")
    return clocks[0]


def _write(folder: Path, name: str, record: dict[str, Any], front: list[tuple[int, int]], console: Console
           ) -> list[Path]:  # fmt: skip
    files = [folder / f"{name}.json"]
    if find_spec("matplotlib") is None:
        console.print(f"no pictures: they need matplotlib: {pip_install('explore')}", markup=False)
    else:
        plan = record["plan"]
        chosen = None if plan is None else (plan["interval"], plan["multipliers"])
        files.append(folder / f"{name}-front.svg")
        pipeline_chart.draw_front(files[-1], name, record["macs"], front, chosen)
        if plan is not None:
            files.append(folder / f"{name}-plan.svg")
            pipeline_chart.draw_plan(files[-1], plan, record["clock_mhz"])
    with outputs.whole(files[0]) as aside:
        names = [path.name for path in files]
        aside.write_text(json.dumps({**record, "files": names}, indent=2) + "\n", encoding="utf-8")
    return files
