"""MacArray: multiplies operands by weights, filters side by side, and sums them over a beat's steps.

    operands ─▶ Multiplier ─▶ product ─▶ AdderTree ─▶ + ─▶ beat       for each filter
    step ─▶ ROM ─▶ weights    3 cycles     depth      ▲ └─▶ sum
                                                   bias or sum

The weights lie in a ROM in the order in which the steps come, so its address is a plain counter.  A few steps
are look-up tables or what synthesis makes of them, many lie in block RAM (`weights_ahead`).  Where there is
one step, weights are wires; without DSP blocks a `constant_array` takes the place of all this then.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, ResetSignal, Shape, Signal, Value, ValueLike, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Parameters
from windrow.operators.transposed import ConvTranspose2d
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.stage.memory_blocks import MOST_STEPS
from windrow.timing.depths import GATHER
from windrow_hdl.parts.adder_tree import AdderTree, Range
from windrow_hdl.parts.counters import count, select, wrapping
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.reductions.spread_array import SpreadArray, spread
from windrow_hdl.reductions.weights_ahead import WeightsAhead
from windrow_hdl.reductions.window_ports import pack
from windrow_hdl.technology import multiplier
from windrow_hdl.window.operands import operand_ports, shape

NAME = "mac_array"

_FEW_GROUPS = 4  # of filters, whose biases are a part of the look-up tables in front of the sums


def turnable(design: Design) -> bool:
    """Operands may come in several orders: their weights turn with them."""
    return True


def weight_words(design: Design, weights: np.ndarray) -> np.ndarray:
    """(fold, pe, taps, lanes of a group): the weights of every step, 0 where a step has taps to spare.

    Steps run through channel groups, then output beats, then slices, then taps, kernel column by column.
    """
    nest = design.nest
    filters, kh, kw, channels = weights.shape
    by_tap = np.zeros((filters, nest.steps * nest.taps, channels), np.int64)
    by_tap[:, : kh * kw] = weights.transpose(0, 2, 1, 3).reshape(filters, kh * kw, channels)
    split = by_tap.reshape(
        nest.window_beats, design.pe, nest.steps, nest.taps, nest.slices, design.group_lanes
    )
    return split.transpose(0, 4, 2, 1, 3, 5).reshape(design.fold, design.pe, nest.taps, -1)


class MacArray(wiring.Component):
    """`pe` sums of products, accumulated over `design.beat_steps` steps; ports: `operand_ports` and

    put, payload: a finished beat, filter 0 in the low bits

    filters: those of a beat that are computed here, and no others; by default all
    """

    def __init__(
        self,
        design: Design,
        parameters: Parameters,
        turns: Sequence[Sequence[int]],
        technology: str = "generic",
        dsp: bool | Blocks = True,
        *,
        restarts: bool = False,
        filters: Sequence[int] | None = None,
    ) -> None:
        self.design, self.layer = design, design.layer
        self.filters = list(range(design.pe)) if filters is None else list(filters)
        assert isinstance(self.layer, Conv2d)
        weights, bias = parameters
        assert weights is not None
        self.technology, self.blocks = technology, Blocks.of(dsp)
        self.restarts = restarts
        self.far = design.fan_out > 0  # multipliers lie apart
        self.size = design.taps * design.group_lanes  # operands of one filter
        # One set of words per order in which the operands may come, or per phase: never several of both.
        kernels = self.layer.by_phase(weights) if isinstance(self.layer, ConvTranspose2d) else weights[None]
        if len(kernels) == 1:
            kernels = np.repeat(kernels, len(turns), axis=0)
        self.words = np.stack([weight_words(design, kernel)[:, self.filters][:, :, list(turn)]
                               for kernel, turn in zip(kernels, turns, strict=True)])  # fmt: skip
        self.bias = np.zeros(self.layer.out_channels, np.int64) if bias is None else bias
        super().__init__(
            {
                **operand_ports(design, len(turns)),
                "put": Out(1),
                "payload": Out(unsigned(len(self.filters) * self.layer.accumulator_type.bits)),
                **({"restart": In(1)} if restarts else {}),
                **self._load_ports(),
            }
        )

    def _load_ports(self) -> dict[str, wiring.Member]:
        """Ports for weights that are loaded: none here, where they are constants."""
        return {}

    def _operands(self, filter_: int) -> list[tuple[Value, Value]]:
        """Operands of a filter of the beat, and whether each lies in padding: the lanes of its own group."""
        design = self.design
        lanes = design.group_lanes
        first = filter_ // (design.pe // (design.lanes // lanes)) * lanes
        return [
            (self.operands[at * design.lanes + first + lane], self.clear[at])
            for at in range(design.taps)
            for lane in range(lanes)
        ]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        weights = self._weights(m)
        totals: list[Signal] = []
        pixel, factor = shape(self.layer.input_type), shape(self.layer.weight_type)
        fill = 0 if self.far else self.layer.fill
        for number, filter_ in enumerate(self.filters):
            ranges = self._products(number)
            m.submodules[f"tree_{number}"] = tree = AdderTree(ranges, far=self.far)
            terms = zip(self._operands(filter_), weights[number], tree.terms, strict=True)
            for at, ((operand, clear), weight, term) in enumerate(terms):
                constant = weight.value if isinstance(weight, Const) else None
                multiply = multiplier(self.technology, pixel, factor, constant,
                                      self.blocks.holds(filter_ * self.size + at))
                m.submodules[f"multiplier_{number}_{at}"] = multiply
                if fill:  # the multiplier's input register can be reset to 0 and to nothing else
                    operand, clear = Mux(clear, Const(fill, pixel), operand), Const(0, 1)
                m.d.comb += [
                    multiply.pixel.eq(operand),
                    multiply.clear.eq(clear),
                    multiply.weight.eq(weight),
                    term.eq(multiply.product),
                ]
            totals.append(tree.total)

        there = self.step
        for stage in range(design.reduction_depth + GATHER * self.far):
            later = Signal(name=f"there_{stage}")
            m.d.sync += later.eq(there)
            there = later
        self._accumulate(m, there, totals)
        return m

    def _weights(self, m: Module) -> list[list[ValueLike]]:
        """(filters, operands of a filter) weights, in step with the operands."""
        design, number = self.design, self.layer.weight_type
        turns, size = self.words.shape[0], self.size
        if design.fold == turns == 1:
            words = self.words.reshape(-1, size)
            return [[Const(int(w), shape(number)) for w in word] for word in words]
        # The address: the step in the low bits, the turn of the operands above.
        step = Signal(range(design.fold))
        elements = len(self.filters) * size
        bits, ahead = elements * number.bits, turns == 1 and design.fold > MOST_STEPS
        words = np.zeros((turns, design.fold if ahead else 1 << len(step), elements), np.int64)
        words[:, : design.fold] = self.words.reshape(turns, design.fold, -1)
        mask = (1 << number.bits) - 1
        init = [
            sum((int(w) & mask) << (number.bits * at) for at, w in enumerate(word))
            for word in words.reshape(-1, elements)
        ]
        if ahead:
            m.submodules.weights = many = WeightsAhead(self.technology, bits, init)
            m.d.comb += many.step.eq(self.step)
            return self._of_word(many.word)
        m.submodules.weights = rom = Memory(shape=unsigned(bits), depth=len(init), init=init)
        read = rom.read_port()
        m.d.comb += [read.en.eq(1), read.addr.eq(Cat(step, self.turn))]
        with m.If(self.step):
            m.d.sync += wrapping(step, design.fold)
        return self._of_word(read.data)

    def _of_word(self, word: Value) -> list[list[ValueLike]]:
        """(filters, operands of a filter) weights, which lie side by side in `word`."""
        number, size = self.layer.weight_type, self.size
        parts = [word.word_select(at, number.bits) for at in range(len(self.filters) * size)]
        flat: list[ValueLike] = [part.as_signed() if number.signed else part for part in parts]
        return [flat[at * size : (at + 1) * size] for at in range(len(self.filters))]

    def _products(self, number: int) -> list[Range]:
        """The range of each product of filter `number`: in every turn and step with its weight there."""
        pixel, words = self.layer.input_type, self.words[:, :, number].reshape(-1, self.size)
        ends = np.sort([pixel.min * words, pixel.max * words], axis=0)
        return [(ends[0, :, at], ends[1, :, at]) for at in range(self.size)]

    def _sums(self, number: int) -> Shape:
        """What holds the sum of filter `number` after every step of a beat: bias, and the steps so far."""
        design = self.design
        bias = self.bias[self.filters[number] :: design.pe].reshape(-1, 1)
        # Steps of a beat follow each other; beats have filters, and so biases, of their own.
        low, high = (np.cumsum(sum(ends).reshape(len(self.words), -1, design.beat_steps), axis=2) + bias
                     for ends in zip(*self._products(number), strict=True))  # fmt: skip
        return shape_of([int(min(low.min(), bias.min())), int(max(high.max(), bias.max()))])

    def _accumulate(self, m: Module, there: Signal, totals: list[Signal]) -> None:
        """Sum the steps of a beat and its bias."""
        design = self.design
        group = Signal(range(design.filter_groups))
        step = Signal(range(design.beat_steps))
        ends = count(m, step, design.beat_steps, there)
        with m.If(there & ends):
            m.d.sync += wrapping(group, design.filter_groups)
        m.d.comb += self.put.eq(there & ends)
        beats: list[Signal] = []
        for number, total in enumerate(totals):
            first, accumulator = int(self.bias[self.filters[number]]), self._sums(number)
            beat = Signal(accumulator, name=f"beat_{number}")
            bias = Signal(accumulator, name=f"bias_{number}")
            self._bias(m, number, bias, group)
            if design.beat_steps == 1:
                m.d.comb += beat.eq(total + bias)
            else:
                # The sum of a beat begins with its bias, put there when the beat before ends.
                begins = self._begins()
                so_far = Signal(accumulator, name=f"sum_{number}", init=first, reset_less=begins is not None)
                m.d.comb += beat.eq(total + so_far)
                with m.If(there):
                    m.d.sync += so_far.eq(beat)
                with m.If((there & ends) | (0 if begins is None else begins)):
                    m.d.sync += so_far.eq(bias)
            beats.append(beat)
        m.d.comb += self.payload.eq(pack(beats, self.layer.accumulator_type.bits))

    def _bias(self, m: Module, number: int, bias: Signal, group: Signal) -> None:
        """The bias of the filter in place `number`: of the group at hand, or where sums begin with it of the
        next.  That one has a register where groups are many: a group takes two steps at least.
        """
        biases = [int(value) for value in self.bias[self.filters[number] :: self.design.pe]]
        if self.design.beat_steps == 1:
            select(m, bias, group, biases)
            return
        biases = [*biases[1:], biases[0]]
        if len(biases) <= _FEW_GROUPS:
            select(m, bias, group, biases)
            return
        found = Signal.like(bias, name=f"bias_{number}_next")
        ahead = Signal.like(bias, name=f"bias_{number}_ahead", reset_less=True)
        select(m, found, group, biases)
        m.d.sync += ahead.eq(found)
        m.d.comb += bias.eq(ahead)

    def _begins(self) -> Value | None:
        """When sums begin besides at the end of a beat; None where a plain reset does it.

        With one group of filters, reset and the end of a beat do the same: one reset pin serves both.
        """
        return self._reset() if self.design.filter_groups == 1 else None

    def _reset(self) -> Value:
        return ResetSignal() | self.restart if self.restarts else ResetSignal()


def make(design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str = "generic",
         dsp: bool | Blocks = True, *, restarts: bool = False) -> MacArray | SpreadArray:  # fmt: skip
    """The array of all filters of a beat, in parts where operands go to many of them."""
    return spread(MacArray, design, parameters, turns, technology, dsp, restarts=restarts)
