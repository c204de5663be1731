"""MacArray: multiplies `pe x taps x lanes` operands a cycle and sums them over the fold.

    operands ─▶ × weights ─▶ product ─▶ AdderTree ─▶ + ─▶ beat       pe times side by side
    step ─▶ ROM address         2 cycles    depth    ▲ └─▶ sum
                                                  bias or sum

The weights lie in a ROM in the order in which the steps come, so its address is a plain counter.
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, ValueLike, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow.design import Design
from windrow.numerics import IntType
from windrow_hdl.adder_tree import AdderTree
from windrow_hdl.counters import select, wrapping

MULTIPLY = 2  # cycles from operands to products


def shape(number: IntType) -> Shape:
    """Amaranth's shape of a number type."""
    return signed(number.bits) if number.signed else unsigned(number.bits)


def weight_words(design: Design, weights: np.ndarray) -> np.ndarray:
    """(fold, pe, taps, lanes): the weights of every step, 0 where a step has taps to spare.

    Steps run through filter groups, then slices, then taps, kernel column by kernel column.
    """
    filters, kh, kw, channels = weights.shape
    by_tap = np.zeros((filters, design.steps * design.taps, channels), np.int64)
    by_tap[:, : kh * kw] = weights.transpose(0, 2, 1, 3).reshape(filters, kh * kw, channels)
    split = by_tap.reshape(
        design.filter_groups, design.pe, design.steps, design.taps, design.slices, design.lanes
    )
    return split.transpose(0, 4, 2, 1, 3, 5).reshape(design.fold, design.pe, design.taps, design.lanes)


class MacArray(wiring.Component):
    """`pe` sums of products, accumulated over `design.beat_steps` steps.

    step: operands come in the next cycle;  operands: `taps * lanes` pixels, lane fastest
    put, payload: a finished beat, filter 0 in the low bits
    """

    def __init__(self, design: Design, weights: np.ndarray, bias: np.ndarray | None) -> None:
        self.design = design
        self.words = weight_words(design, weights)
        self.bias = np.zeros(design.layer.out_channels, np.int64) if bias is None else bias
        layer = design.layer
        super().__init__(
            {
                "step": In(1),
                "operands": In(shape(layer.input_type)).array(design.taps * design.lanes),
                "put": Out(1),
                "payload": Out(unsigned(design.pe * layer.accumulator_type.bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        weights = self._weights(m)
        low, high = design.layer.product_range
        totals: list[Signal] = []
        for number in range(design.pe):
            m.submodules[f"tree_{number}"] = tree = AdderTree(design.taps * design.lanes, low, high)
            for operand, weight, term in zip(self.operands, weights[number], tree.terms, strict=True):
                multiplied = Signal.like(term, name="multiplied")
                product = Signal.like(term, name="product")
                m.d.sync += [multiplied.eq(operand * weight), product.eq(multiplied)]
                m.d.comb += term.eq(product)
            totals.append(tree.total)

        there = self.step
        for stage in range(1 + MULTIPLY + design.tree_depth):
            later = Signal(name=f"there_{stage}")
            m.d.sync += later.eq(there)
            there = later
        self._accumulate(m, there, totals)
        return m

    def _weights(self, m: Module) -> list[list[ValueLike]]:
        """(pe, taps * lanes) weights, in step with the operands."""
        design = self.design
        number = design.layer.weight_type
        words = self.words.reshape(design.fold, design.pe, -1)
        if design.fold == 1:
            return [[Const(int(w), shape(number)) for w in filter_] for filter_ in words[0]]
        size = words.shape[2]
        mask = (1 << number.bits) - 1
        init = [
            sum((int(w) & mask) << (number.bits * at) for at, w in enumerate(word.ravel())) for word in words
        ]
        rom = Memory(shape=unsigned(design.pe * size * number.bits), depth=design.fold, init=init)
        m.submodules.weights = rom
        read = rom.read_port()
        m.d.comb += read.en.eq(self.step)
        with m.If(self.step):
            m.d.sync += wrapping(read.addr, design.fold)
        flat = [read.data.word_select(at, number.bits) for at in range(design.pe * size)]
        flat = [word.as_signed() if number.signed else word for word in flat]
        return [flat[at * size : (at + 1) * size] for at in range(design.pe)]

    def _accumulate(self, m: Module, there: ValueLike, totals: list[Signal]) -> None:
        """Add the bias with the first step of a beat and the sum so far with every other one."""
        design = self.design
        accumulator = shape(design.layer.accumulator_type)
        group = Signal(range(design.filter_groups))
        step = Signal(range(design.beat_steps))
        ends = step == design.beat_steps - 1
        with m.If(there):
            m.d.sync += wrapping(step, design.beat_steps)
            with m.If(ends):
                m.d.sync += wrapping(group, design.filter_groups)
        m.d.comb += self.put.eq(there & ends)
        beats: list[Signal] = []
        for number, total in enumerate(totals):
            bias = Signal(accumulator, name=f"bias_{number}")
            select(m, bias, group, [int(value) for value in self.bias[number :: design.pe]])
            beat = Signal(accumulator, name=f"beat_{number}")
            if design.beat_steps == 1:
                m.d.comb += beat.eq(total + bias)
            else:
                so_far = Signal(accumulator, name=f"sum_{number}")
                m.d.comb += beat.eq(total + Mux(step == 0, bias, so_far))
                with m.If(there):
                    m.d.sync += so_far.eq(beat)
            beats.append(beat)
        m.d.comb += self.payload.eq(Cat(beats))
