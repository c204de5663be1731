"""Snippets: the top as an instance in LiteX and in Amaranth, every port connected."""

from __future__ import annotations

from collections.abc import Callable

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.axi import register_map
from windrow_hdl.axi.ports import Face, Port, payload_bits, ports

__all__ = ["snippets"]

_LITEX_AXI = '''\
"""Windrow in LiteX. In a SoC:

    self.windrow = Windrow(platform)
    self.bus.add_slave("windrow", self.windrow.bus, SoCRegion(size=0x1000, cached=False))

and `sink` and `source` to DMA engines, a video pipeline, another core.
"""

import os

from migen import ClockSignal, Instance, Module, ResetSignal

from litex.soc.interconnect import axi


class Windrow(Module):
    """sink: pixels; source: results; bus: registers. All in one clock domain."""

    def __init__(self, platform=None, clock_domain="sys"):
        self.sink = axi.AXIStreamInterface(data_width={i_bits}{i_keep}, clock_domain=clock_domain)
        self.source = axi.AXIStreamInterface(data_width={o_bits}{o_keep}, clock_domain=clock_domain)
        self.bus = axi.AXILiteInterface(
            data_width=32, address_width={address_bits}, clock_domain=clock_domain)
        self.specials += Instance(
            "{name}",
{connections}
        )
        if platform is not None:
            platform.add_source(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "{name}.v"))
'''

_LITEX_STREAM = '''\
"""Windrow in LiteX: `sink` and `source` are LiteX streams; first and last are not looked at."""

import os

from migen import ClockSignal, Instance, Module, ResetSignal

from litex.soc.interconnect import stream


class Windrow(Module):
    """sink: pixels; source: results. Both in one clock domain."""

    def __init__(self, platform=None, clock_domain="sys"):
        self.sink = stream.Endpoint([("data", {i_bits})])
        self.source = stream.Endpoint([("data", {o_bits})])
        self.specials += Instance(
            "{name}",
{connections}
        )
        if platform is not None:
            platform.add_source(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "{name}.v"))
'''

_AMARANTH = '''\
"""Windrow as an instance in Amaranth: ports named as in the Verilog, clock and reset of domain "sync".

Tell your platform of the Verilog: platform.add_file("{name}.v", open("{name}.v"))
"""

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Windrow(wiring.Component):
{members}

    def elaborate(self, platform):
        m = Module()
        m.submodules.windrow = Instance(
            "{name}",
{connections}
        )
        return m
'''


def snippets(design: Design | Pipeline, face: Face, name: str) -> dict[str, str]:
    """Contents of the files, by name."""
    all_ports = ports(design, face)
    i_bits, o_bits = payload_bits(design, face)
    litex = _LITEX_AXI if face.axi else _LITEX_STREAM
    others = all_ports[2:]
    return {
        f"integration/litex_{name}.py": litex.format(
            name=name, i_bits=i_bits, o_bits=o_bits,
            **{f"{side}_keep": (f", keep_width={bits // 8}" if face.tkeep else "")
               + (", user_width=1" if face.video else "")
               for side, bits in (("i", i_bits), ("o", o_bits))},
            address_bits=register_map(design, video=face.video).address_bits,
            connections=_connections(all_ports, "(clock_domain)", _litex)),
        f"integration/amaranth_{name}.py": _AMARANTH.format(
            name=name, members="\n".join(
                f"    {port.name}: {'In' if port.direction == 'input' else 'Out'}({port.bits})"
                for port in others),
            connections=_connections(all_ports, "()", lambda port: f"self.{port.name}")),
    }


def _connections(all_ports: tuple[Port, ...], domain: str, signal: Callable[[Port], str]) -> str:
    clock, reset, *others = all_ports
    level = "~" if "low" in reset.meaning else ""
    lines = [f"i_{clock.name}=ClockSignal{domain},", f"i_{reset.name}={level}ResetSignal{domain},"]
    lines += [f"{port.direction[0]}_{port.name}={signal(port)}," for port in others]
    return "\n".join(f"            {line}" for line in lines)


def _litex(port: Port) -> str:
    """What LiteX calls the signal of a port."""
    if "__" in port.name:
        side, name = port.name.split("__")
        return f"self.{'sink' if side == 'i' else 'source'}.{'data' if name == 'payload' else name}"
    prefix, name = port.name.rsplit("_", 1)
    if prefix == "s_axi":
        channel = name[:2] if name[:2] in ("aw", "ar") else name[:1]
        return f"self.bus.{channel}.{name[len(channel):]}"
    return f"self.{'sink' if prefix == 's_axis' else 'source'}.{name[1:]}"
