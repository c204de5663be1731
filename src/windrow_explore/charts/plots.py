"""The report's plots as pictures for papers: PNG and SVG, light, without a browser.

    write_figures(table, "figures")      # throughput.svg, utilisation.svg, tradeoff.svg, roofline.svg, ...

They show what the interactive ones show, for the family with most strides. Colours are told apart by those
who do not see all of them, and shapes by printers that have none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from windrow.install import pip_install
from windrow.storage.outputs import folder as writable
from windrow.storage.outputs import whole
from windrow_explore.report.families import (
    Columns,
    Family,
    budgets,
    cheapest,
    families,
    fastest,
    input_beats,
    stride_names,
)  # fmt: skip

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from windrow.planning.table import Table

__all__ = ["FORMATS", "write_figures"]

FORMATS = ("png", "svg")
_STRIDES = ("#0f68ab", "#c46f00", "#00805c", "#a23b86", "#5d4bb5", "#6b7680")
_BUDGETS = ("#86b9dd", "#5ba3d0", "#2f7fba", "#17599a", "#0c3563")
_MARKS = ("o", "s", "D", "^", "P", "*")
_INK, _MUTED, _GRID, _PACE = "#1e2830", "#5f6a74", "#e3e6e8", "#b4400f"
_SIZE = (5.2, 3.6)  # inches: one column of a paper
_MOST_BARS = 12


def write_figures(
    table: Table, folder: str | os.PathLike[str], formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Draw an exploration into `folder`; returns the files, each written whole or not at all.

    `throughput`, `utilisation`, `tradeoff` (multipliers against buffer), `roofline`, and `resources` where
    designs were synthesised. Raises ValueError for an empty table, an unknown format, and where matplotlib
    is not installed; OSError where a file cannot be written.
    """
    wrong = [name for name in formats if name not in FORMATS]
    if wrong or not formats:
        raise ValueError(f"formats must be of {', '.join(FORMATS)}, not {wrong[0] if wrong else 'none'!r}")
    if not len(table):
        raise ValueError("figures need at least one design, and the table is empty")
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError(f"figures need matplotlib: {pip_install('explore')}") from error

    target = writable(folder)
    columns, family = table.columns, families(table.columns)[0]
    written: list[Path] = []
    # Text stays text, and equal tables give equal files.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "windrow", "font.size": 9}):
        for name, draw in _drawings(columns, family):
            figure = Figure(figsize=_SIZE, layout="constrained")
            FigureCanvasAgg(figure)
            draw(figure, columns, family)
            for kind in formats:
                written.append(target / f"{name}.{kind}")
                with whole(written[-1]) as aside:
                    figure.savefig(aside, dpi=200, metadata={"Date": None} if kind == "svg" else None)
    return written


_Drawing = Callable[["Figure", Columns, Family], None]


def _drawings(columns: Columns, family: Family) -> Iterator[tuple[str, _Drawing]]:
    yield "throughput", _throughput
    yield "utilisation", _utilisation
    yield "tradeoff", _tradeoff
    yield "roofline", _roofline
    if _synthesised(columns)[family.rows].any():
        yield "resources", _resources


def _synthesised(columns: Columns) -> npt.NDArray[np.bool_]:
    if "area_from" not in columns:
        return np.zeros(len(columns["lanes"]), bool)
    return columns["area_from"] == "synthesised"


