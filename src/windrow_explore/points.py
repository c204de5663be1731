"""The designs of a sweep with their figures, some ten thousand at a time: a million in a few seconds.

    layers (L,)  ──repeat──▶  layer, lanes, pe, taps (n,)  ──figures──▶  columns (n,)  ──constraints──▶  kept

What has a closed form is exact at once. The other figures begin as bounds that no hardware can beat:

    interval   max(T_in, f*Ho*Wo), and what the column fetch takes, where only the timing law knows it
    buffer     as many rows as the kernel spans; hardware never needs less

The table says of every row which it is. `refine` replaces bounds by exact figures where that matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.planning.table import COLUMNS, LAYER, Table
from windrow.stage.arithmetic_blocks import dividers
from windrow.stage.design import Design
from windrow.stage.estimates import block_rams, row_rams
from windrow.stage.memory_blocks import FAMILIES
from windrow.timing.depths import RETURN, STORE
from windrow.timing.figures import delays, figures
from windrow.timing.partials import TURN
from windrow.window.axis import Axis
from windrow_explore.constraints import AREA, Emptied
from windrow_explore.foldings import abreast, one_by_one
from windrow_explore.sweep import FOLDING, Sweep, Variant

__all__ = ["Points", "expand", "rates"]

Array = npt.NDArray[Any]

_CHUNK = 1 << 16  # designs that are computed at once: the temporaries of some 50 arrays stay small

_axis = lru_cache(maxsize=65536)(Axis)


@dataclass
class Points:
    """Designs that met the constraints so far, and what was left out.

    columns : name to (n,) array
        Those of the table that differ between designs of one layer.
    layer_of : (n,) int32
        Number of each design's layer in `variants`.
    timing_exact, buffer_exact : (n,) bool
        Are interval and buffer exact, and not bounds?
    group : (n,) int64
        Designs of the same layer, clock and target have the same number.
    geometry : name to (L,) array
        What describes each layer, and what its buffers are made of.
    simulated : (n,) bool
        Did a simulation confirm the model?
    explored : int
        Designs before constraints.
    """

    variants: list[Variant]
    columns: dict[str, Array]
    layer_of: Array
    timing_exact: Array
    buffer_exact: Array
    explored: int
    skipped: list[str]
    emptied: Emptied
    group: Array
    geometry: dict[str, Array]
    simulated: Array = field(init=False)
    _kinds: Array | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.simulated = np.zeros(len(self), bool)

    def __len__(self) -> int:
        return len(self.layer_of)

    def design(self, at: int) -> Design:
        """The design of a row."""
        lanes, pe, taps, pixels = (int(self.columns[name][at]) for name in (*FOLDING, "pixels"))
        return Design(self.variants[self.layer_of[at]].layer, lanes=lanes, pe=pe, taps=taps, pixels=pixels)

    def keep(self, mask: Array) -> None:
        """Drop the rows where `mask` is false."""
        self.columns = {name: column[mask] for name, column in self.columns.items()}
        for name in ("layer_of", "timing_exact", "buffer_exact", "group", "simulated"):
            setattr(self, name, getattr(self, name)[mask])
        self._kinds = None if self._kinds is None else self._kinds[mask]

    @property
    def kinds(self) -> Array:
        """(n,) a number for what the buffer of each design follows from: equal numbers, equal rings."""
        if self._kinds is None:
            kernel_h = np.array([variant.layer.kernel_size[0] for variant in self.variants])
            g, taps = {"accumulates": self.geometry["accumulates"][self.layer_of]}, self.columns["taps"]
            reader = np.where(_accumulates(g, taps), 2, taps <= kernel_h[self.layer_of])
            kinds = self.layer_of * 3 + reader
            for name in ("lanes", "fold"):
                distinct, place = np.unique(self.columns[name], return_inverse=True)
                kinds = np.unique(kinds * len(distinct) + place.ravel(), return_inverse=True)[1].ravel()
            self._kinds = kinds
        return self._kinds

    def words(self, at: int) -> str:
        """A row in words."""
        return _words(self.variants[self.layer_of[at]], self.columns, at)

    def table(self, meta: dict[str, Any]) -> Table:
        """The rows as a table with every column, in its order."""
        names = np.array([variant.name for variant in self.variants], object)
        kinds = np.array([variant.layer.kind for variant in self.variants], object)
        made: dict[str, Array] = {"layer": names[self.layer_of], "operator": kinds[self.layer_of]}
        for name in LAYER:
            made[name] = self.geometry[name].astype(COLUMNS[name].dtype)[self.layer_of]
        made.update(self.columns)
        exact = np.array(["bound", "model"], object)
        made["timing_from"] = exact[self.timing_exact.astype(np.int8)]
        made["timing_from"][self.simulated] = "simulated"
        made["buffer_from"] = exact[self.buffer_exact.astype(np.int8)]
        made["verified"] = self.simulated
        synthesised = ~np.isnan(made["lut"])
        made["area_from"] = np.array(["", "synthesised"], object)[synthesised.astype(np.int8)]
        made.update(self._estimates(made))
        return Table({name: made[name].astype(column.dtype, copy=False) for name, column in COLUMNS.items()},
                     meta)  # fmt: skip

    def _estimates(self, made: dict[str, Array]) -> dict[str, Array]:
        """GOPS, microseconds, and block RAMs and DSP blocks without synthesis; NaN where nothing is known."""
        g = {name: column[self.layer_of] for name, column in self.geometry.items()}
        banks, words = store_size(g, made["lanes"], made["taps"], made["fold"])
        pixels = made["pixels"]
        banks, words = (np.where(pixels == 1, each, 0) for each in (banks, words))
        slices = g["in_channels"] // made["lanes"]
        grows = _accumulates(g, made["taps"])
        partials = g["partial_columns"] * slices
        partials = np.where(partials < TURN, 0, partials)  # so few are registers
        row_beats = np.where(grows, partials, g["stored_columns"] * slices * (g["stored_rows"] > 0))
        row_beats = np.where(pixels > 1, -(-g["width"] // pixels), row_beats)
        beat_bits = np.where(grows, np.where(partials > 0, made["lanes"] * g["partial_bits"], 1),
                             pixels * made["lanes"] * g["pixel_bits"])  # fmt: skip
        row = np.where(pixels > 1, row_beats * pixels, np.maximum(1, g["stored_columns"]))
        sizes = {
            "ring_rows": np.where(grows, 1, made["buffer_pixels"] // row),
            "row_beats": row_beats, "beat_bits": beat_bits, "store_banks": banks, "store_words": words,
            **{name: g[name] for name in ("kernel_h", "weight_bits", "rows_mirror")},
            **{name: made[name] for name in ("taps", "multipliers")},
            "fold": np.where(g["weighted"] == 1, made["fold"], 1),
            "copies": made["multipliers"] // (made["taps"] * made["lanes"]),
        }  # fmt: skip
        sums = -(-pixels // g["stride_w"]) * made["lanes"]  # that are divided in a cycle
        blocks, dsps = np.full(len(self), np.nan), np.full(len(self), np.nan)
        for target in np.unique(made["target"].astype(str)):
            family = target or "ecp5"
            if family not in FAMILIES:
                continue
            # What output maps take is not known of many designs at once.
            mine = np.flatnonzero((made["target"] == target) & (g["mapped"] == 0))
            blocks[mine] = block_rams(family, **{name: column[mine] for name, column in sizes.items()})
            along = row_rams(family, np.where(slices < TURN, 0, slices), made["lanes"] * g["along_bits"])
            blocks[mine] += np.where(grows, along, 0)[mine]
            products = made["multipliers"] * g["weighted"] + sums * g[f"dividers_{family}"]
            dsps[mine] = products[mine] if FAMILIES[family].dsp else 0
        return {
            "gops": 2 * g["macs"] * made["fps"] / 1e9, "latency_us": made["latency"] / made["clock_mhz"],
            "bram_estimate": blocks, "dsp_estimate": dsps,
        }  # fmt: skip


def expand(sweep: Sweep) -> Points:
    """Every design of a sweep that may meet its constraints.

    Raises ValueError for a value of an axis that is legal for no layer, with what is legal.
    """
    variants, skipped = sweep.variants()
    layers = [variant.layer for variant in variants]
    layer_of, *folding = one_by_one(sweep, layers if 1 in sweep.pixels else [])
    geometry = geometry_of(variants)
    clocks = np.array(sweep.clock_mhz)
    targets = np.array(sweep.target, object)
    copies = len(clocks) * len(targets)
    reasons = dict.fromkeys(skipped)
    several = abreast(sweep, layers, reasons)
    explored = len(layer_of) + len(several["lanes"])
    if not explored:
        why = next(iter(reasons), "with several pixels a beat, lanes must be all channels")
        raise ValueError(f"no design is left to explore: {why}")
    # Area is unknown here and breaks no constraint yet.
    emptied = Emptied([each for each in sweep.constraints if each.column not in AREA])  # type: ignore[union-attr]
    parts: list[dict[str, Array]] = []
    for part in _parts(geometry, layers, layer_of, folding, several, max(1, _CHUNK // copies)):
        count = len(part["lanes"])
        part = {name: np.repeat(column, copies) for name, column in part.items()} if copies > 1 else part
        part["clock_mhz"] = np.tile(np.repeat(clocks, len(targets)), count)
        part["target"] = np.tile(targets, len(clocks) * count)
        part["group"] = part["layer_of"].astype(np.int64) * copies + np.tile(np.arange(copies), count)
        rates(part, part["macs"])
        if emptied.constraints:
            everything = {**{name: geometry[name][part["layer_of"]] for name in LAYER}, **part}

            def describe(at: int, part: dict[str, Array] = part) -> str:
                return _words(variants[part["layer_of"][at]], part, at)

            keep = emptied.keep(everything, describe)
            if not keep.all():
                part = {name: column[keep] for name, column in part.items()}
        del part["macs"]
        parts.append(part)
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    place, timing, buffer, group = (
        columns.pop(name) for name in ("layer_of", "timing_exact", "buffer_exact", "group")
    )
    count = len(place)
    columns["pareto"] = np.zeros(count, bool)
    for name in AREA:
        columns[name] = np.full(count, np.nan)
    return Points(variants, columns, place, timing, buffer, explored * copies, list(reasons), emptied, group,
                  geometry)  # fmt: skip


def _parts(geometry: dict[str, Array], layers: list[Operator], layer_of: Array, folding: list[Array],
           several: dict[str, Array], size: int) -> Iterator[dict[str, Array]]:
    """The columns of so many designs at a time, those with several pixels a beat last."""
    for start in range(0, len(layer_of), size):
        rows = slice(start, start + size)
        yield _figures(geometry, layers, layer_of[rows], [column[rows] for column in folding])
    for start in range(0, len(several["lanes"]), size):
        yield {name: column[start : start + size] for name, column in several.items()}


def _words(variant: Variant, columns: dict[str, Array], at: int) -> str:
    names = (*(["pixels"] if columns["pixels"][at] > 1 else []), *FOLDING)
    fold = ", ".join(f"{name} {columns[name][at]}" for name in names)
    stride = "x".join(map(str, dict.fromkeys(variant.layer.stride)))
    return f"{variant.name}, stride {stride}, {fold}"


def rates(columns: dict[str, Array], macs: Array) -> None:
    """Put in what follows from interval and clock."""
    columns["utilisation"] = macs / (columns["multipliers"] * columns["interval"])
    columns["fps"] = columns["clock_mhz"] * 1e6 / columns["interval"]


def geometry_of(variants: list[Variant]) -> dict[str, Array]:
    """(L,) int64 columns: what describes each layer, and what its buffers are made of."""
    rows = [tuple(_describe(variant.layer)) for variant in variants]
    columns = np.array(rows, np.int64).T
    return dict(zip((*LAYER, *_STORAGE), columns, strict=True))


_STORAGE = ("pixel_bits", "weighted", "weight_bits", "stored_rows", "stored_columns", "window_rows",
            "fetched_rows", "shifts", "banks", "span", "advance", "rows_mirror", "mapped", "accumulates",
            "partial_bits", "partial_columns", "along_bits", "operations",
            *(f"dividers_{family}" for family in FAMILIES))  # fmt: skip


def _describe(layer: Operator) -> Iterator[int]:
    """The columns `LAYER`, then `_STORAGE`, of one layer."""
    yield from (layer.height, layer.width, layer.in_channels, layer.out_channels, layer.groups)
    yield from (*layer.kernel_size, *layer.stride, *layer.dilation, *layer.padding[0], *layer.padding[1])
    yield from (*layer.output_shape[:2], layer.macs)
    sizes = (layer.height, layer.width)
    rows, columns = (
        _axis(sizes[at], layer.kernel_size[at], layer.stride[at], layer.dilation[at], *layer.padding[at])
        for at in (0, 1)
    )
    reads = rows.stored and columns.stored
    yield layer.input_type.bits
    yield from (1, layer.weight_type.bits) if isinstance(layer, Conv2d) else (0, 1)
    yield from (rows.stored, columns.stored)
    yield int((rows.highest - rows.lowest)[rows.real].max()) + 1 if reads else 1
    yield int(rows.real.sum()) if reads else 0
    whole = _whole(layer)
    yield whole.shifts
    offsets = columns.offsets
    yield from (whole.memories.store_banks, offsets[-1] - offsets[0] + 1, columns.advance)
    yield not layer.window.sources[0].plain
    yield bool(layer.output)
    yield from _accumulated(layer)
    yield from (dividers(layer, family) for family in FAMILIES)


def _whole(layer: Operator) -> Design:
    """The design with a fold of 1; of windows that no line buffer serves, the one with all lanes."""
    return Design(layer, lanes=layer.in_channels, pe=layer.out_channels,
                  taps=layer.fixed_taps or layer.window.taps)  # fmt: skip


def _accumulated(layer: Operator) -> tuple[int, int, int, int, int]:
    """Whether designs with one tap accumulate pixels; of a slice with one lane, bits at a place and places,
    bits at the place of the row at hand, where windows have pixels in common; operations."""
    if not layer.accumulates(1):
        return 0, 1, 0, 0, layer.macs
    design = Design(layer, lanes=layer.in_channels, taps=1)
    *along, (places, bits) = design.partial_memories
    return 1, bits // design.lanes, places, sum(each for _, each in along) // design.lanes, design.operations


def _accumulates(g: dict[str, Array], taps: Array) -> Array:
    """(n,) which designs accumulate pixels."""
    return (g["accumulates"] == 1) & (taps == 1)


def _delays(layers: list[Operator], layer_of: Array, folding: list[Array]) -> Array | None:
    """(n,) cycles from steps to beats; None where all are plain convolutions, since `figures` knows them."""
    if all(isinstance(layer, Conv2d) and not layer.output for layer in layers):
        return None
    found = np.empty(len(layer_of), np.int64)
    for number in np.unique(layer_of):
        layer, mine = layers[number], layer_of == number
        found[mine] = delays(layer, *(column[mine] for column in folding))
        if layer.shares_columns:  # the design with a fold of 1 may, and no other
            whole = _whole(layer)
            ours = mine & (folding[0] == whole.lanes) & (folding[2] == whole.taps)
            found[ours] = whole.schedule.depth
    return found


def _figures(
    geometry: dict[str, Array], layers: list[Operator], layer_of: Array, folding: list[Array]
) -> dict[str, Array]:
    """The columns of designs of these layers, bounds where there is no closed form."""
    g = {name: column[layer_of] for name, column in geometry.items()}
    lanes, pe, taps = folding
    grows = _accumulates(g, taps)
    operations = np.where(grows, g["operations"], g["macs"])
    at = figures(
        height=g["height"], width=g["width"], in_channels=g["in_channels"], out_channels=g["out_channels"],
        groups=g["groups"], kernel_size=(g["kernel_h"], g["kernel_w"]), stride=(g["stride_h"], g["stride_w"]),
        dilation=(g["dilation_h"], g["dilation_w"]),
        padding=((g["pad_top"], g["pad_bottom"]), (g["pad_left"], g["pad_right"])),
        lanes=lanes, pe=pe, taps=taps, depth=_delays(layers, layer_of, folding), accumulates=grows,
        operations=operations,
    )  # fmt: skip
    slices = g["in_channels"] // lanes
    row_beats = g["stored_columns"] * slices
    fetches = g["fetched_rows"] * row_beats  # one a cycle: no frame takes less
    interval = np.where(at.ideal, at.bound, np.maximum(at.bound, fetches))
    nothing_read = (g["stored_rows"] == 0) | (g["stored_columns"] == 0)
    rows = np.where(grows, 0, g["window_rows"])
    columns = {"layer_of": layer_of, "pixels": np.ones_like(lanes), "lanes": lanes, "pe": pe, "taps": taps,
               "macs": operations}  # fmt: skip
    columns |= {
        "multipliers": at.multipliers, "fold": at.fold, "interval": interval, "bound": at.bound,
        "latency": np.where(at.latency < 0, np.nan, at.latency), "buffer_pixels": rows * g["stored_columns"],
        "buffer_bits": buffer_bits(g, rows, lanes, taps, at.fold),
        "input_bound": g["height"] * g["width"] * slices >= at.fold * g["out_height"] * g["out_width"],
        "timing_exact": at.ideal.copy(), "buffer_exact": nothing_read | grows,
    }  # fmt: skip
    return columns


def buffer_bits(g: dict[str, Array], ring_rows: Array, lanes: Array, taps: Array, fold: Array) -> Array:
    """`Design.buffer_bits` of designs whose rings hold so many rows; `g` as `geometry_of` says it."""
    slices = g["in_channels"] // lanes
    beat = lanes * g["pixel_bits"]
    row_beats = np.where(g["stored_rows"] > 0, g["stored_columns"] * slices, 0)
    ring = np.maximum(1, ring_rows * row_beats) * beat
    partials = (g["partial_columns"] * g["partial_bits"] + g["along_bits"]) * slices * lanes
    ring = np.where(_accumulates(g, taps), partials, ring)
    banks, words = store_size(g, lanes, taps, fold)
    return ring + banks * words * g["kernel_h"] * beat


def store_size(g: dict[str, Array], lanes: Array, taps: Array, fold: Array) -> tuple[Array, Array]:
    """Banks of the column store, 0 where there is none, and words in each of them."""
    slices = g["in_channels"] // lanes
    stores = (taps > g["kernel_h"]) & ~((fold == 1) & (g["shifts"] == 1))
    turn = -(-(STORE + RETURN) // slices) * np.maximum(1, g["advance"])
    depth = -(-(2 * g["span"] + turn) // g["banks"])
    words = np.int64(1) << _bit_length(depth - 1) << _bit_length(slices - 1)
    return np.where(stores, g["banks"], 0), np.where(stores, words, 0)


def _bit_length(numbers: Array) -> Array:
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)  # exact below 2**53
