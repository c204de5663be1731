"""`windrow simulate`: one design on real or pseudo-random data, checked in every value and every cycle."""

import re
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from rich.text import Text
from typer import Argument, Option

from windrow.stage.estimates import CLOCK_MHZ
from windrow.storage import images, outputs
from windrow_cli.commands.model import simulate_model
from windrow_cli.console import AsJson, EngineName, UserMistake, consoles, print_json, simulation, user_input
from windrow_cli.data_options import PICTURE, DataOptions
from windrow_cli.options import DesignOptions, LayerOptions, given_path, takes_options
from windrow_cli.pipelines import MODEL, ModelInput, PaceOptions, check_unused, is_model, unused_flags
from windrow_cli.stalls import InputStall, OutputStall, read_stalls
from windrow_cli.tables import print_facts

OutputFolder = Annotated[Path | None, Option(parser=given_path, metavar="DIR",
    help="Write output.npy, and output.png if there is one filter.")]


@takes_options
def simulate(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    pace: PaceOptions,
    input: Annotated[Path | None, Argument(metavar=f"IMAGE|ARRAY.npy|{MODEL}", show_default=False,
        help="A picture or an array (H, W, C) or (N, H, W, C); or a quantised model, to run all of it. "
        "[dim]\\[default: pseudo-random][/]")] = None,
    frame: ModelInput = None,
    engine: EngineName = "auto",
    frames: Annotated[int | None, Option(metavar="N",
        help="How often one frame is sent. [dim]\\[default: 3, or all frames of an array][/]")] = None,
    input_stall: InputStall = "none",
    output_stall: OutputStall = "none",
    waves: Annotated[Path | None, Option(parser=given_path, metavar="FILE",
        help="Write the waves, .vcd or .fst, and views of them for GTKWave and Surfer.")] = None,
    wave_cycles: Annotated[str | None, Option(metavar="FIRST:END",
        help="Keep these cycles of the waves. [dim]\\[default: all][/]")] = None,
    target: Annotated[str | None, Option(metavar="ecp5|ice40",
        help="Synthesise, and simulate the gates. [dim]\\[default: the design itself][/]")] = None,
    device: Annotated[str | None, Option(metavar="NAME",
        help="For --target: 25k, 45k or 85k of ecp5, hx8k or up5k of ice40.")] = None,
    out: OutputFolder = None,
    as_json: AsJson = False,
) -> None:
    """Run one design in a simulator and check it against the golden model and the timing model.

    A picture gives the layer its height, width and channels, a weights file its kernel and filters.

    [bold]Example:[/] windrow simulate photo.png --weights sobel-x --stride 2 \\
    --padding 1 --out result

    [bold]Example:[/] windrow simulate digits --multipliers 16
    """
    if input is not None and is_model(input):
        unused = {**unused_flags(data, "seed"), **unused_flags(design, "pixels")}
        check_unused(input, layer, unused)
        with user_input():
            stalls = read_stalls(input_stall, output_stall, data.seed)
            bounds = None if wave_cycles is None else _bounds(wave_cycles, waves)
        simulate_model(input, frame, pace, CLOCK_MHZ, pixels=design.pixels, seed=data.seed, frames=frames,
                       stalls=stalls, out=out, as_json=as_json,
                       options={"engine": engine, "trace": waves, "trace_cycles": bounds, "target": target,
                                "device": device})  # fmt: skip
        return
    pace.check_unused()
    if frame is not None:
        raise UserMistake(f"{frame} must be left out: only a model takes a second file, and {input} is none")
    results, progress = consoles(as_json)
    given = data.read(layer)
    with user_input():
        x = None if input is None else images.read(input, given.channels(layer))
    implied = given.implied()
    if x is not None:
        implied["height"], implied["width"], implied["in_channels"] = x.shape[-3:]
    spec, planned = layer.build(**implied)
    chosen = design.build(spec, planned)
    weights, bias, source = given.complete(spec)
    with user_input():
        if x is None:
            x = spec.random_input(given.seed)
        elif input is not None:
            images.check_size(input, x, (spec.height, spec.width), PICTURE)
        spec.check_input(x)
        if frames is None:
            frames = 3 if x.ndim == 3 else len(x)
        stalls_in, stalls_out = read_stalls(input_stall, output_stall, given.seed)
        folder = None if out is None else outputs.folder(out)
        bounds = None if wave_cycles is None else _bounds(wave_cycles, waves)
    if input is None:
        source += f", pseudo-random input from seed {given.seed}"

    with progress.status("building and simulating"), simulation():
        from windrow_sim import simulate as run_hardware

        run = run_hardware(
            chosen, x, weights, bias, engine=engine, frames=frames,
            input_stall=stalls_in, output_stall=stalls_out, trace=waves, trace_cycles=bounds,
            target=target, device=device,
        )
        run.check()

    if folder is not None:
        with user_input():
            write_output(folder, run.output)
    count = len(run.output)
    if as_json:
        print_json({
            "layer": spec.to_dict(), "design": chosen.to_dict(), "engine": run.engine, "frames": count,
            "cycles": run.cycles, "interval": run.interval, "latency": run.latency, "match": True,
        })
        return
    print_facts(results, [
        ("layer", str(spec)), ("design", str(chosen)), ("data", source), ("engine", run.engine),
        *([] if target is None else [("gates", " ".join(filter(None, (target, device))))]),
        ("frames", str(count)), ("cycles", f"{run.cycles:,}"),
        ("interval", "one frame only" if run.interval is None else f"{run.interval:,} cycles"),
        ("latency", f"{run.latency:,} cycles"),
        ("check", Text("every value and every cycle as predicted", "green")),
    ])


def _bounds(text: str, waves: Path | None) -> tuple[int, int]:
    """First cycle to keep, and the one after the last."""
    match = re.fullmatch(r"(\d+):(\d+)", text.strip())
    if match is None or int(match[1]) >= int(match[2]):
        raise UserMistake(f"--wave-cycles must be FIRST:END such as 100:200, not {text!r}")
    if waves is None:
        raise UserMistake("--wave-cycles needs --waves FILE")
    return int(match[1]), int(match[2])


def write_output(folder: Path, output: NDArray[np.int64]) -> None:
    """output.npy, and output.png of the first frame if there is one filter."""
    with outputs.whole(folder / "output.npy") as aside:
        np.save(aside, output)
    if output.shape[-1] == 1:
        images.write_edges(folder / "output.png", output[0, :, :, 0])
