"""Block RAMs and DSP blocks without synthesis, and what a clock makes of cycles: GOPS, frames/s, µs.

The memories of a design are known: the ring of rows, the column store, the weights, the numbers of output
maps. `memory_blocks` says how they lie in block RAM. Against synthesis: tests/windrow/stage.

What synthesis knows and an estimate does not: weights that happen to be all zero, or equal. How far results
can reach with the weights decides which numbers an output map has; without them, it is one for any.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.operators.conv2d import Conv2d
from windrow.stage.arithmetic_blocks import divided, dividers, map_blocks
from windrow.stage.memory_blocks import (
    ANYTHING,
    MOST_STEPS,
    cheapest,
    constants,
    family_of,
    packed,
    ring_blocks,
)
from windrow.timing.depths import FEEDS
from windrow.values.numerics import as_positive

__all__ = ["CLOCK_MHZ", "Estimate", "block_rams", "estimate", "memory_rams", "row_rams"]

Numbers = npt.ArrayLike
Array = npt.NDArray[Any]


CLOCK_MHZ = 100.0
"""The clock of estimates where none is given."""


@dataclass(frozen=True)
class Estimate:
    """What a design does and takes, without synthesis.

    fps: frames a second at `clock_mhz`;  gops: 10**9 operations a second, two for each MAC of the layer
    latency_us: microseconds from the first input beat to the first output beat
    block_rams, dsps: of the family `target`, multipliers in DSP blocks where it has some
    """

    target: str
    clock_mhz: float
    fps: float
    gops: float
    latency_us: float
    block_rams: int
    dsps: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def estimate(
    design: Any, target: str = "ecp5", clock_mhz: float = CLOCK_MHZ, *,
    weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
) -> Estimate:  # fmt: skip
    """The estimate of a `Design` with constant weights: these, or any.

    Only output maps depend on them: with weights and bias, their numbers are counted as they will be.

    Raises as `Operator.check_parameters` does for weights that are given; TypeError for a clock that is no
    number, ValueError for one that is not above 0, for a target without an estimate and for run-time
    hardware, whose memories are those of its largest setting.
    """
    if design.runtime is not None:
        raise ValueError("run-time hardware has no estimate: synthesize it")
    clock = as_positive(clock_mhz, "clock_mhz")
    layer, family = design.layer, family_of(target)
    parameters = None if weights is None else layer.check_parameters(weights, bias)
    memories, multipliers, _ = memory_rams(design, target)
    maps, products = map_blocks(design, target, parameters)
    hertz = clock * 1e6
    return Estimate(
        target=target, clock_mhz=clock, fps=hertz / design.interval,
        gops=2 * layer.macs * hertz / design.interval / 1e9, latency_us=design.latency / clock,
        block_rams=memories + maps, dsps=multipliers + products if family.dsp else 0,
    )  # fmt: skip


def memory_rams(design: Any, target: str) -> tuple[int, int, tuple[int, int]]:
    """Of a `Design` without its output maps: block RAMs, DSP blocks, and the bits of their factors."""
    layer = design.layer
    weighted = isinstance(layer, Conv2d)  # others have no weights, and no multipliers of them
    ring, beside = (design.ring_rows, design.schedule.row_beats, design.beat_bits), 0
    if design.accumulates:  # partial results lie like a row of pixels, if they do not lie in registers
        *others, (words, bits) = design.partial_words
        ring = (1, words, bits) if words else (1, 1, 1)
        beside = sum(int(row_rams(target, *each)) for each in others)
    rows, beats, bits = ring
    found = beside + block_rams(
        target, ring_rows=rows, row_beats=beats, beat_bits=bits,
        kernel_h=layer.window.kernel_size[0], taps=design.taps, multipliers=design.multipliers,
        weight_bits=layer.weight_type.bits if weighted else 1,
        fold=design.fold * design.window.phases if weighted else 1,
        store_banks=design.memories.store_banks if design.stores else 0,
        store_words=design.memories.store_depth << design.memories.store_slice_bits if design.stores else 0,
        rows_mirror=not layer.window.sources[0].plain, copies=design.copies,
    )  # fmt: skip
    if weighted:
        return int(found), design.multipliers, (layer.input_type.bits, layer.weight_type.bits)
    return int(found), design.output_pixels * design.lanes * dividers(layer, target), divided(layer)


def block_rams(
    target: str,
    *,
    ring_rows: Numbers,
    row_beats: Numbers,
    beat_bits: Numbers,
    kernel_h: Numbers,
    taps: Numbers,
    multipliers: Numbers,
    weight_bits: Numbers,
    fold: Numbers,
    store_banks: Numbers = 0,
    store_words: Numbers = 0,
    rows_mirror: Numbers = 0,
    copies: Numbers = 1,
) -> Array:
    """(...) block RAMs of designs, all arguments broadcast together.

    store_banks: of the column store, 0 where there is none;  store_words: in each of them
    rows_mirror: whether kernel rows in the padding show others of the window
    copies: multipliers that take the same operand; those of many have their weights in parts

    Raises ValueError for a target without an estimate.
    """
    family = family_of(target)
    ring_rows, row_beats, beat_bits, kernel_h, taps, fold = (
        np.asarray(each, np.int64) for each in (ring_rows, row_beats, beat_bits, kernel_h, taps, fold))
    copies = np.asarray(copies, np.int64)
    weight_bits = np.asarray(multipliers, np.int64) * np.asarray(weight_bits, np.int64) // copies
    store_banks, store_words = np.asarray(store_banks, np.int64), np.asarray(store_words, np.int64)
    depth = np.maximum(1, row_beats)
    # Where a step straddles two kernel columns, every row has an address, and so a memory, of its own; but
    # where rows mirror others, the column before is held.
    straddles = (taps < kernel_h) & (taps != 1) & (kernel_h % np.maximum(1, taps) != 0)
    apart = straddles & (np.asarray(rows_mirror) == 0)
    memories, side_by_side = np.where(apart, ring_rows, 1), np.where(apart, 1, ring_rows)
    ring = memories * row_rams(target, depth, beat_bits, side_by_side)
    store = store_banks * cheapest(family, kernel_h * beat_bits, store_words)
    # Constant weights of a fold of one are wires.
    parts, weights = -(-copies // FEEDS), np.asarray(0)
    for count, filters in ((parts - copies % parts, copies // parts), (copies % parts, -(-copies // parts))):
        few = cheapest(family, weight_bits * filters, 1 << _bit_length(fold - 1), None)
        many = constants(family, weight_bits * filters, fold)
        weights = weights + count * np.where(fold > MOST_STEPS, many, np.where(fold > 1, few, 0))
    return ring + store + weights


def row_rams(target: str, words: Numbers, bits: Numbers, rows: Numbers = 1) -> Array:
    """(...) block RAMs of rows side by side, of so many words of `bits` (`windrow_hdl.technology`)."""
    family = family_of(target)
    depth, each, rows = (np.asarray(number, np.int64) for number in (words, bits, rows))
    all_bits = rows * each * depth
    own = (family.own > 0) & (all_bits > ANYTHING // 2) & (depth <= family.own)
    found = np.where(own, ring_blocks(family, rows, each, depth), packed(family, each, depth, rows)[0])
    return np.where(own | (all_bits > ANYTHING), found, cheapest(family, each, depth, rows))


def _bit_length(numbers: Array) -> Array:
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)  # exact below 2**53
