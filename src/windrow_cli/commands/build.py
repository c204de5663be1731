"""`windrow build`: a demo system for a board, as a bitstream."""

from pathlib import Path
from typing import Annotated

from numpy import int64
from numpy.typing import NDArray
from typer import Argument, Option

from windrow.operators.operator import Operator
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.stage.estimates import CLOCK_MHZ
from windrow_cli.console import AsJson, CheckFailed, consoles, print_json, user_input
from windrow_cli.data_options import Data, DataOptions
from windrow_cli.links.built import built_rows
from windrow_cli.options import DesignOptions, LayerOptions, given_path, takes_options
from windrow_cli.pipelines import (
    MODEL,
    PaceOptions,
    check_model,
    check_unused,
    planned,
    read_model,
    unused_flags,
)
from windrow_cli.tables import Cell, print_facts

_DEFAULT = {"height": 64, "width": 64, "kernel_size": 3, "stride": 2, "padding": 1}


@takes_options
def build(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    pace: PaceOptions,
    board: Annotated[str, Option(metavar="NAME", help="One of `windrow boards`.")],
    model: Annotated[Path | None, Argument(metavar=MODEL, show_default=False,
        help="A quantised model: all of it.")] = None,
    clock: Annotated[float | None, Option(metavar="MHZ",
        help="Clock of the design. [dim]\\[default: the board's][/]")] = None,
    baud: Annotated[int | None, Option(metavar="N",
        help="Rate of the serial line. [dim]\\[default: the board's][/]")] = None,
    dsp: Annotated[bool, Option("--dsp/--no-dsp", help="Multiply in DSP blocks, or in logic.")] = True,
    allow_slow: Annotated[bool, Option("--allow-slow",
        help="Keep a bitstream whose clock is faster than place and route says it may be.")] = False,
    out: Annotated[Path | None, Option(parser=given_path, metavar="DIR",
        help="Where the bitstream goes. [dim]\\[default: build/NAME][/]")] = None,
    as_json: AsJson = False,
) -> None:
    """Build a demo system for a board: the datapath, a serial line to feed it, lights, a PLL.

    Without a layer it is the one of the documentation: 64x64 pixels, kernel 3, stride 2, padding 1. Of a
    model, for which --multipliers, --interval, --fps or --budget is needed, it is the whole network.

    [bold]Example:[/] windrow build --board ulx3s-85f

    [bold]Example:[/] windrow build digits --board ulx3s-85f --multipliers 16
    """
    results, progress = consoles(as_json)
    chosen: Design | Pipeline
    weights: NDArray[int64] | None = None
    bias: NDArray[int64] | None = None
    if model is not None:
        check_model(model)
        check_unused(model, layer, {**unused_flags(design), **unused_flags(data)})
        network, _ = read_model(model, progress, keep_dead=pace.keep_dead_channels)
        chosen, source = planned(network, pace, clock or CLOCK_MHZ, progress), f"weights of {model}"
    else:
        pace.check_unused()
        given = data.read(layer)
        spec, prepared = default_layer(layer, given)
        chosen = design.build(spec, prepared)
        weights, bias, source = given.complete(spec)

    with progress.status("generating") as status, user_input():
        from windrow_hdl.boards import TimingMissed
        from windrow_hdl.boards import build as build_board

        def show(phase: str) -> None:
            status.update(phase)
            if not progress.is_terminal:  # where nothing can turn, a line for each phase
                progress.print(phase, markup=False)

        try:
            found = build_board(
                board, chosen, weights, bias, out=out or Path("build") / board, clock_mhz=clock, baud=baud,
                dsp=dsp, allow_slow=allow_slow, progress=show)
        except TimingMissed as error:
            raise CheckFailed(str(error)) from error

    if as_json:
        print_json({**found.to_dict(), "weights": source})
        return
    rows: list[tuple[str, Cell]] = [
        ("board", f"{found.board.name}: {found.board.title}"),
        ("network" if isinstance(chosen, Pipeline) else "layer", chosen.computes),
        ("design", str(chosen)), ("data", source)]
    print_facts(results, [*rows, *built_rows(found)])


def default_layer(layer: LayerOptions, given: Data) -> tuple[Operator, Design | None]:
    """The layer of the flags and the data; where these say nothing at all, the one of the documentation."""
    implied = given.implied()
    return layer.build(**({} if layer.layer or layer.given() or implied else _DEFAULT), **implied)

