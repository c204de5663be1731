"""Rows of bars, one for each layer of a network, in panels side by side; and how a figure becomes a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windrow.install import pip_install
from windrow.storage.outputs import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BAR", "GRID", "INK", "PACE", "Panel", "draw_bars", "new_figure", "write"]

BAR, INK, GRID, PACE = "#2474b0", "#30363d", "#d8dee4", "#c2410c"


@dataclass(frozen=True)
class Panel:
    """A bar for each layer.

    full: where all panels' bars would end, for shares; None for the longest bar
    """

    title: str
    values: Sequence[float]
    labels: Sequence[str]
    full: float | None = None


def draw_bars(path: Path, heading: str, names: Sequence[str], slowest: Sequence[bool],
              panels: Sequence[Panel]) -> None:  # fmt: skip
    """Write the picture: a row for each name, top to bottom. PNG, SVG or PDF, by the suffix.

    slowest: which of them set the pace
    Raises ValueError where matplotlib is not installed, OSError where the file cannot be written.
    """
    figure = new_figure(11, 2.0 + 0.27 * len(names))
    title = figure.suptitle(heading, x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
    every = figure.subplots(1, len(panels), sharey=True)
    for axes, panel in zip(every, panels, strict=True):
        _bars(axes, panel, slowest)
    every[0].set_yticks(range(len(names)), names)
    for text in (title, *every[0].get_yticklabels()):
        text.set_parse_math(False)  # a dollar in a name is a dollar
    every[0].set_ylim(len(names) - 0.5, -0.5)
    figure.supxlabel("orange: these layers set the pace", x=0.01, ha="left", fontsize=9, color=INK)
    write(figure, path)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches.  Raises ValueError where matplotlib is not installed."""
    try:
        from matplotlib import figure as figures
        from matplotlib.backends import backend_agg
    except ImportError as error:
        raise ValueError(f"a picture of a plan needs matplotlib: {pip_install('explore')}") from error
    figure = figures.Figure(figsize=(width, height), layout="constrained")
    backend_agg.FigureCanvasAgg(figure)
    return figure


def write(figure: Figure, path: Path) -> None:
    """The file. Nothing in it says when it was made, so the same plan gives the same picture."""
    import matplotlib

    metadata: Any = {"Date": None} if path.suffix == ".svg" else None
    with matplotlib.rc_context({"svg.hashsalt": "windrow"}), whole(path) as aside:
        figure.savefig(aside, dpi=110, metadata=metadata)


def _bars(axes: Axes, panel: Panel, slowest: Sequence[bool]) -> None:
    bars = axes.barh(range(len(panel.values)), panel.values, height=0.72,
                     color=[PACE if each else BAR for each in slowest])
    axes.bar_label(bars, panel.labels, padding=3, fontsize=8, color=INK)
    axes.set_xlim(0, (panel.full or max(panel.values) or 1) * 1.22)
    if panel.full is not None:
        axes.set_xticks([0, panel.full / 2, panel.full])
    axes.set_title(panel.title, loc="left", fontsize=9, color=INK)
    axes.tick_params(colors=INK, length=0, labelsize=8)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(INK)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
