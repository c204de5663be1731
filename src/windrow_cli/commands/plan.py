"""`windrow plan`: the designs of one layer that keep the pace, and what each costs."""

from typing import Annotated

from typer import Option

from windrow.planning.plan import OBJECTIVES
from windrow.planning.plan import plan as choose
from windrow.stage.design import Design
from windrow_cli.console import AsJson, UserMistake, consoles, print_json, user_input
from windrow_cli.options import LayerOptions, takes_options
from windrow_cli.tables import Column, print_table

_COLUMNS = [Column("lanes"), Column("pe"), Column("taps"), Column("multipliers", "multi-\npliers"),
            *map(Column, ("fold", "interval", "latency", "buffer", "busy"))]  # fmt: skip


@takes_options
def plan(
    layer: LayerOptions,
    lanes: Annotated[int, Option(min=1, metavar="N", help="Channels per beat.")] = 1,
    interval: Annotated[int | None, Option(min=1, metavar="CYCLES",
        help="Longest interval between frames. [dim]\\[default: the input's pace][/]")] = None,
    multipliers: Annotated[int | None, Option(min=1, metavar="N", help="Most multipliers.")] = None,
    objective: Annotated[str | None, Option(metavar="|".join(OBJECTIVES),
        help="What to save, for the one best design instead of the list. [dim]luts: without DSP blocks[/]",
    )] = None,
    as_json: AsJson = False,
) -> None:
    """List the designs of a layer that keep the pace, the cheapest first.

    A design with more multipliers is listed only if it saves buffer, latency or cycles.

    [bold]Example:[/] windrow plan --height 224 --width 224 --in-channels 3 \\
    --out-channels 64 --kernel-size 7 --stride 2 --padding 3
    """
    results, _ = consoles(as_json)
    spec, design = layer.build()
    if design is not None:
        raise UserMistake(f"--layer {layer.layer} has a [design] table, but plan chooses the design itself: "
                          "leave the table out, or use simulate, verilog or synth")
    with user_input():
        demand = {"lanes": lanes, "interval": interval, "multipliers": multipliers}
        if objective is not None:
            found = [choose(spec, **demand, objective=objective)]
        else:
            if interval is None and multipliers is None:
                demand["interval"] = Design(spec, lanes=lanes).input_beats
            found = choose(spec, **demand, all=True)
    if as_json:
        print_json({"layer": spec.to_dict(), "designs": [design.to_dict() for design in found]})
        return
    results.print(str(spec), markup=False)
    print_table(results, _COLUMNS, [
        (str(design.lanes), str(design.pe), str(design.taps), f"{design.multipliers:,}", f"{design.fold:,}",
         f"{design.interval:,}", f"{design.latency:,}", f"{design.buffer_pixels:,}",
         f"{design.utilisation:.1%}") for design in found])  # fmt: skip
    results.print("[dim]interval, latency: cycles; buffer: pixels; busy: share of the multipliers' time[/]")
