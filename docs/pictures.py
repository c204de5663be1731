"""The pictures of the tutorial; `python docs/pictures.py` draws them anew into _static."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import windrow as wr
from windrow.planning.balance import balance
from windrow.timing.figures import figures_of
from windrow_explore.charts import network_chart, pipeline_chart

STATIC = Path(__file__).parent / "_static"
STRIDES = (1, 2, 3, 4)
SHADES = ("#0c3f70", "#2474b0", "#5ba3d0", "#9ecae8")  # stride 1 to 4
INK, GRID, PACE = "#30363d", "#d8dee4", "#c2410c"
SMALL = wr.Conv2d(height=6, width=6, kernel_size=3)
BIG = wr.Conv2d(height=64, width=64, kernel_size=3, padding=1)
CLOCK = 100e6


def figure(width: float, height: float) -> Figure:
    drawn = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawn)
    return drawn


def plain(axes: Axes, title: str, **labels: Any) -> None:
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK)
    axes.set(**labels)
    axes.tick_params(colors=INK, length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)


def uses(layer: wr.Conv2d) -> np.ndarray:
    """(H, W) how many windows use each pixel."""
    counts = np.zeros((layer.height, layer.width), int)
    for y, x in np.ndindex(counts.shape):
        spot = np.zeros(layer.input_shape, int)
        spot[y, x] = 1
        counts[y, x] = layer.golden(spot, np.ones(layer.weight_shape, int)).sum()
    return counts


def padding() -> Figure:
    drawn = figure(9, 3.3)
    for axes, (title, layer) in zip(drawn.subplots(1, 3), (
        ("No padding", SMALL),
        ("Padding 1", SMALL.replace(padding=1)),
        ("Padding 1, stride 2", SMALL.replace(padding=1, stride=2)),
    ), strict=True):  # fmt: skip
        counts = uses(layer)
        axes.imshow(counts, cmap="Blues", vmin=-1, vmax=20)
        for (y, x), count in np.ndenumerate(counts):
            axes.text(x, y, str(count), ha="center", va="center", color=INK)
        plain(axes, title, xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        rows, columns, _ = layer.output_shape
        axes.set_xlabel(f"output {rows}x{columns}", color=INK)
    drawn.suptitle("How many windows use each pixel of a 6x6 picture", x=0.01, ha="left", fontsize=11,
                   color=INK)  # fmt: skip
    return drawn


def stride() -> Figure:
    drawn = figure(9, 3.3)
    for axes, step in zip(drawn.subplots(1, 3), (1, 2, 3), strict=True):
        layer = SMALL.replace(stride=step)
        rows, columns, _ = layer.output_shape
        for y, x in np.ndindex(6, 6):
            axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor=GRID))
        for y, x in np.ndindex(rows, columns):
            first = (y, x) in ((0, 0), (0, 1))
            if first:
                axes.add_patch(Rectangle((x * step + 0.06 * x, y * step), 3, 3, linewidth=2, fill=False,
                                         edgecolor=(PACE, SHADES[1])[x], zorder=3 - x))  # fmt: skip
            axes.plot(x * step + 1.5, y * step + 1.5, "o", markersize=6,
                      color=(PACE, SHADES[1])[x] if first else INK, zorder=4)  # fmt: skip
        plain(axes, f"Stride {step}: {rows * columns} windows", xlim=(-0.2, 6.2), ylim=(6.2, -0.2), xticks=[],
              yticks=[], aspect="equal")  # fmt: skip
        axes.spines[:].set_visible(False)
    drawn.suptitle("3x3 windows in a 6x6 picture: a dot in the middle of each, the first two outlined",
                   x=0.01, ha="left", fontsize=11, color=INK)  # fmt: skip
    return drawn


def hardware() -> Figure:
    drawn = figure(9, 3.2)
    designs = [wr.plan(BIG.replace(stride=step)) for step in STRIDES]
    array, buffer = drawn.subplots(1, 2)
    bars = array.bar(STRIDES, [each.multipliers for each in designs], color=SHADES[1], width=0.6)
    array.bar_label(bars, padding=3, color=INK)
    steps = np.linspace(1, 4.3, 100)
    array.plot(steps, 9 / steps**2, color=PACE, linestyle="--")
    array.annotate("9 / stride²", (1.35, 9 / 1.35**2), xytext=(6, 4), textcoords="offset points", color=PACE)
    plain(array, "Multipliers that keep up with one pixel per cycle", xlabel="stride", xticks=STRIDES,
          ylim=(0, 10.5))  # fmt: skip
    bars = buffer.bar(STRIDES, [each.buffer_pixels for each in designs], color=SHADES[2], width=0.6)
    buffer.bar_label(bars, padding=3, color=INK)
    plain(buffer, "Pixels in their line buffer", xlabel="stride", xticks=STRIDES, ylim=(0, 230))
    return drawn


def roofline() -> Figure:
    drawn = figure(9, 3.8)
    axes = drawn.subplots()
    sizes = np.geomspace(0.5, 30, 300)
    for step, shade in zip(STRIDES, SHADES, strict=True):
        layer = BIG.replace(stride=step)
        axes.plot(sizes, CLOCK / np.maximum(64 * 64, layer.macs / sizes), color=shade, linewidth=2,
                  label=f"stride {step}")  # fmt: skip
        designs = list(wr.designs(layer))
        axes.plot([each.multipliers for each in designs], [CLOCK / each.interval for each in designs], "o",
                  color=shade, markersize=5)  # fmt: skip
    axes.annotate("the input's roof: one pixel per cycle", (9.6, CLOCK / 64**2), xytext=(0, 6),
                  textcoords="offset points", color=PACE)  # fmt: skip
    axes.set(xscale="log", yscale="log")
    plain(axes, "Frames per second at 100 MHz, 64x64 pixels, 3x3 filter (dots: designs)",
          xlabel="multipliers", xticks=[1, 2, 3, 5, 9, 20],
          ylim=(900, 40_000), yticks=[1000, 2713, 10_000, 24_414])  # fmt: skip
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()
    axes.grid(color=GRID)
    axes.legend(frameon=False, loc="lower right", labelcolor=INK)
    return drawn


def pareto() -> Figure:
    layer = next(item.layer for item in wr.workloads.load("resnet18") if item.name == "layer2.3x3_stride2")
    at = figures_of(layer)
    drawn = figure(9, 4.2)
    axes = drawn.subplots()
    fine = np.array([at.multipliers.min(), at.multipliers.max()])
    axes.plot(fine, layer.macs / fine, color=PACE, linestyle="--", linewidth=1)
    axes.annotate("all multipliers busy:\nMACs / multipliers", (200, layer.macs / 200), xytext=(-100, -34),
                  textcoords="offset points", color=PACE)  # fmt: skip
    axes.plot(at.multipliers, at.bound, "o", color=SHADES[3], markersize=4, label=f"{at.bound.size} designs")
    order = np.lexsort((at.bound, at.multipliers))
    best = np.minimum.accumulate(at.bound[order])
    front = order[np.append(True, best[1:] < best[:-1])]
    axes.step(at.multipliers[front], at.bound[front], where="post", color=SHADES[0], linewidth=1)
    axes.plot(at.multipliers[front], at.bound[front], "o", color=SHADES[0], markersize=4,
              label=f"{front.size} that no other beats")  # fmt: skip
    axes.set(xscale="log", yscale="log")
    plain(axes, "ResNet-18, 56x56x64 -> 28x28x128, 3x3, stride 2: cycles a frame", xlabel="multipliers")
    axes.grid(color=GRID)
    axes.minorticks_off()
    axes.legend(frameon=False, labelcolor=INK)
    return drawn


PICTURES: dict[str, Callable[[], Figure]] = {
    "padding": padding, "stride": stride, "hardware": hardware, "roofline": roofline, "pareto": pareto,
}  # fmt: skip


def write(folder: Path) -> list[Path]:
    """Draw all pictures; the same code gives the same files."""
    files = []
    for name, draw in PICTURES.items():
        files.append(folder / f"tutorial-{name}.svg")
        with matplotlib.rc_context({"svg.hashsalt": "windrow", "axes.axisbelow": True}):
            draw().savefig(files[-1], metadata={"Date": None})
    files.append(folder / "network-resnet18.svg")
    network = wr.workloads.network("resnet18")
    network_chart.draw(files[-1], balance(network.layers, multipliers=220), network.title)
    files.append(folder / "network-digits.svg")
    digits = wr.plan(wr.workloads.model("digits"), multipliers=16)
    pipeline_chart.draw_plan(files[-1], digits.to_dict(), 100.0)
    return files


if __name__ == "__main__":
    for file in write(STATIC):
        print(file)
