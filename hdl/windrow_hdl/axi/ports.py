"""Ports of the generated top, as data: what the hand-over's snippets connect and its README explains."""

from __future__ import annotations

from dataclasses import dataclass

from amaranth.hdl import Shape
from amaranth.lib.wiring import Out

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.axi import register_map
from windrow_hdl.axi.bus import axi_lite, axi_stream, data_bits
from windrow_hdl.axi.interfaces import AXI, VIDEO, Port

__all__ = ["Face", "clock_and_reset", "payload_bits", "ports"]

_MEANING = {
    "tvalid": "a beat is on offer", "tready": "it is taken in this cycle",
    "tlast": "it is the last of its", "tuser": "it is the first of its frame",
    "tkeep": "a bit for each byte;",
    "awaddr": "address to write to, in bytes",
    "awprot": "not looked at", "awvalid": "the address is on offer", "awready": "it is taken",
    "wdata": "what to write", "wstrb": "which of its bytes", "wvalid": "it is on offer",
    "wready": "it is taken", "bresp": "0: written, 2: refused", "bvalid": "the answer is on offer",
    "bready": "it is taken", "araddr": "address to read, in bytes", "arprot": "not looked at",
    "arvalid": "the address is on offer", "arready": "it is taken", "rdata": "what was read",
    "rresp": "0: read, 2: refused", "rvalid": "it is on offer", "rready": "it is taken",
}


@dataclass(frozen=True)
class Face:
    """How a top looks from outside; see `windrow.verilog`, whose arguments these are."""

    interface: str
    tdata: str = "bytes"
    tkeep: bool = False

    @property
    def axi(self) -> bool:
        """Has it AXI4-Streams, and registers?"""
        return self.interface in AXI

    @property
    def video(self) -> bool:
        """Have its streams the marks of video?"""
        return self.interface == VIDEO


def clock_and_reset(interface: str) -> tuple[Port, Port]:
    """Clock and reset of a top."""
    if interface in AXI:
        return (Port("aclk", "input", 1, "clock, rising edge"),
                Port("aresetn", "input", 1, "reset, synchronous, active low"))
    return (Port("clk", "input", 1, "clock, rising edge"),
            Port("rst", "input", 1, "reset, synchronous, active high"))


def payload_bits(design: Design | Pipeline, face: Face) -> tuple[int, int]:
    """Bits of an input beat and of an output beat, at the ports."""
    bits = design.beat_bits, design.output_bits
    if not face.axi:
        return bits
    return data_bits(bits[0], face.tdata), data_bits(bits[1], face.tdata)


def ports(design: Design | Pipeline, face: Face) -> tuple[Port, ...]:
    """All ports of the top of `design` with this interface, clock and reset first."""
    interface = face.interface
    i_bits, o_bits = payload_bits(design, face)
    pixels = f"{design.lanes} channel(s) of {_pixels(design.pixels, 'a pixel')}"
    results = f"{design.pe} channel(s) of {_pixels(design.output_pixels, 'an output pixel')}"
    if interface == "stream":
        return (
            *clock_and_reset(interface),
            Port("i__valid", "input", 1, "an input beat is on offer"),
            Port("i__ready", "output", 1, "it is taken in this cycle"),
            Port("i__payload", "input", i_bits, pixels),
            Port("o__valid", "output", 1, "an output beat is on offer"),
            Port("o__ready", "input", 1, "it is taken in this cycle"),
            Port("o__payload", "output", o_bits, results),
        )
    found = list(clock_and_reset(interface))
    address = register_map(design, video=face.video).address_bits
    marks = {"tkeep": face.tkeep, "tuser": face.video}
    packet = "row" if face.video else "frame"
    # A signature says what its source or master drives: that goes out of m_axis, and into the others.
    for prefix, signature, outwards, what in (
        ("s_axis", axi_stream(i_bits, **marks), False, "in"),
        ("m_axis", axi_stream(o_bits, **marks), True, "out"),
        ("s_axi", axi_lite(address), False, "registers"),
    ):
        for name, member in signature.members.items():
            output = (member.flow == Out) == outwards
            meaning = (results if outwards else pixels) if name == "tdata" else _MEANING[name]
            if name == "tkeep":
                meaning += f" {_kept(design, face)}" if outwards else " not looked at"
            if name == "tlast":
                meaning += f" {packet}"
            found.append(Port(f"{prefix}_{name}", "output" if output else "input",
                              Shape.cast(member.shape).width, f"{what}: {meaning}"))
    return tuple(found)


def _pixels(number: int, one: str) -> str:
    return one if number == 1 else f"{number} pixels"


def _kept(design: Design | Pipeline, face: Face) -> str:
    """What tkeep of the output is."""
    if face.video and design.output_pixels > 1:
        return "all are set, in a row's last beat those of pixels"
    return "all are set"
