"""WeightStore: weights and biases in memories that are loaded word by word through a stream.

    i ─▶ chain of a word's elements ─▶ memory ─▶ word      weights: pe * taps * lanes elements, fold words
                                  └──▶ memory ─▶ biases    biases:  pe elements, one word per filter group

Where operands come in several orders, addresses turn: see `TurnedStore`.

Elements come in the order in which the steps use them, so that a word is shifted together and written as
one: no element needs an address or an enable of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow_hdl.parts.counters import count, select
from windrow_hdl.reductions.multiply_accumulate import weight_words


def load_bits(design: Design) -> int:
    """Width of a transfer to port `weights`: the wider of a weight and a bias."""
    layer = design.layer
    assert isinstance(layer, Conv2d)
    return max(layer.weight_type.bits, 0 if layer.bias_type is None else layer.bias_type.bits)


def load_words(design: Design) -> int:
    """Transfers that are a whole set: every multiplier's weight of every step, and the biases."""
    layer = design.layer
    assert isinstance(layer, Conv2d)
    return design.fold * design.multipliers + (layer.out_channels if layer.bias else 0)


def load_sequence(design: Design, weights: np.ndarray | None, bias: np.ndarray | None = None) -> np.ndarray:
    """(transfers,) int64: what goes to port `weights`, one element per transfer, in two's complement there.

    First the weights as `weight_words` orders them, step by step: channel group, output beat, slice, tap
    step, and within a step filter, tap, lane; taps run down the kernel columns, spare ones of the last step
    are 0.  Then the biases, filter by filter.  Raises as `Conv2d.check_weights` and `check_bias` do.
    """
    checked, biases = design.layer.check_parameters(weights, bias)
    assert checked is not None
    words = weight_words(design, checked).ravel()
    return words if biases is None else np.concatenate([words, biases])


