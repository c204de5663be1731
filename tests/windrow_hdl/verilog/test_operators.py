"""Operators, choices, widths and signs: Yosys proves that the Verilog is what Amaranth's RTLIL says.

Random logic of every operator that Amaranth has, of mixed widths and signs; a solver looks for an input for
which the two differ.
"""

import random
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.hdl import Array, Cat, Const, Module, Mux, Shape, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from installed import needs
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.verilog.components import converted
from windrow_hdl.verilog.writer import from_rtlil

needs("pyosys", "fpga")

_PROOF = """\
read_rtlil {name}.il
rename {name} gold
proc gold
read_verilog {name}.v
rename {name} gate
proc gate
miter -equiv -flatten gold gate miter
sat -verify -prove trigger 0 miter
delete gold gate miter
"""

_UNARY: list[Callable[[Value], Value]] = [
    lambda a: ~a, lambda a: -a, lambda a: a.any(), lambda a: a.all(), lambda a: a.xor(), lambda a: a.bool(),
    lambda a: a.as_signed(), lambda a: a.as_unsigned(), lambda a: a[len(a) // 3 : len(a) // 3 * 2 + 1]]
_BINARY: list[Callable[[Value, Value], Value]] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a & b, lambda a, b: a | b,
    lambda a, b: a ^ b, lambda a, b: a == b, lambda a, b: a != b, lambda a, b: a < b, lambda a, b: a <= b,
    lambda a, b: a > b, lambda a, b: a >= b, lambda a, b: Cat(a, b), lambda a, b: a << Cat(b)[:2],
    lambda a, b: a >> Cat(b)[:3], lambda a, b: Cat(a, b).word_select(Cat(b)[:2], 2)]
_TERNARY: list[Callable[[Value, Value, Value], Value]] = [
    lambda a, b, c: Mux(a, b, c), lambda a, b, c: Array([a, b, c])[Cat(a)[:2]]]
_MOST = 40  # bits of an operand


class RandomLogic(wiring.Component):
    """Logic from four inputs to four outputs; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        shapes = [Shape(self.dice.randint(1, high), self.dice.random() < 0.5) for high in [6] * 4 + [9] * 4]
        super().__init__({**{f"i{n}": In(shape) for n, shape in enumerate(shapes[:4])},
                          **{f"o{n}": Out(shape) for n, shape in enumerate(shapes[4:])}})

    def expression(self, depth: int) -> Value:
        if depth == 0 or self.dice.random() < 0.15:
            constant = Const(self.dice.randint(-8, 20))
            return constant if self.dice.random() < 0.25 else self.dice.choice(self.pool)
        operator = self.dice.choice([*_UNARY, *_BINARY, *_BINARY, *_TERNARY])
        operands = [self.expression(depth - 1) for _ in range(operator.__code__.co_argcount)]
        made = operator(*operands)
        return made if 0 < len(made) <= _MOST else self.dice.choice(self.pool)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self.pool: list[Value] = [getattr(self, f"i{n}") for n in range(4)]
        for number in range(3):
            value = self.expression(4)
            signal = Signal(value.shape(), name=f"n{number}")
            m.d.comb += signal.eq(value)
            self.pool.append(signal)
        chosen = Signal(Shape(self.dice.randint(2, 6), self.dice.random() < 0.5), init=1)
        with m.If(self.expression(3)):
            m.d.comb += chosen.eq(self.expression(3))
            with m.If(self.expression(3)):
                m.d.comb += chosen[:1].eq(self.expression(3))
        with m.Elif(self.expression(3)):
            m.d.comb += chosen[1:].eq(self.expression(3))
        with m.Switch(Cat(self.expression(3), self.i0, self.i1, self.i2)[:3]):
            with m.Case(0, "-11"):
                m.d.comb += chosen.eq(self.expression(3))
            with m.Case(1):
                m.d.comb += chosen.eq(self.expression(3))
            if self.dice.random() < 0.5:
                with m.Default():
                    m.d.comb += chosen.eq(self.expression(3))
        self.pool.append(chosen)
        for number in range(4):
            m.d.comb += getattr(self, f"o{number}").eq(self.expression(4))
        return m


def prove(seeds: range, folder: Path, change: Callable[[str], str] = lambda text: text) -> None:
    """Raises SynthesisError where the Verilog of a seed, `change`d, is not what its RTLIL is."""
    script = ""
    for seed in seeds:
        name = f"logic_{seed}"
        with warnings.catch_warnings(action="ignore"):  # of conditions with a sign, which are meant
            text, _ = converted(RandomLogic(seed), name)
        (folder / f"{name}.il").write_text(text, encoding="utf-8")
        (folder / f"{name}.v").write_text(change(from_rtlil(text)), encoding="utf-8")
        script += _PROOF.format(name=name)
    (folder / "prove.ys").write_text(script, encoding="utf-8")
    fpga_tools.run(fpga_tools.yosys(), ["prove.ys"], folder, f"operators-{seeds.start}")


@pytest.mark.parametrize("first", [0, 15, 30])
def test_verilog_is_what_rtlil_is(first: int, tmp_path: Path) -> None:
    prove(range(first, first + 15), tmp_path)


def test_another_operator_would_be_noticed(tmp_path: Path) -> None:
    with pytest.raises(fpga_tools.SynthesisError, match="proof did fail"):
        prove(range(5), tmp_path, lambda text: text.replace(" + ", " - "))


class Twice(wiring.Component):
    """Complements what was complemented."""

    i: In(3)
    o: Out(3)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.o.eq(~~self.i)
        return m


def test_no_complement_of_a_complement() -> None:
    """Not every tool takes two signs in a row."""
    assert "assign o = i;" in from_rtlil(converted(Twice(), "twice")[0])
