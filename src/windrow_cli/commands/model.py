"""What commands do with a model: `windrow plan MODEL` and the others, a whole network as one pipeline."""

from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

import windrow
from windrow.network.graph import Network
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.estimates import CLOCK_MHZ
from windrow.storage import outputs
from windrow.storage.folders import check_replaceable
from windrow.timing.stalls import Stalls
from windrow_cli.console import UserMistake, consoles, print_json, simulation, user_input
from windrow_cli.pipelines import PaceOptions, planned, random_frame, read_frames, read_model
from windrow_cli.tables import Column, print_facts, print_table, synthesised

_LAYERS = [Column("layer", left=True), Column("input"), Column("output"), Column("kernel"),
           Column("lanes pe taps", "lanes\npe taps"), Column("multipliers", "multi-\npliers"),
           Column("interval"), Column("busy")]  # fmt: skip


def plan_model(model: Path, pace: PaceOptions, clock: float, pixels: int | None, as_json: bool) -> None:
    """`windrow plan MODEL`: a row for every layer, and what all of them do together."""
    results, progress = consoles(as_json)
    read, saving = read_model(model, progress, keep_dead=pace.keep_dead_channels)
    pipeline = planned(read, pace, clock, progress, pixels)
    with progress.status("timing"):
        dead = 0 if pace.keep_dead_channels else sum(saving.channels.values())
        record = {**plan_record(pipeline, pace), "dead_channels": dead}
    if as_json:
        print_json(record)
        return
    network = record["network"]
    print_table(results, _LAYERS, [_cells(each) for each in record["layers"]],
                title=f"{network['name']}: {_by(network['input_shape'])} -> {_by(network['output_shape'])}, "
                      f"{network['macs']:,} MACs")  # fmt: skip
    results.print("[dim]interval: cycles a frame if nothing else held the layer up; busy: share of the "
                  "multipliers' time[/]\n")  # fmt: skip
    for line in plan_sentences(record, pace, clock):
        results.print(line, markup=False)
    if dead:
        results.print(f"{saving}.", markup=False)


def plan_record(pipeline: Pipeline, pace: PaceOptions) -> dict[str, Any]:
    """The promised JSON keys of a plan: with a budget what all of it takes, too."""
    return {**pipeline.to_dict(), "area": None if pace.budget is None else pipeline.area.to_dict()}


def plan_sentences(record: dict[str, Any], pace: PaceOptions, clock: float) -> list[str]:
    """What a pipeline does and takes, in words."""
    interval, latency, fifos = record["interval"], record["latency"], record["fifos"]
    channels = {"the input": record["idle_inputs"],
                **{each["name"]: each["idle_channels"] for each in record["layers"]}}  # fmt: skip
    idle = [f"{count} behind {name}" for name, count in channels.items() if count]
    slowest = [each["name"] for each in record["layers"] if each["interval"] == interval]
    limit = "" if pace.multipliers is None else f" of {pace.multipliers:,}"
    bits = sum(each["bits"] for each in fifos)
    area, logic = record["area"], sum(each["multipliers"] - each["dsp_multipliers"]
                                      for each in record["layers"])  # fmt: skip
    return [
        f"{clock * 1e6 / interval:,.2f} frames/s at {clock:g} MHz: {interval:,} cycles a frame, all layers "
        f"at work at once; from the first input to the first output {latency:,} cycles, "
        f"{latency / clock:,.1f} µs.",
        f"{record['multipliers']:,}{limit} multipliers, {record['utilisation']:.1%} busy; "
        f"{record['requantisers']:,} units beside them scale results.",
        f"{record['buffer_bits']:,} bits of line buffers and queues, {bits:,} of them in {len(fifos)} "
        f"queues; {record['weight_bits']:,} bits of weights.",
        *([] if not slowest else [f"The pace is set by {', '.join(slowest)}."]),
        *([] if not idle else [f"Idle channels, so that foldings fit: {', '.join(idle)}."]),
        *([] if area is None else [
            f"On ECP5 about {area['luts']:,} look-up tables, {area['block_rams']:,} block RAMs and "
            f"{area['dsps']:,} DSP blocks; {logic:,} multipliers are logic."]),
    ]  # fmt: skip


