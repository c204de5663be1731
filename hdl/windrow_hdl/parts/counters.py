"""Credits, position counters and table look-ups that the blocks share."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, ValueLike, signed
from amaranth.hdl._ast import Assign
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.parts.sequencer import shape_of


class Credits(wiring.Component):
    """Counts what is free of `amount`: `init` at first (all), less one per `take`, one more per `give`.

    `ahead`: how many may be given before they are taken.

    `some` says that at least one is free.  What is given can be taken in the next cycle.  The count
    is held less one, so that its sign is the answer.

    With `most_given` above 1, several may be given at once, and `give` is their number less one: that
    and "not taken" as a carry make a single addition of it all.

    take: one is taken;  give: one comes back, or that many and one;  some: at least one is free
    """

    def __init__(
        self, amount: int, most_given: int = 1, *, init: int | None = None, ahead: int = 0
    ) -> None:
        if amount < 1:
            raise ValueError(f"amount must be at least 1, not {amount!r}")
        self.amount, self.ahead = amount, ahead
        self.init = amount if init is None else init
        self.several = most_given > 1
        self.free = Signal(signed((amount + ahead).bit_length() + 1), init=self.init - 1)
        give = less_one(most_given) if self.several else 1
        super().__init__({"take": In(1), "give": In(give), "some": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        free = self.free
        if self.several:
            m.d.sync += free.eq(add(free, self.give, ~self.take))
        else:
            m.d.sync += free.eq(add(free, self.take.replicate(len(free)), self.give))
        m.d.comb += self.some.eq(~free[-1])
        return m


def less_one(most: int) -> Shape:
    """The shape of a number from none to `most`, less one."""
    return shape_of([-1, most - 1])


def add(a: Value, b: Value, carry: Value) -> Value:
    """`a + b + carry` as wide as `a`: one carry chain, which three plain operands would not give."""
    return (Cat(Const(1, 1), a) + Cat(carry[0], _extended(b, len(a))))[1 : len(a) + 1]


def _extended(value: Value, bits: int) -> Value:
    """`value` with its sign, or zeros, up to `bits`."""
    if len(value) >= bits:
        return value[:bits]
    fill = value[-1] if value.shape().signed else Const(0, 1)
    return Cat(value, fill.replicate(bits - len(value)))


def at_most(value: Value, limit: Value | int) -> Value:
    """`value <= limit`, both unsigned: gates, and no carry chain."""
    most = Const(limit) if isinstance(limit, int) else limit
    found: Value = Const(1, 1)
    for at, bit in enumerate(value):
        found = Mux(most[at] if at < len(most) else 0, ~bit | found, ~bit & found)
    return found | most[len(value) :].any() if len(most) > len(value) else found


def less(value: Value, limit: int) -> Value:
    """`value < limit`, likewise."""
    return at_most(value, limit - 1) if limit else Const(0, 1)


def in_order(value: Value) -> Value:
    """Numbers that may be negative as numbers from 0 in the same order."""
    return Cat(value[:-1], ~value[-1]) if value.shape().signed else value


def wrapping(counter: Signal, length: int) -> Assign:
    """Statement that steps `counter` through `range(length)`; nothing to step for a length of 1."""
    return counter.eq(Mux(counter == length - 1, 0, counter + 1) if length > 1 else 0)


def count(m: Module, counter: Signal, length: int, advance: Value) -> Signal:
    """Step `counter` through `range(length)` at each `advance`; returns a register that says "last"."""
    last = Signal(name=f"{counter.name}_last", init=int(length == 1))
    if length > 1:
        with m.If(advance):
            m.d.sync += [wrapping(counter, length), last.eq(counter == length - 2)]
    return last


def modular_sum(value: Value, step: Value | int, modulus: int) -> Value:
    """`(value + step) mod modulus` for a value and a step that are both below it."""
    if modulus == 1:
        return Const(0, 1)
    total = value + step
    return Mux(total >= modulus, total - modulus, total)


def modulo(m: Module, value: Value, modulus: int, name: str) -> Value:
    """`value mod modulus` for a value of few bits: where the modulus is no power of two, from a table."""
    bits = (modulus - 1).bit_length()
    if modulus == 1 << bits:
        return _extended(value, bits) if bits else Const(0, 1)
    found = Signal(range(modulus), name=name)
    shape = value.shape()
    select(m, found, value.as_unsigned(), [
        Const(pattern, shape).value % modulus for pattern in range(1 << shape.width)
    ])  # fmt: skip
    return found


def chosen_by(m: Module, name: str, index: Signal, values: Sequence[int]) -> Value | int:
    """`values[index]`, a plain number where they are all the same."""
    if len(set(values)) == 1:
        return values[0]
    chosen = Signal(shape_of(values), name=name)
    select(m, chosen, index, values)
    return chosen


def select_in_case(
    m: Module, target: Signal, case: Signal, index: Signal, table: Sequence[Sequence[int]]
) -> None:
    """Drive `target` with `table[case][index]`; without a look at `case` where it makes no difference."""
    if all(values == table[0] for values in table):
        select(m, target, index, table[0])
        return
    with m.Switch(case):
        for number, values in enumerate(table):
            with m.Case(number):
                select(m, target, index, values)


def select(m: Module, target: Signal, index: Value, values: Sequence[ValueLike]) -> None:
    """Drive `target` with `values[index]`."""
    if len(values) == 1:
        m.d.comb += target.eq(values[0])
        return
    with m.Switch(index):
        for number, value in enumerate(values):
            with m.Case(number):
                m.d.comb += target.eq(value)
