"""Which designs a sweep has: those with one pixel a beat, of which there are many, and those with several.

Of the latter there are few, so each is asked for its figures, and all of them are exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.operators.operator import Operator
from windrow.stage.design import Design
from windrow.stage.pixels import pixel_foldings
from windrow.timing.figures import foldings
from windrow_explore.sweep import FOLDING, Sweep

__all__ = ["abreast", "one_by_one"]

Array = npt.NDArray[Any]

_COLUMNS = ("layer_of", "pixels", *FOLDING, "macs", "multipliers", "fold", "interval", "bound", "latency",
            "buffer_pixels", "buffer_bits", "input_bound")  # fmt: skip


def one_by_one(sweep: Sweep, layers: list[Operator]) -> tuple[Array, Array, Array, Array]:
    """(n,) layer, lanes, pe and taps of every design that takes one pixel a beat.

    Raises ValueError for a value of an axis that is legal for no layer, with what is legal.
    """
    if not layers:
        return (nothing := np.zeros(0, np.int32), nothing, nothing, nothing)
    asked = {name: getattr(sweep, name) for name in FOLDING}
    met: dict[str, set[int]] = {name: set() for name in FOLDING}
    legal_somewhere: dict[str, set[int]] = {name: set() for name in FOLDING}
    known: dict[tuple[Any, ...], Array] = {}  # layers of a sweep are often alike
    parts: list[Array] = []
    for layer in layers:
        kind = (layer.in_channels, layer.out_channels, layer.groups, layer.kernel_size, layer.fixed_taps)
        if kind not in known:
            known[kind] = np.array(list(foldings(layer)), np.int32).T
        every = known[kind]
        keep = np.ones(every.shape[1], bool)
        for name, column in zip(FOLDING, every, strict=True):
            if asked[name] is None:
                continue
            legal_somewhere[name].update(np.unique(column).tolist())
            met[name].update(legal_somewhere[name].intersection(asked[name]))
            keep &= np.isin(column, asked[name])
        parts.append(every[:, keep])
    for name, values in asked.items():
        for value in values or ():
            if value not in met[name]:
                near = sorted(legal_somewhere[name], key=lambda n: (abs(n - value), n))[:5]
                raise ValueError(f"{name} {value} is legal for no layer of the sweep; nearest legal: "
                                 f"{', '.join(map(str, sorted(near)))}")  # fmt: skip
    sizes = [part[0].size for part in parts]
    layer_of = np.repeat(np.arange(len(layers), dtype=np.int32), sizes)
    return (layer_of, *(np.concatenate([part[axis] for part in parts]) for axis in range(3)))  # type: ignore[return-value]


def abreast(sweep: Sweep, layers: Sequence[Operator], skipped: dict[str, None]) -> dict[str, Array]:
    """The columns of all designs with several pixels a beat, as `windrow_explore.points` has those of others.

    skipped: takes why a layer has none
    """
    rows: list[tuple[Any, ...]] = []
    for pixels in sweep.pixels:
        for at, layer in enumerate(layers) if pixels > 1 else ():
            try:
                rows += [_row(at, design) for design in _designs(sweep, layer, pixels)]
            except ValueError as error:
                skipped[f"{layer}: pixels {pixels}: {error}"] = None
    columns = {name: np.array([row[at] for row in rows]) for at, name in enumerate(_COLUMNS)}
    found = {name: column.astype(np.int32 if name in ("layer_of", "pixels", *FOLDING) else np.int64)
             for name, column in columns.items()}  # fmt: skip
    known = np.ones(len(rows), bool)
    return {**found, "latency": columns["latency"].astype(np.float64),
            "input_bound": columns["input_bound"].astype(bool), "timing_exact": known,
            "buffer_exact": known.copy()}  # fmt: skip


def _designs(sweep: Sweep, layer: Operator, pixels: int) -> Iterator[Design]:
    for pe, taps in pixel_foldings(layer):
        asked = zip((sweep.lanes, sweep.pe, sweep.taps), (layer.in_channels, pe, taps), strict=True)
        if all(values is None or value in values for values, value in asked):
            yield Design(layer, pe=pe, taps=taps, pixels=pixels)


def _row(at: int, design: Design) -> tuple[Any, ...]:
    work = design.schedule.windows * design.fold
    return (at, design.pixels, design.lanes, design.pe, design.taps, design.operations, design.multipliers,
            design.fold, design.interval, max(design.input_beats, work), design.latency, design.buffer_pixels,
            design.buffer_bits, design.input_beats >= work)  # fmt: skip