def simulate_model(
    model: Path, input: Path | None, pace: PaceOptions, clock: float, *, pixels: int | None, seed: int,
    frames: int | None, stalls: tuple[Stalls, Stalls], out: Path | None, options: dict[str, Any],
    as_json: bool,
) -> None:  # fmt: skip
    """`windrow simulate MODEL`: frames through the whole pipeline, every value and every cycle checked.

    options: of `windrow.simulate`
    """
    results, progress = consoles(as_json)
    network, _ = read_model(model, progress, keep_dead=pace.keep_dead_channels)
    with user_input():
        x, frames, said = _given_frames(network, input, seed, frames)
        folder = None if out is None else outputs.folder(out)
    pipeline = planned(network, pace, clock, progress, pixels)
    with progress.status("building and simulating"), simulation():
        from windrow_sim import simulate

        run = simulate(pipeline, x, frames=frames, input_stall=stalls[0], output_stall=stalls[1], **options)
        run.check()
    if folder is not None:
        with user_input(), outputs.whole(folder / "output.npy") as aside:
            np.save(aside, run.output)
    record = {"network": pipeline.to_dict()["network"], "engine": run.engine, "frames": len(run.output),
              "cycles": run.cycles, "interval": run.interval, "latency": run.latency, "match": True}
    if as_json:
        print_json(record)
        return
    height, width, channels = pipeline.plain.steps[-1].operator.output_shape
    answers = run.output[..., :channels].reshape(len(run.output), -1).argmax(axis=1).tolist()
    print_facts(results, [
        ("network", network.name), ("pipeline", str(pipeline)), ("engine", run.engine),
        ("data", said),
        ("frames", str(len(run.output))), ("cycles", f"{run.cycles:,}"),
        ("interval", "one frame only" if run.interval is None else f"{run.interval:,} cycles"),
        ("latency", f"{run.latency:,} cycles"),
        *([("largest output", ", ".join(map(str, answers)))] if height == width == 1 else []),
        ("check", Text("every value and every cycle as predicted", "green")),
    ])  # fmt: skip


def watch_model(
    model: Path, input: Path | None, pace: PaceOptions, clock: float, *, pixels: int | None, seed: int,
    frames: int | None, stalls: tuple[Stalls, Stalls], out: Path, as_json: bool,
) -> None:  # fmt: skip
    """`windrow watch MODEL`: a page that steps through a run of the whole pipeline."""
    results, progress = consoles(as_json)
    if out.suffix.lower() != ".html":
        raise UserMistake(f"--out must be a file that ends in .html for a model, not {str(out)!r}: a film "
                          "shows one layer")  # fmt: skip
    network, _ = read_model(model, progress, keep_dead=pace.keep_dead_channels)
    with user_input():
        x, frames, said = _given_frames(network, input, seed, frames)
        outputs.place(out)
    pipeline = planned(network, pace, clock, progress, pixels)
    with progress.status("building and simulating"), simulation():
        from windrow_sim.watch import page, watch

        seen = watch(pipeline, x, frames=frames, input_stall=stalls[0], output_stall=stalls[1])
    with progress.status("drawing"), user_input(), outputs.whole(out) as aside:
        aside.write_text(page(seen, said[0].upper() + said[1:]), encoding="utf-8")
    run, shown = seen.run, len(seen.run.output)
    if as_json:
        print_json({
            "network": pipeline.to_dict()["network"], "engine": run.engine, "frames": shown,
            "cycles": run.cycles, "interval": run.interval, "latency": run.latency, "match": True,
            "path": str(out),
        })  # fmt: skip
        return
    cut = f" (of {frames}: more would be too large a page)" if shown < frames else ""
    results.print(f"{out}: {seen.cycles} cycles of {pipeline}, {shown} frame{'s' * (shown > 1)}{cut}; "
                  f"{said}; every result of every stage and every cycle as predicted",
                  soft_wrap=True, markup=False)


