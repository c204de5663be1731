"""Tables that tests of the report and of the figures share: real designs, few and exact, or many."""

import functools
from typing import Any

import numpy as np

import windrow as wr
from windrow.planning.table import Table
from windrow.timing.figures import figures
from windrow.timing.folding import divisors, legal_taps

CLOCK_MHZ = 100.0
OBJECTIVES = ("multipliers", "buffer_bits", "interval")
COMMAND = "windrow explore --height 12 --width 14 --kernel-size 3 --stride 1,2,3"


def columns_of(layer: wr.Conv2d, name: str = "edges", lanes: tuple[int, ...] | None = None) -> dict[str, Any]:
    """Every design of a layer, timed and sized by the exact model."""
    every = [d for each in lanes or divisors(layer.in_channels) for d in wr.designs(layer, lanes=each)]
    (top, bottom), (left, right) = layer.padding
    same = {
        "layer": name, "height": layer.height, "width": layer.width, "in_channels": layer.in_channels,
        "out_channels": layer.out_channels, "kernel_h": layer.kernel_size[0],
        "kernel_w": layer.kernel_size[1],
        "stride_h": layer.stride[0], "stride_w": layer.stride[1], "dilation_h": layer.dilation[0],
        "dilation_w": layer.dilation[1], "pad_top": top, "pad_bottom": bottom, "pad_left": left,
        "pad_right": right, "out_height": layer.output_shape[0], "out_width": layer.output_shape[1],
        "macs": layer.macs, "clock_mhz": CLOCK_MHZ,
    }
    columns = {key: np.full(len(every), value, object if isinstance(value, str) else None)
               for key, value in same.items()}
    for key in ("lanes", "pe", "taps", "multipliers", "fold", "interval", "latency", "utilisation",
                "buffer_pixels", "buffer_bits"):
        columns[key] = np.array([getattr(design, key) for design in every])
    columns["bound"] = np.array([design.bounds().interval for design in every])
    columns["fps"] = CLOCK_MHZ * 1e6 / columns["interval"]
    columns["input_bound"] = columns["interval"] <= np.array([design.input_beats for design in every])
    return columns


def table_of(*parts: dict[str, Any], synthesised: bool = True) -> Table:
    """The parts as one table; small designs count as simulated, those on the front as synthesised too."""
    columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    size = len(columns["lanes"])
    draft = Table({**columns, "place": np.arange(size)})
    front = np.zeros(size, bool)
    front[draft.pareto(OBJECTIVES, within=("stride_h", "height")).columns["place"]] = True
    count = columns["multipliers"]
    columns["pareto"] = front
    columns["verified"] = count <= 6
    columns["timing_from"] = np.where(columns["verified"], "simulated", "model").astype(object)
    area = np.where(front & (count <= 6) & synthesised, 1.0, np.nan)
    columns["area_from"] = np.where(np.isnan(area), "", "synthesised").astype(object)
    columns["target"] = np.where(np.isnan(area), "", "ecp5").astype(object)
    for key, value in {"lut": 150 + 40 * count, "ff": 120 + 30 * count, "bram": 0 * count + 2, "dsp": count,
                       "fmax_mhz": 140.5 - count}.items():
        columns[key] = area * value
    versions = {"windrow": wr.__version__}
    return Table(columns, {"command": COMMAND, "versions": versions, "objectives": OBJECTIVES})


@functools.cache
def small() -> Table:
    """All designs of one small layer at strides 1, 2 and 3."""
    return table_of(*(columns_of(wr.Conv2d(height=12, width=14, in_channels=2, out_channels=4, kernel_size=3,
                                           stride=stride, padding=1)) for stride in (1, 2, 3)))


@functools.cache
def two_layers() -> Table:
    """Two layers, one of them with a stride that differs between rows and columns."""
    first = [wr.Conv2d(height=9, width=9, kernel_size=3, stride=stride) for stride in (1, 2, (2, 1))]
    second = [wr.Conv2d(height=8, width=8, in_channels=2, kernel_size=2, stride=stride) for stride in (1, 2)]
    return table_of(*(columns_of(layer, "</script><b>odd") for layer in first),
                    *(columns_of(layer, "even") for layer in second), synthesised=False)


@functools.cache
def long_names() -> Table:
    """Two layers with names and sizes as networks have them."""
    layers = [wr.Conv2d(height=14, width=14, in_channels=2, out_channels=2, kernel_size=3, stride=stride)
              for stride in (1, 2)]
    return table_of(*(columns_of(layer, "layer3.0.downsample.branch.convolution_3x3") for layer in layers),
                    columns_of(layers[0], "layer3.1.convolution"))


@functools.cache
def many(size: int) -> Table:
    """`size` designs of one layer, timed in closed form; all were there once, then at other clocks."""
    height, channels, filters, kernel = 112, 16, 32, 5
    lanes, pe, taps, stride = (each.ravel() for each in np.meshgrid(
        divisors(channels), divisors(filters), legal_taps((kernel, kernel)), [1, 2, 3, 4], indexing="ij"))
    turn, at = np.divmod(np.arange(size), len(lanes))
    lanes, pe, taps, stride = lanes[at], pe[at], taps[at], stride[at]
    found = figures(height=height, width=height, in_channels=channels, out_channels=filters,
                    kernel_size=(kernel, kernel), stride=(stride, stride), padding=((2, 2), (2, 2)),
                    lanes=lanes, pe=pe, taps=taps)
    outputs = (height + 4 - kernel) // stride + 1
    macs = outputs**2 * filters * channels * kernel**2
    # Where the closed form is silent about the interval, nobody knows it here.
    interval = found.interval
    clock = 100.0 + turn
    buffer = ((kernel - 1) * height + np.minimum(found.fold, height)) * (channels // lanes)
    columns = {
        **{name: np.full(size, value) for name, value in {
            "height": height, "width": height, "in_channels": channels, "out_channels": filters,
            "kernel_h": kernel, "kernel_w": kernel, "dilation_h": 1, "dilation_w": 1, "pad_top": 2,
            "pad_bottom": 2, "pad_left": 2, "pad_right": 2}.items()},
        "layer": np.full(size, "conv1", object), "stride_h": stride, "stride_w": stride,
        "out_height": outputs, "out_width": outputs, "macs": macs, "lanes": lanes, "pe": pe, "taps": taps,
        "multipliers": found.multipliers, "fold": found.fold, "interval": interval, "bound": found.bound,
        "utilisation": found.utilisation, "buffer_pixels": buffer, "buffer_bits": buffer * lanes * 8,
        "clock_mhz": clock, "fps": np.where(interval > 0, clock * 1e6 / interval, np.nan),
        "latency": np.where(interval > 0, found.latency, np.nan),
        "input_bound": interval == height**2 * channels // lanes,
    }  # fmt: skip
    return table_of(columns)
