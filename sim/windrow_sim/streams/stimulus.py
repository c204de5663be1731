"""Stimulus: what an engine is given, beats and stall patterns, and how numbers become beats and back.

A beat is a row of 32-bit words, little end first, because payloads are often wider than any integer
that NumPy has. Both engines are driven by the same `Stimulus`, which is why their cycles agree.

    feature map (N, H, W, C) --pack--> beats (N*H*W*C/lanes, words)   lane 0 in the low bits
    outputs (N, Ho, Wo, O) <--unpack-- beats (N*Ho*Wo*O/pe, words)    filter 0 in the low bits
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle

import numpy as np
import numpy.typing as npt

from windrow.stage.beats import side_by_side
from windrow.timing.stalls import Stalls, StallsLike
from windrow.timing.streamed import Streamed

__all__ = ["DRAIN", "Stimulus", "pack", "unpack", "words"]

DRAIN = 16
"""Cycles that engines watch the output for after the last transfer: a beat too many is an error."""

_WORD = 32
_WHOLE = (8, 16, 32)  # bits of numbers that lie in bytes of their own: most pixels do, and nothing is shifted


def words(bits: int) -> int:
    """Number of 32-bit words that a payload of `bits` bits takes in a beat."""
    return -(-bits // _WORD)


def pack(values: npt.NDArray[np.int64], bits: int) -> npt.NDArray[np.uint32]:
    """Put the numbers of each row side by side, the first in the low bits.

    Parameters
    ----------
    values : (beats, fields) int64
        Negative numbers become two's complement. Bits above `bits` are dropped.
    bits : int
        Width of a field, 1 to 64.

    Returns
    -------
    (beats, words) uint32
        Words of a beat, low word first.
    """
    beats, fields = values.shape
    if bits in _WHOLE:
        size = bits // 8
        whole = np.zeros((beats, 4 * words(fields * bits)), np.uint8)
        whole[:, : fields * size] = values.astype(f"<u{size}").view(np.uint8).reshape(beats, fields * size)
        return whole.view("<u4").astype(np.uint32, copy=False)
    # One spare word, so that the upper half of the last part has a place to go (it is always zero).
    packed = np.zeros((beats, words(fields * bits) + 1), np.uint32)
    for offset, field, low, mask in _parts(fields, bits):
        word, shift = divmod(offset, _WORD)
        part = ((values[:, field].view(np.uint64) >> np.uint64(low)) & np.uint64(mask)) << np.uint64(shift)
        packed[:, word] |= part.astype(np.uint32)  # keeps the low half
        packed[:, word + 1] |= (part >> np.uint64(_WORD)).astype(np.uint32)
    return np.ascontiguousarray(packed[:, :-1])


def unpack(beats: npt.NDArray[np.uint32], fields: int, bits: int, signed: bool) -> npt.NDArray[np.int64]:
    """Take beats apart again: the inverse of `pack`.

    Parameters
    ----------
    beats : (beats, words) uint32
    fields, bits : int
        Numbers per beat, and the width of each, 1 to 64.
    signed : bool
        Whether the numbers are two's complement.

    Returns
    -------
    (beats, fields) int64
    """
    if bits in _WHOLE:
        size = bits // 8
        whole = np.ascontiguousarray(beats, "<u4").view(np.uint8).reshape(len(beats), -1)
        numbers = np.ascontiguousarray(whole[:, : fields * size]).view(f"<{'i' if signed else 'u'}{size}")
        return numbers.astype(np.int64)
    padded = np.zeros((len(beats), words(fields * bits) + 1), np.uint64)
    padded[:, :-1] = beats
    values = np.zeros((len(beats), fields), np.uint64)
    for offset, field, low, mask in _parts(fields, bits):
        word, shift = divmod(offset, _WORD)
        part = (padded[:, word] | padded[:, word + 1] << np.uint64(_WORD)) >> np.uint64(shift)
        values[:, field] |= (part & np.uint64(mask)) << np.uint64(low)
    if signed:
        # Arithmetic shift back from the top copies the sign bit.
        return (values << np.uint64(64 - bits)).view(np.int64) >> np.int64(64 - bits)
    return values.view(np.int64)


def _parts(fields: int, bits: int) -> list[tuple[int, int, int, int]]:
    """Pieces of at most 32 bits, which may straddle two words but never three.

    Each piece is (bit in the beat, field, bit in the field, mask).
    """
    return [(field * bits + low, field, low, (1 << min(_WORD, bits - low)) - 1)
            for field in range(fields) for low in range(0, bits, _WORD)]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Everything that an engine needs to know about the streams; nothing about the layer.

    In cycle `c` a new input beat is offered unless `input_stall[c]`; a beat already offered stays. The
    output is ready unless `output_stall[c]`. When a pattern runs out it goes on at `input_head` or
    `output_head`, for ever. Cycle 0 is the first clock cycle after reset.

    Attributes
    ----------
    beats : (distinct beats, words) uint32
        Input beats in order; from the first again when they run out before `input_beats`.
    input_beats, output_beats : int
        How many transfers there are to be.
    input_bits, output_bits : int
        Payload widths.
    input_stall, output_stall : (any length,) bool
    patience : int
        Cycles without any transfer after which the run counts as hung.
    input_head, output_head : int
        Cycles at the beginning of each pattern that come only once.
    weights, settings : (transfers, words) uint32
        What goes to the ports of these names of run-time hardware, in this order, before cycle 0; which is
        then the cycle after the last setting is `accepted`.
    """

    beats: npt.NDArray[np.uint32]
    input_beats: int
    output_beats: int
    input_bits: int
    output_bits: int
    input_stall: npt.NDArray[np.bool_]
    output_stall: npt.NDArray[np.bool_]
    patience: int
    input_head: int = 0
    output_head: int = 0
    weights: npt.NDArray[np.uint32] = dataclasses.field(default_factory=lambda: np.zeros((0, 1), np.uint32))
    settings: npt.NDArray[np.uint32] = dataclasses.field(default_factory=lambda: np.zeros((0, 1), np.uint32))

    @classmethod
    def build(cls, design: Streamed, x: npt.NDArray[np.int64], frames: int, input_stall: StallsLike = None,
              output_stall: StallsLike = None) -> Stimulus:
        """The stimulus that streams the frames `x` (N, H, W, C) again and again, `frames` in all."""
        ho, wo, filters = design.output_shape
        beats = pack(side_by_side(x, design), design.input_type.bits)
        per_frame = len(beats) // len(x)
        stalls_in, stalls_out = Stalls.of(input_stall, "input_stall"), Stalls.of(output_stall, "output_stall")
        in_pattern, out_pattern = (np.append(one.head, one.period) for one in (stalls_in, stalls_out))
        return cls(
            beats=beats,
            input_beats=frames * per_frame,
            output_beats=frames * ho * -(-wo // design.output_pixels) * (filters // design.pe),
            input_bits=design.beat_bits,
            output_bits=design.output_bits,
            input_stall=in_pattern,
            output_stall=out_pattern,
            # Longer than any legal silence, with some periods of both patterns.
            patience=4096 + design.silence + 4 * (len(in_pattern) + len(out_pattern)),
            input_head=len(stalls_in.head),
            output_head=len(stalls_out.head),
        )

    @property
    def program(self) -> list[tuple[str, list[int]]]:
        """Port by port, what is sent to run-time hardware before cycle 0."""
        ports = (("weights", self.weights), ("settings", self.settings))
        return [(name, [int.from_bytes(row.astype("<u4").tobytes(), "little") for row in rows])
                for name, rows in ports if len(rows)]

    def input_stalls(self) -> Iterator[bool]:
        """Whether the input is stalled, cycle after cycle without end."""
        return _endless(self.input_stall, self.input_head)

    def output_stalls(self) -> Iterator[bool]:
        """The same for the output."""
        return _endless(self.output_stall, self.output_head)


def _endless(pattern: npt.NDArray[np.bool_], head: int) -> Iterator[bool]:
    bits: list[bool] = pattern.tolist()
    return chain(bits[:head], cycle(bits[head:]))
