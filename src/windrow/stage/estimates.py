"""Block RAMs and DSP blocks without synthesis, and what a clock makes of cycles: GOPS, frames/s, µs.

The memories of a design are known: the ring of rows, the column store, the weights. How Yosys lays a memory
into block RAM follows from its costs (`memory_libmap`): so many for a block, for a look-up table used as RAM,
and for a bit of logic; the cheapest wins. The same is computed here. Against synthesis: tests/windrow/stage.

What synthesis knows and an estimate does not: weights that happen to be all zero, or equal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.operators.conv2d import Conv2d

__all__ = ["FAMILIES", "Estimate", "block_rams", "estimate"]

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


def estimate(design: Any, target: str = "ecp5", clock_mhz: float = CLOCK_MHZ) -> Estimate:
    """The estimate of a `Design` with constant weights.

    Raises TypeError for a clock that is no number, ValueError for one that is not above 0, for a target
    without an estimate and for run-time hardware, whose memories are those of its largest setting.
    """
    if design.runtime is not None:
        raise ValueError("run-time hardware has no estimate: synthesize it")
    if isinstance(clock_mhz, bool) or not isinstance(clock_mhz, (int, float, np.integer, np.floating)):
        raise TypeError(f"clock_mhz must be a number, not {clock_mhz!r}")
    if not 0 < clock_mhz < float("inf"):
        raise ValueError(f"clock_mhz must be above 0 and finite, not {clock_mhz!r}")
    layer = design.layer
    weights = isinstance(layer, Conv2d)  # others have none, and no multipliers in DSP blocks
    found = block_rams(
        target, ring_rows=design.ring_rows, row_beats=design.schedule.row_beats, beat_bits=design.beat_bits,
        kernel_h=layer.kernel_size[0], taps=design.taps, multipliers=design.multipliers,
        weight_bits=layer.weight_type.bits if weights else 1, fold=design.fold if weights else 1,
        store_banks=design.memories.store_banks if design.stores else 0,
        store_words=design.memories.store_depth << design.memories.store_slice_bits if design.stores else 0,
        rows_mirror=not layer.window.sources[0].plain,
    )  # fmt: skip
    hertz = clock_mhz * 1e6
    return Estimate(
        target=target, clock_mhz=float(clock_mhz), fps=hertz / design.interval,
        gops=2 * layer.macs * hertz / design.interval / 1e9, latency_us=design.latency / clock_mhz,
        block_rams=int(found), dsps=design.multipliers if weights and _family(target).dsp else 0,
    )  # fmt: skip


@dataclass(frozen=True)
class Family:
    """What memories cost in a family of FPGAs, in the units of Yosys.

    size: of a block RAM, in words
    shapes: words and width of a block RAM, each way it can be used
    block: cost of one;  lane: bits under one write enable, spare ones included
    own: words up to which a ring is laid out by hand, in these shapes; 0 where Yosys does it all
    table: cost of a look-up table RAM of 16 words by 4 bits; None where there is none
    dsp: has it DSP blocks?
    """

    size: str
    shapes: tuple[tuple[int, int], ...]
    block: float
    lane: int
    table: float | None
    own: int = 0
    dsp: bool = True


FAMILIES: dict[str, Family] = {
    "ecp5": Family(
        "18 kbit", ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)), 128, 9, 4, own=2048
    ),
    "ice40": Family("4 kbit", ((256, 16), (512, 8), (1024, 4), (2048, 2)), 64, 1, None),
}
"""Families with an estimate; block RAMs of 18 kbit (ECP5) and of 4 kbit (iCE40)."""

MOST_STEPS = 64
"""Steps up to which synthesis chooses what a ROM of weights is made of; those of more lie in block RAM."""

_ROM_BIT = 1 / 16  # cost of a bit of a read-only memory made of logic
_MUX_BIT = 0.5  # cost of choosing one of two words, a bit
_ANYTHING = 512  # bits up to which a ring may be made of anything; by hand half as many


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
) -> Array:
    """(...) block RAMs of designs, all arguments broadcast together.

    store_banks: of the column store, 0 where there is none;  store_words: in each of them
    rows_mirror: whether kernel rows in the padding show others of the window

    Raises ValueError for a target without an estimate.
    """
    family = _family(target)
    ring_rows, row_beats, beat_bits, kernel_h, taps, fold = (
        np.asarray(each, np.int64) for each in (ring_rows, row_beats, beat_bits, kernel_h, taps, fold))
    weight_word = np.asarray(multipliers, np.int64) * np.asarray(weight_bits, np.int64)
    store_banks, store_words = np.asarray(store_banks, np.int64), np.asarray(store_words, np.int64)
    depth = np.maximum(1, row_beats)
    # Where a step straddles two kernel columns, every row has an address, and so a memory, of its own; but
    # where rows mirror others, the column before is held.
    straddles = (taps < kernel_h) & (taps != 1) & (kernel_h % np.maximum(1, taps) != 0)
    apart = straddles & (np.asarray(rows_mirror) == 0)
    memories, side_by_side = np.where(apart, ring_rows, 1), np.where(apart, 1, ring_rows)
    bits = side_by_side * beat_bits * depth
    own = (family.own > 0) & (bits > _ANYTHING // 2) & (depth <= family.own)
    asked = own | (bits > _ANYTHING)
    found = np.where(own, _own_blocks(family, side_by_side, beat_bits, depth),
                     _blocks(family, beat_bits, depth, side_by_side)[0])  # fmt: skip
    ring = memories * np.where(asked, found, _cheapest(family, beat_bits, depth, side_by_side))
    store = store_banks * _cheapest(family, kernel_h * beat_bits, store_words)
    # Constant weights of a fold of one are wires.
    few = _cheapest(family, weight_word, 1 << _bit_length(fold - 1), None)
    own = (family.own > 0) & (fold <= family.own)
    many = np.where(own, _own_words(family, weight_word, fold), _blocks(family, weight_word, fold, None)[0])
    weights = np.where(fold > MOST_STEPS, many, np.where(fold > 1, few, 0))
    return ring + store + weights


def _own_blocks(family: Family, rows: Array, bits: Array, depth: Array) -> Array:
    """Block RAMs of a ring laid out by hand (`windrow_hdl.technology`): each row in lanes of its own."""
    lanes = _width(family, depth) // family.lane
    return -(-(rows * -(-bits // family.lane)) // np.maximum(1, lanes))


def _own_words(family: Family, bits: Array, depth: Array) -> Array:
    """Block RAMs of constants laid out by hand."""
    return -(-bits // _width(family, depth))


def _width(family: Family, depth: Array) -> Array:
    """Width of the widest block RAM of so many words."""
    return np.select([depth <= words for words, _ in family.shapes], [wide for _, wide in family.shapes], 1)


def _cheapest(family: Family, bits: Array, depth: Array, parts: Numbers | None = 1) -> Array:
    """Block RAMs of a memory that may also be made of look-up tables or logic: 0 where that costs less.

    parts: words of `bits` side by side, each with a write enable; None for a memory that is only read
    """
    bits, depth = np.broadcast_arrays(bits, depth)
    blocks, cost = _blocks(family, bits, np.maximum(1, depth), parts)
    width = bits if parts is None else bits * np.asarray(parts, np.int64)
    other = width * depth * (_ROM_BIT if parts is None else 1.0)
    if family.table is not None and parts is not None:
        rows = -(-depth // 16)
        choose = _MUX_BIT * width * np.maximum(0, rows - 1)
        other = np.minimum(other, family.table * -(-width // 4) * rows + choose)
    return np.where(cost < other, blocks, 0)


def _blocks(family: Family, bits: Array, depth: Array, parts: Numbers | None) -> tuple[Array, Array]:
    """The fewest block RAMs of a memory, and their cost: words that lie in several blocks are packed.

    What is written is packed in whole lanes, what is only read bit by bit.
    """
    width = bits if parts is None else bits * np.asarray(parts, np.int64)
    counts, costs = [], []
    for words, wide in family.shapes:
        rows = -(-depth // words)
        lane = 1 if parts is None else min(family.lane, wide)
        filled = width if parts is None else np.asarray(parts, np.int64) * -(-bits // lane) * lane
        counts.append(-(-(rows * filled) // wide))
        costs.append(family.block * counts[-1] + _MUX_BIT * width * (rows - 1))
    count, cost = np.stack(np.broadcast_arrays(*counts)), np.stack(np.broadcast_arrays(*costs))
    best = np.argmin(cost, axis=0)[np.newaxis]
    return np.take_along_axis(count, best, 0)[0], np.take_along_axis(cost, best, 0)[0]


def _bit_length(numbers: Array) -> Array:
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)  # exact below 2**53


def _family(target: str) -> Family:
    if target not in FAMILIES:
        raise ValueError(f"target must be one of {', '.join(FAMILIES)} for an estimate, not {target!r}")
    return FAMILIES[target]
