"""Row memories and multipliers in plain HDL, for any target."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Shape, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from windrow.stage.memory_blocks import FEW_WORDS
from windrow_hdl.parts.sequencer import shape_of

_BLOCK_BITS = 512  # memories above this belong in block RAM


def memory_ports(bits: int, banks: int, depth: int) -> dict[str, wiring.Member]:
    """Ports of a row memory.

    enable: per bank: `payload` is written to it;  write_address: where;  payload: what is written
    address: what is read of all banks;  data: of each bank, two cycles later
    """
    return {
        "enable": In(banks),
        "write_address": In(range(depth)),
        "payload": In(bits),
        "address": In(range(depth)),
        "data": Out(bits).array(banks),
    }


class RowMemory(wiring.Component):
    """One wide memory with a write enable per row."""

    def __init__(self, bits: int, banks: int, depth: int) -> None:
        self.bits, self.banks, self.depth = bits, banks, depth
        super().__init__(memory_ports(bits, banks, depth))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self.bits * self.banks
        # A word is never read while it is written: the credits see to it.  Said here, it saves the
        # logic that would otherwise keep the promise of an old value.
        attributes = {"no_rw_check": "1"}
        if width * self.depth > _BLOCK_BITS:
            attributes["ram_style"] = "block"
        m.submodules.memory = memory = Memory(
            shape=unsigned(width), depth=self.depth, init=[], attrs=attributes
        )
        write, read = memory.write_port(granularity=self.bits), memory.read_port(domain="comb")
        latch = Signal(width, reset_less=True)
        word = Signal(width, reset_less=True)
        m.d.comb += [
            write.addr.eq(self.write_address),
            write.data.eq(Cat([self.payload] * self.banks)),
            write.en.eq(self.enable),
            read.addr.eq(self.address),
            *[data.eq(word.word_select(n, self.bits)) for n, data in enumerate(self.data)],
        ]
        m.d.sync += [latch.eq(read.data), word.eq(latch)]
        return m


def rom_ports(bits: int, words: int) -> dict[str, wiring.Member]:
    """Ports of a memory of constants.

    enable, at: which word is read;  word: the one of two cycles with `enable` ago
    """
    return {"enable": In(1), "at": In(range(words)), "word": Out(unsigned(bits))}


class ReadOnlyMemory(wiring.Component):
    """Constants: a few in look-up tables, many in block RAM."""

    def __init__(self, bits: int, words: Sequence[int]) -> None:
        self.bits, self.words = bits, list(words)
        super().__init__(rom_ports(bits, len(self.words)))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        few = is_few(len(self.words))
        m.submodules.memory = memory = Memory(
            shape=unsigned(self.bits), depth=len(self.words), init=self.words,
            attrs={} if few else {"ram_style": "block"},
        )  # fmt: skip
        latch: Value
        if few:
            read = memory.read_port(domain="comb")
            latch = Signal(self.bits, reset_less=True)
            with m.If(self.enable):
                m.d.sync += latch.eq(read.data)
        else:
            read = memory.read_port()
            m.d.comb += read.en.eq(self.enable)
            latch = read.data
        m.d.comb += read.addr.eq(self.at)
        with m.If(self.enable):
            m.d.sync += self.word.eq(latch)
        return m


def is_few(words: int) -> bool:
    """Do so many constants belong in look-up tables?"""
    return words <= FEW_WORDS


def multiplier_ports(pixel: Shape, weight: Shape) -> dict[str, wiring.Member]:
    """Ports of a multiplier.

    pixel, weight: the factors;  product: of those of three cycles ago;  clear: with them: it is 0
    """
    return {
        "pixel": In(pixel),
        "clear": In(1),
        "weight": In(weight),
        "product": Out(product_shape(pixel, weight)),
    }


def product_shape(pixel: Shape, weight: Shape) -> Shape:
    return Shape(pixel.width + weight.width, pixel.signed or weight.signed)


class Multiplier(wiring.Component):
    """Registers before, within and after the multiplication, to be drawn into a DSP block."""

    def __init__(self, pixel: Shape, weight: Shape) -> None:
        self.shapes = pixel, weight
        super().__init__(multiplier_ports(pixel, weight))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pixel = Signal(self.shapes[0])
        weight = Signal(self.shapes[1])
        multiplied = Signal.like(self.product, name="multiplied")
        m.d.sync += [
            pixel.eq(self.pixel),
            weight.eq(self.weight),
            multiplied.eq(pixel * weight),
            self.product.eq(multiplied),
        ]
        with m.If(self.clear):
            m.d.sync += pixel.eq(0)
        return m


class TableMultiplier(wiring.Component):
    """Multiplies by a constant: four bits of the pixel at a time look up their share of the product."""

    def __init__(self, pixel: Shape, weight: Shape, constant: int) -> None:
        self.shapes = pixel, weight
        self.constant = constant
        super().__init__(multiplier_ports(pixel, weight))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shapes[0]
        pixel = Signal(shape)
        m.d.sync += pixel.eq(self.pixel)
        with m.If(self.clear):
            m.d.sync += pixel.eq(0)
        shares: list[Signal] = []
        for low in range(0, shape.width, 4):
            digit = pixel[low : low + 4]
            signed = shape.signed and low + 4 >= shape.width
            values = [_digit(n, len(digit), signed) * self.constant for n in range(1 << len(digit))]
            share = Signal(shape_of(values), name=f"share_{low}")
            with m.Switch(digit):
                for number, value in enumerate(values):
                    with m.Case(number):
                        m.d.sync += share.eq(value)
            shares.append(share)
        total = shares[0]
        for number, share in enumerate(shares[1:], 1):
            total = total + (share << (4 * number))
        m.d.sync += self.product.eq(total)
        return m


def _digit(number: int, bits: int, signed: bool) -> int:
    return number - (1 << bits) if signed and number >> (bits - 1) else number
