"""A filter's hardware at work: its stages one behind the other, every value and every cycle checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.network.graph import Network
from windrow.network.nodes import Layer
from windrow.planning.plan import plan
from windrow.stage.design import Design

__all__ = ["FilterRun", "run_filter", "stages_of"]


@dataclass(frozen=True, eq=False)
class FilterRun:
    """What came out of a filter, (N, H, W, C), and the hardware that it came out of.

    latency: cycles from the first beat in to the first beat out; None for several stages, run one by one
    """

    net: Network
    output: npt.NDArray[np.int64]
    designs: tuple[Design, ...]
    engine: str
    interval: int
    latency: int | None

    @property
    def multipliers(self) -> int:
        return sum(each.multipliers for each in self.designs)

    @property
    def buffer_bits(self) -> int:
        """Pixels that wait for windows."""
        return sum(each.buffer_bits for each in self.designs)

    @property
    def pixels_a_cycle(self) -> float:
        """Of the input, in steady state."""
        height, width, _ = self.net.input_shape
        return height * width / self.interval


def stages_of(net: Network) -> tuple[Design, ...]:
    """The cheapest hardware of each stage that takes whole pixels, all channels in a beat.

    The first takes as many pixels in a beat as the network says, each of the others as the one before gives.
    """
    designs: list[Design] = []
    pixels = net.pixels
    for layer in _layers(net):
        designs.append(plan(layer.layer, lanes=layer.layer.in_channels, pixels=pixels))
        pixels = designs[-1].output_pixels
    return tuple(designs)


def run_filter(net: Network, frames: npt.NDArray[Any], designs: tuple[Design, ...],
               engine: str = "auto") -> FilterRun:
    """Send frames (N, H, W, C) through each stage's simulated hardware.

    Raises Mismatch where hardware and model disagree, and as `windrow_sim.simulate` does.
    """
    from windrow_sim import Mismatch, simulate

    out, used = frames, []
    for layer, design in zip(_layers(net), designs, strict=True):
        run = simulate(design, out, layer.weights, layer.bias, engine=engine)
        run.check()
        out = run.output
        used.append(run)
    if not np.array_equal(out, net.golden(frames)):
        raise Mismatch(f"the stages of {net.name} do not give what its golden model does")
    intervals = [run.interval or design.interval for run, design in zip(used, designs, strict=True)]
    return FilterRun(net, out, designs, " ".join(dict.fromkeys(run.engine for run in used)), max(intervals),
                     used[0].latency if len(used) == 1 else None)


def _layers(net: Network) -> list[Layer]:
    return [node.operator for node in net.nodes if isinstance(node.operator, Layer)]
