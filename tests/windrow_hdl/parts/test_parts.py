"""The small parts on their own: sequencers, credits, adder trees, the queue, each beside plain Python."""

import itertools
from collections import deque

import numpy as np
import pytest
from amaranth.hdl import Cat, ClockDomain, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from hypothesis import given, settings
from hypothesis import strategies as st

from benches import play
from windrow_hdl.parts.adder_tree import AdderTree
from windrow_hdl.parts.counters import Credits, at_most, in_order, less, modulo
from windrow_hdl.parts.output_queue import OutputQueue
from windrow_hdl.parts.sequencer import BlockSequencer, Sequencer, shape_of

record = st.tuples(st.integers(-5, 5), st.integers(0, 3), st.integers(1, 9))
records = st.lists(record, min_size=1, max_size=5)


@settings(max_examples=25)
@given(records, st.lists(st.booleans(), min_size=20, max_size=60))
def test_a_sequencer_plays_its_records_over_and_over(
    runs: list[tuple[int, int, int]], advances: list[bool]
) -> None:
    every = [{"a": a, "b": b} for a, b, length in runs for _ in range(length)]
    seen = play(Sequencer(every), [{"advance": int(bit)} for bit in advances], ("a", "b", "last"))
    at = 0
    for bit, shown in zip(advances, seen, strict=True):
        assert shown == {**every[at], "last": int(at == len(every) - 1)}
        at = (at + bit) % len(every)


def test_a_sequencer_needs_records() -> None:
    with pytest.raises(ValueError, match=r"^records must hold at least one record, not none$"):
        Sequencer([])


@pytest.mark.parametrize(("values", "signed", "bits"), [
    ([0], False, 0), ([1], False, 1), ([-1], True, 1), ([-1, 1], True, 2), ([7, 8], False, 4),
    ([-9, 3], True, 5),
])
def test_the_smallest_shape(values: list[int], signed: bool, bits: int) -> None:
    shape = shape_of(values)
    assert (shape.signed, shape.width) == (signed, bits)


class Asked(wiring.Component):
    """What small numbers are told from each other by."""

    def __init__(self) -> None:
        super().__init__({"a": In(2), "b": In(3), "c": In(signed(3)), "no_more": Out(1), "no_less": Out(1),
                          "under": Out(1), "order": Out(3), "mod_3": Out(2), "mod_16": Out(4)})  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = ClockDomain()
        m.d.comb += [
            self.no_more.eq(at_most(self.a, self.b)),
            self.no_less.eq(at_most(self.b, self.a)),
            self.under.eq(Cat(less(self.b, limit) for limit in range(9)) == (0b1111_1111_0 << self.b) % 512),
            self.order.eq(in_order(self.c)),
            self.mod_3.eq(modulo(m, self.c, 3, "rest")),
            self.mod_16.eq(modulo(m, self.c, 16, "low_bits")),
        ]
        return m


def test_small_numbers() -> None:
    every = list(itertools.product(range(4), range(8), range(-4, 4)))
    names = ("no_more", "no_less", "under", "order", "mod_3", "mod_16")
    shown = play(Asked(), [dict(zip("abc", values, strict=True)) for values in every], names)
    for (a, b, c), seen in zip(every, shown, strict=True):
        assert tuple(seen.values()) == (a <= b, b <= a, 1, c + 4, c % 3, c % 16), (a, b, c)


@settings(max_examples=25)
@given(st.integers(1, 6), st.integers(1, 4), st.randoms(use_true_random=False))
def test_credits_count(amount: int, most: int, random: object) -> None:
    free, inputs, expected = amount, [], []
    for _ in range(60):
        expected.append(int(free > 0))
        take = int(free > 0 and random.random() < 0.6)  # type: ignore[attr-defined]
        give = min(amount - free, random.randrange(most + 1))  # type: ignore[attr-defined]
        inputs.append({"take": take, "give": give - 1 if most > 1 else give})
        free += give - take
    assert [shown["some"] for shown in play(Credits(amount, most), inputs, ("some",))] == expected


def test_no_credits_are_no_credits() -> None:
    with pytest.raises(ValueError, match=r"^amount must be at least 1, not 0$"):
        Credits(0)


@pytest.mark.parametrize("terms", [2, 3, 5, 8])
def test_an_adder_tree_is_as_deep_as_it_says(terms: int) -> None:
    ranges = [(-3 * n, 5 + n) for n in range(terms)]
    tree = AdderTree(ranges)
    assert tree.depth == (terms - 1).bit_length()
    generator = np.random.default_rng(terms)
    rows = [[int(generator.integers(low, high + 1)) for low, high in ranges] for _ in range(12)]
    rows += [[low for low, _ in ranges], [high for _, high in ranges]]
    inputs = [{f"term_{n}": value for n, value in enumerate(row)} for row in rows + [rows[-1]] * tree.depth]
    seen = [shown["total"] for shown in play(tree, inputs, ("total",))]
    assert seen[tree.depth :] == [sum(row) for row in rows]


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_the_queue_offers_what_was_put_in_its_order(depth: int) -> None:
    generator, held, under_way = np.random.default_rng(depth), deque[int](), 0
    queue, numbers = OutputQueue(8, depth), itertools.count(1)
    inputs: list[dict[str, int]] = []
    offered: list[int | None] = []
    credit = []
    for _ in range(80):
        credit.append(int(under_way + len(held) < depth))
        begin = int(credit[-1] and generator.random() < 0.6)
        put = int(under_way > 0 and generator.random() < 0.6)
        ready = int(generator.random() < 0.5)
        offered.append(held[0] if held else None)
        values = {"begin": begin, "put": put, "ready": ready, "payload": 0}
        if held and ready:
            held.popleft()
        if put:
            values["payload"] = next(numbers) % 256
            held.append(values["payload"])
        under_way += begin - put
        inputs.append(values)
    stream = queue.o
    queue.ready, queue.valid, queue.offer = stream.ready, stream.valid, stream.payload
    seen = play(queue, inputs, ("valid", "offer", "credit"))
    assert [row["offer"] if row["valid"] else None for row in seen] == offered
    assert [row["credit"] for row in seen] == credit


@pytest.mark.parametrize(("length", "size"), [(1, 1), (7, 1), (7, 2), (12, 3), (13, 3), (2, 5), (40, 4)])
def test_a_sequencer_of_blocks_plays_its_records(length: int, size: int) -> None:
    every = [{"a": at % size, "b": int(at == 5)} for at in range(length)]
    advances = [cycle % 5 != 3 for cycle in range(5 * length)]
    inputs = [{"advance": int(bit)} for bit in advances]
    seen = play(BlockSequencer(every, size), inputs, ("a", "b", "last"))
    at = 0
    for bit, shown in zip(advances, seen, strict=True):
        assert shown == {**every[at], "last": int(at == length - 1)}
        at = (at + bit) % length


def test_blocks_that_repeat_are_stored_once() -> None:
    assert len(BlockSequencer([{"look": at % 3} for at in range(600)], 3).blocks.runs) == 1