def _axes(figure: Figure, family: Family, title: str, x: str, y: str) -> Axes:
    axes = figure.subplots()
    axes.set_title(family.name, loc="left", fontsize=8, color=_MUTED)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold", color=_INK)
    axes.set_xlabel(x, color=_MUTED)
    axes.set_ylabel(y, color=_MUTED)
    axes.tick_params(which="both", colors=_MUTED, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.grid(color=_GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    return axes


def _logarithmic(axes: Axes, which: str) -> None:
    from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, NullFormatter

    axis = getattr(axes, f"{which}axis")
    low, high = sorted(getattr(axes, f"get_{which}lim")())
    getattr(axes, f"set_{which}scale")("log")
    steps = (1.0, 2.0, 5.0) if low > 0 and np.log10(high / low) < 2.5 else (1.0,)
    axis.set_major_locator(LogLocator(subs=steps, numticks=12))
    large = EngFormatter(sep="")
    # A half is 0.5, not 500m.
    axis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:.3g}" if 0 < at < 1 else large(at)))
    axis.set_minor_formatter(NullFormatter())


def _legend(axes: Axes, **options: Any) -> None:
    axes.legend(frameon=False, labelcolor=_INK, fontsize=8, handlelength=1.8, **options)


# ---- against stride ------------------------------------------------------------------------------------


def _by_stride(columns: Columns, family: Family, multipliers: int) -> tuple[list[int], list[int]]:
    """Places on the axis of strides, and the fastest design with so many multipliers at each."""
    found = [fastest(columns, rows, multipliers) for rows in family.of.values()]
    there = [(place, at) for place, at in enumerate(found) if at is not None]
    return [place for place, _ in there], [at for _, at in there]


def _throughput(figure: Figure, columns: Columns, family: Family) -> None:
    equal = f"Frames per second at equal {family.operands.split()[0]}"
    axes = _axes(figure, family, equal, "stride", "frames per second")
    bound_fps = columns["clock_mhz"] * 1e6 / columns["bound"]
    some = budgets(columns, family.rows)
    for index, budget in enumerate(some):
        places, rows = _by_stride(columns, family, budget)
        colour = _shade(index, len(some))
        _line(axes, columns, places, rows, columns["fps"][rows], colour, _MARKS[index % 6])
        axes.plot(places, bound_fps[rows], "_", color=colour, markersize=12, markeredgewidth=1.2)
        axes.annotate(f"{budget:,}", (places[0], columns["fps"][rows[0]]), xytext=(-9, 0), ha="right",
                      va="center", textcoords="offset points", color=_INK, fontsize=8)
    pace = columns["clock_mhz"][family.rows].max() * 1e6 / family.pace
    axes.axhline(pace, color=_PACE, linewidth=1.2, linestyle="--")
    axes.annotate(f"a frame in {family.pace:,} cycles", (1, pace), xycoords=("axes fraction", "data"),
                  xytext=(0, 3), textcoords="offset points", ha="right", color=_PACE, fontsize=8)
    _stride_axis(axes, family)
    _logarithmic(axes, "y")
    axes.set_xlim(-0.7, len(family.strides) - 0.7)


def _utilisation(figure: Figure, columns: Columns, family: Family) -> None:
    axes = _axes(figure, family, "Utilisation", "stride", f"busy {family.operands.split()[0]} (%)")
    some = budgets(columns, family.rows)
    for index, budget in enumerate(some):
        places, rows = _by_stride(columns, family, budget)
        _line(axes, columns, places, rows, 100 * columns["utilisation"][rows], _shade(index, len(some)),
              _MARKS[index % 6], f"{budget:,}")
    fitting = [cheapest(columns, rows, family.pace) for rows in family.of.values()]
    there = [(place, at) for place, at in enumerate(fitting) if at is not None]
    if there:
        places, rows = [place for place, _ in there], [at for _, at in there]
        values = 100 * columns["utilisation"][rows]
        _line(axes, columns, places, rows, values, _PACE, "D", "cut to the input's pace", linewidth=2.2)
        for place, at, value in zip(places, rows, values, strict=True):
            axes.annotate(f"{columns['multipliers'][at]:,}", (place, value), xytext=(0, 6), ha="center",
                          textcoords="offset points", color=_INK, fontsize=8)
    _stride_axis(axes, family)
    axes.set_ylim(0, 112)
    axes.set_yticks([0, 25, 50, 75, 100])
    _legend(axes, title=family.operands, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0)


def _line(
    axes: Axes, columns: Columns, places: list[int], rows: list[int], values: npt.NDArray[Any], colour: str,
    mark: str, label: str | None = None, linewidth: float = 1.4,
) -> None:  # fmt: skip
    """A line through designs; those that only the model timed are hollow."""
    axes.plot(places, values, color=colour, linewidth=linewidth)
    for place, at, value in zip(places, rows, values, strict=True):
        simulated = "timing_from" in columns and columns["timing_from"][at] == "simulated"
        axes.plot([place], [value], mark, color=colour, markerfacecolor=colour if simulated else "white",
                  markersize=5, markeredgewidth=1.3)
    axes.plot([], [], mark, color=colour, linestyle="-", linewidth=linewidth, markersize=5, label=label)


def _stride_axis(axes: Axes, family: Family) -> None:
    axes.set_xticks(range(len(family.strides)), family.strides)
    axes.set_xlim(-0.4, len(family.strides) - 0.6)
    axes.grid(visible=False, axis="x")


def _shade(index: int, count: int) -> str:
    return _BUDGETS[3 if count == 1 else round(index * 4 / (count - 1))]


# ---- trade-offs ------------------------------------------------------------------------------------------


def _scatter(axes: Axes, columns: Columns, family: Family, x: Any, y: Any) -> None:
    named = stride_names(columns)
    known = (columns["fps"] > 0) & (x > 0) & (y > 0)
    for index, stride in enumerate(family.strides):
        mine = family.rows[(named == stride)[family.rows] & known[family.rows]]
        front = columns["pareto"].astype(bool)[mine]
        colour, mark = _STRIDES[index % 6], _MARKS[index % 6]
        faint, bold = _apart(mine[~front], x, y), _apart(mine[front], x, y)
        # Thousands of faint marks are a picture inside the picture, or the file would be megabytes.
        axes.plot(x[faint], y[faint], mark, color=colour, alpha=0.25, markersize=2.5, markeredgewidth=0,
                  rasterized=True)
        axes.plot(x[bold], y[bold], mark, color=colour, markersize=4.5, markeredgecolor="white",
                  markeredgewidth=0.4, label=f"stride {stride}")


def _apart(rows: npt.NDArray[np.intp], x: Any, y: Any) -> npt.NDArray[np.intp]:
    """Of rows whose marks are less than half a percent apart, which nobody could see, one."""
    cells = np.round(200 * np.log(np.stack([x[rows], y[rows]]).astype(float))).astype(np.int64)
    return rows[np.unique(cells[0] * 2**32 + cells[1], return_index=True)[1]]


def _tradeoff(figure: Figure, columns: Columns, family: Family) -> None:
    axes = _axes(figure, family, f"{family.operands.split()[0].capitalize()} against buffer", family.operands,
                 "buffer (bit)")
    _scatter(axes, columns, family, columns["multipliers"], columns["buffer_bits"])
    _logarithmic(axes, "x")
    low, high = axes.get_ylim()
    if high > 5 * max(low, 1):
        _logarithmic(axes, "y")
    else:
        from matplotlib.ticker import EngFormatter

        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    _legend(axes)


def _roofline(figure: Figure, columns: Columns, family: Family) -> None:
    axes = _axes(figure, family, "Roofline", "arithmetic intensity (MACs per input beat)",
                 "performance (MACs per cycle)")
    intensity = columns["macs"] / input_beats(columns)
    with np.errstate(divide="ignore"):
        performance = np.where(columns["interval"] > 0, columns["macs"] / columns["interval"], 0)
    _scatter(axes, columns, family, intensity, performance)
    low, high = intensity[family.rows].min() / 1.6, intensity[family.rows].max() * 1.6
    axes.plot([low, high], [low, high], "--", color=_PACE, linewidth=1.2, label="one beat per cycle")
    some = budgets(columns, family.rows)
    for index, budget in enumerate(some):
        if budget < high:
            axes.plot([max(low, budget), high], [budget, budget], color=_shade(index, len(some)),
                      linewidth=1.2, zorder=1.5)
            axes.annotate(f"{budget:,}", (high, budget), xytext=(3, 0), textcoords="offset points",
                          va="center", color=_MUTED, fontsize=8, annotation_clip=False)
    real = performance[family.rows]
    axes.set(xlim=(low, high), ylim=(real[real > 0].min() / 1.6, max([real.max(), *some]) * 1.8))
    _logarithmic(axes, "x")
    _logarithmic(axes, "y")
    _legend(axes)


# ---- area ------------------------------------------------------------------------------------------------


def _resources(figure: Figure, columns: Columns, family: Family) -> None:
    rows = family.rows[_synthesised(columns)[family.rows]]
    order = np.lexsort((columns["multipliers"][rows], columns["stride_w"][rows], columns["stride_h"][rows]))
    rows = rows[order]
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(_MOST_BARS, len(rows))).round().astype(int))]
    named = stride_names(columns)
    names = [f"stride {named[at]}, {columns['multipliers'][at]:,} mult." for at in rows]
    measures = [(name, title) for name, title in (
        ("lut", "LUT"), ("ff", "FF"), ("bram", "RAM"), ("dsp", "DSP"), ("fmax_mhz", "Fmax (MHz)"),
    ) if name in columns and not np.isnan(columns[name][rows].astype(float)).all()]
    figure.set_size_inches(7.2, 0.9 + 0.26 * len(rows))
    for place, (axes, (name, title)) in enumerate(
        zip(figure.subplots(1, len(measures), sharey=True, squeeze=False)[0], measures, strict=True)
    ):
        values = np.nan_to_num(columns[name][rows].astype(float))
        colour = "#23845a" if name == "fmax_mhz" else _BUDGETS[2]
        bars = axes.barh(range(len(rows)), values, color=colour, height=0.6)
        axes.bar_label(bars, [f"{value:,.0f}" for value in values], padding=2, fontsize=7, color=_INK)
        axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=_INK)
        axes.set_xlim(0, max(values.max(), 1) * 1.35)
        axes.set_xticks([])
        axes.set_yticks(range(len(rows)), names)
        axes.tick_params(colors=_MUTED, length=0, labelsize=8)
        axes.spines[:].set_visible(False)
        if place == 0:
            axes.invert_yaxis()
    figure.suptitle(f"Synthesised, {family.name}", x=0.01, ha="left", fontsize=9, color=_MUTED)
