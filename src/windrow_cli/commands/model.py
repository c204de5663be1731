"""What commands do with a model: `windrow plan MODEL` and the others, a whole network as one pipeline."""

from pathlib import Path
from typing import Any

from windrow_cli.console import consoles, print_json
from windrow_cli.pipelines import PaceOptions, planned, read_model
from windrow_cli.tables import Column, print_table

_LAYERS = [Column("layer", left=True), Column("input"), Column("output"), Column("kernel"),
           Column("lanes pe taps", "lanes\npe taps"), Column("multipliers", "multi-\npliers"),
           Column("interval"), Column("busy")]  # fmt: skip


def plan_model(model: Path, pace: PaceOptions, clock: float, as_json: bool) -> None:
    """`windrow plan MODEL`: a row for every layer, and what all of them do together."""
    results, progress = consoles(as_json)
    pipeline = planned(read_model(model, progress), pace, clock, progress)
    with progress.status("timing"):
        record: dict[str, Any] = pipeline.to_dict()
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


def plan_sentences(record: dict[str, Any], pace: PaceOptions, clock: float) -> list[str]:
    """What a pipeline does and takes, in words."""
    interval, latency, fifos = record["interval"], record["latency"], record["fifos"]
    idle = [each for each in record["layers"] if each["idle_channels"]]
    slowest = [each["name"] for each in record["layers"] if each["interval"] == interval]
    limit = "" if pace.multipliers is None else f" of {pace.multipliers:,}"
    bits = sum(each["bits"] for each in fifos)
    return [
        f"{clock * 1e6 / interval:,.2f} frames/s at {clock:g} MHz: {interval:,} cycles a frame, all layers "
        f"at work at once; from the first input to the first output {latency:,} cycles, "
        f"{latency / clock:,.1f} µs.",
        f"{record['multipliers']:,}{limit} multipliers, {record['utilisation']:.1%} busy; "
        f"{record['requantisers']:,} more scale results.",
        f"{record['buffer_bits']:,} bits of line buffers and queues, {bits:,} of them in {len(fifos)} "
        f"queues; {record['weight_bits']:,} bits of weights.",
        *([] if not slowest else [f"The pace is set by {', '.join(slowest)}."]),
        *([] if not idle else ["Idle channels, so that foldings fit: " + ", ".join(
            f"{each['idle_channels']} behind {each['name']}" for each in idle) + "."]),
    ]  # fmt: skip


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
