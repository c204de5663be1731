"""Generated stimulus and checksums: what the hand-over's testbench makes up itself, as numbers.

    beat, word ─▶ scramble ─▶ pixels        output rows ─▶ scrambled one after the other ─▶ rows.hex

The same functions are in `files/testbench.v`; files of a large frame would take tens of megabytes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design

__all__ = ["checksums", "pixels", "scramble", "words_of"]

_WORD = 32

Words = npt.NDArray[np.uint32]


def scramble(numbers: Words) -> Words:
    """32 bits for each number: a bijection that a multiplication at a time makes hard to see through."""
    made = numbers * np.uint32(0x9E3779B1)
    made = (made ^ (made >> np.uint32(15))) * np.uint32(0x85EBCA77)
    made = (made ^ (made >> np.uint32(13))) * np.uint32(0xC2B2AE3D)
    return made ^ (made >> np.uint32(16))


def pixels(design: Design | Pipeline, frames: int, port_bits: int) -> npt.NDArray[np.int64]:
    """(frames, H, W, C): the numbers of beat b are the low bits of its words scramble(b * words + word).

    Of several pixels a beat, what the last of a row has no pixel for is made up, too, and not in here.
    """
    bits = design.input_type.bits
    words = -(-port_bits // _WORD)
    beats = frames * design.input_beats
    made = scramble(np.arange(beats * words, dtype=np.uint32)).reshape(beats, words).astype(np.uint64)
    lanes = np.empty((beats, design.pixels * design.lanes), np.int64)
    for lane in range(lanes.shape[1]):
        word, low = divmod(lane * bits, _WORD)
        value = made[:, word] >> np.uint64(low)
        if low + bits > _WORD:
            value = value | made[:, word + 1] << np.uint64(_WORD - low)
        lanes[:, lane] = (value & np.uint64((1 << bits) - 1)).astype(np.int64)
    if design.input_type.signed:
        lanes -= (lanes >> (bits - 1)) << bits
    height, width, channels = design.input_shape
    return lanes.reshape(frames, height, -1, channels)[:, :, :width]


def words_of(values: npt.NDArray[np.int64], bits: int, width: int) -> Words:
    """(beats, words): numbers (beats, filters) of `bits` bits side by side, sign-extended to `width`."""
    padded = -(-width // _WORD) * _WORD
    low = (values[:, :, None] >> np.arange(bits)) & 1
    flat = low.reshape(len(values), -1).astype(np.uint8)
    above = np.repeat((values[:, -1:] < 0).astype(np.uint8), width - flat.shape[1], axis=1)
    zeros = np.zeros((len(values), padded - width), np.uint8)
    packed = np.packbits(np.concatenate([flat, above, zeros], axis=1), axis=1, bitorder="little")
    return packed.view("<u4").astype(np.uint32)


def checksums(parts: Words) -> Words:
    """(rows,): of (rows, words), each word scrambled with what came before it."""
    total = np.zeros(len(parts), np.uint32)
    for at in range(parts.shape[1]):
        total = scramble(total ^ parts[:, at])
    return total
