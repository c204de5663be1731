"""Pictures of a network as a pipeline: each layer's share, and what multipliers buy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from windrow_explore.charts.bars import BAR, GRID, INK, PACE, Panel, draw_bars, new_figure, write

__all__ = ["draw_front", "draw_plan"]


def draw_plan(path: Path, record: dict[str, Any], clock_mhz: float) -> None:
    """Write the picture of a pipeline's `to_dict`: of each layer multipliers, memory and time."""
    layers, interval = record["layers"], record["interval"]
    queues = [sum(fifo["bits"] for fifo in record["fifos"] if fifo["target"] == each["name"])
              for each in layers]
    buffers = [(each["buffer_bits"] + queue) / 1000 for each, queue in zip(layers, queues, strict=True)]
    weights = [each["weight_bits"] / 1000 for each in layers]
    busy = [100 * each["interval"] / interval for each in layers]
    used = [100 * (each["utilisation"] or 0) for each in layers]
    heading = (f"{record['network']['name']}: {clock_mhz * 1e6 / interval:,.1f} frames/s at "
               f"{clock_mhz:g} MHz with {record['multipliers']:,} multipliers")
    draw_bars(path, heading, [each["name"] for each in layers],
              [each["interval"] == interval for each in layers], [
        Panel("Multipliers", [each["multipliers"] for each in layers],
              [f"{each['multipliers']:,}" for each in layers]),
        Panel("Line buffers, queues, kb", buffers, [f"{each:,.1f}" for each in buffers]),
        Panel("Weights, kb", weights, [f"{each:,.0f}" for each in weights]),
        Panel("Time of a frame needed, %", busy, [f"{each:.0f}" for each in busy], full=100),
        Panel("Multipliers doing a MAC, %", used, [f"{each:.0f}" for each in used], full=100),
    ])  # fmt: skip


def draw_front(path: Path, name: str, macs: int, front: Sequence[tuple[int, int]],
               chosen: tuple[int, int] | None) -> None:  # fmt: skip
    """Write the picture of the shortest interval for every number of multipliers.

    front: intervals and multipliers;  chosen: those of a plan, marked
    """
    figure = new_figure(7.5, 4.5)
    axes = figure.subplots()
    intervals, multipliers = zip(*front, strict=True)
    axes.loglog(multipliers, intervals, "o-", color=BAR, markersize=4, label="the best plans")
    axes.loglog(multipliers, [macs / each for each in multipliers], "--", color=INK, linewidth=1,
                label="every multiplier busy in every cycle")
    if chosen is not None:
        axes.loglog([chosen[1]], [chosen[0]], "D", color=PACE, label="this plan")
    axes.set_title(f"{name}: what multipliers buy", loc="left", fontsize=11, color=INK, parse_math=False)
    axes.set(xlabel="multipliers", ylabel="cycles a frame")
    axes.grid(color=GRID)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    write(figure, path)
