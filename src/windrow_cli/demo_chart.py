"""The demo's chart: what a few array sizes deliver at each stride, and the smallest that keeps the pace."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from windrow.operators.operator import Operator
from windrow.stage.design import Design
from windrow.storage.outputs import whole
from windrow_cli.demo_cases import CLOCK_HZ

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHADES = ("#9ecae8", "#5ba3d0", "#2474b0", "#0c3f70")  # light to dark: few multipliers to many
_INK, _GRID, _PACE = "#30363d", "#d8dee4", "#c2410c"
_TITLE: dict[str, Any] = {"loc": "left", "fontsize": 11, "fontweight": "bold", "color": _INK}


def draw(path: Path, rows: list[dict[str, Any]], layers: list[Operator]) -> None:
    """Write the chart of the demo's `rows`; the timing model of its `layers` fills the gaps between them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    speed, cost = figure.subplots(1, 2, width_ratios=(2, 1))
    _throughput(speed, rows, layers)
    _multipliers(cost, rows)
    for axes in (speed, cost):
        axes.set_xlabel("stride", color=_INK)
        axes.set_xticks([layer.stride[0] for layer in layers])
        axes.tick_params(colors=_INK, length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(_INK)
        axes.grid(axis="y", color=_GRID)
        axes.set_axisbelow(True)
    with whole(path) as aside:
        figure.savefig(aside, dpi=150)


def _throughput(axes: "Axes", rows: list[dict[str, Any]], layers: list[Operator]) -> None:
    from matplotlib.ticker import MaxNLocator

    measured = {(row["stride"], row["design"]["taps"]): row["fps_at_100mhz"] for row in rows}
    sizes = sorted({taps for _, taps in measured})
    width = 0.84 / len(sizes)
    for index, (taps, shade) in enumerate(zip(sizes, _SHADES, strict=False)):
        for layer in layers:
            stride = layer.stride[0]
            speed = measured.get((stride, taps))
            simulated = speed is not None
            if speed is None:
                speed = CLOCK_HZ / Design(layer, taps=taps).interval
            axes.bar(stride + (index - (len(sizes) - 1) / 2) * width, speed, width * 0.88, edgecolor=shade,
                     facecolor=shade if simulated else "white", linewidth=1.4)
        axes.bar([0], [0], color=shade, label=str(taps))  # for the legend: never hollow
    pace = CLOCK_HZ / (layers[0].height * layers[0].width)
    axes.axhline(pace, color=_PACE, linewidth=1.4, linestyle="--")
    axes.annotate("one pixel per cycle", (0.52, pace), xytext=(0, 4), textcoords="offset points",
                  color=_PACE)
    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(0, pace)
    axes.set_yticks([tick for tick in ticks if tick <= pace])
    axes.set(xlim=(0.5, len(layers) + 0.5), ylim=(0, pace * 1.25))
    axes.set_title("Frames per second at 100 MHz", **_TITLE)
    axes.legend(title="multipliers (hollow: timing model, not simulated here)", ncols=len(sizes),
                frameon=False, loc="upper right", alignment="right", borderaxespad=0, labelcolor=_INK)


def _multipliers(axes: "Axes", rows: list[dict[str, Any]]) -> None:
    strides = sorted({row["stride"] for row in rows})
    cheapest = [min(row["design"]["multipliers"] for row in rows if row["stride"] == stride)
                for stride in strides]
    bars = axes.bar(strides, cheapest, color=_SHADES[2], width=0.6)
    axes.bar_label(bars, padding=3, color=_INK)
    axes.set_yticks([])
    axes.set_ylim(0, max(cheapest) * 1.15)
    axes.set_title("Multipliers for one pixel per cycle", **_TITLE)
