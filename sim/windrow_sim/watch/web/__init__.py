"""The page of a `Watch`, what `shell` does not bring.

    main.html, strip.html   what is on the page
    model.js                the recorded run, and its state in any cycle
    words.js                the sentence that says what happens in a cycle
    draw.js                 the pictures of image, line buffer, array and output
    player.js               the strip of all cycles, and all of it in one of them
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from windrow_sim.watch.web.shell import assemble, framed

__all__ = ["inline", "page", "record", "work_of"]

_WORK = {
    "multiply-accumulate": ("Multipliers", "multiplied", "products"),
    "extreme": ("Comparison", "compared", "operands"),
    "average": ("Addition", "added", "operands"),
    "sum": ("Addition", "added", "operands"),
    "rank": ("Ranking", "ranked", "operands"),
}
"""What a reduction does: its name on the page, what becomes of a tap, and what the taps of a cycle are."""

_SCRIPTS = ("model.js", "words.js", "draw.js", "player.js")


def page(watch: Any, source: str = "") -> str:
    """The page of a `Watch` (which itself shows this page, so its class is not known here).

    `source` says where the data comes from.
    """
    return assemble(_title(watch), record(watch, source), __name__, _SCRIPTS)


def work_of(layer: Any) -> tuple[str, str, str]:
    """What the reduction of a layer does; see `_WORK`."""
    return _WORK.get(layer.reduction, ("Reduction", "reduced", "operands"))


def inline(watch: Any, height: int = 760) -> str:
    """The page as part of another one: a frame of `height` pixels with everything in it."""
    return framed(page(watch), _title(watch), height)


def record(watch: Any, source: str = "") -> dict[str, Any]:
    """What the page knows: the layer, the design, the data, and every event with its cycle."""
    run, design = watch.run, watch.run.design
    layer = design.layer
    array, done, operands = work_of(layer)
    # One frame that was sent many times has stride 0: once is enough.
    images = run.x[:1] if run.x.strides[0] == 0 else run.x
    return {
        "layer": {
            "height": layer.height, "width": layer.width, "channels": layer.in_channels,
            "filters": layer.out_channels, "kernel": layer.kernel_size, "stride": layer.stride,
            "dilation": layer.dilation, "padding": layer.padding, "output": layer.output_shape[:2],
            "depth": layer.in_channels // layer.groups, "fill": layer.fill, "kind": layer.kind,
            "element": getattr(layer, "element", None), "text": str(layer),
            "work": {"array": array, "done": done, "operands": operands},
        },
        "design": {
            "lanes": design.lanes, "pe": design.pe, "taps": design.taps, "steps": design.steps,
            "beat_steps": design.beat_steps, "slices": design.slices, "groups": design.filter_groups,
            "fold": design.fold, "multipliers": design.multipliers, "gathers": design.gathers,
            "ring_rows": design.ring_rows, "row_beats": design.schedule.row_beats,
            "input_beats": design.input_beats, "windows": design.windows,
            "interval": design.interval,
            "store_columns": design.memories.store_columns if any(
                fetch.put is not None for fetch in watch.fetches) else 0,
            "text": str(design),
        },
        "source": source,
        "frames": len(run.x),
        "cycles": watch.cycles,
        "latency": run.latency,
        "interval": run.interval,
        "images": images.tolist(),
        "weights": None if run.weights is None else run.weights.tolist(),
        "bias": None if run.bias is None else run.bias.tolist(),
        "streams": {name: getattr(watch, name)
                    for name in ("i_valid", "i_ready", "o_valid", "o_ready", "credit")},
        "beats": _events(watch.beats),
        "fetches": _events(watch.fetches),
        "steps": _events(watch.steps),
        "outputs": _events(watch.outputs),
    }


def _events(events: tuple[Any, ...]) -> dict[str, list[Any]]:
    """Events field by field: the same as event by event, at a fraction of the size."""
    if not events:
        return {}
    names = [field.name for field in dataclasses.fields(events[0])]
    return {name: [_plain(getattr(event, name)) for event in events] for name in names}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _title(watch: Any) -> str:
    layer = watch.run.design.layer
    kernel = "×".join(map(str, layer.kernel_size))
    rows, columns = layer.stride
    stride = rows if rows == columns else f"{rows}×{columns}"
    return f"{kernel} window, stride {stride}, on {layer.height}×{layer.width} pixels"
