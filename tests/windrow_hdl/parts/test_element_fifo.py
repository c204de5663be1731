"""The queue between stages: the cycle of every write and read, beside the two formulas of its law."""

import math

import numpy as np
import pytest
from amaranth.back import rtlil
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream_benches import Stalls, beats, offers, stream
from windrow.pipeline.fifo import Fifo
from windrow_hdl.parts.element_fifo import ElementFifo

stalls = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


def law(fifo: Fifo, writes: int, offer: Stalls, stop: Stalls) -> tuple[list[int], list[int]]:
    """Cycles of writes and of reads; those that never come are left out."""
    p, q, room = fifo.write, fifo.read, fifo.elements
    may_write, may_read = offers(offer), offers(stop)
    put: list[int] = []
    got: list[int] = []
    while True:
        before = len(put), len(got)
        i, j = before
        freed = -(-((i + 1) * p - room) // q) - 1
        if i < writes and freed < j:
            free = got[freed] + 1 if freed >= 0 else 0
            # An offered beat stays offered, so the stalls end before the wait for room does.
            put.append(max(may_write[put[-1] + 1 if put else 0], free))
        written = -(-((j + 1) * q) // p) - 1
        if written < len(put):
            got.append(may_read[max(got[-1] + 1 if got else 0, put[written] + 1)])
        if before == (len(put), len(got)):
            return put, got


def check(fifo: Fifo, seed: int, count: int, offer: Stalls, stop: Stalls) -> None:
    writes = count * fifo.unit // fifo.write
    drawn = np.random.default_rng(seed).integers(0, 1 << fifo.element_bits, writes * fifo.write)
    numbers = expected = drawn.tolist()
    if fifo.pixels > 1:  # each write has some channels of all pixels, each read all of them
        parts = drawn.reshape(-1, fifo.read // fifo.write, fifo.pixels, fifo.write // fifo.pixels)
        expected = parts.swapaxes(1, 2).ravel().tolist()
    want = beats(expected, fifo.read, fifo.element_bits)
    dut = ElementFifo(fifo)
    taken, left, results = stream(dut, [(dut.i, beats(numbers, fifo.write, fifo.element_bits), offer)], dut.o,
                                  len(want), stop)
    assert (taken[0], left) == law(fifo, writes, offer, stop)
    assert results == want


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 3), st.integers(1, 5), stalls, stalls,
       st.integers(0, 99))
@example(3, 2, 1, 3, [False], [False], 0)
@example(1, 1, 1, 1, [False, True], [False], 0)
def test_every_write_and_read(write: int, read: int, words: int, bits: int, offer: list[bool],
                              stop: list[bool], seed: int) -> None:
    fifo = Fifo("a", "b", 0, write, read, bits, words * math.lcm(write, read))
    check(fifo, seed, 3 * words + 2, offer, stop)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), stalls, stalls,
       st.integers(0, 99))
@example(2, 2, 3, 1, [False], [False], 0)
def test_several_pixels_with_some_channels_at_a_time(pixels: int, channels: int, times: int, words: int,
                                                     offer: list[bool], stop: list[bool], seed: int) -> None:
    write, read = pixels * channels, pixels * channels * times
    check(Fifo("a", "b", 0, write, read, 3, words * read, pixels), seed, 3 * words + 2, offer, stop)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (4, 2)]), stalls, stalls, st.integers(0, 99))
@example((2, 3), [False], [False], 0)
@example((1, 1), [False], [True, True, True, False], 0)
def test_block_ram_keeps_the_cycle(widths: tuple[int, int], offer: list[bool], stop: list[bool],
                                   seed: int) -> None:
    """More words than go into look-up tables, in bits enough: a read a cycle ahead, and around the memory."""
    unit = math.lcm(*widths)
    fifo = Fifo("a", "b", 0, *widths, 63, 33 * unit)
    assert fifo.in_block_ram
    check(fifo, seed, 90, offer, stop)


@pytest.mark.parametrize(("elements", "bits", "block"), [(32, 80, False), (33, 62, False), (33, 63, True)])
def test_memory_by_size(elements: int, bits: int, block: bool) -> None:
    text = rtlil.convert(ElementFifo(Fifo("a", "b", 0, 1, 1, bits, elements)), name="queue")
    assert ('ram_style "block"' in text) == block
    assert "memory" in text


def test_a_single_word_is_registers() -> None:
    text = rtlil.convert(ElementFifo(Fifo("a", "b", 0, 2, 3, 8, 6)), name="queue")
    assert "$mem" not in text
    assert "part_2" in text
