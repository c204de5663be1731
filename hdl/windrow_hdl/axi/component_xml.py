"""IP-XACT of a top's outside: its ports, and the buses that they make up, as IEEE 1685-2014 orders them.

    ports ─┬─▶ bus_interfaces     AXI4-Stream and AXI4-Lite of AMBA's own bus definitions, port by port
           └─▶ component_model    every port with its direction and width
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from windrow_hdl.axi.interfaces import BUSES, Port

__all__ = ["bus_interfaces", "component_model"]

_DEFINITIONS = {"axis": ("AXI4Stream", "r0p0_1"), "aximm": ("AXI4-Lite", "r0p0_0")}
"""Name and version of the bus definitions `amba.com:AMBA4`."""

_SHARED = {"aclk": "ACLK", "aresetn": "ARESETn"}
"""Clock and reset, which are of all buses, and what these call them."""


def bus_interfaces(ports: Sequence[Port]) -> str:
    """The element `busInterfaces`: each bus with the map of its ports; AXI4-Lite with its registers."""
    lines = ["<ipxact:busInterfaces>"]
    for bus, kind in BUSES.items():
        lines += [f"  {line}" for line in _bus(bus, kind, ports)]
    return _indented([*lines, "</ipxact:busInterfaces>"])


def component_model(ports: Sequence[Port], name: str) -> str:
    """The element `model`: the Verilog module, and all its ports."""
    lines = [
        "<ipxact:model>",
        "  <ipxact:views><ipxact:view><ipxact:name>rtl</ipxact:name>"
        "<ipxact:componentInstantiationRef>verilog</ipxact:componentInstantiationRef></ipxact:view>"
        "</ipxact:views>",
        "  <ipxact:instantiations><ipxact:componentInstantiation><ipxact:name>verilog</ipxact:name>"
        f"<ipxact:language>Verilog</ipxact:language><ipxact:moduleName>{name}</ipxact:moduleName>"
        "</ipxact:componentInstantiation></ipxact:instantiations>",
        "  <ipxact:ports>",
    ]
    for port in ports:
        lines += [f"    {line}" for line in _port(port)]
    return _indented([*lines, "  </ipxact:ports>", "</ipxact:model>"])


def _bus(bus: str, kind: str, ports: Sequence[Port]) -> Iterator[str]:
    definition, version = _DEFINITIONS[kind]
    where = f'vendor="amba.com" library="AMBA4" version="{version}"'
    yield "<ipxact:busInterface>"
    yield f"  <ipxact:name>{bus}</ipxact:name>"
    yield f'  <ipxact:busType {where} name="{definition}"/>'
    yield "  <ipxact:abstractionTypes><ipxact:abstractionType>"
    yield f'    <ipxact:abstractionRef {where} name="{definition}_rtl"/>'
    yield "    <ipxact:portMaps>"
    for port in ports:
        logical = _SHARED.get(port.name)
        if port.name.startswith(f"{bus}_"):
            logical = port.name.removeprefix(f"{bus}_").upper()
        if logical is not None:
            yield (f"      <ipxact:portMap><ipxact:logicalPort><ipxact:name>{logical}</ipxact:name>"
                   f"</ipxact:logicalPort><ipxact:physicalPort><ipxact:name>{port.name}</ipxact:name>"
                   "</ipxact:physicalPort></ipxact:portMap>")
    yield "    </ipxact:portMaps>"
    yield "  </ipxact:abstractionType></ipxact:abstractionTypes>"
    if kind == "aximm":
        yield f'  <ipxact:slave><ipxact:memoryMapRef memoryMapRef="{bus}"/></ipxact:slave>'
    else:
        yield "  <ipxact:master/>" if bus.startswith("m_") else "  <ipxact:slave/>"
    yield "</ipxact:busInterface>"


def _port(port: Port) -> Iterator[str]:
    direction = {"input": "in", "output": "out"}[port.direction]
    yield "<ipxact:port>"
    yield f"  <ipxact:name>{port.name}</ipxact:name>"
    yield f"  <ipxact:description>{escape(port.meaning)}</ipxact:description>"
    vectors = "" if port.bits == 1 else (
        f"<ipxact:vectors><ipxact:vector><ipxact:left>{port.bits - 1}</ipxact:left>"
        "<ipxact:right>0</ipxact:right></ipxact:vector></ipxact:vectors>")  # fmt: skip
    yield f"  <ipxact:wire><ipxact:direction>{direction}</ipxact:direction>{vectors}</ipxact:wire>"
    yield "</ipxact:port>"


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)
