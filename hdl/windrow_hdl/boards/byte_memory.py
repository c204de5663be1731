"""ByteMemory: a block RAM of bytes, written at one address and read at another two cycles later."""

from __future__ import annotations

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out


class ByteMemory(wiring.Component):
    """`2**bits` bytes.

    write, write_address, write_data: a byte goes in
    address: of the byte that is in `data` in the cycle after the next
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(
            {
                "write": In(1), "write_address": In(bits), "write_data": In(8),
                "address": In(bits), "data": Out(8),
            }
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # The rings never read what is being written; said here, it saves the logic that would see to it.
        attributes = {"no_rw_check": "1", "ram_style": "block"}
        memory = Memory(shape=unsigned(8), depth=1 << self.bits, init=[], attrs=attributes)
        m.submodules.memory = memory
        put, get = memory.write_port(), memory.read_port(domain="comb")
        latch = Signal(8)
        m.d.comb += [
            put.en.eq(self.write),
            put.addr.eq(self.write_address),
            put.data.eq(self.write_data),
            get.addr.eq(self.address),
        ]
        m.d.sync += [latch.eq(get.data), self.data.eq(latch)]
        return m
