"""A filter's hardware at work, every value and every cycle checked.

One stage is a design, several are a pipeline.
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

__all__ = ["FilterRun", "Hardware", "hardware_of", "run_filter", "stored"]

Hardware: TypeAlias = "Design | Pipeline"


@dataclass(frozen=True, eq=False)
class FilterRun:
    """What came out of a filter, (N, H, W, C), the hardware that it came out of, and what was compared.

    clock_mhz: of a board; None where there is none
    """

    net: Network
    output: npt.NDArray[np.int64]
    hardware: Hardware
    engine: str
    interval: int
    latency: int
    checked: str = "every value and every cycle as predicted"
    clock_mhz: float | None = None

    @property
    def designs(self) -> list[Design]:
        """The stages, in the order of the stream."""
        if isinstance(self.hardware, Pipeline):
            return [design for _, design in self.hardware.stages if isinstance(design, Design)]
        return [self.hardware]

    @property
    def multipliers(self) -> int:
        """Of stages that multiply."""
        return sum(map(multipliers_of, self.designs))

    @property
    def buffer_bits(self) -> int:
        """Pixels that wait for windows, and in a pipeline for the next stage."""
        return self.hardware.buffer_bits

    @property
    def pixels_a_cycle(self) -> float:
        """Of the input, in steady state."""
        height, width, _ = self.net.input_shape
        return height * width / self.interval


def multipliers_of(design: Design) -> int:
    """None of them in pools and ranks, which compare."""
    return 0 if design.layer.weight_shape is None else design.multipliers


def hardware_of(net: Network) -> Hardware:
    """The cheapest hardware of a filter that takes a beat of whole pixels in every cycle, as many of them as
    the network says.
    """
    layers = _layers(net)
    if len(layers) > 1:
        return plan(net, pixels=net.pixels)
    return plan(layers[0].layer, lanes=layers[0].layer.in_channels, pixels=net.pixels)


def run_filter(net: Network, frames: npt.NDArray[Any], hardware: Hardware, engine: str = "auto") -> FilterRun:
    """Send frames (N, H, W, C) through simulated hardware.

    Raises Mismatch where hardware and model disagree, and as `windrow_sim.simulate` does.
    """
    from windrow_sim import Mismatch, simulate

    if isinstance(hardware, Pipeline):
        run = simulate(hardware, frames, engine=engine).check()
    else:
        (layer,) = _layers(net)
        run = simulate(hardware, frames, layer.weights, layer.bias, engine=engine).check()
    out = stored(net, run.output)
    if not np.array_equal(out, net.golden(frames)):
        raise Mismatch(f"the hardware of {net.name} does not give what its golden model does")
    return FilterRun(net, out, hardware, run.engine, run.interval or hardware.interval, run.latency)


def stored(net: Network, out: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The pictures of what left the hardware: some of a network is left to where they are stored."""
    for node in net.nodes:
        if not isinstance(node.operator, Layer):
            out = node.operator.golden(out)
    return out


def _layers(net: Network) -> list[Layer]:
    return [node.operator for node in net.nodes if isinstance(node.operator, Layer)]