class WordStore(wiring.Component):
    """`depth` words of `elements` elements of `bits`; `init` (depth, elements) is what power-up leaves there.

    put, element: the next element;  full: this one is the last of the last word
    address, word: read in the same cycle, element 0 in the low bits
    """

    def __init__(self, elements: int, depth: int, bits: int, init: np.ndarray) -> None:
        self.elements, self.depth, self.bits = elements, depth, bits
        mask = (1 << bits) - 1
        self.init = [
            sum((int(value) & mask) << (bits * at) for at, value in enumerate(word))
            for word in init.reshape(depth, elements)
        ]
        super().__init__(
            {
                "put": In(1),
                "element": In(unsigned(bits)),
                "full": Out(1),
                "address": In(range(depth)),
                "word": Out(unsigned(elements * bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        at = Signal(range(self.elements))
        last = count(m, at, self.elements, self.put)
        if self.depth == 1:
            # The chain is the memory. A reset leaves it alone, as it would any other.
            chain = Signal(self.elements * self.bits, init=self.init[0], reset_less=True)
            m.d.comb += [self.full.eq(self.put & last), self.word.eq(chain)]
            with m.If(self.put):
                m.d.sync += chain.eq(Cat(chain, self.element)[self.bits :])
            return m
        chain = Signal((self.elements - 1) * self.bits, reset_less=True)
        word = Cat(chain, self.element)
        with m.If(self.put):
            m.d.sync += chain.eq(word[self.bits :])
        number = Signal(range(self.depth))
        last_word = count(m, number, self.depth, self.put & last)
        # No word is used while words are written: nothing is under way then.
        memory = Memory(
            shape=unsigned(self.elements * self.bits),
            depth=self.depth,
            init=self.init,
            attrs={"no_rw_check": "1"},
        )
        m.submodules.memory = memory
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [
            self.full.eq(self.put & last & last_word),
            write.en.eq(self.put & last),
            write.addr.eq(number),
            write.data.eq(word),
            read.addr.eq(self.address),
            self.word.eq(read.data),
        ]
        return m


class TurnedStore(wiring.Component):
    """As `WordStore`, of `steps` words of an element per operand of a step, which come in several orders: in
    turn `t`, operand `n` is tap `turns[t][n]`.

    Every operand has a memory with all elements, so that addresses turn and not what they read.
    """

    def __init__(self, turns: Sequence[Sequence[int]], steps: int, bits: int, init: np.ndarray) -> None:
        self.turns, self.steps, self.bits, self.taps = turns, steps, bits, len(turns[0])
        self.step_bits = (steps - 1).bit_length()
        by_tap = np.zeros((self.taps, 1 << self.step_bits), np.int64)
        by_tap[:, :steps] = init.reshape(steps, self.taps).T & ((1 << bits) - 1)
        self.init = by_tap.ravel().tolist()
        super().__init__(
            {
                "put": In(1),
                "element": In(unsigned(bits)),
                "full": Out(1),
                "address": In(range(steps)),
                "turn": In(range(len(turns))),
                "word": Out(unsigned(self.taps * bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tap, step = Signal(range(self.taps)), Signal(range(self.steps))
        last_tap = count(m, tap, self.taps, self.put)
        last_step = count(m, step, self.steps, self.put & last_tap)
        m.d.comb += self.full.eq(self.put & last_tap & last_step)
        for number in range(self.taps):
            # No word is used while words are written, as in `WordStore`.
            memory = Memory(shape=unsigned(self.bits), depth=len(self.init), init=self.init,
                            attrs={"no_rw_check": "1"})  # fmt: skip
            m.submodules[f"memory_{number}"] = memory
            write, read = memory.write_port(), memory.read_port(domain="comb")
            shown = Signal.like(tap, name=f"tap_{number}")
            select(m, shown, self.turn, [turn[number] for turn in self.turns])
            m.d.comb += [
                write.en.eq(self.put),
                write.addr.eq(Cat(step, tap) if self.step_bits else tap),
                write.data.eq(self.element),
                read.addr.eq(Cat(self.address, shown) if self.step_bits else shown),
                self.word.word_select(number, self.bits).eq(read.data),
            ]
        return m


class WeightStore(wiring.Component):
    """Weights and biases of these filters of a beat of `design`, at power-up `weights` and `bias`; operands
    come in the orders `turns`.

    i: `load_sequence` of the filters, all of it at a time, taken while `idle`;  hold: begin no frame
    idle: nothing is under way
    loaded: in the cycle before, biases were not yet what they are now
    step, turn, word: the weights of a step, in the same cycle;  group, bias: the biases of a group of filters
    """

    def __init__(
        self,
        design: Design,
        weights: np.ndarray | None,
        bias: np.ndarray | None,
        turns: Sequence[Sequence[int]],
        filters: Sequence[int],
    ) -> None:
        self.design = design
        layer = design.layer
        assert isinstance(layer, Conv2d)
        assert weights is not None
        size, bits = design.multipliers // design.pe * len(filters), layer.weight_type.bits
        words = weight_words(design, weights)[:, filters]
        self.weights = (TurnedStore(turns, design.fold, bits, words) if len(turns) > 1 else
                        WordStore(size, design.fold, bits, words))  # fmt: skip
        self.biases = None
        if layer.bias_type is not None:
            assert bias is not None
            mine = bias.reshape(design.filter_groups, design.pe)[:, filters]
            self.biases = WordStore(len(filters), design.filter_groups, layer.bias_type.bits, mine)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(load_bits(design)))),
                "idle": In(1),
                "hold": Out(1),
                "loaded": Out(1),
                "step": In(range(design.fold)),
                "turn": In(range(len(turns))),
                "word": Out(self.weights.word.shape()),
                "group": In(range(design.filter_groups)),
                "bias": Out(self.biases.word.shape() if self.biases else 0),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.weights = weights = self.weights
        wanted, put, done = Signal(), Signal(), Signal()
        loading = Signal()  # some have been taken, more are to come
        m.d.comb += [
            self.hold.eq(wanted | loading),
            self.i.ready.eq(self.hold & self.idle),
            put.eq(self.i.valid & self.i.ready),
            weights.element.eq(self.i.payload),
            weights.address.eq(self.step),
            self.word.eq(weights.word),
        ]
        if isinstance(weights, TurnedStore):
            m.d.comb += weights.turn.eq(self.turn)
        m.d.sync += [wanted.eq(self.i.valid & ~done), self.loaded.eq(put)]
        with m.If(put):
            m.d.sync += loading.eq(~done)
        if self.biases is None:
            m.d.comb += [weights.put.eq(put), done.eq(weights.full)]
            return m
        m.submodules.biases = biases = self.biases
        in_biases = Signal()  # the weights are there
        with m.If(put):
            m.d.sync += in_biases.eq((in_biases | weights.full) & ~done)
        m.d.comb += [
            weights.put.eq(put & ~in_biases),
            biases.put.eq(put & in_biases),
            done.eq(biases.full),
            biases.element.eq(self.i.payload),
            biases.address.eq(self.group),
            self.bias.eq(biases.word),
        ]
        return m
