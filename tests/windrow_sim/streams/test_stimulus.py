"""Beats: packing is the inverse of unpacking, and puts field 0 into the low bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from windrow import Conv2d, Design
from windrow_sim.streams.stimulus import Stimulus, pack, unpack, words


def as_integers(beats: NDArray[np.uint32]) -> list[int]:
    return [int.from_bytes(row.astype("<u4").tobytes(), "little") for row in beats]


@pytest.mark.parametrize(("bits", "expected"), [(1, 1), (32, 1), (33, 2), (64, 2), (65, 3), (400, 13)])
def test_words(bits: int, expected: int) -> None:
    assert words(bits) == expected


def test_field_0_is_in_the_low_bits() -> None:
    beats = pack(np.array([[0x11, 0x22, 0x33], [1, 2, 3]]), 8)
    assert beats.dtype == np.uint32
    assert beats.tolist() == [[0x332211], [0x030201]]


def test_negative_numbers_are_twos_complement() -> None:
    assert pack(np.array([[-1, 2, -8]]), 4).tolist() == [[0x82F]]
    assert unpack(np.array([[0x82F]], np.uint32), 3, 4, signed=True).tolist() == [[-1, 2, -8]]
    assert unpack(np.array([[0x82F]], np.uint32), 3, 4, signed=False).tolist() == [[15, 2, 8]]


@given(st.data())
def test_pack_is_concatenation_and_unpack_its_inverse(data: st.DataObject) -> None:
    bits = data.draw(st.integers(1, 64), "bits")
    fields = data.draw(st.integers(1, 12), "fields")
    signed = data.draw(st.booleans(), "signed")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << min(bits, 63)) - 1)
    row = st.lists(st.integers(low, high), min_size=fields, max_size=fields)
    values = np.array(data.draw(st.lists(row, min_size=1, max_size=4), "values"), np.int64)

    beats = pack(values, bits)

    assert beats.shape == (len(values), words(fields * bits))
    mask = (1 << bits) - 1
    assert as_integers(beats) == [
        sum((int(value) & mask) << (bits * at) for at, value in enumerate(row)) for row in values
    ]
    assert (unpack(beats, fields, bits, signed) == values).all()


def test_stimulus_counts_beats() -> None:
    layer = Conv2d(height=5, width=4, in_channels=6, out_channels=4, kernel_size=3, stride=2, padding=1)
    design = Design(layer, lanes=2, pe=2, taps=3)
    x = np.arange(2 * 5 * 4 * 6).reshape(2, 5, 4, 6)

    stimulus = Stimulus.build(design, x, 6, output_stall=np.array([True, False]))

    assert stimulus.beats.shape == (2 * 5 * 4 * 3, 1)
    assert stimulus.beats[:3, 0].tolist() == [0x0100, 0x0302, 0x0504]  # channels last, lane 0 low
    assert stimulus.input_beats == 6 * 5 * 4 * 3
    assert stimulus.output_beats == 6 * 3 * 2 * 2
    assert stimulus.input_bits == 16
    assert stimulus.output_bits == 2 * layer.accumulator_type.bits
    assert stimulus.input_stall.tolist() == [False]
    assert stimulus.output_stall.tolist() == [True, False]
