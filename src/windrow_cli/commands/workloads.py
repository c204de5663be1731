"""`windrow workloads`: networks, their convolution layers, and the design that the planner picks for each."""

from pathlib import Path
from typing import Annotated, Any

from rich.console import Console
from rich.text import Text
from typer import Argument, Option

from windrow.planning.plan import plan
from windrow.stage.design import Design
from windrow.storage import outputs
from windrow.timing.folding import legal_lanes
from windrow.workloads import Network, Workload, names, network
from windrow.workloads.topology import write_topology
from windrow_cli.console import AsJson, UserMistake, consoles, print_json, user_input
from windrow_cli.options import given_path
from windrow_cli.tables import Column, kernel_cell, print_table


def workloads(
    name: Annotated[str | None, Argument(metavar="NAME", show_default=False,
        help="A network, or FILE.toml, or FILE.csv, a topology of SCALE-Sim; without it, all are listed."),
    ] = None,
    lanes: Annotated[int, Option(min=1, metavar="N",
        help="Channels per beat, or the most below that divide a layer's channels.")] = 1,
    export: Annotated[Path | None, Option(parser=given_path, metavar="FILE.csv",
        help="Write the layers as a topology of SCALE-Sim, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the convolution layers of well-known networks and the design planned for each.

    Every design keeps the pace of its layer's input, one beat a cycle. The file of --export has no
    padding: it is in its heights and widths.

    [bold]Example:[/] windrow workloads resnet18
    """
    results, _ = consoles(as_json)
    if export is not None and name is None:
        raise UserMistake("--export writes the layers of one network: say which")
    if name is None:
        networks = [network(each) for each in names()]
        if as_json:
            print_json({"networks": [_summary(each) for each in networks]})
        else:
            _print_networks(results, networks)
        return
    with user_input():
        chosen = network(name)
        if export is not None:
            text = write_topology((item.name, item.layer, item.count) for item in chosen.layers)
            with outputs.whole(outputs.place(export)) as aside:
                aside.write_text(text, encoding="utf-8")
    planned = [(item, _planned(item, lanes)) for item in chosen.layers]
    if as_json:
        print_json({**_summary(chosen), "layers": [
            {"name": item.name, "count": item.count, "layer": item.layer.to_dict(),
             "design": design.to_dict()}
            for item, design in planned
        ]})  # fmt: skip
    else:
        _print_layers(results, chosen, planned)


def _planned(item: Workload, lanes: int) -> Design:
    """The planner's design with as many lanes as fit."""
    legal = legal_lanes(item.layer.in_channels, item.layer.groups)
    return plan(item.layer, lanes=max(n for n in legal if n <= lanes))


def _summary(chosen: Network) -> dict[str, Any]:
    return {"name": chosen.name, "title": chosen.title, "source": chosen.source, "variant": chosen.variant,
            "convolutions": sum(item.count for item in chosen.layers), "macs": chosen.macs}  # fmt: skip


def _print_networks(results: Console, networks: list[Network]) -> None:
    columns = [Column("name", left=True), Column("convolutions", "convo-\nlutions"), Column("MMAC"),
               Column("source", left=True, wraps=True)]  # fmt: skip
    print_table(results, columns, [
        (each.name, str(sum(item.count for item in each.layers)), f"{each.macs / 1e6:,.0f}",
         Text.assemble(each.source, "\n", (each.variant, "dim"))) for each in networks])  # fmt: skip


def _print_layers(results: Console, chosen: Network, planned: list[tuple[Workload, Design]]) -> None:
    results.print(": ".join(filter(None, (chosen.title, chosen.source))), markup=False)
    if chosen.variant:
        results.print(Text(chosen.variant, "dim"))
    columns = [Column("layer", left=True), *map(Column, ("times", "input", "kernel", "output", "MMAC")),
               Column("multipliers", "multi-\npliers"), Column("interval"), Column("busy")]  # fmt: skip
    rows = []
    for item, design in planned:
        layer = item.layer
        figures = (f"{design.multipliers:,}", f"{design.interval:,}", f"{design.utilisation:.1%}")
        rows.append((
            item.name, str(item.count), "x".join(map(str, layer.input_shape)), kernel_cell(layer),
            "x".join(map(str, layer.output_shape)), f"{layer.macs / 1e6:,.1f}", *figures,
        ))  # fmt: skip
    print_table(results, columns, rows)
    results.print("[dim]times: how often the layer occurs; MMAC: of one of them; interval: cycles a frame; "
                  "busy: share of the multipliers' time[/]")  # fmt: skip
