"""Ports of the generated top, as data: what the hand-over's snippets connect and its README explains."""

from __future__ import annotations

from dataclasses import dataclass

from amaranth.hdl import Shape
from amaranth.lib.wiring import Out

from windrow.stage.design import Design
from windrow_hdl.axi import register_map
from windrow_hdl.axi.bus import axi_lite, axi_stream, data_bits

__all__ = ["Port", "clock_and_reset", "payload_bits", "ports"]

_MEANING = {
    "tvalid": "a beat is on offer", "tready": "it is taken in this cycle",
    "tlast": "it is the last of its frame", "awaddr": "address to write to, in bytes",
    "awprot": "not looked at", "awvalid": "the address is on offer", "awready": "it is taken",
    "wdata": "what to write", "wstrb": "which of its bytes", "wvalid": "it is on offer",
    "wready": "it is taken", "bresp": "0: written, 2: refused", "bvalid": "the answer is on offer",
    "bready": "it is taken", "araddr": "address to read, in bytes", "arprot": "not looked at",
    "arvalid": "the address is on offer", "arready": "it is taken", "rdata": "what was read",
    "rresp": "0: read, 2: refused", "rvalid": "it is on offer", "rready": "it is taken",
}


@dataclass(frozen=True)
class Port:
    """`direction` is "input" or "output", seen from the hardware."""

    name: str
    direction: str
    bits: int
    meaning: str


def clock_and_reset(interface: str) -> tuple[Port, Port]:
    """Clock and reset of a top."""
    if interface == "axi":
        return (Port("aclk", "input", 1, "clock, rising edge"),
                Port("aresetn", "input", 1, "reset, synchronous, active low"))
    return (Port("clk", "input", 1, "clock, rising edge"),
            Port("rst", "input", 1, "reset, synchronous, active high"))


def payload_bits(design: Design, interface: str) -> tuple[int, int]:
    """Bits of an input beat and of an output beat, at the ports."""
    bits = design.beat_bits, design.output_bits
    return (data_bits(bits[0]), data_bits(bits[1])) if interface == "axi" else bits


def ports(design: Design, interface: str) -> tuple[Port, ...]:
    """All ports of the top of `design` with this interface, clock and reset first."""
    i_bits, o_bits = payload_bits(design, interface)
    pixels, sums = f"{design.lanes} channel(s) of a pixel", f"{design.pe} channel(s) of an output pixel"
    if interface == "stream":
        return (
            *clock_and_reset(interface),
            Port("i__valid", "input", 1, "an input beat is on offer"),
            Port("i__ready", "output", 1, "it is taken in this cycle"),
            Port("i__payload", "input", i_bits, pixels),
            Port("o__valid", "output", 1, "an output beat is on offer"),
            Port("o__ready", "input", 1, "it is taken in this cycle"),
            Port("o__payload", "output", o_bits, sums),
        )
    found = list(clock_and_reset(interface))
    address = register_map(design).address_bits
    # A signature says what its source or master drives: that goes out of m_axis, and into the others.
    for prefix, signature, outwards, what in (
        ("s_axis", axi_stream(i_bits), False, "in"),
        ("m_axis", axi_stream(o_bits), True, "out"),
        ("s_axi", axi_lite(address), False, "registers"),
    ):
        for name, member in signature.members.items():
            output = (member.flow == Out) == outwards
            meaning = (sums if outwards else pixels) if name == "tdata" else _MEANING[name]
            found.append(Port(f"{prefix}_{name}", "output" if output else "input",
                              Shape.cast(member.shape).width, f"{what}: {meaning}"))
    return tuple(found)
