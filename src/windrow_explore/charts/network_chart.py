"""A picture of a whole network: what each layer gets of the budget, and what it does with it."""

from __future__ import annotations

from pathlib import Path

from windrow.planning.balance import LayerPlan, NetworkPlan
from windrow_explore.charts.bars import Panel, draw_bars


def draw(path: Path, plan: NetworkPlan, title: str) -> None:
    """Write the picture: a row of bars for each layer, as `draw_bars` does."""
    layers = plan.layers
    bits = [each.count * each.buffer_bits / 1000 for each in layers]
    busy = [100 * each.interval / plan.interval for each in layers]
    used = [100 * each.utilisation(plan.interval) for each in layers]
    heading = (f"{title}: {plan.fps:,.1f} frames/s at {plan.clock_mhz:g} MHz with {plan.multipliers:,} "
               f"multipliers and {plan.buffer_bits / 1000:,.0f} kb of buffer")
    draw_bars(path, heading, [each.name for each in layers],
              [each.interval == plan.interval for each in layers], [
        Panel("Multipliers, all copies", [each.count * each.multipliers for each in layers],
              [_product(each) for each in layers]),
        Panel("Buffer, all copies, kb", bits, [f"{each:,.0f}" for each in bits]),
        Panel("Time of a frame needed, %", busy, [f"{each:.0f}" for each in busy], full=100),
        Panel("Multipliers doing a MAC, %", used, [f"{each:.0f}" for each in used], full=100),
    ])  # fmt: skip


def _product(each: LayerPlan) -> str:
    return f"{each.multipliers:,}" if each.count == 1 else f"{each.count} × {each.multipliers:,}"
