"""What the header of generated Verilog says about programming run-time hardware, and about stages."""

from __future__ import annotations

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.reductions.weights_loaded import load_bits
from windrow_hdl.window.programmed.geometry import setting_bounds, setting_layout

_NOTES = """\
//
// Settings  the layer above is the setting after reset. A transfer on `settings` (valid, ready, payload)
//           is another one; it applies between two frames. `accepted` is then high for a cycle, and the next
//           cycle is the first of the new setting; `refused` is high where it is illegal: nothing changes.
{fields}
"""
_WEIGHTS = """\
// Weights   `weights` takes, between two frames, one weight or bias of {bits} bits per transfer, all of them
//           at a time: in the order of the steps (filter group, slice of channels, tap step, filter, tap,
//           lane; taps run down the kernel columns, spare ones are 0), then the biases. `rst` leaves them
//           alone.
"""


_STAGES = """\
//
// Stages    one module each, with those within, whose names begin with its name
{stages}
//
// Queues    in front of their inputs: modules {name}_<stage>_fifo_<input>
{queues}
"""


def stage_notes(pipeline: Pipeline, name: str) -> str:
    """Comment lines on the stages and queues of a pipeline."""
    stages = []
    for step, design in pipeline.stages:
        *inputs, output = (" x ".join(map(str, shape)) for shape in
                           (*step.input_shapes, step.operator.output_shape))
        stages += [f"//           {name}_{step.name}: {step.operator.kind}, {', '.join(inputs)} -> {output}",
                   f"//               {design}"]
    queues = [f"//           {fifo.source} -> {fifo.target}, input {fifo.port}: {fifo.elements} numbers, "
              f"{fifo.write} in, {fifo.read} out, {fifo.bits} bits" for fifo in pipeline.fifos]
    return _STAGES.format(name=name, stages="\n".join(stages),
                          queues="\n".join(queues or ["//           none"]))


def programming_notes(design: Design) -> str:
    """Comment lines on ports `settings` and `weights`; empty for a fixed design."""
    if design.runtime is None:
        return ""
    lines, layout = [], setting_layout(design)
    for name, (low, high) in setting_bounds(design).items():
        field = layout[name]
        bits = f"settings__payload[{field.offset + field.width - 1}:{field.offset}]"
        lines.append(f"//           {bits:<24} {name}, {low}..{high}")
    notes = _NOTES.format(fields="\n".join(lines))
    return notes + (_WEIGHTS.format(bits=load_bits(design)) if design.loads_weights else "")
