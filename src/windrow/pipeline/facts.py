"""What a pipeline is, takes and does, in JSON types: totals, queues, and a row for every layer."""

from __future__ import annotations

from typing import Any

from windrow.joins.join import Join
from windrow.stage.blocks import Blocks

__all__ = ["facts"]


def facts(pipeline: Any) -> dict[str, Any]:
    """The promised JSON keys of a `Pipeline`.  Channels and MACs are the network's, without idle ones."""
    network = pipeline.network
    return {
        "network": {"name": network.name, "macs": network.macs, "input_shape": list(network.input_shape),
                    "output_shape": list(network.output_shape)},
        "interval": pipeline.interval, "latency": pipeline.latency, "multipliers": pipeline.multipliers,
        "requantisers": pipeline.requantisers, "utilisation": pipeline.utilisation,
        "idle_inputs": pipeline.input_shape[2] - pipeline.plain.input_shape[2],
        "buffer_bits": pipeline.buffer_bits, "weight_bits": pipeline.weight_bits,
        "fifos": [fifo.to_dict() for fifo in pipeline.fifos],
        **({"pixels": pipeline.pixels} if pipeline.pixels > 1 else {}),
        "layers": [_layer(pipeline, at) for at in range(len(pipeline.stages))],
    }  # fmt: skip


def _layer(pipeline: Any, at: int) -> dict[str, Any]:
    step, design = pipeline.stages[at]
    plain = pipeline.plain.steps[at]
    operator, join = plain.operator, isinstance(plain.operator, Join)
    blocks = pipeline.blocks.get(step.name, Blocks())
    counts = step.weights is not None
    macs = operator.macs if counts else 0
    return {
        "name": step.name, "operator": operator.kind,
        "input_shapes": [list(shape) for shape in plain.input_shapes],
        "output_shape": list(operator.output_shape),
        "kernel_size": [1, 1] if join else list(operator.kernel_size),
        "stride": [1, 1] if join else list(operator.stride), "macs": macs,
        "idle_channels": step.operator.output_shape[2] - operator.output_shape[2],
        **({"pixels": design.pixels} if design.pixels > 1 else {}),
        "lanes": design.lanes, "pe": design.pe, "taps": 1 if join else design.taps,
        "multipliers": design.multipliers if counts else 0,
        "dsp_multipliers": blocks.held(design.multipliers) if counts else 0,
        "requantisers": design.requantisers, "dsp_requantisers": design.requantisers if blocks.maps else 0,
        "interval": design.interval,
        "utilisation": macs / (design.multipliers * pipeline.interval) if counts else None,
        "buffer_bits": 0 if join else design.buffer_bits,
        "weight_bits": step.weights.size * step.operator.weight_type.bits if counts else 0,
    }  # fmt: skip
