"""Multipliers of ECP5's logic: two rows of partial products in one carry chain, without a table for either.

    a ─▶ register ─┐   a*b0 + 2*a*b1 ─▶ CCU2C chain ─┐
    b ─▶ register ─┴─▶ a*b2 + 2*a*b3 ─▶ CCU2C chain ─┼─▶ register ─▶ adders ─▶ register ─▶ product
                       ...                           ┘

A bit of a carry chain is a table of four inputs, enough for a bit of each row.  Synthesis gives each product
of bits a table of its own in front of the chain, and needs four times as much.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Instance, Module, Mux, Shape, Signal, Value
from amaranth.lib import wiring

from windrow_hdl.technology.generic import multiplier_ports

__all__ = ["CarryMultiplier"]

_ROWS = 0x7888  # (A & B) ^ (C & D)
_LESS = 0x8777  # ~(A & B) ^ (C & D)
_CARRY = 0x000F  # gives 0 and carries 1, while C is 1


class CarryMultiplier(wiring.Component):
    """A multiplier in carry chains, of the ports and cycles of all others."""

    def __init__(self, pixel: Shape, weight: Shape) -> None:
        self.shapes = pixel, weight
        super().__init__(multiplier_ports(pixel, weight))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pixel, weight = (Signal(shape, name=name, reset_less=True) for shape, name in
                         zip(self.shapes, ("pixel_held", "weight_held"), strict=True))
        m.d.sync += [pixel.eq(self.pixel), weight.eq(self.weight)]
        with m.If(self.clear):
            m.d.sync += pixel.eq(0)
        # Fewer rows cost less.
        long, short = (pixel, weight) if len(pixel) >= len(weight) else (weight, pixel)
        terms: list[Value] = [self._pair(m, long, short, low) << low for low in range(0, len(short), 2)]
        # So many additions follow: as many of them in front of the register as behind it, chains counted.
        levels = (len(terms) - 1).bit_length()
        for level in range(levels):
            if level == levels // 2:
                terms = _registered(m, terms)
            terms = [terms[at] + terms[at + 1] if at + 1 < len(terms) else terms[at]
                     for at in range(0, len(terms), 2)]
        if not levels:
            terms = _registered(m, terms)
        m.d.sync += self.product.eq(terms[0])
        return m

    def _pair(self, m: Module, long: Signal, short: Signal, low: int) -> Value:
        """`long` times two bits of `short`, from `low` on; the last of a signed one counts negative."""
        signed, last = long.shape().signed, len(short) - 1
        if low == last and not short.shape().signed:
            return Mux(short[low], long, 0)
        first, second = short[low], short[min(low + 1, last)]
        less = short.shape().signed and low + 1 >= last
        bits = len(long) + 2
        # Bit `at` of both rows; a signed number goes on as it ends.
        above = long[-1] if signed else Const(0, 1)
        row = [*long, above, above]
        tables = []
        for at in range(bits):
            two = (row[at - 1] if at else Const(0, 1)), second
            one = row[at], first
            tables.append((_LESS, *two, *one) if less else (_ROWS, *one, *two))
        result = Signal(Shape(bits, signed or less), name=f"rows_{low}")
        if not less:
            m.d.comb += result.eq(_chain(m, f"rows_{low}", tables))
            return result
        # Taken away is added inverted and 1 more: what carries that into bit 1 stands in the place of bit 0.
        begins = _CARRY, Const(0, 1), Const(0, 1), Const(1, 1), Const(0, 1)
        m.d.comb += result.eq(Cat(row[0] & first, _chain(m, f"rows_{low}", [begins, *tables[1:]])[1:]))
        return result


def _registered(m: Module, terms: list[Value]) -> list[Value]:
    held: list[Value] = []
    for number, term in enumerate(terms):
        held.append(Signal(term.shape(), name=f"term_{number}", reset_less=True))
        m.d.sync += held[-1].eq(term)
    return held


def _chain(m: Module, name: str, tables: list[tuple[int, Value, Value, Value, Value]]) -> Value:
    """The sums of a carry chain, a table with its inputs A to D for each bit."""
    sums = Signal(len(tables) + len(tables) % 2, name=f"{name}_sums")
    spare = 0, *[Const(0, 1)] * 4
    carry: Value = Const(0, 1)
    for at in range(0, len(sums), 2):
        following = Signal(name=f"{name}_carry_{at}")
        ports: dict[str, object] = {"i_CIN": carry, "o_COUT": following}
        for half in range(2):
            init, *inputs = tables[at + half] if at + half < len(tables) else spare
            ports[f"p_INIT{half}"] = Const(init, 16)
            ports[f"p_INJECT1_{half}"] = "NO"
            ports[f"o_S{half}"] = sums[at + half]
            ports |= {f"i_{pin}{half}": value for pin, value in zip("ABCD", inputs, strict=True)}
        m.submodules[f"{name}_{at}"] = Instance("CCU2C", **ports)
        carry = following
    return sums[: len(tables)]
