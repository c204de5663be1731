"""Row memories and multipliers of Lattice ECP5.

DP16KD has a register behind its output and MULT18X18D has three within; synthesis infers neither,
and without them the block RAM alone takes 5.7 ns of a cycle.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Shape, Signal, Value
from amaranth.lib import wiring

from windrow_hdl.technology.generic import memory_ports, multiplier_ports, rom_ports

_LANE = 9  # bits under one write enable
_FACTOR = 18  # bits of a factor of a multiplier
_NONE, _ALWAYS = Const(0, 0), Const(1, 1)
_MODES = ((512, 36), (1024, 18), (2048, 9))  # words, width


def fits(bits: int, banks: int, depth: int) -> bool:
    """Is a block RAM deep enough, and worth it?"""
    return bits * banks * depth > 256 and depth <= _MODES[-1][0]


class RowMemory(wiring.Component):
    """Rows in the byte lanes of as few block RAMs as hold them."""

    def __init__(self, bits: int, banks: int, depth: int) -> None:
        self.bits, self.banks, self.depth = bits, banks, depth
        super().__init__(memory_ports(bits, banks, depth))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = next(width for words, width in _MODES if self.depth <= words)
        per_block = width // _LANE
        # One entry per lane: which bank, which of its bits.
        lanes = [
            (bank, low, min(low + _LANE, self.bits))
            for bank in range(self.banks)
            for low in range(0, self.bits, _LANE)
        ]
        outputs: list[list[Value]] = [[] for _ in range(self.banks)]
        for number in range(0, len(lanes), per_block):
            enables, payload, data = [], [], []
            for bank, low, high in lanes[number : number + per_block]:
                out = Signal(_LANE, name=f"lane_{bank}_{low}")
                enables.append(self.enable[bank])
                payload.append(Cat(self.payload[low:high], Const(0, _LANE - (high - low))))
                data.append(out)
                outputs[bank].append(out[: high - low])
            m.submodules[f"block_{number // per_block}"] = _block(
                width, self.address, data, self.write_address, Cat(enables), Cat(payload))
        m.d.comb += [data.eq(Cat(parts)) for data, parts in zip(self.data, outputs, strict=True)]
        return m


class ReadOnlyMemory(wiring.Component):
    """Words in as few block RAMs as hold them; for up to 2048."""

    def __init__(self, bits: int, words: Sequence[int]) -> None:
        self.bits, self.words = bits, list(words)
        super().__init__(rom_ports(bits, len(self.words)))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = next(width for words, width in _MODES if len(self.words) <= words)
        parts: list[Value] = []
        for low in range(0, self.bits, width):
            data = [Signal(_LANE, name=f"lane_{low + lane}") for lane in range(0, width, _LANE)]
            words = [(word >> low) & ((1 << width) - 1) for word in self.words]
            block = _block(width, self.at, data, words=words, reads=self.enable)
            m.submodules[f"block_{low // width}"] = block
            parts.append(Cat(data))
        m.d.comb += self.word.eq(Cat(parts))
        return m


def _block(width: int, address: Value, data: list[Signal], write_address: Value = _NONE,
           enables: Value = _NONE, payload: Value = _NONE, words: Sequence[int] = (),
           reads: Value = _ALWAYS) -> Instance:
    """A block RAM of words of `width` bits, `words` at first: A writes, B reads `data` two cycles later, of
    those in which it `reads`.
    """
    shift = (width // _LANE * 8).bit_length() - 1  # address pins below the word address
    lanes = width // _LANE
    enable = Cat(enables, Const(0, lanes - len(enables)))
    # Wide words leave the low address pins free, which then carry the enables of the lanes.
    low = Cat(enable if width >= 18 else Const(0, 1), Const(0, shift - lanes))
    address_a = Cat(low, write_address, Const(0, 14 - shift - len(write_address)))
    address_b = Cat(Const(0, shift), address, Const(0, 14 - shift - len(address)))
    data_in = Cat(payload, Const(0, 36 - len(payload)))
    data_out = Cat(data, *[Signal(_LANE) for _ in range(4 - len(data))])
    ports: dict[str, object] = {}
    for bit in range(14):
        ports[f"i_ADA{bit}"] = address_a[bit]
        ports[f"i_ADB{bit}"] = address_b[bit]
    for bit in range(18):
        ports[f"i_DIA{bit}"] = data_in[bit]
        ports[f"i_DIB{bit}"] = data_in[18 + bit]
        # 36 bits wide, the low half of what port B reads leaves at A's pins.
        ports[f"o_DOA{bit}" if width == 36 else f"o_DOB{bit}"] = data_out[bit]
        if width == 36:
            ports[f"o_DOB{bit}"] = data_out[18 + bit]
    for pin in ("CSA0", "CSA1", "CSA2", "CSB0", "CSB1", "CSB2", "WEB", "RSTA", "RSTB"):
        ports[f"i_{pin}"] = Const(0, 1)
    # Nothing but the read leaves at A's pins, so their register goes with it, too.
    ports |= {"i_CEA": _ALWAYS, **{f"i_{pin}": reads for pin in ("CEB", "OCEA", "OCEB")}}
    return Instance(
        "DP16KD",
        p_DATA_WIDTH_A=width, p_DATA_WIDTH_B=width, p_REGMODE_A="OUTREG", p_REGMODE_B="OUTREG",
        p_RESETMODE="SYNC", p_ASYNC_RESET_RELEASE="SYNC", p_CSDECODE_A="0b000", p_CSDECODE_B="0b000",
        p_CLKAMUX="CLKA", p_CLKBMUX="CLKB", p_GSR="AUTO",
        i_CLKA=ClockSignal(), i_CLKB=ClockSignal(),
        i_WEA=(Const(1, 1) if width >= 18 else enable[0]) if len(enables) else Const(0, 1),
        **_initial(width, words), **ports,
    )  # fmt: skip


def _initial(width: int, words: Sequence[int]) -> dict[str, Const]:
    """The parameters that say what a block holds at first: 64 of them, of 16 times 18 bits, each in 20."""
    contents = sum(word << (width * at) for at, word in enumerate(words))
    values: dict[str, Const] = {}
    for number in range(64 if words else 0):
        part = contents >> (16 * 18 * number)
        value = sum(((part >> (18 * at)) & 0x3FFFF) << (20 * at) for at in range(16))
        values[f"p_INITVAL_{number:02X}"] = Const(value, 320)
    return values


class Multiplier(wiring.Component):
    """MULT18X18D with its input, pipeline and output registers; `clear` is the input register's reset.

    Factors lie in the high pins and so does the product: pins below are 0 without a wire, where a sign that
    is spread over pins above would take one for each, in the very place where wires are few.
    """

    def __init__(self, pixel: Shape, weight: Shape) -> None:
        self.shapes = pixel, weight
        super().__init__(multiplier_ports(pixel, weight))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pixel, weight = (Cat(Const(0, _FACTOR - len(factor)), factor) for factor in (self.pixel, self.weight))
        product = Signal(2 * _FACTOR)
        m.d.comb += self.product.eq(product[len(product) - len(self.product) :])
        ports: dict[str, object] = {}
        for bit in range(_FACTOR):
            ports[f"i_A{bit}"], ports[f"i_B{bit}"] = pixel[bit], weight[bit]
            ports[f"i_C{bit}"] = Const(0, 1)
        for bit in range(len(product)):
            ports[f"o_P{bit}"] = product[bit]
        m.submodules.block = Instance(
            "MULT18X18D",
            p_REG_INPUTA_CLK="CLK0", p_REG_INPUTA_CE="CE0", p_REG_INPUTA_RST="RST0",
            p_REG_INPUTB_CLK="CLK0", p_REG_INPUTB_CE="CE0", p_REG_INPUTB_RST="RST1",
            p_REG_PIPELINE_CLK="CLK0", p_REG_PIPELINE_CE="CE0",
            p_REG_PIPELINE_RST="RST1", p_REG_OUTPUT_CLK="CLK0", p_REG_OUTPUT_CE="CE0",
            p_REG_OUTPUT_RST="RST1", p_GSR="DISABLED",
            i_CLK0=ClockSignal(), i_CE0=Const(1, 1), i_RST0=self.clear, i_RST1=Const(0, 1),
            i_SIGNEDA=Const(int(self.shapes[0].signed), 1), i_SIGNEDB=Const(int(self.shapes[1].signed), 1),
            i_SOURCEA=Const(0, 1), i_SOURCEB=Const(0, 1),
            **ports,
        )  # fmt: skip
        return m
