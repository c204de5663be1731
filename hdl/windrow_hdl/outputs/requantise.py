"""RequantiseStage: saturate, multiply, add, shift, clamp.

    value ─▶ saturate ─▶ operand ┬─▶ x low bits of the multiplier  ─▶ + constant ┐
    turn ──▶ ROM ──────▶ word ───┼─▶ x high bits of the multiplier ─▶ +──────────▶ + ─▶ tie ─▶ clamp ─▶ result
                                 └─▶ x what the operand has above ──▶ ┘
      1       2, 3                             4 to 6                  7         8     9      10, 11

Saturating and clamping take two cycles each: what to do with a number is known before it is done to its bits.

The multiplier's blocks take 18 bits of the operand; of what it has above, up to four bits are added as rows,
more take blocks of their own. The product of both high parts begins where that of the low ones ends: no sum.
One shift serves all channels, so it is wires. Low bits of products that no result depends on are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, unsigned
from amaranth.lib import wiring

from windrow.outputs.multiply_shift import MultiplyShift
from windrow.outputs.requantise_lane import ROWS, LaneNumbers
from windrow.values.numerics import IntType
from windrow_hdl.outputs.output_stage import OutputStage
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.technology import multiplier, read_only_memory
from windrow_hdl.window.operands import shape


class RequantiseStage(OutputStage):
    """Hardware of `chosen`, as `Requantize.for_range` gives it; see `OutputStage`."""

    map: MultiplyShift

    def compute(self, m: Module, values: Sequence[Value], at: Value) -> Sequence[Value]:
        results = []
        for number, value in enumerate(values):
            channels = [self.channel(turn, number) for turn in range(self.groups * self.turns)]
            lane = RequantiseLane(self.map, self.before, [channel or 0 for channel in channels],
                                  self.technology, self.dsp)
            m.submodules[f"lane_{number}"] = lane
            m.d.comb += [lane.value.eq(value), lane.at.eq(at)]
            results.append(lane.result)
        return results


class RequantiseLane(wiring.Component):
    """One value a cycle; `channels[at]` is its channel.

    value, at: a sum and its channel;  result: of the sum of ten cycles ago
    """

    def __init__(self, chosen: MultiplyShift, before: IntType, channels: Sequence[int], technology: str,
                 dsp: bool) -> None:
        self.numbers = LaneNumbers.of(chosen, channels, technology)
        self.map, self.before = self.numbers.map, before
        self.technology, self.dsp = technology, dsp
        super().__init__({
            "value": wiring.In(shape(before)),
            "at": wiring.In(range(len(channels))),
            "result": wiring.Out(unsigned(chosen.type.bits)),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        factor, constants = self._word(m)
        operand = self._saturated(m)
        low, rest = self._products(m, operand, factor)
        constant = self._constant(m, constants, operand)
        total = self._sum(m, low, rest, constant)
        self._clamp(m, total)
        return m

    def _word(self, m: Module) -> tuple[Value, list[Value]]:
        """Multiplier and constants, three cycles after `at`."""
        word = self._read(m)
        parts: list[Value] = []
        low = 0
        for field in self.numbers.fields:
            kind = shape_of(field.ends)
            if field.constant is not None:
                parts.append(Const(field.constant, kind))
                continue
            part = word[low : low + field.bits]
            parts.append(part.as_signed() if kind.signed else part)
            low += field.bits
        return parts[0], parts[1:]

    def _read(self, m: Module) -> Value:
        """The word of `at` three cycles ago.  Only bits that differ between words are kept."""
        words, kept = self.numbers.words, self.numbers.kept
        some = Signal(len(kept), name="word", reset_less=True)
        if kept:
            short = [sum(((word >> bit) & 1) << at for at, bit in enumerate(kept)) for word in words]
            m.submodules.rom = rom = read_only_memory(self.technology, len(kept), short)
            m.d.comb += [rom.enable.eq(1), rom.at.eq(self.at)]
            m.d.sync += some.eq(rom.word)
        bits = sum(field.bits for field in self.numbers.fields)
        return Cat(some[kept.index(bit)] if bit in kept else Const((words[0] >> bit) & 1, 1)
                   for bit in range(bits))

    def _saturated(self, m: Module) -> Signal:
        """The value as a number of `operand`'s type."""
        kind = self.map.operand
        operand = Signal(shape(kind), reset_less=True)
        value = self.value
        if kind.min <= self.before.min and self.before.max <= kind.max:
            same = Signal.like(value, reset_less=True)
            m.d.sync += [same.eq(value), operand.eq(same)]
            return operand
        negative, outside = Signal(reset_less=True), Signal(reset_less=True)
        inside = Signal.like(value, name="inside", reset_less=True)
        sign = value[-1] if self.before.signed else Const(0, 1)
        magnitude = len(value) - self.before.signed
        above = value[min(kind.bits - kind.signed, magnitude) : magnitude]
        m.d.sync += [
            negative.eq(sign),
            outside.eq(Mux(sign, ~above.all(), above.any())),
            inside.eq(value),
        ]
        wide = Cat(inside, Const(0, kind.bits))[: kind.bits]
        if kind.signed:
            ends = Cat((~negative).replicate(kind.bits - 1), negative)
            m.d.sync += operand.eq(Mux(outside, ends, Cat(wide[:-1], negative)))
        else:
            m.d.sync += operand.eq((wide | outside.replicate(kind.bits)) & ~negative.replicate(kind.bits))
        return operand

    def _products(self, m: Module, operand: Signal, factor: Value) -> tuple[Value, list[tuple[Value, int]]]:
        """Three cycles later: the product of the low bits, with that of the high ones above it where a block
        has room for them, and all others, each with its place.
        """
        kind, (taken, block) = self.map.operand, self.numbers.block
        low = operand[:taken] if kind.bits > taken else operand
        lowest = self._multiply(m, "0", low, factor, 0, block)
        rest = [(self._multiply(m, "1", low, factor, block, None), block)] if self.numbers.high else []
        if kind.bits <= taken:
            return lowest, rest
        top = operand[taken:].as_signed() if kind.signed else operand[taken:]
        if not self.numbers.quarters:
            return lowest, [*rest, (self._rows(m, top, factor), taken)]
        rest.append((self._multiply(m, "top_0", top, factor, 0, block), taken))
        both = Cat(lowest, self._multiply(m, "top_1", top, factor, block, None))
        return both.as_signed() if kind.signed else both, rest

    def _multiply(
        self, m: Module, name: str, operand: Value, factor: Value, first: int, end: int | None
    ) -> Value:
        """`operand` by the bits of `factor` from the first on, three cycles later.

        More of them than a block takes are for synthesis to split.
        """
        part, constant = factor[first:end], self.numbers.multipliers.constant
        known = None if constant is None else (constant >> first) & ((1 << len(part)) - 1)
        split = self.dsp and len(part) > self.numbers.block[1]
        technology = "generic" if split else self.technology
        multiply = multiplier(technology, operand.shape(), unsigned(len(part)), known, self.dsp)
        m.submodules[f"multiply_{name}"] = multiply
        m.d.comb += [multiply.pixel.eq(operand), multiply.weight.eq(part)]
        return multiply.product

    def _rows(self, m: Module, top: Value, factor: Value) -> Value:
        """`top * factor`, three cycles later."""
        if len(top) > ROWS:
            # Wider numbers than a block's are for synthesis to split.
            technology = "generic" if self.dsp else self.technology
            multiply = multiplier(technology, top.shape(), unsigned(len(factor)), None, self.dsp)
            m.submodules.multiply_top = multiply
            m.d.comb += [multiply.pixel.eq(top), multiply.weight.eq(factor)]
            return multiply.product
        rows: list[Value] = []
        for number in range(len(top)):
            row = Signal(unsigned(len(factor)), name=f"row_{number}", reset_less=True)
            m.d.sync += row.eq(factor)
            with m.If(~top[number]):
                m.d.sync += row.eq(0)
            weight = row << number
            rows.append(-weight if top.shape().signed and number == len(top) - 1 else weight)
        for level in range(2):
            sums = []
            for at in range(0, len(rows), 2):
                pair = rows[at] + rows[at + 1] if at + 1 < len(rows) else rows[at]
                total = Signal(pair.shape(), name=f"rows_{level}_{at // 2}", reset_less=True)
                m.d.sync += total.eq(pair)
                sums.append(total)
            rows = sums
        return rows[0]

    def _constant(self, m: Module, constants: list[Value], operand: Signal) -> Value:
        """The constant that belongs to an operand, three cycles later."""
        constant = constants[0]
        if len(constants) == 2:
            constant = Mux(operand[-1], constants[1], constants[0])
        elif self.numbers.above.constant is not None:
            return constant
        for stage in range(3):
            later = Signal(constant.shape(), name=f"constant_{stage}", reset_less=True)
            m.d.sync += later.eq(constant)
            constant = later
        return constant

    def _sum(self, m: Module, low: Value, rest: list[tuple[Value, int]], constant: Value) -> Signal:
        """Product and constant without the dropped bits, three cycles later."""
        tie = self.map.tie
        lowest = low >> self.numbers.dropped if tie else (low >> self.numbers.dropped) + constant
        others = [part << (place - self.numbers.dropped) for part, place in rest]
        terms: list[Signal] = []
        for number, sum_ in enumerate([lowest, *([others[0] + others[1]] if len(others) == 2 else others)]):
            terms.append(Signal(sum_.shape(), name=f"term_{number}", reset_less=True))
            m.d.sync += terms[-1].eq(sum_)
        product = Signal(self._range(not tie), name="product", reset_less=True)
        m.d.sync += product.eq(terms[0] + terms[1] if len(terms) == 2 else terms[0])
        total = Signal(self._range(True), name="total", reset_less=True)
        odd = (product >> (self.map.shift - self.numbers.dropped))[0] if tie else Const(0, 1)
        delayed = constant
        if tie and self.numbers.above.constant is None:
            for stage in range(2):
                later = Signal(delayed.shape(), name=f"delayed_{stage}", reset_less=True)
                m.d.sync += later.eq(delayed)
                delayed = later
        m.d.sync += total.eq(product + delayed + odd if tie else product)
        return total

    def _range(self, with_constant: bool) -> Shape:
        """The shape of all products, with their constants or without."""
        low, high = self.map.operand.min, self.map.operand.max
        most = max(self.numbers.multipliers.values)
        ends = [(low * most) >> self.numbers.dropped, (high * most) >> self.numbers.dropped]
        if with_constant:
            _, *constants = self.numbers.fields
            ends[0] += min(field.ends[0] for field in constants)
            ends[1] += max(field.ends[1] for field in constants) + 1
        return shape_of([min(*ends, 0), max(*ends, 1)])  # a bit at least, where nothing ever changes

    def _clamp(self, m: Module, total: Signal) -> None:
        """The result: from the minimum on, saturated at the maximum."""
        chosen = self.map
        lowest, highest = (end - chosen.minimum for end in chosen.quotients)
        span = chosen.maximum - chosen.minimum
        quotient = (total >> (chosen.shift - self.numbers.dropped))[: shape_of([lowest, highest]).width]
        bits = max(1, span.bit_length())
        whole = span == (1 << bits) - 1
        above = quotient[: len(quotient) - (lowest < 0)]
        negative, over = Signal(reset_less=True), Signal(reset_less=True)
        inside = Signal(bits, reset_less=True)
        if lowest < 0:
            m.d.sync += negative.eq(quotient[-1])
        if highest > span:
            m.d.sync += over.eq(above[bits:].any() if whole else above > span)
        m.d.sync += inside.eq(Cat(quotient, Const(0, bits))[:bits])
        if whole:
            number = (inside | over.replicate(bits)) & ~negative.replicate(bits)
        else:
            number = Mux(negative, 0, Mux(over, span, inside))
        width = chosen.type.bits
        if chosen.minimum == -1 << (width - 1) and bits == width:
            number = number ^ (1 << (width - 1))  # from the least number on: only the sign turns
        elif chosen.minimum:
            number = number + chosen.minimum
        m.d.sync += self.result.eq(number)
