"""AXI signatures, and the slice of two registers that keeps both directions of a channel apart.

Signal names are those of the AXI specification, so that an interface `s_axis` has ports `s_axis_tdata`, ...
"""

from __future__ import annotations

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["OKAY", "SLVERR", "TDATA", "RegisterSlice", "axi_lite", "axi_stream", "data_bits"]

OKAY, SLVERR = 0b00, 0b10
"""AXI responses: done; refused."""


TDATA = ("bytes", "power-of-two")
"""Legal ways to pad `tdata`."""


def data_bits(payload_bits: int, tdata: str = "bytes") -> int:
    """Bits of `tdata` that holds a payload: whole bytes, or a power of two of them.

    Raises ValueError for another `tdata`.
    """
    if tdata not in TDATA:
        raise ValueError(f"tdata must be {' or '.join(map(repr, TDATA))}, not {tdata!r}")
    count = -(-payload_bits // 8)
    return 8 * (1 << (count - 1).bit_length() if tdata == "power-of-two" else count)


def axi_stream(bits: int, *, tkeep: bool = False, tuser: bool = False) -> wiring.Signature:
    """AXI4-Stream of `bits` of data, as its source sees it. A beat moves when tvalid and tready are high.

    `tuser` has one bit, the mark of video at the beginning of a frame.
    """
    keep = {"tkeep": Out(unsigned(bits // 8))} if tkeep else {}
    user = {"tuser": Out(1)} if tuser else {}
    return wiring.Signature({
        "tdata": Out(unsigned(bits)), **keep, "tvalid": Out(1), "tready": In(1), **user, "tlast": Out(1),
    })


def axi_lite(address_bits: int) -> wiring.Signature:
    """AXI4-Lite with 32 data bits, as its master sees it."""
    return wiring.Signature({
        "awaddr": Out(unsigned(address_bits)), "awprot": Out(3), "awvalid": Out(1), "awready": In(1),
        "wdata": Out(32), "wstrb": Out(4), "wvalid": Out(1), "wready": In(1),
        "bresp": In(2), "bvalid": In(1), "bready": Out(1),
        "araddr": Out(unsigned(address_bits)), "arprot": Out(3), "arvalid": Out(1), "arready": In(1),
        "rdata": In(32), "rresp": In(2), "rvalid": In(1), "rready": Out(1),
    })


class RegisterSlice(wiring.Component):
    """A beat every cycle, with registers on `o.valid`, `o.payload` and `i.ready`.

        i ─▶ spare ─▶ first ─▶ o       spare is filled only when first is stuck; i.ready says that it is free
          └───────────▶┘

    i: beats as they come;  o: the same, later
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__({
            "i": In(stream.Signature(unsigned(bits))),
            "o": Out(stream.Signature(unsigned(bits))),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Low in reset, as a receiver's ready should be.
        ready = Signal()
        valid = Signal()
        first = Signal(self.bits, reset_less=True)
        spare = Signal(self.bits, reset_less=True)
        spared = Signal()
        m.d.comb += [self.i.ready.eq(ready), self.o.valid.eq(valid), self.o.payload.eq(first)]
        accept, free = self.i.valid & ready, ~valid | self.o.ready
        with m.If(free):
            m.d.sync += [valid.eq(spared | accept), spared.eq(0), ready.eq(1)]
            with m.If(spared):
                m.d.sync += first.eq(spare)
            with m.Else():
                m.d.sync += first.eq(self.i.payload)
        with m.Else():
            m.d.sync += [spared.eq(spared | accept), ready.eq(~(spared | accept))]
        with m.If(ready):  # wanted or not: whether it is, is known late
            m.d.sync += spare.eq(self.i.payload)
        return m
