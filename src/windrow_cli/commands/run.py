"""`windrow run`: frames through a board, or through a simulated one, checked against the golden model."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text
from typer import Argument, Option

from windrow.board.host import Host, LinkError
from windrow.board.outline import Outline
from windrow.board.port import PortError, SerialPort
from windrow.board.wire import Identity
from windrow.stage.design import Design
from windrow.storage import images, outputs
from windrow_cli.commands.build import default_layer
from windrow_cli.commands.simulate import OutputFolder, write_output
from windrow_cli.console import AsJson, CheckFailed, UserMistake, consoles, print_json, user_input
from windrow_cli.data_options import Data, DataOptions
from windrow_cli.links.lines import line_errors, line_rate, simulated_board
from windrow_cli.links.networks import run_model
from windrow_cli.options import DesignOptions, LayerOptions, takes_options
from windrow_cli.pipelines import MODEL, ModelInput, PaceOptions, check_unused, is_model, unused_flags
from windrow_cli.tables import print_facts


@takes_options
def run(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    pace: PaceOptions,
    input: Annotated[Path | None, Argument(metavar=f"IMAGE|ARRAY.npy|{MODEL}", show_default=False,
        help="A picture or an array (H, W, C) or (N, H, W, C); or the model that the board holds. "
        "[dim]\\[default: pseudo-random][/]")] = None,
    frame: ModelInput = None,
    port: Annotated[str | None, Option(metavar="DEV", help="Serial port of the board.")] = None,
    simulate: Annotated[bool, Option("--simulate",
        help="Instead of a board, simulate one: the same bits on its line, slower.")] = False,
    board: Annotated[str, Option(metavar="NAME",
        help="Which board it is, for its line rate.")] = "icebreaker",
    baud: Annotated[int | None, Option(metavar="N",
        help="Rate of the serial line. [dim]\\[default: the board's][/]")] = None,
    frames: Annotated[int | None, Option(metavar="N",
        help="How often one frame is sent. [dim]\\[default: 1, or all frames of an array][/]")] = None,
    resize: Annotated[bool, Option("--resize", help="Scale a picture to the layer's size.")] = False,
    out: OutputFolder = None,
    as_json: AsJson = False,
) -> None:
    """Send frames to a board, receive the results and check each value.

    The board says which layer it holds; weights and bias have to be those of its bitstream. Of a model: which
    class each picture is, and how many cycles after its last pixel the board had the answer.

    [bold]Example:[/] windrow run --port /dev/ttyUSB0 photo.png --resize

    [bold]Example:[/] windrow run digits seven.png --port /dev/ttyUSB0 --board ulx3s-85f
    """
    results, progress = consoles(as_json)
    if simulate == (port is not None):
        raise UserMistake("give --port DEV for a board, or --simulate for a simulated one")
    if input is not None and is_model(input):
        check_unused(input, layer, {**unused_flags(data, "seed"), **unused_flags(design), "--resize": resize})
        run_model(input, frame, pace, seed=data.seed, frames=frames, port=port, board=board, baud=baud,
                  out=out, as_json=as_json)
        return
    pace.check_unused()
    if frame is not None:
        raise UserMistake(f"{frame} must be left out: only a model takes a second file, and {input} is none")
    given = data.read(layer)
    wanted: Design | None = None
    if simulate:
        wanted = design.build(*default_layer(layer, given))
    elif _described(layer, design):
        wanted = design.build(*layer.build(**given.implied()))
    with user_input():  # whatever can be said before the wait for a board is said now
        x = None if wanted is None else _frames(input, wanted, given, frames, resize)
        folder = None if out is None else outputs.folder(out)
    with ExitStack() as stack:
        if simulate and wanted is not None:
            parameters = given.complete(wanted.layer)[:2]
            device = stack.enter_context(simulated_board(board, wanted, progress, *parameters))
        else:
            device = str(port)
        rate = line_rate(board, baud)
        stack.enter_context(line_errors())
        host = Host(stack.enter_context(SerialPort(device, rate)))
        held = host.identify()
        chosen, weights, bias, source = _agree(held, wanted, given)
        spec = chosen.layer
        if x is None:
            with user_input():
                x = _frames(input, chosen, given, frames, resize)
        output = np.empty((len(x), *spec.output_shape), np.int64)
        golden = spec.golden(x[:1], weights, bias)[0]
        bar = stack.enter_context(Progress(
            TextColumn("frame {task.completed:.1f} of {task.total}"), BarColumn(),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=progress))
        task, start = bar.add_task("", total=len(x), rate=""), time.monotonic()

        def show(done: float) -> None:
            bar.update(task, completed=done, rate=f"{done / (time.monotonic() - start):.1f} frames/s")

        number = 0
        try:
            for number, result in enumerate(host.run(chosen, x, show), 1):
                if number > 1 and x.strides[0]:  # broadcast frames are all the same
                    golden = spec.golden(x[number - 1:number], weights, bias)[0]
                _check(number - 1, result, golden)
                output[number - 1] = result
        except (PortError, LinkError) as error:
            raise UserMistake(f"{error} ({number} of {len(x)} frames were done)") from error
        traffic = host.traffic

    if folder is not None:
        with user_input():
            write_output(folder, output)
    fps = len(x) / traffic.seconds
    if as_json:
        print_json({"board": board, "port": device, "simulated": simulate, "layer": spec.to_dict(),
                    "design": chosen.to_dict(), "frames": len(x), "fps": fps, **vars(traffic), "match": True})
        return
    print_facts(results, [
        ("board", f"{board}, simulated" if simulate else device), ("layer", str(spec)),
        ("design", str(chosen)), ("data", source),
        ("frames", f"{len(x)} in {traffic.seconds:.2f} s: {fps:.1f} frames/s at {rate:,} baud"),
        ("line", f"{traffic.resent} times sent again; damaged packets: {traffic.board_damaged} there, "
         f"{traffic.damaged} here; refused: {traffic.board_refused}"),
        ("check", Text("every value as predicted", "green")),
    ])


def _described(layer: LayerOptions, design: DesignOptions) -> bool:
    """Do the flags say what the board should hold?"""
    return bool(layer.layer or layer.given() or any(value is not None for value in vars(design).values()))


def _agree(held: Identity, wanted: Design | None, given: Data) -> tuple[
        Design, NDArray[np.int64] | None, NDArray[np.int64] | None, str]:
    """What the board holds, if it is what the flags say, and its weights."""
    if isinstance(held.design, Outline):
        raise UserMistake(f"the board holds {held.design}: give the model in front of the picture")
    if wanted is not None and wanted.layer != held.design.layer:
        raise UserMistake(f"the board holds {held.design.layer}, not {wanted.layer}")
    if wanted is not None and wanted != held.design:
        raise UserMistake(f"the board holds {held.design}, not {wanted}")
    weights, bias, source = given.complete(held.design.layer)
    if Identity.of(held.design, weights, bias) != held:
        raise UserMistake(f"the board's bitstream was not built with {source}: "
                          "give the --weights, --bias or --seed that it was built with")
    return held.design, weights, bias, source


def _frames(path: Path | None, design: Design, given: Data, count: int | None,
            resize: bool) -> NDArray[np.int64]:
    """The frames to send, (N, H, W, C)."""
    layer = design.layer
    if count is not None and count < 1:
        raise ValueError(f"--frames must be at least 1, not {count}")
    if path is None:
        x = layer.random_input(given.seed)
    else:
        size = (layer.height, layer.width)
        x = images.read(path, layer.in_channels, size if resize else None)
        images.check_size(path, x, size, "--resize scales it")
    distinct = layer.check_input(x)
    if count is None or len(distinct) == count:
        return distinct
    if len(distinct) > 1:
        raise ValueError(f"--frames must be left out or be {len(distinct)} for {path}, not {count}")
    return np.broadcast_to(distinct, (count, *distinct.shape[1:]))


def _check(number: int, result: NDArray[np.int64], golden: NDArray[np.int64]) -> None:
    wrong = np.argwhere(result != golden)
    if len(wrong):
        place = tuple(int(i) for i in wrong[0])
        raise CheckFailed(f"frame {number}: {len(wrong):,} of {golden.size:,} values are wrong, the first at "
                          f"{place}: {result[place]} instead of {golden[place]}")
