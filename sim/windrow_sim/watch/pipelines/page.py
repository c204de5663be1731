"""The page of a `PipelineWatch`: the record that it shows, packed.

    web/main.html, strip.html   what is on the page
    web/signals.js              the recorded bits, and counts of them
    web/state.js                what stages and queues are at in any cycle
    web/words.js                the sentence that says what happens in a cycle
    web/rows.js                 a row for each stage: graph, state, queues, feature maps
    web/lanes.js                the timeline of each stage
    web/score.js                all of it in one cycle
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Join
from windrow.pipeline.join_design import input_lanes
from windrow.pipeline.steps import INPUT
from windrow.stage.pixels import beats_of
from windrow_sim.watch.web.shell import assemble, framed

__all__ = ["inline", "page", "record"]

_SCRIPTS = ("signals.js", "state.js", "words.js", "rows.js", "lanes.js", "score.js")
_SHADES = 255


def page(watch: Any, source: str = "") -> str:
    """The page of a `PipelineWatch` (which itself shows this page, so its class is not known here).

    `source` says where the data comes from.
    """
    return assemble(_title(watch), record(watch, source), f"{__package__}.web", _SCRIPTS, ["pipeline.css"])


def inline(watch: Any, height: int = 900) -> str:
    """The page as part of another one: a frame of `height` pixels with everything in it."""
    return framed(page(watch), _title(watch), height)


def record(watch: Any, source: str = "") -> dict[str, Any]:
    """What the page knows: stages, queues, pictures of what they gave, and the bits of every cycle."""
    run, pipeline = watch.run, watch.run.design
    bits = _Bits(watch.cycles)
    streams = {"input": bits.stream(watch.input)}
    stages = [_stage(each, bits) for each in watch.stages]
    x = run.x[:1] if run.x.strides[0] == 0 else run.x
    return {
        "network": pipeline.network.name, "text": str(pipeline), "source": source,
        "frames": len(run.x), "asked": watch.frames_asked, "cycles": watch.cycles,
        "interval": run.interval, "latency": run.latency, "bound": pipeline.bound, "engine": run.engine,
        "input": {**_map(pipeline.input_shape, pipeline.pixels, pipeline.lanes), "shades": _shades(x),
                  "stream": streams["input"]},
        "answers": _answers(watch),
        "stages": stages,
        "queues": [{"source": _place(each.fifo.source, watch), "target": _place(each.fifo.target, watch),
                    "port": each.fifo.port, "write": each.fifo.write, "read": each.fifo.read,
                    "elements": each.fifo.elements, "depth": each.fifo.depth} for each in watch.queues],
        "bits": bits.packed(),
    }


class _Bits:
    """Collects signals, and gives each its number."""

    def __init__(self, cycles: int) -> None:
        self.cycles = cycles
        self.rows: list[npt.NDArray[np.uint8]] = []

    def add(self, signal: npt.NDArray[np.bool_]) -> int:
        self.rows.append(np.packbits(signal[: self.cycles], bitorder="little"))
        return len(self.rows) - 1

    def stream(self, stream: Any) -> dict[str, int]:
        return {"valid": self.add(stream.valid), "ready": self.add(stream.ready)}

    def packed(self) -> str:
        """All signals, one behind the other, deflated: most repeat with every frame."""
        return _text(zlib.compress(np.concatenate(self.rows).tobytes(), 9))


def _stage(seen: Any, bits: _Bits) -> dict[str, Any]:
    step, design = seen.step, seen.design
    operator, join = step.operator, isinstance(step.operator, Join)
    inputs = [
        {**_map(shape, design.pixels, input_lanes(design, port)), "source": source,
         "stream": bits.stream(stream)}
        for port, (source, shape, stream) in
        enumerate(zip(step.sources, step.input_shapes, seen.inputs, strict=True))
    ]
    return {
        "name": step.name, "what": " ".join(_what(operator)), "interval": design.interval,
        "multipliers": design.multipliers if step.weights is not None else 0, "design": str(design),
        "inputs": inputs,
        "output": {**_map(operator.output_shape, design.output_pixels, design.pe),
                   "shades": _shades(seen.values), "stream": bits.stream(seen.output)},
        "window": None if join or operator.window.fractional else {
            "kernel": operator.kernel_size, "stride": operator.stride, "dilation": operator.dilation,
            "before": [axis[0] for axis in operator.padding]},
        "work": bits.add(seen.work), "begin": bits.add(seen.begin), "credit": bits.add(seen.credit),
    }  # fmt: skip


def _what(operator: Any) -> Iterator[str]:
    yield operator.kind
    if not isinstance(operator, Join) and operator.window.taps > 1:
        yield "×".join(map(str, operator.kernel_size))
        if operator.stride != (1, 1):
            yield "stride " + "×".join(map(str, dict.fromkeys(operator.stride)))


def _map(shape: tuple[int, int, int], pixels: int, channels: int) -> dict[str, Any]:
    """A feature map and its beats."""
    return {"shape": shape, "pixels": pixels, "groups": shape[2] // channels,
            "beats": beats_of(shape, pixels, channels)}


def _shades(values: npt.NDArray[np.int64]) -> str:
    """A byte for each pixel of each frame, the mean of its channels; of a single pixel for each channel."""
    single = values.shape[1:3] == (1, 1)
    means = values.reshape(len(values), -1) if single else values.mean(axis=3).reshape(len(values), -1)
    least, most = means.min(), means.max()
    scaled = (means - least) * (_SHADES / max(most - least, 1e-9))
    return _text(np.rint(scaled).astype(np.uint8).tobytes())


def _answers(watch: Any) -> list[int] | None:
    """Of results without an image the largest, frame by frame; without channels that are idle."""
    height, width, channels = watch.run.design.plain.steps[-1].operator.output_shape
    output = watch.run.output[..., :channels]
    return output.reshape(len(output), -1).argmax(axis=1).tolist() if height == width == 1 else None


def _place(name: str, watch: Any) -> int:
    """A stage by its number; -1 is the input."""
    return -1 if name == INPUT else [each.step.name for each in watch.stages].index(name)


def _title(watch: Any) -> str:
    pipeline = watch.run.design
    shape = " × ".join(map(str, pipeline.network.input_shape))
    return f"{pipeline.network.name}: {shape} through {len(watch.stages)} stages"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