def _given_frames(network: Network, input: Path | None, seed: int, frames: int | None
                  ) -> tuple[NDArray[np.int64], int, str]:  # fmt: skip
    """What goes into a network, how many frames that makes, and what it is."""
    x = random_frame(network, seed) if input is None else read_frames(input, network)
    one = x.ndim == len(network.input_shape)
    said = f"pseudo-random input from seed {seed}" if input is None else str(input)
    return x, (3 if one else len(x)) if frames is None else frames, said


def verilog_model(model: Path, pace: PaceOptions, clock: float, *, pixels: int | None, name: str,
                  out: Path | None, frames: int | None, as_json: bool, **options: Any) -> None:  # fmt: skip
    """`windrow verilog MODEL`: the whole pipeline as one module, in `NAME.v`, or a hand-over of it.

    options: of `windrow.verilog`
    """
    results, progress = consoles(as_json)
    with user_input():
        check_handover(out, frames)
    network, _ = read_model(model, progress, keep_dead=pace.keep_dead_channels)
    pipeline = planned(network, pace, clock, progress, pixels)
    with progress.status("generating"), user_input():
        path = (out or Path()) / f"{name}.v"
        files = [path]
        if out is None:
            windrow.verilog(pipeline, name=name, path=path, **options)
        else:
            files = windrow.handover(pipeline, name=name, path=out, frames=frames, clock_mhz=clock,
                                     source="of the model", **options)
    if as_json:
        print_json({**pipeline.to_dict(), "interface": options["interface"], "path": str(path),
                    "files": [str(file) for file in files]})  # fmt: skip
        return
    results.print(f"{path}: {pipeline}, {pipeline.interval:,} cycles a frame", soft_wrap=True, markup=False)
    if out is not None:
        results.print(f"check it: make -C {quote(str(out / 'sim'))}", soft_wrap=True, markup=False)


def check_handover(out: Path | None, frames: int | None) -> None:
    """ValueError for a folder with files that would be lost, and for frames without a folder."""
    if out is not None:
        check_replaceable(out)
        return
    outputs.folder(".")
    if frames is not None:
        raise ValueError(f"--frames must be left out without --out, not be {frames}")


def synth_model(model: Path, pace: PaceOptions, *, pixels: int | None, as_json: bool, **options: Any) -> None:
    """`windrow synth MODEL`: what the whole pipeline costs.

    options: of `windrow.synthesize`
    """
    results, progress = consoles(as_json)
    network, _ = read_model(model, progress, keep_dead=pace.keep_dead_channels)
    pipeline = planned(network, pace, CLOCK_MHZ, progress, pixels)
    with progress.status("generating") as status, user_input():
        try:
            found = windrow.synthesize(pipeline, progress=status.update, **options)
        except windrow.SynthesisError as error:
            raise UserMistake(str(error)) from error
    if as_json:
        print_json(found.to_dict())
        return
    print_facts(results, [
        ("network", network.name), ("pipeline", f"{pipeline}, {pipeline.interval:,} cycles a frame"),
        *synthesised(found),
        *([] if found.fmax_mhz is None else
          [("frames/s", f"{found.fmax_mhz * 1e6 / pipeline.interval:,.1f} at that clock")]),
    ])  # fmt: skip


def _cells(each: dict[str, Any]) -> list[str]:
    kernel, (down, across) = _by(each["kernel_size"]), each["stride"]
    stride = "" if down == across == 1 else f"/{down}" if down == across else f"/{down}x{across}"
    return [
        each["name"], _by(each["input_shapes"][0]), _by(each["output_shape"]), kernel + stride,
        f"{each['lanes']} {each['pe']} {each['taps']}",
        f"{each['multipliers']:,}" if each["multipliers"] else "-", f"{each['interval']:,}",
        "-" if each["utilisation"] is None else f"{each['utilisation']:.1%}",
    ]  # fmt: skip


def _by(shape: list[int]) -> str:
    return "x".join(map(str, shape))
