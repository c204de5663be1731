"""`windrow plan`: the designs of one layer that keep the pace, and what each costs; or a whole network."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from windrow.operators.operands import counted, operands_of
from windrow.operators.operator import Operator
from windrow.planning.pace import pace_of
from windrow.planning.plan import OBJECTIVES, PACES
from windrow.planning.plan import plan as choose
from windrow.stage.design import Design
from windrow.stage.estimates import CLOCK_MHZ, estimate
from windrow_cli.commands.model import plan_model
from windrow_cli.console import AsJson, UserMistake, consoles, print_json, user_input
from windrow_cli.explore_options import read_clock
from windrow_cli.options import LayerOptions, takes_options
from windrow_cli.pipelines import (
    BUDGET,
    BUDGET_HELP,
    IDLE_ENDS,
    MODEL,
    PaceOptions,
    check_model,
    check_unused,
)
from windrow_cli.tables import Column, operands_column, print_table

_FOLDING = [*map(Column, ("lanes", "pe", "taps"))]
_FIGURES = [*map(Column, ("fold", "interval", "latency", "buffer", "busy"))]
_ESTIMATES = [*map(Column, ("lanes", "pe", "taps", "frames/s", "GOPS")), Column("latency µs", "latency\nµs"),
              *map(Column, ("RAM", "DSP"))]  # fmt: skip


@takes_options
def plan(
    layer: LayerOptions,
    model: Annotated[Path | None, Argument(metavar=MODEL, show_default=False,
        help="A quantised model: the pipeline for all of it.")] = None,
    lanes: Annotated[int | None, Option(min=1, metavar="N",
        help="Channels per beat. [dim]\\[default: 1; with --interval and --pace pixel all are tried][/]",
    )] = None,
    pixels: Annotated[int | None, Option(min=1, metavar="N",
        help="Neighbouring pixels per beat, 1 to 16, with all their channels. [dim]\\[default: 1][/]",
    )] = None,
    interval: Annotated[int | None, Option(min=1, metavar="CYCLES",
        help="Longest interval between frames.")] = None,
    pace: Annotated[str | None, Option(metavar="|".join(PACES),
        help="What is kept up with: a beat (lanes channels) or a whole pixel in every cycle. "
             "[dim]\\[default: beat][/]")] = None,
    multipliers: Annotated[int | None, Option(min=1, metavar="N", help="Most multipliers.")] = None,
    objective: Annotated[str | None, Option(metavar="|".join(OBJECTIVES),
        help="What to save, for the one best design instead of the list. [dim]luts: without DSP blocks[/]",
    )] = None,
    fps: Annotated[float | None, Option(metavar="RATE",
        help="Frames a second, at least: an interval by the clock.")] = None,
    clock: Annotated[str, Option(metavar="FREQUENCY", help="The clock of --fps.")] = "100MHz",
    budget: Annotated[str | None, Option(metavar=BUDGET, help=BUDGET_HELP)] = None,
    idle_ends: Annotated[bool | None, Option("--idle-ends/--no-idle-ends", help=IDLE_ENDS,
        show_default=False)] = None,
    keep_dead_channels: Annotated[bool, Option("--keep-dead-channels",
        help="Of a model: compute channels that are always the same number, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the designs of a layer that keep the pace, the cheapest first.

    A design with more multipliers is listed only if it saves buffer, latency or cycles. Of a model, for which
    --multipliers, --interval, --fps, --budget or --pixels is needed, it is the one pipeline that is the
    optimum.

    [bold]Example:[/] windrow plan --height 224 --width 224 --in-channels 3 \\
    --out-channels 64 --kernel-size 7 --stride 2 --padding 3

    [bold]Example:[/] windrow plan model.tflite --multipliers 156
    """
    hertz = read_clock(clock)
    if model is not None:
        check_model(model)
        check_unused(model, layer, {"--lanes": lanes, "--pace": pace, "--objective": objective})
        demand = PaceOptions(multipliers, interval, fps, budget, idle_ends, keep_dead_channels)
        plan_model(model, demand, hertz, pixels, as_json)
        return
    if idle_ends is not None or keep_dead_channels or budget is not None:
        raise UserMistake("--budget, --idle-ends and --keep-dead-channels must be left out without a model")
    if fps is not None:
        if interval is not None or pace is not None:
            raise UserMistake("--fps is an interval: leave out --interval and --pace")
        with user_input():
            interval = pace_of(fps, hertz)
    results, _ = consoles(as_json)
    spec, design = layer.build()
    if design is not None:
        raise UserMistake(f"--layer {layer.layer} has a [design] table, but plan chooses the design itself: "
                          "leave the table out, or use simulate, verilog or synth")
    with user_input():
        demand = {"lanes": lanes, "pixels": pixels, "interval": interval, "pace": pace,
                  "multipliers": multipliers}
        if objective is not None:
            found = [choose(spec, **demand, objective=objective)]
        else:
            if interval is None and multipliers is None and pace is None:
                demand["pace"] = "beat"
            found = choose(spec, **demand, all=True)
    if as_json:
        print_json({"layer": spec.to_dict(), "designs": [
            {**design.to_dict(), "estimate": estimate(design).to_dict()} for design in found]})
        return
    results.print(str(spec), markup=False)
    results.print(_demand(spec, found[0], interval, pace, multipliers))
    print_table(results, [*_FOLDING, operands_column(spec.operands), *_FIGURES], [
        (str(design.lanes), str(design.pe), str(design.taps), f"{design.multipliers:,}", f"{design.fold:,}",
         f"{design.interval:,}", f"{design.latency:,}", f"{design.buffer_pixels:,}",
         f"{design.utilisation:.1%}") for design in found])  # fmt: skip
    results.print("[dim]interval, latency: cycles; buffer: pixels; "
                  f"busy: share of the {spec.operands}' time[/]")  # fmt: skip
    print_table(results, _ESTIMATES, [_guess(design) for design in found])
    results.print(f"[dim]at {CLOCK_MHZ:g} MHz; RAM, DSP: blocks of ECP5, estimated without synthesis[/]")


def _guess(design: Design) -> tuple[str, ...]:
    """What no synthesis is needed for."""
    guess = estimate(design)
    return (str(design.lanes), str(design.pe), str(design.taps), f"{guess.fps:,.1f}", f"{guess.gops:,.2f}",
            f"{guess.latency_us:,.2f}", f"{guess.block_rams:,}", f"{guess.dsps:,}")  # fmt: skip


def _demand(layer: Operator, first: Design, interval: int | None, pace: str | None, most: int | None) -> str:
    """What these designs were asked for, in words."""
    within = "" if most is None else f" with at most {counted(most, operands_of(layer))}"
    if interval is not None:
        return f"at most {interval:,} cycles a frame{within}"
    if layer.window.fractional and (pace is not None or most is None):
        return f"as fast as its outputs leave, {first.interval:,} cycles a frame{within}"
    if pace == "pixel":
        return f"one pixel a cycle, {layer.height * layer.width:,} cycles a frame{within}"
    if pace is None and most is not None:
        return f"at most {counted(most, operands_of(layer))}"
    beats = f"{first.input_beats:,} cycles a frame{within}"
    if first.pixels > 1:
        return f"{first.pixels} pixels a cycle, {beats}"
    if first.lanes == layer.in_channels:
        return f"one pixel a cycle, {beats}"
    return f"one beat ({first.lanes} of {layer.in_channels} channels) a cycle, {beats}; see also --pace pixel"
