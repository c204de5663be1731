"""A filter's hardware at work, every value and every cycle checked.

One stage is a design, several are a pipeline.  With several pixels a beat, which pipelines do not take,
stages are simulated one behind the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.network.graph import Network
from windrow.network.nodes import Layer
from windrow.pipeline.pipeline import Pipeline
from windrow.planning.plan import plan
from windrow.stage.design import Design

__all__ = ["FilterRun", "Hardware", "hardware_of", "run_filter"]

Hardware: TypeAlias = "tuple[Design, ...] | Pipeline"
"""The stages one by one, or all of them at work at once."""


@dataclass(frozen=True, eq=False)
class FilterRun:
    """What came out of a filter, (N, H, W, C), and the hardware that it came out of.

    latency: cycles from the first beat in to the first beat out; None for several stages, run one by one
    """

    net: Network
    output: npt.NDArray[np.int64]
    hardware: Hardware
    engine: str
    interval: int
    latency: int | None

    @property
    def designs(self) -> list[Design]:
        """The stages, in the order of the stream."""
        if isinstance(self.hardware, Pipeline):
            return [design for _, design in self.hardware.stages if isinstance(design, Design)]
        return list(self.hardware)

    @property
    def multipliers(self) -> int:
        """Of stages that multiply."""
        return sum(map(multipliers_of, self.designs))

    @property
    def buffer_bits(self) -> int:
        """Pixels that wait for windows, and in a pipeline for the next stage."""
        if isinstance(self.hardware, Pipeline):
            return self.hardware.buffer_bits
        return sum(each.buffer_bits for each in self.hardware)

    @property
    def pixels_a_cycle(self) -> float:
        """Of the input, in steady state."""
        height, width, _ = self.net.input_shape
        return height * width / self.interval


def multipliers_of(design: Design) -> int:
    """None of them in pools and ranks, which compare."""
    return 0 if design.layer.weight_shape is None else design.multipliers


def hardware_of(net: Network) -> Hardware:
    """The cheapest hardware of a filter that takes a beat of whole pixels in every cycle.

    As many pixels as the network says; of stages one by one, each takes as many as the one before gives.
    """
    layers, pixels = _layers(net), net.pixels
    if len(layers) > 1 and pixels == 1:
        height, width, _ = net.input_shape
        return plan(net, interval=height * width)
    designs: list[Design] = []
    for layer in layers:
        designs.append(plan(layer.layer, lanes=layer.layer.in_channels, pixels=pixels))
        pixels = designs[-1].output_pixels
    return tuple(designs)


def run_filter(net: Network, frames: npt.NDArray[Any], hardware: Hardware, engine: str = "auto") -> FilterRun:
    """Send frames (N, H, W, C) through simulated hardware.

    Raises Mismatch where hardware and model disagree, and as `windrow_sim.simulate` does.
    """
    from windrow_sim import Mismatch, simulate

    if isinstance(hardware, Pipeline):
        run = simulate(hardware, frames, engine=engine).check()
        out, used, intervals = run.output, [run.engine], [run.interval or hardware.interval]
        latency: int | None = run.latency
    else:
        out, used, intervals, latency = frames, [], [], None
        designs = iter(hardware)
        for node in net.nodes:
            if not isinstance(node.operator, Layer):
                out = node.operator.golden(out)  # where a picture is stored, not in hardware
                continue
            layer, design = node.operator, next(designs)
            stage = simulate(design, out, layer.weights, layer.bias, engine=engine).check()
            out, latency = stage.output, stage.latency
            used.append(stage.engine)
            intervals.append(stage.interval or design.interval)
        latency = latency if len(hardware) == 1 else None
    if not np.array_equal(out, net.golden(frames)):
        raise Mismatch(f"the hardware of {net.name} does not give what its golden model does")
    return FilterRun(net, out, hardware, " ".join(dict.fromkeys(used)), max(intervals), latency)


def _layers(net: Network) -> list[Layer]:
    return [node.operator for node in net.nodes if isinstance(node.operator, Layer)]
