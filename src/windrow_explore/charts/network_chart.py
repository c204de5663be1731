"""A picture of a whole network: what each layer gets of the budget, and what it does with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from windrow.install import pip_install
from windrow.planning.balance import LayerPlan, NetworkPlan
from windrow.storage.outputs import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR, _INK, _GRID, _PACE = "#2474b0", "#30363d", "#d8dee4", "#c2410c"


def draw(path: Path, plan: NetworkPlan, title: str) -> None:
    """Write the picture: a row of bars for each layer, top to bottom. PNG, SVG or PDF, by the suffix.

    Raises ValueError where matplotlib is not installed, OSError where the file cannot be written.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError(f"a picture of a plan needs matplotlib: {pip_install('explore')}") from error

    figure = Figure(figsize=(11, 2.0 + 0.27 * len(plan.layers)), layout="constrained")
    FigureCanvasAgg(figure)
    heading = figure.suptitle(
        f"{title}: {plan.fps:,.1f} frames/s at {plan.clock_mhz:g} MHz with {plan.multipliers:,} multipliers "
        f"and {plan.buffer_bits / 1000:,.0f} kb of buffer",
        x=0.01, ha="left", fontsize=12, fontweight="bold", color=_INK,
    )  # fmt: skip
    share, memory, time, use = figure.subplots(1, 4, sharey=True)
    layers = plan.layers
    _bars(share, plan, "Multipliers, all copies", [each.count * each.multipliers for each in layers],
          [_product(each) for each in layers])
    bits = [each.count * each.buffer_bits / 1000 for each in layers]
    _bars(memory, plan, "Buffer, all copies, kb", bits, [f"{each:,.0f}" for each in bits])
    busy = [100 * each.interval / plan.interval for each in layers]
    _bars(time, plan, "Time of a frame needed, %", busy, [f"{each:.0f}" for each in busy], full=100)
    used = [100 * each.utilisation(plan.interval) for each in layers]
    _bars(use, plan, "Multipliers doing a MAC, %", used, [f"{each:.0f}" for each in used], full=100)
    share.set_yticks(range(len(layers)), [each.name for each in layers])
    for text in (heading, *share.get_yticklabels()):
        text.set_parse_math(False)  # a dollar in a name is a dollar
    share.set_ylim(len(layers) - 0.5, -0.5)
    figure.supxlabel("orange: these layers set the pace", x=0.01, ha="left", fontsize=9, color=_INK)
    # Nothing in the file says when it was made, so the same plan gives the same picture.
    metadata = {"Date": None} if path.suffix == ".svg" else None
    with matplotlib.rc_context({"svg.hashsalt": "windrow"}), whole(path) as aside:
        figure.savefig(aside, dpi=110, metadata=metadata)


def _bars(
    axes: Axes, plan: NetworkPlan, title: str, values: list[float] | list[int], labels: list[str],
    full: float | None = None,
) -> None:  # fmt: skip
    places = range(len(plan.layers))
    bars = axes.barh(places, values, height=0.72, color=[
        _PACE if each.interval == plan.interval else _BAR for each in plan.layers])
    axes.bar_label(bars, labels, padding=3, fontsize=8, color=_INK)
    axes.set_xlim(0, (full or max(values)) * 1.22)
    if full is not None:
        axes.set_xticks([0, full / 2, full])
    axes.set_title(title, loc="left", fontsize=9, color=_INK)
    axes.tick_params(colors=_INK, length=0, labelsize=8)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(_INK)
    axes.grid(axis="x", color=_GRID)
    axes.set_axisbelow(True)


def _product(each: LayerPlan) -> str:
    return f"{each.multipliers:,}" if each.count == 1 else f"{each.count} × {each.multipliers:,}"
